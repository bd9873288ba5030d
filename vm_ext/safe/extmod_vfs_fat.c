// SPDX-License-Identifier: MIT
// Upstream's extmod/vfs_fat.c, whose directory iterators point into the middle of their file system's
// object only, which the collector does not count as a reference. Here they have one word more, for the
// object itself.
// No operation begins while the block device is at work: fs_guard.h.
// A new file system is made in a buffer on the heap: on the stack it is as large as half of a small board's.
#include "py/runtime.h"

#include "vm_ext/safe/fat_guard.h"
#include "vm_ext/safe/keep.h"

#undef mp_obj_malloc_with_finaliser
#define mp_obj_malloc_with_finaliser(struct_type, type) \
    ((struct_type *)safe_malloc_keeping(sizeof(struct_type), type, self))

enum { MKFS_BYTES = FF_MAX_SS };

static FRESULT mkfs_on_heap(FATFS *fs, BYTE options, DWORD cluster_bytes) {
    uint8_t *buf = m_new(uint8_t, MKFS_BYTES);
    FRESULT result = f_mkfs(fs, options, cluster_bytes, buf, MKFS_BYTES);
    m_del(uint8_t, buf, MKFS_BYTES);
    return result;
}

#undef f_mkfs
#define f_mkfs(fs, options, cluster_bytes, buf, bytes) ((void)(buf), mkfs_on_heap(fs, options, cluster_bytes))
#undef FF_MAX_SS
#define FF_MAX_SS (1) // that buffer

#include "extmod/vfs_fat.c"
