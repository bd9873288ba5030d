// SPDX-License-Identifier: MIT
// Makes the heap visible to the address sanitizer, in builds that have it (HEAP_VISIBLE; otherwise these
// are empty). Upstream's heap is one piece of memory to it; here it learns which bytes of it are a
// program's: see port/hosted/asan_heap.c.
#ifndef VM_EXT_SAFE_VISIBLE_H
#define VM_EXT_SAFE_VISIBLE_H

#include <stddef.h>

#ifdef HEAP_VISIBLE
#define VISIBLE_GUARD_BYTES (16) // behind each allocation
// No byte may be used; all may. Code of the collector is not checked.
void visible_none(const void *start, size_t size_bytes);
void visible_all(const void *start, size_t size_bytes);
// An allocation that is used up to size_bytes from now on, which leaves the guard.
void visible_use(void *head, size_t size_bytes);
#else
#define VISIBLE_GUARD_BYTES (0)
static inline void visible_none(const void *start, size_t size_bytes) {
}
static inline void visible_all(const void *start, size_t size_bytes) {
}
static inline void visible_use(void *head, size_t size_bytes) {
}
#endif

#endif
