// SPDX-License-Identifier: MIT
// Streams and file systems in C: who has which protocol. A type's protocol slot does not say what it
// points to, and upstream calls whatever is there. Here a slot is a file system's if the type is one of
// upstream's four, and a stream's otherwise.
// A class derived from a native stream has a protocol of its own, which hands calls on to the native
// part of the instance; upstream lets it inherit the native one, which then takes the instance for a stream.
#include "extmod/vfs.h"
#include "extmod/vfs_fat.h"
#include "extmod/vfs_lfs.h"
#include "extmod/vfs_rom.h"
#include "py/mperrno.h"
#include "py/objtype.h"
#include "py/stream.h"

#include "vm_ext/safe/types.h"

extern const mp_obj_type_t mp_type_iobase;

bool safe_is_vfs_type(const mp_obj_type_t *type) {
    static const mp_obj_type_t *const types[] = {
        #if MICROPY_VFS_FAT
        &mp_fat_vfs_type,
        #endif
        #if MICROPY_VFS_LFS1
        &mp_type_vfs_lfs1,
        #endif
        #if MICROPY_VFS_LFS2
        &mp_type_vfs_lfs2,
        #endif
        #if MICROPY_VFS_ROM
        &mp_type_vfs_rom,
        #endif
    };
    for (size_t i = 0; i < MP_ARRAY_SIZE(types); ++i) {
        if (type == types[i]) {
            return true;
        }
    }
    return false;
}

bool safe_is_stream_type(const mp_obj_type_t *type) {
    return MP_OBJ_TYPE_HAS_SLOT(type, protocol) && !safe_is_vfs_type(type);
}

// The stream within an instance. The class got this protocol from a base that is a stream.
static const mp_stream_p_t *stream_within(mp_obj_t self, mp_obj_t *native) {
    *native = safe_native_part(self);
    if (*native == MP_OBJ_NULL || !safe_is_stream_type(mp_obj_get_type(*native))) {
        return NULL;
    }
    return MP_OBJ_TYPE_GET_SLOT(mp_obj_get_type(*native), protocol);
}

static mp_uint_t unsupported(int *errcode) {
    *errcode = MP_EINVAL;
    return MP_STREAM_ERROR;
}

static mp_uint_t substream_read(mp_obj_t self, void *buf, mp_uint_t size, int *errcode) {
    mp_obj_t native;
    const mp_stream_p_t *stream = stream_within(self, &native);
    return stream == NULL || stream->read == NULL ? unsupported(errcode) : stream->read(native, buf, size, errcode);
}

static mp_uint_t substream_write(mp_obj_t self, const void *buf, mp_uint_t size, int *errcode) {
    mp_obj_t native;
    const mp_stream_p_t *stream = stream_within(self, &native);
    return stream == NULL || stream->write == NULL ? unsupported(errcode) : stream->write(native, buf, size, errcode);
}

static mp_uint_t substream_ioctl(mp_obj_t self, mp_uint_t request, uintptr_t arg, int *errcode) {
    mp_obj_t native;
    const mp_stream_p_t *stream = stream_within(self, &native);
    if (stream == NULL || stream->ioctl == NULL) {
        return unsupported(errcode);
    }
    return stream->ioctl(native, request, arg, errcode);
}

static const mp_stream_p_t substream_p = {
    .read = substream_read,
    .write = substream_write,
    .ioctl = substream_ioctl,
};

static const mp_stream_p_t substream_text_p = {
    .read = substream_read,
    .write = substream_write,
    .ioctl = substream_ioctl,
    .is_text = true,
};

const void *safe_inherited_protocol(const mp_obj_type_t *base) {
    if (!safe_is_stream_type(base)) {
        return NULL;
    }
    const mp_stream_p_t *stream = MP_OBJ_TYPE_GET_SLOT(base, protocol);
    if (mp_obj_is_instance_type(base) || base == &mp_type_iobase) {
        return stream; // made for instances
    }
    return stream->is_text ? &substream_text_p : &substream_p;
}
