// SPDX-License-Identifier: MIT
// Upstream's extmod/vfs.c, where a protocol slot counts only if it is a file system's. See substream.c.
// Looking for littlefs on a device, it relies on the exception of a device that knows no offsets.
#include "py/obj.h"

#include "vm_ext/safe/types.h"

#undef MP_OBJ_TYPE_HAS_SLOT
#define MP_OBJ_TYPE_HAS_SLOT(type, name) safe_has_##name(type)
#define safe_has_protocol(type) safe_is_vfs_type(type)

#include "extmod/vfs.h"

void safe_blockdev_probe(mp_vfs_blockdev_t *self, size_t block, size_t offset, size_t len, uint8_t *buf);
#define mp_vfs_blockdev_read_ext safe_blockdev_probe

#include "extmod/vfs.c"
