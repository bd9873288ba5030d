// SPDX-License-Identifier: MIT
// The memory under the runtime: pages, and blocks cut from them with a cache per core. Everything here is called
// in nopreempt or before the cores run.
#ifndef VM_EXT_ACTOR_MEMORY_H
#define VM_EXT_ACTOR_MEMORY_H

#include <stddef.h>

#include "vm_ext/actor/config.h"

#ifndef RT_PAGE_BYTES
#define RT_PAGE_BYTES (RT_SMP ? 4096 : 512)
#endif

// Gives the allocator memory; at start only.
void rt_mem_add(void *base, size_t len_bytes);

// n_pages whole pages in one run, aligned to a page, not cleared; NULL: none.
void *rt_pages_alloc(size_t n_pages);
void rt_pages_free(void *pages, size_t n_pages);

// A block, aligned to 16, not cleared; NULL: none. `bytes` of rt_free() is what was asked for.
void *rt_alloc(size_t bytes);
void rt_free(void *block, size_t bytes);

#endif
