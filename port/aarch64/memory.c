// SPDX-License-Identifier: MIT
// Which RAM is free. Until the MMU is on, page tables and stacks are cut from the memory behind the
// image, stepping over what is reserved; after that the rest belongs to port/common.
// Invariant: free_list is sorted, page aligned, and overlaps neither the image, nor what
// a64_bootmem_alloc() gave out, nor any reserved range.
#include "hal/mem.h"

#include <errno.h>

#include "a64.h"
#include "fdt.h"
#include "platform.h"

enum { FREE_MAX = A64_RAM_MAX + A64_RESERVED_MAX + 1, CACHE_LINE_MIN = 16 };

static uint64_t bootmem_next, bootmem_end; // cursor, and the end of the RAM that holds the image
static hal_mem_region_t free_list[FREE_MAX];
static unsigned n_free;

static uint64_t page_down(uint64_t addr) {
    return addr & ~(uint64_t)(A64_PAGE - 1);
}

static uint64_t page_up(uint64_t addr) {
    return page_down(addr + A64_PAGE - 1);
}

static void sort(a64_range_t *list, unsigned n) {
    for (unsigned i = 1; i < n; ++i) {
        a64_range_t item = list[i];
        unsigned at = i;
        for (; at > 0 && list[at - 1].base > item.base; --at) {
            list[at] = list[at - 1];
        }
        list[at] = item;
    }
}

void a64_memory_init(void) {
    a64_platform_t *p = &a64_platform;
    sort(p->ram, p->n_ram);
    sort(p->reserved, p->n_reserved);
    bootmem_next = (uintptr_t)__image_end;
    for (unsigned i = 0; i < p->n_ram; ++i) {
        uint64_t end = p->ram[i].base + p->ram[i].size;
        if (p->ram[i].base <= bootmem_next && bootmem_next < end) {
            bootmem_end = end;
        }
    }
}

static void clear_uncached(uint64_t base, uint64_t size) {
    // A dirty line that the firmware left would overwrite this later, so drop them first.
    for (uint64_t at = base; at < base + size; at += CACHE_LINE_MIN) {
        __asm volatile ("dc ivac, %0" :: "r" (at) : "memory");
    }
    __asm volatile ("dsb sy" ::: "memory");
    for (volatile uint64_t *at = (uint64_t *)base; at < (uint64_t *)(base + size); ++at) {
        *at = 0;
    }
}

void *a64_bootmem_reserve(size_t size_bytes) {
    uint64_t size = page_up(size_bytes);
    uint64_t base = bootmem_next;
    for (unsigned i = 0; i < a64_platform.n_reserved; ++i) { // sorted, so one pass is enough
        const a64_range_t *r = &a64_platform.reserved[i];
        if (r->size > 0 && r->base < base + size && base < r->base + r->size) {
            base = page_up(r->base + r->size);
        }
    }
    if (base + size > bootmem_end) {
        return NULL;
    }
    bootmem_next = base + size;
    return (void *)base;
}

void *a64_bootmem_alloc(size_t size_bytes) {
    void *run = a64_bootmem_reserve(size_bytes);
    if (run == NULL) {
        a64_stop();
    }
    clear_uncached((uintptr_t)run, page_up(size_bytes));
    return run;
}

// The device tree is kept, for drivers, but not where it was: QEMU puts it in the middle of RAM,
// which would cut the largest block in two. What it leaves is free again.
void a64_memory_move_fdt(void) {
    a64_platform_t *p = &a64_platform;
    if (p->fdt == NULL) {
        return;
    }
    uint32_t used = fdt_used_bytes(p->fdt);
    const volatile uint32_t *from = p->fdt; // volatile: no memcpy before the MMU is on
    volatile uint32_t *to = a64_bootmem_alloc(used + sizeof(*to));
    for (uint32_t i = 0; i < (used + 3) / 4; ++i) {
        to[i] = from[i];
    }
    to[1] = __builtin_bswap32(used); // totalsize
    for (unsigned i = 0; i < p->n_reserved; ++i) {
        if (p->reserved[i].base == (uintptr_t)p->fdt && p->reserved[i].size == fdt_size(p->fdt)) {
            p->reserved[i].size = 0;
        }
    }
    p->fdt = (const void *)to;
}

static void add_free(uint64_t start, uint64_t end) {
    start = page_up(start);
    end = page_down(end);
    if (start < end && n_free < FREE_MAX) {
        free_list[n_free++] = (hal_mem_region_t) { start, end - start };
    }
}

static void seal(void) {
    a64_platform_t *p = &a64_platform;
    a64_platform_add_reserved((uintptr_t)__image_start, bootmem_next - (uintptr_t)__image_start);
    sort(p->reserved, p->n_reserved);
    for (unsigned i = 0; i < p->n_ram; ++i) {
        uint64_t at = p->ram[i].base;
        uint64_t end = at + p->ram[i].size;
        for (unsigned r = 0; r < p->n_reserved && at < end; ++r) {
            uint64_t r_end = p->reserved[r].base + p->reserved[r].size;
            if (p->reserved[r].size == 0 || r_end <= at || p->reserved[r].base >= end) {
                continue;
            }
            if (p->reserved[r].base > at) {
                add_free(at, p->reserved[r].base);
            }
            at = r_end;
        }
        if (at < end) {
            add_free(at, end);
        }
    }
}

int hal_mem_region(unsigned i, hal_mem_region_t *out) {
    if (n_free == 0) {
        seal();
    }
    if (i >= n_free) {
        return -ENOENT;
    }
    *out = free_list[i];
    return 0;
}

uint64_t hal_mem_total_bytes(void) {
    uint64_t total = 0;
    for (unsigned i = 0; i < a64_platform.n_ram; ++i) {
        total += a64_platform.ram[i].size;
    }
    return total;
}
