// SPDX-License-Identifier: MIT
// Objects whose C code is on the stack while it calls Python, and must not be entered again by that.
// Invariant: the entries are C stack frames, innermost first, and each is left however its code ends.
#ifndef VM_EXT_SAFE_BUSY_H
#define VM_EXT_SAFE_BUSY_H

#include <stdbool.h>
#include <stddef.h>

typedef struct _safe_busy_t {
    struct _safe_busy_t *outer;
    const void *object;
} safe_busy_t;

// Whether `object` was free; if so, it is busy from now until safe_busy_leave(entry).
bool safe_busy_enter(safe_busy_t *entry, const void *object);
bool safe_is_busy(const void *object);
void safe_busy_leave(safe_busy_t *entry);

#endif
