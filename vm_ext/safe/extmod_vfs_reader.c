// SPDX-License-Identifier: MIT
// Upstream's extmod/vfs_reader.c, which takes what open() of a file system in Python returns for a
// stream, and a failed read for 255 bytes.
#include <string.h>

#include "py/stream.h"

static mp_uint_t read_checked(mp_obj_t stream, void *buf, mp_uint_t size, int *errcode, byte flags) {
    mp_uint_t count = mp_stream_rw(stream, buf, size, errcode, flags);
    return *errcode != 0 || count > size ? 0 : count;
}

#define mp_get_stream(obj) mp_get_stream_raise(obj, MP_STREAM_OP_READ | MP_STREAM_OP_IOCTL)
#define mp_stream_rw(stream, buf, size, errcode, flags) read_checked(stream, buf, size, errcode, flags)

#include "extmod/vfs_reader.c"

#include "vm_ext/verifier/load.h"

size_t vfs_reader_take(mp_reader_t *reader, byte *to, size_t room) {
    mp_reader_vfs_t *self = reader->data;
    if (reader->readbyte != mp_reader_vfs_readbyte || self->bufpos >= self->buflen) {
        return 0;
    }
    size_t n = MIN(room, (size_t)self->buflen - self->bufpos);
    memcpy(to, self->buf + self->bufpos, n);
    self->bufpos += n;
    return n;
}
