// SPDX-License-Identifier: MIT
// A run queue of one core: its owner pushes at the bottom; the owner and thieves all take the oldest from the top.
// Chase and Lev's deque (SPAA 2005) with the orderings of Le, Pop, Cohen and Nardelli (PPoPP 2013), without their
// take at the bottom: for fairness the owner is first in, first out too, and with it goes the one fence that their
// take needs.
//
// Roles: push: the owner. pop: anybody. Fields: bottom, array: written by the owner. top: CAS by anybody, only up.
// Invariants: the items are those in [top, bottom); index i lies at items[i & mask] of every array that was current
// while i was in the queue, since growing copies and old arrays are kept for ever (each half of the next).
// An item leaves by the one CAS that moves top past it. Overwriting items[i & mask] takes bottom - top < size with
// top > i: a thief that has read such a cell fails its CAS.
// Progress: push wait-free but for the allocation; pop lock-free. Checked by models/deque.pml.
#ifndef VM_EXT_ACTOR_DEQUE_H
#define VM_EXT_ACTOR_DEQUE_H

#include "vm_ext/actor/actor.h"

typedef struct deque_array {
    size_t mask;
    struct deque_array *older;
    rt_actor_t *items[];
} deque_array_t;

typedef struct {
    _Alignas(64) size_t top;
    _Alignas(64) size_t bottom;
    deque_array_t *array;
} deque_t;

bool deque_init(deque_t *deque);
bool deque_grow(deque_t *deque);        // owner; false: no memory

// Owner. False: it is full and there is no memory for a larger array.
static inline bool deque_push(deque_t *deque, rt_actor_t *actor) {
    size_t bottom = at_load(&deque->bottom);
    size_t top = at_load_acq(&deque->top); // pairs with the CAS in pop: its read of the cell comes before our write
    if (bottom - top > deque->array->mask && !deque_grow(deque)) {
        return false;
    }
    deque_array_t *array = deque->array;
    at_store(&array->items[bottom & array->mask], actor);
    rt_chaos("deque push");
    at_store_rel(&deque->bottom, bottom + 1); // pairs with the load in pop: the cell, the array, the actor's state
    return true;
}

static inline bool deque_has(const deque_t *deque) {
    return (ptrdiff_t)(at_load(&deque->bottom) - at_load(&deque->top)) > 0;
}

// Anybody. NULL: empty, or (*lost) another was faster.
static inline rt_actor_t *deque_pop(deque_t *deque, bool *lost) {
    size_t top = at_load_acq(&deque->top);
    size_t bottom = at_load_acq(&deque->bottom); // pairs with the store in push
    *lost = false;
    if ((ptrdiff_t)(bottom - top) <= 0) {
        return NULL;
    }
    // After bottom: an array at least as new as the one that the item below bottom was pushed to.
    deque_array_t *array = at_load_acq(&deque->array); // pairs with deque_grow(): its copied items
    rt_actor_t *actor = at_load(&array->items[top & array->mask]);
    rt_chaos("deque pop");
    if (!at_cas_acq_rel(&deque->top, &top, top + 1)) { // release: the read above, for the owner's push
        *lost = true;
        return NULL;
    }
    return actor;
}

#endif
