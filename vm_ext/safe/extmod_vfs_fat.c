// SPDX-License-Identifier: MIT
// Upstream's extmod/vfs_fat.c, whose directory iterators point into the middle of their file system's
// object only, which the collector does not count as a reference. Here they have one word more, for the
// object itself.
// No operation begins while the block device is at work: fs_guard.h.
#include "py/runtime.h"

#include "vm_ext/safe/fat_guard.h"
#include "vm_ext/safe/keep.h"

#undef mp_obj_malloc_with_finaliser
#define mp_obj_malloc_with_finaliser(struct_type, type) \
    ((struct_type *)safe_malloc_keeping(sizeof(struct_type), type, self))

#include "extmod/vfs_fat.c"
