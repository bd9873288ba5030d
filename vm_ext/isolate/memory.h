// SPDX-License-Identifier: MIT
// Memory from outside the heap for the running isolate, counted against its quota.
#ifndef VM_EXT_ISOLATE_MEMORY_H
#define VM_EXT_ISOLATE_MEMORY_H

#include <stdbool.h>
#include <stddef.h>

// Sections in which the running isolate's actor is neither switched away from nor killed; nothing for an isolate
// that no actor runs. What an isolate owns is in its lists whenever it is outside of such a section.
void isolate_nopreempt_enter(void);
void isolate_nopreempt_leave(void);

// These four within such a section. NULL, false: over the quota, or no memory.
void *isolate_memory_alloc(size_t size_bytes);
void isolate_memory_free(void *memory, size_t size_bytes);
bool isolate_memory_take(size_t size_bytes); // what another isolate gave up
void isolate_memory_give(size_t size_bytes); // to another

// Of memory that is nobody's.
void isolate_memory_free_given(void *memory, size_t size_bytes);

#endif
