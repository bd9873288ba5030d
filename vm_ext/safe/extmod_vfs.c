// SPDX-License-Identifier: MIT
// Upstream's extmod/vfs.c, where a protocol slot counts only if it is a file system's. See substream.c.
// A mount point has a first character, and no zero among the others: comparing with paths steps over the first
// one, and finds the end of one by the length of the other. A file system in Python that changes the current
// directory while it is asked for it gets EBUSY: the directory may be no file system's by then.
// Looking for littlefs on a device, it relies on the exception of a device that knows no offsets.
#include <string.h>

#include "py/mperrno.h"
#include "py/objstr.h"
#include "py/runtime.h"

#include "vm_ext/safe/types.h"

#undef MP_OBJ_TYPE_HAS_SLOT
#define MP_OBJ_TYPE_HAS_SLOT(type, name) safe_has_##name(type)
#define safe_has_protocol(type) safe_is_vfs_type(type)

#include "extmod/vfs.h"

void safe_blockdev_probe(mp_vfs_blockdev_t *self, size_t block, size_t offset, size_t len, uint8_t *buf);
#define mp_vfs_blockdev_read_ext safe_blockdev_probe

static inline const char *mount_point(mp_obj_t obj, size_t *len) {
    const char *text = mp_obj_str_get_data(obj, len);
    if (*len == 0 || memchr(text, 0, *len) != NULL) {
        mp_raise_OSError(MP_EINVAL);
    }
    return text;
}

static inline mp_obj_t call(const mp_vfs_mount_t *vfs, qstr name, size_t n_args, const mp_obj_t *method) {
    mp_obj_t result = mp_call_method_n_kw(n_args, 0, method);
    if (name == MP_QSTR_getcwd && MP_STATE_VM(vfs_cur) != vfs) {
        mp_raise_OSError(MP_EBUSY);
    }
    return result;
}

// mount() and umount() use the one, the function that calls a file system's methods the other.
#define mp_obj_str_get_data(obj, len) mount_point(obj, len)
#define mp_call_method_n_kw(n_args, n_kw, method) call(vfs, meth_name, n_args, method)

#include "extmod/vfs.c"
