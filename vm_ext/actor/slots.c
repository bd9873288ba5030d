// SPDX-License-Identifier: MIT
// Memory for actors: chunks of slots, which are never given back and never hold anything else. A slot belongs to
// the core that made its chunk; it is free in that core's list, and comes back to it by `returned` when its actor
// died on another core, so that spawning here and dying there does not grow the memory.
//
// The directory finds a slot by its index: level k has 2^k chunks. It grows and never changes otherwise.
// Invariant: a chunk is complete, all its mailboxes CLOSED, before its pointer is stored with release.
#include <string.h>

#include "vm_ext/actor/core.h"
#include "vm_ext/actor/mailbox.h"
#include "vm_ext/actor/memory.h"

enum {
    PER_CHUNK = RT_CHUNK_BYTES / sizeof(rt_actor_t),
    CHUNK_PAGES = RT_CHUNK_BYTES / RT_PAGE_BYTES,
    LEVELS = RT_SMP ? 26 : 8,
    GEN_LAST = UINT32_MAX,
};

static rt_actor_t **levels[LEVELS];
static uint32_t n_chunks;

static unsigned level_of(uint32_t chunk) {
    return 31 - __builtin_clz(chunk + 1);
}

static size_t level_bytes(unsigned level) {
    return sizeof(rt_actor_t *) << level;
}

static void *big_alloc(size_t bytes) {
    return bytes < RT_PAGE_BYTES ? rt_alloc(bytes) : rt_pages_alloc(bytes / RT_PAGE_BYTES);
}

static void big_free(void *block, size_t bytes) {
    if (bytes < RT_PAGE_BYTES) {
        rt_free(block, bytes);
    } else {
        rt_pages_free(block, bytes / RT_PAGE_BYTES);
    }
}

// The array of chunk pointers of this level; NULL: no memory.
static rt_actor_t **level_get(unsigned level) {
    rt_actor_t **array = at_load_acq(&levels[level]); // pairs with the CAS below
    if (array != NULL) {
        return array;
    }
    rt_actor_t **fresh = big_alloc(level_bytes(level));
    if (fresh == NULL) {
        return NULL;
    }
    memset(fresh, 0, level_bytes(level));
    if (at_cas_acq_rel(&levels[level], &array, fresh)) { // release: the zeros
        return fresh;
    }
    big_free(fresh, level_bytes(level));
    return at_load_acq(&levels[level]);
}

rt_actor_t *slot_at(uint32_t index) {
    uint32_t chunk = index / PER_CHUNK;
    if (chunk >= at_load(&n_chunks)) {
        return NULL;
    }
    unsigned level = level_of(chunk);
    rt_actor_t **array = at_load_acq(&levels[level]); // pairs with level_get()
    if (array == NULL) {
        return NULL;
    }
    rt_actor_t *slots = at_load_acq(&array[chunk + 1 - (1u << level)]); // pairs with chunk_add()
    return slots == NULL ? NULL : &slots[index % PER_CHUNK];
}

uint32_t slots_end(void) {
    return at_load(&n_chunks) * PER_CHUNK;
}

size_t slots_kept_bytes(void) {
    size_t sum = 0;
    for (unsigned level = 0; level < LEVELS && level_bytes(level) < RT_PAGE_BYTES; ++level) {
        sum += at_load(&levels[level]) != NULL ? level_bytes(level) : 0;
    }
    return sum;
}

uint32_t slots_small_levels(void) {
    uint32_t n = 0;
    for (unsigned level = 0; level < LEVELS && level_bytes(level) < RT_PAGE_BYTES; ++level) {
        n += at_load(&levels[level]) != NULL;
    }
    return n;
}

// The one word here that all cores write: once in PER_CHUNK spawns, and never in a steady state.
static bool chunk_add(rt_core_t *core) {
    uint32_t chunk = at_load(&n_chunks);
    rt_actor_t *slots = level_of(chunk) < LEVELS ? rt_pages_alloc(CHUNK_PAGES) : NULL;
    if (slots == NULL) {
        return false;
    }
    rt_actor_t **array = level_get(level_of(chunk));
    while (array != NULL && !at_cas_acq_rel(&n_chunks, &chunk, chunk + 1)) {
        array = level_of(chunk) < LEVELS ? level_get(level_of(chunk)) : NULL;
    }
    if (array == NULL) {
        rt_pages_free(slots, CHUNK_PAGES);
        return false;
    }
    memset((void *)slots, 0, RT_CHUNK_BYTES);
    for (unsigned i = PER_CHUNK; i-- > 0;) {
        slots[i].mailbox = MAIL_CLOSED;
        slots[i].index = chunk * PER_CHUNK + i;
        slots[i].gen = 1;
        slots[i].home = core->id;
        slots[i].link = core->free_slots;
        core->free_slots = &slots[i];
    }
    at_store_rel(&array[chunk + 1 - (1u << level_of(chunk))], slots); // pairs with slot_at()
    return true;
}

rt_actor_t *slot_alloc(rt_core_t *core) {
    #if RT_SMP
    if (core->free_slots == NULL && at_load(&core->returned) != NULL) {
        core->free_slots = at_swap_acq_rel(&core->returned, NULL); // acquire: pairs with give_back()
    }
    #endif
    if (core->free_slots == NULL && !chunk_add(core)) {
        return NULL;
    }
    rt_actor_t *actor = core->free_slots;
    core->free_slots = actor->link;
    return actor;
}

static void give_back(rt_core_t *home, rt_actor_t *actor) {
    #if RT_SMP
    rt_actor_t *old = at_load(&home->returned);
    do {
        actor->link = old;
    } while (!at_cas_acq_rel(&home->returned, &old, actor)); // release: the slot, for slot_alloc()
    #endif
}

void slot_free(rt_core_t *core, rt_actor_t *actor) {
    rt_core_t *home = &rt_cores[actor->home];
    at_store(&actor->state, RT_FREE);
    if (at_load(&actor->gen) == GEN_LAST) {
        return; // its generations are used up; so one slot is lost after four billion actors
    }
    at_store_rel(&actor->gen, at_load(&actor->gen) + 1);
    if (home == core) {
        actor->link = core->free_slots;
        core->free_slots = actor;
    } else {
        give_back(home, actor);
    }
}
