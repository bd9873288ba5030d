// SPDX-License-Identifier: MIT
// Runs of physical pages, first fit, for the VM's heap areas and the RAM disk: a few large blocks.
// Invariant: the free extents form a list by rising address, each page aligned, no two adjacent;
// an extent's node lies in its own first bytes, so the list needs no memory of its own. It outlives
// VMs and changes with interrupts disabled: what faults on it then ends the machine, not the VM.
#include "port/common/common.h"
#include "hal/irq.h"
#include "hal/mem.h"

typedef struct extent {
    size_t size_bytes;
    struct extent *next;
} extent_t;

static extent_t *free_list;

static size_t round_up(size_t size_bytes) {
    return (size_bytes + RAM_PAGE_BYTES - 1) & ~(size_t)(RAM_PAGE_BYTES - 1);
}

void ram_init(void) {
    hal_mem_region_t region;
    for (unsigned i = 0; hal_mem_region(i, &region) == 0; ++i) {
        uintptr_t start = round_up(region.base);
        uintptr_t end = (region.base + region.size_bytes) & ~(uintptr_t)(RAM_PAGE_BYTES - 1);
        if (start < end) {
            ram_free((void *)start, end - start);
        }
    }
}

static extent_t *take(size_t size) {
    for (extent_t **link = &free_list; *link != NULL; link = &(*link)->next) {
        extent_t *extent = *link;
        if (extent->size_bytes < size) {
            continue;
        }
        if (extent->size_bytes == size) {
            *link = extent->next;
        } else {
            extent_t *rest = (extent_t *)((char *)extent + size);
            rest->size_bytes = extent->size_bytes - size;
            rest->next = extent->next;
            *link = rest;
        }
        return extent;
    }
    return NULL;
}

void *ram_alloc(size_t size_bytes) {
    size_t size = round_up(size_bytes);
    if (size < size_bytes || size == 0) {
        return NULL;
    }
    hal_irq_state_t state = hal_irq_disable();
    extent_t *extent = take(size);
    hal_irq_restore(state);
    return extent;
}

static void give_back(extent_t *freed) {
    extent_t *before = NULL;
    extent_t *after = free_list;
    while (after != NULL && after < freed) {
        before = after;
        after = after->next;
    }
    freed->next = after;
    if (after != NULL && (char *)freed + freed->size_bytes == (char *)after) {
        freed->size_bytes += after->size_bytes;
        freed->next = after->next;
    }
    if (before == NULL) {
        free_list = freed;
    } else if ((char *)before + before->size_bytes == (char *)freed) {
        before->size_bytes += freed->size_bytes;
        before->next = freed->next;
    } else {
        before->next = freed;
    }
}

void ram_free(void *run, size_t size_bytes) {
    extent_t *freed = run;
    hal_irq_state_t state = hal_irq_disable();
    freed->size_bytes = round_up(size_bytes);
    give_back(freed);
    hal_irq_restore(state);
}

size_t ram_largest_bytes(void) {
    size_t largest = 0;
    for (extent_t *extent = free_list; extent != NULL; extent = extent->next) {
        if (extent->size_bytes > largest) {
            largest = extent->size_bytes;
        }
    }
    return largest;
}

size_t ram_free_bytes(void) {
    size_t sum = 0;
    for (extent_t *extent = free_list; extent != NULL; extent = extent->next) {
        sum += extent->size_bytes;
    }
    return sum;
}
