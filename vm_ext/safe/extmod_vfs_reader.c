// SPDX-License-Identifier: MIT
// Upstream's extmod/vfs_reader.c, which takes what open() of a file system in Python returns for a
// stream, and a failed read for 255 bytes.
#include "py/stream.h"

static mp_uint_t read_checked(mp_obj_t stream, void *buf, mp_uint_t size, int *errcode, byte flags) {
    mp_uint_t count = mp_stream_rw(stream, buf, size, errcode, flags);
    return *errcode != 0 || count > size ? 0 : count;
}

#define mp_get_stream(obj) mp_get_stream_raise(obj, MP_STREAM_OP_READ | MP_STREAM_OP_IOCTL)
#define mp_stream_rw(stream, buf, size, errcode, flags) read_checked(stream, buf, size, errcode, flags)

#include "extmod/vfs_reader.c"
