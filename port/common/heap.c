// SPDX-License-Identifier: MIT
// The VM's heap: a first area of memory, and further ones as the program grows.
// Invariant: all memory of a VM comes from the areas listed in its isolate's heap_areas; a soft
// reset returns every one, so a thousand soft resets use what one did.
#include "py/gc.h"
#include "py/mpstate.h"

#include "hal/fault.h"
#include "port/common/common.h"
#include "vm_ext/actor/memory.h"
#include "vm_ext/isolate/isolate.h"
#include "vm_ext/isolate/memory.h"
#include "vm_ext/safe/visible.h"

#define AREA_SMALL_BYTES (PORT_TINY ? 0 : 4096)
#define HEAP_FIRST_MIN_BYTES (PORT_TINY ? 4 * 1024 : 64 * 1024)
#define HEAP_FIRST_MAX_BYTES (4 * 1024 * 1024)

typedef struct _heap_area_t {
    struct _heap_area_t *next;
    size_t size_bytes;
    uint64_t align[1]; // what follows is aligned for the collector's area struct
} heap_area_t;

unsigned long vmheap_area_bytes(unsigned long size_bytes) {
    size_t bytes = size_bytes + sizeof(heap_area_t) + RT_PAGE_BYTES - 1;
    return bytes - bytes % RT_PAGE_BYTES - sizeof(heap_area_t);
}

void *vmheap_grow(unsigned long size_bytes) {
    isolate_nopreempt_enter();
    heap_area_t *area = isolate_memory_alloc(size_bytes + sizeof(heap_area_t));
    if (area != NULL) {
        area->size_bytes = size_bytes + sizeof(heap_area_t);
        area->next = isolate_cur()->heap_areas;
        isolate_cur()->heap_areas = area;
        visible_none(area + 1, size_bytes);
    }
    isolate_nopreempt_leave();
    return area == NULL ? NULL : area + 1;
}

void *vmheap_grow_some(unsigned long *size_bytes, unsigned long least_bytes) {
    void *area = vmheap_grow(*size_bytes);
    while (area == NULL && *size_bytes > least_bytes) {
        *size_bytes = MAX(*size_bytes / 2, least_bytes);
        area = vmheap_grow(*size_bytes);
    }
    return area;
}

static void area_release(void *ptr) {
    heap_area_t *area = (heap_area_t *)ptr - 1;
    heap_area_t **link = &isolate_cur()->heap_areas;
    for (; *link != NULL; link = &(*link)->next) {
        if (*link == area) {
            isolate_nopreempt_enter();
            *link = area->next;
            visible_all(area, area->size_bytes);
            isolate_memory_free(area, area->size_bytes);
            isolate_nopreempt_leave();
            return;
        }
    }
    panic("heap.c: release of an area that is not the heap's");
}

// Upstream's sweep takes an added area for empty when its last used block is block 0, also if that
// block is in use (py/gc.c: last_used_block == 0). Such an area is set aside here and goes back
// into the collector's list by vmheap_keep(), before anything can be allocated.
static bool first_block_is_used(const mp_state_mem_area_t *area) {
    return (area->gc_alloc_table_start[0] & 3) != 0; // AT_FREE is 0, two bits a block
}

void vmheap_keep(void) {
    mp_state_mem_area_t *last = &MP_STATE_MEM(area);
    while (last->next != NULL) {
        last = last->next;
    }
    last->next = isolate_cur()->heap_areas_to_keep;
    isolate_cur()->heap_areas_to_keep = NULL;
    for (last = last->next; last != NULL; last = last->next) {
        last->gc_last_free_atb_index = 0;
    }
}

// One that a program with a small heap would soon need again.
static bool is_small(const mp_state_mem_area_t *area) {
    return (size_t)(area->gc_pool_end - (byte *)area) <= AREA_SMALL_BYTES;
}

void vmheap_shrink(void *ptr) {
    mp_state_mem_area_t *area = ptr;
    if (first_block_is_used(area) || is_small(area)) {
        area->next = isolate_cur()->heap_areas_to_keep;
        isolate_cur()->heap_areas_to_keep = area;
    } else {
        area_release(ptr);
    }
}

size_t gc_get_max_new_split(void) {
    size_t largest = ram_largest_bytes();
    largest = MIN(largest, isolate_cur()->quota_bytes - isolate_cur()->used_bytes);
    return largest > sizeof(heap_area_t) ? largest - sizeof(heap_area_t) : 0;
}

// The most that the heap may grow by.
unsigned long vmheap_rest_bytes(void) {
    size_t rest = isolate_cur()->quota_bytes - isolate_cur()->used_bytes;
    return rest > sizeof(heap_area_t) ? rest - sizeof(heap_area_t) : 0;
}

// The first area, of the same size at each soft reset.
static size_t heap_first_bytes(void) {
    static size_t fixed;
    if (fixed == 0) {
        size_t share = MAX(ram_free_bytes() / 32, HEAP_FIRST_MIN_BYTES);
        fixed = MIN(ram_largest_bytes() - sizeof(heap_area_t), MIN(share, HEAP_FIRST_MAX_BYTES));
    }
    return fixed;
}

void vmheap_init(void) {
    size_t size = heap_first_bytes();
    char *start = vmheap_grow(size);
    if (start == NULL) {
        panic("heap.c: no memory for the first heap area of %lu bytes", (unsigned long)size);
    }
    gc_init(start, start + size);
}

void vmheap_release(void) {
    while (isolate_cur()->heap_areas != NULL) {
        area_release(isolate_cur()->heap_areas + 1);
    }
}
