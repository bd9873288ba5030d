// SPDX-License-Identifier: MIT
// Blocks of a few sizes, cut from pages that each belong to the core which took them.
// Invariants: all of a slab but the links of blocks that others freed is its owner's alone. A block freed by another
// core goes to the owner's `remote` list (CAS push; the owner takes the whole list by exchange, so no ABA). A slab is
// in its core's list of the class as long as it has a block to give. It goes back to the page allocator when its last
// block comes home, but for the only one of its class with something to give: rt_mem_trim() gives that back as well.
#include <stdint.h>

#include "vm_ext/actor/atomic.h"
#include "vm_ext/actor/memory.h"
#include "vm_ext/actor/pages.h"
#include "hal/cpu.h"

enum { HEADER_BYTES = RT_SMP ? 64 : 32 };

// As large as that many fit a page behind the header; multiples of 16.
static const uint16_t sizes[] = {
    #if RT_SMP
    32, 48, 64, 96, 128, 192, 256, 336, 496, 672, 800, 1008, 1344, 2016,
    #else
    16, 32, 48, 64, 80, 96, 112, 160, 240,
    #endif
};
enum { CLASSES = sizeof(sizes) / sizeof(sizes[0]) };

typedef struct block {
    struct block *next;
} block_t;

typedef struct slab {
    struct slab *next, *prev;   // in the core's list
    block_t *free;
    uint16_t fresh;             // blocks that have never been given: the last ones
    uint16_t used;              // given, remote frees included until they are taken in
    uint8_t size_class;
    uint8_t owner;
} slab_t;
_Static_assert(sizeof(slab_t) <= HEADER_BYTES, "the header's room");

static struct {
    slab_t *slabs[CLASSES];
    size_t used_bytes;          // given by this core, less what it freed of anybody's: only the sum means something
    #if RT_SMP
    _Alignas(64) block_t *remote; // pushed by any core
    #endif
} caches[RT_MAX_CORES];

static unsigned class_of(size_t bytes) {
    unsigned c = 0;
    while (c < CLASSES && sizes[c] < bytes) {
        ++c;
    }
    return c;
}

static unsigned per_slab(unsigned c) {
    return (RT_PAGE_BYTES - HEADER_BYTES) / sizes[c];
}

static slab_t *slab_of(void *block) {
    return (slab_t *)((uintptr_t)block & ~(uintptr_t)(RT_PAGE_BYTES - 1));
}

static void list_add(slab_t **list, slab_t *slab) {
    slab->prev = NULL;
    slab->next = *list;
    if (*list != NULL) {
        (*list)->prev = slab;
    }
    *list = slab;
}

static void list_remove(slab_t **list, slab_t *slab) {
    if (slab->prev != NULL) {
        slab->prev->next = slab->next;
    } else {
        *list = slab->next;
    }
    if (slab->next != NULL) {
        slab->next->prev = slab->prev;
    }
}

// By the owner.
static void free_local(unsigned core, slab_t *slab, block_t *block) {
    slab_t **list = &caches[core].slabs[slab->size_class];
    bool listed = slab->free != NULL || slab->fresh != 0;
    block->next = slab->free;
    slab->free = block;
    --slab->used;
    if (!listed) {
        list_add(list, slab);
    }
    if (slab->used == 0 && (slab->next != NULL || slab->prev != NULL)) {
        list_remove(list, slab);
        rt_pages_free(slab, 1);
    }
}

static bool take_in(unsigned core) {
    #if RT_SMP
    if (at_load(&caches[core].remote) == NULL) {
        return false;
    }
    block_t *block = at_swap_acq_rel(&caches[core].remote, NULL); // acquire: pairs with free_remote()
    while (block != NULL) {
        block_t *next = block->next;
        free_local(core, slab_of(block), block);
        block = next;
    }
    return true;
    #else
    return false;
    #endif
}

#if RT_SMP
static void free_remote(unsigned owner, block_t *block) {
    block_t *head = at_load(&caches[owner].remote);
    do {
        block->next = head;
    } while (!at_cas_acq_rel(&caches[owner].remote, &head, block)); // release: pairs with take_in()
}
#endif

static slab_t *slab_new(unsigned core, unsigned c) {
    slab_t *slab = rt_pages_alloc(1);
    if (slab != NULL) {
        *slab = (slab_t) { .fresh = per_slab(c), .size_class = c, .owner = core };
        list_add(&caches[core].slabs[c], slab);
    }
    return slab;
}

static void *block_from(unsigned core, slab_t *slab) {
    block_t *block = slab->free;
    if (block != NULL) {
        slab->free = block->next;
    } else {
        --slab->fresh;
        block = (block_t *)((char *)slab + HEADER_BYTES + (size_t)slab->fresh * sizes[slab->size_class]);
    }
    ++slab->used;
    if (slab->free == NULL && slab->fresh == 0) {
        list_remove(&caches[core].slabs[slab->size_class], slab);
    }
    return block;
}

static size_t pages_for(size_t bytes) {
    return bytes / RT_PAGE_BYTES + (bytes % RT_PAGE_BYTES != 0);
}

static void *from_slab(unsigned core, unsigned c) {
    slab_t *slab = caches[core].slabs[c];
    if (slab == NULL && take_in(core)) {
        slab = caches[core].slabs[c];
    }
    if (slab == NULL) {
        slab = slab_new(core, c);
    }
    return slab == NULL ? NULL : block_from(core, slab);
}

void *rt_alloc(size_t bytes) {
    unsigned core = hal_cpu_id(), c = class_of(bytes);
    void *block = c == CLASSES ? rt_pages_alloc(pages_for(bytes)) : from_slab(core, c);
    if (block != NULL) {
        at_bump(&caches[core].used_bytes, bytes);
    }
    return block;
}

void rt_free(void *block, size_t bytes) {
    if (block == NULL) {
        return;
    }
    unsigned core = hal_cpu_id();
    at_bump(&caches[core].used_bytes, -bytes);
    if (class_of(bytes) == CLASSES) {
        rt_pages_free(block, pages_for(bytes));
        return;
    }
    slab_t *slab = slab_of(block);
    #if RT_SMP
    if (slab->owner != core) { // never changes while a block is out
        free_remote(slab->owner, block);
        return;
    }
    #endif
    free_local(core, slab, block);
}

size_t rt_mem_used_bytes(void) {
    size_t sum = 0;
    for (unsigned core = 0; core < RT_MAX_CORES; ++core) {
        sum += at_load(&caches[core].used_bytes);
    }
    return sum;
}

void rt_mem_trim(void) {
    unsigned core = hal_cpu_id();
    take_in(core);
    for (unsigned c = 0; c < CLASSES; ++c) {
        slab_t *slab = caches[core].slabs[c];
        if (slab != NULL && slab->used == 0) { // then it is alone: free_local()
            list_remove(&caches[core].slabs[c], slab);
            rt_pages_free(slab, 1);
        }
    }
}
