// SPDX-License-Identifier: MIT
// Memory that devices may use: Buffers (vm_ext/modactor/buffer.h) whose bytes are whole pages in one run.
// Invariant: a block's state is how many times a device has it, and DMA_ORPHAN when no owner is left. Its pages are
// given back by whoever makes the state DMA_ORPHAN alone, so not before the last device is done or was reset: that is
// the quarantine. Nothing here tells an address to Python.
#ifndef VM_EXT_HW_DMA_H
#define VM_EXT_HW_DMA_H

#include "vm_ext/modactor/buffer.h"

#define DMA_ORPHAN (1u << 31)

// All in nopreempt. `memory`: the allowance that it counts against. NULL: no memory, or over that.
buffer_block_t *dma_block_new(cap_t memory, size_t size_bytes);
void dma_block_free(buffer_block_t *block); // by its owner: now, or when no device has it any more

void dma_pin(buffer_block_t *block);
void dma_unpin(buffer_block_t *block);

// Pages that only the kernel and devices use, cleared.
void *dma_pages_new(size_t n_pages);

// Whether a device with addresses of so many bits reaches all of it.
static inline bool dma_reaches(const void *start, size_t bytes, unsigned bits) {
    uint64_t last = (uint64_t)(uintptr_t)start + bytes - 1;
    return bits >= 64 || last >> bits == 0;
}

typedef struct {
    uint64_t buffers, buffer_bytes, orphans;
} dma_stats_t;
void dma_stats(dma_stats_t *out);

#endif
