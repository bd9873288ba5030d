// SPDX-License-Identifier: MIT
// RAM: the loader's map, minus what the kernel took. Early pages (page tables, stacks of cores) are
// cut from the start of the first large region above the kernel; hal_mem_region() gives what is
// left.
#include <errno.h>
#include <string.h>

#include "hal/fault.h"
#include "hal/mem.h"
#include "x86.h"

#define LOW_RAM_END (0x100000) // below: BIOS data, the trampoline; not worth handing out

enum { ENTRIES_MAX = 256 };

static x86_ram_t entries[ENTRIES_MAX];
static unsigned entry_count;
static uint64_t early_next; // early pages lie in [start of its region, early_next)

static uint64_t align_up(uint64_t value) {
    return (value + X86_PAGE_BYTES - 1) & ~(X86_PAGE_BYTES - 1);
}

// Sorted by address; neighbours of one type are joined, as UEFI reports hundreds.
void x86_memory_add(const x86_ram_t *ram) {
    if (entry_count == ENTRIES_MAX || ram->size_bytes == 0) {
        return;
    }
    unsigned at = entry_count++;
    for (; at > 0 && entries[at - 1].base > ram->base; --at) {
        entries[at] = entries[at - 1];
    }
    entries[at] = *ram;
    for (unsigned i = at > 0 ? at - 1 : 0; i + 1 < entry_count && i <= at;) {
        x86_ram_t *low = &entries[i], *high = &entries[i + 1];
        if (low->type == high->type && low->base + low->size_bytes == high->base) {
            low->size_bytes += high->size_bytes;
            memmove(high, high + 1, (--entry_count - i - 1) * sizeof(*high));
        } else {
            ++i;
        }
    }
}

void x86_memory_init(void) {
    early_next = align_up((uintptr_t)__kernel_end);
}

unsigned x86_memory_count(void) {
    return entry_count;
}

const x86_ram_t *x86_memory_entry(unsigned i) {
    return &entries[i];
}

void *x86_memory_reserve(size_t count) {
    uint64_t start = early_next;
    uint64_t end = start + count * X86_PAGE_BYTES;
    for (unsigned i = 0; i < entry_count; ++i) {
        const x86_ram_t *ram = &entries[i];
        bool within = ram->base <= start && end <= ram->base + ram->size_bytes;
        if (ram->type == X86_RAM_USABLE && within) {
            early_next = end;
            return (void *)start;
        }
    }
    return NULL;
}

void *x86_memory_early_pages(size_t count) {
    void *pages = x86_memory_reserve(count);
    if (pages == NULL) {
        panic("memory.c: no RAM after the kernel for %lu pages; give the machine more memory",
            (unsigned long)count);
    }
    return memset(pages, 0, count * X86_PAGE_BYTES);
}

int hal_mem_region(unsigned i, hal_mem_region_t *out) {
    for (unsigned e = 0; e < entry_count; ++e) {
        uint64_t base = entries[e].base;
        uint64_t end = base + entries[e].size_bytes;
        if (entries[e].type != X86_RAM_USABLE || end <= LOW_RAM_END) {
            continue;
        }
        if (base < early_next) {
            base = early_next; // the kernel and its early pages are in front
        }
        if (base < end && i-- == 0) {
            *out = (hal_mem_region_t) { base, end - base };
            return 0;
        }
    }
    return -ENOENT;
}

uint64_t hal_mem_total_bytes(void) {
    uint64_t sum = 0;
    for (unsigned i = 0; i < entry_count; ++i) {
        if (entries[i].type == X86_RAM_USABLE) {
            sum += entries[i].size_bytes;
        }
    }
    return sum;
}

// DMA is coherent on PCs, and instruction fetch sees stores.
void hal_cache_clean(const void *addr, size_t len_bytes) {
}

void hal_cache_invalidate(void *addr, size_t len_bytes) {
}

void hal_cache_sync_code(const void *addr, size_t len_bytes) {
}
