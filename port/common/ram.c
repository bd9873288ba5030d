// SPDX-License-Identifier: MIT
// Runs of pages where actors run, for those who are none: the RAM disk, and landing stacks.
#include "hal/irq.h"
#include "hal/mem.h"
#include "port/common/common.h"
#include "vm_ext/actor/memory.h"
#include "vm_ext/actor/pages.h"

void ram_init(void) {
    hal_mem_region_t region;
    for (unsigned i = 0; hal_mem_region(i, &region) == 0; ++i) {
        rt_mem_add((void *)region.base, region.size_bytes);
    }
}

static size_t pages_of(size_t size_bytes) {
    return size_bytes / RT_PAGE_BYTES + (size_bytes % RT_PAGE_BYTES != 0);
}

void *ram_alloc(size_t size_bytes) {
    hal_irq_state_t state = hal_irq_disable();
    void *run = size_bytes == 0 ? NULL : rt_pages_alloc(pages_of(size_bytes));
    hal_irq_restore(state);
    return run;
}

void ram_free(void *run, size_t size_bytes) {
    hal_irq_state_t state = hal_irq_disable();
    rt_pages_free(run, pages_of(size_bytes));
    hal_irq_restore(state);
}

size_t ram_largest_bytes(void) {
    return rt_pages_largest() * RT_PAGE_BYTES;
}

size_t ram_free_bytes(void) {
    return rt_pages_free_count() * RT_PAGE_BYTES;
}
