// SPDX-License-Identifier: MIT
// Memory of the run queues: see deque.h.
#include "vm_ext/actor/deque.h"
#include "vm_ext/actor/memory.h"

#if RT_SMP

// Kept until the machine stops, so whole pages.
static deque_array_t *array_new(size_t items) {
    size_t bytes = sizeof(deque_array_t) + items * sizeof(rt_actor_t *);
    deque_array_t *array = rt_pages_alloc((bytes + RT_PAGE_BYTES - 1) / RT_PAGE_BYTES);
    if (array != NULL) {
        array->mask = items - 1;
        array->older = NULL;
    }
    return array;
}

bool deque_init(deque_t *deque) {
    deque->array = array_new(256);
    return deque->array != NULL;
}

bool deque_grow(deque_t *deque) {
    deque_array_t *old = deque->array;
    deque_array_t *array = array_new(2 * (old->mask + 1));
    if (array == NULL) {
        return false;
    }
    size_t bottom = at_load(&deque->bottom);
    // From a top that may have moved since: the items in between are copied in vain, and nobody takes them twice,
    // since top has passed them.
    for (size_t i = at_load_acq(&deque->top); i != bottom; ++i) {
        at_store(&array->items[i & array->mask], at_load(&old->items[i & old->mask]));
    }
    array->older = old; // thieves may be reading it
    at_store_rel(&deque->array, array); // pairs with deque_pop()
    return true;
}

#endif
