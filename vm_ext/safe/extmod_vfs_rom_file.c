// SPDX-License-Identifier: MIT
// Upstream's extmod/vfs_rom_file.c, whose files point into their image only, and into the middle of it, which
// the collector does not count as a reference. Here they have one word more, for the file system.
#include "py/runtime.h"

static inline void *malloc_keeping(size_t size, const void *keep) {
    size_t words = (size + sizeof(void *) - 1) / sizeof(void *);
    const void **object = m_malloc((words + 1) * sizeof(void *));
    object[words] = keep;
    return object;
}

#undef m_new_obj
#define m_new_obj(file_type) ((file_type *)malloc_keeping(sizeof(file_type), self))

#include "extmod/vfs_rom_file.c"
