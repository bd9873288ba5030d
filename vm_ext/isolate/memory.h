// SPDX-License-Identifier: MIT
// Memory from outside the heap for the running isolate, counted against its quota.
#ifndef VM_EXT_ISOLATE_MEMORY_H
#define VM_EXT_ISOLATE_MEMORY_H

#include <stdbool.h>
#include <stddef.h>

struct _isolate_t;

// Sections in which the running isolate's actor is neither switched away from nor killed; nothing for an isolate
// that no actor runs. What an isolate owns is in its lists whenever it is outside of such a section.
void isolate_nopreempt_enter(void);
void isolate_nopreempt_leave(void);

// These within such a section. NULL, false: over the quota, or no memory.
void *isolate_memory_alloc(size_t size_bytes);
void isolate_memory_free(void *memory, size_t size_bytes);
bool isolate_memory_take(size_t size_bytes); // what another isolate gave up
void isolate_memory_give(size_t size_bytes);

// Memory under way from one isolate to another is in nobody's quota; the sender's account, which is the result, pays.
struct _isolate_account_t *isolate_memory_lend(size_t size_bytes);
void isolate_memory_unlend(struct _isolate_account_t *account, size_t size_bytes); // it was not sent
void isolate_memory_lent_over(struct _isolate_account_t *account, size_t size_bytes); // it has arrived, and was taken
void isolate_memory_free_lent(struct _isolate_account_t *account, void *memory, size_t bytes); // it will not arrive

// Memory accounts. An actor that was spawned by one with RIGHT_SYSTEM pays for itself, and from its first spawn on for
// all of its descendants too: they share an account of its quota's size, beside what each may use.
// `isolate` is new, and spawned by the running one; bytes: what it costs beside what it will take. False: too much.
bool isolate_account_join(struct _isolate_t *isolate, size_t bytes);
void isolate_account_leave(struct _isolate_t *isolate); // it ends, and has given back all that it took

#endif
