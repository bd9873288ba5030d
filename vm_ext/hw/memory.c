// SPDX-License-Identifier: MIT
// See dma.h.
#include <string.h>

#include "py/runtime.h"

#include "hal/cpu.h"
#include "hal/mem.h"
#include "vm_ext/actor/memory.h"
#include "vm_ext/hw/dma.h"

static dma_stats_t stats;

static uint64_t bytes_of(const buffer_block_t *block) {
    return (uint64_t)block->n_pages * RT_PAGE_BYTES;
}

static bool allowance_take(cap_t memory, uint64_t bytes) {
    unsigned core = hal_cpu_id();
    bool taken = false;
    if (cap_enter(core, memory)) {
        uint64_t used = at_load(&memory.node->used);
        do {
            taken = bytes <= memory.node->length && used <= memory.node->length - bytes;
        } while (taken && !at_cas_acq_rel(&memory.node->used, &used, used + bytes));
    }
    cap_leave(core);
    return taken;
}

static void allowance_give(cap_t memory, uint64_t bytes) {
    unsigned core = hal_cpu_id();
    if (cap_enter(core, memory)) {
        at_add(&memory.node->used, -bytes);
    }
    cap_leave(core);
}

buffer_block_t *dma_block_new(cap_t memory, size_t size_bytes) {
    size_t n_pages = size_bytes / RT_PAGE_BYTES + (size_bytes % RT_PAGE_BYTES != 0);
    n_pages += n_pages == 0;
    if (!allowance_take(memory, (uint64_t)n_pages * RT_PAGE_BYTES)) {
        return NULL;
    }
    buffer_block_t *block = rt_alloc(sizeof(*block));
    void *pages = block == NULL ? NULL : rt_pages_alloc(n_pages);
    if (pages == NULL) {
        if (block != NULL) {
            rt_free(block, sizeof(*block));
        }
        allowance_give(memory, (uint64_t)n_pages * RT_PAGE_BYTES);
        return NULL;
    }
    *block = (buffer_block_t) {.size_bytes = size_bytes, .data = pages, .n_pages = n_pages, .memory = memory};
    at_add(&stats.buffers, 1);
    at_add(&stats.buffer_bytes, bytes_of(block));
    return block;
}

static void give_back(buffer_block_t *block) {
    at_add(&stats.buffers, -1);
    at_add(&stats.orphans, -1);
    at_add(&stats.buffer_bytes, -bytes_of(block));
    allowance_give(block->memory, bytes_of(block));
    rt_pages_free(block->data, block->n_pages);
    rt_free(block, sizeof(*block));
}

void dma_block_free(buffer_block_t *block) {
    at_add(&stats.orphans, 1);
    uint32_t state = DMA_ORPHAN;
    uint32_t old = at_load(&block->state);
    while (!at_cas_acq_rel(&block->state, &old, old | state)) {
    }
    if (old == 0) {
        give_back(block);
    }
}

void dma_pin(buffer_block_t *block) {
    at_add(&block->state, 1);
}

void dma_unpin(buffer_block_t *block) {
    if (at_sub_acq_rel(&block->state, 1) == (DMA_ORPHAN | 1)) {
        give_back(block);
    }
}

void *dma_pages_new(size_t n_pages) {
    void *pages = rt_pages_alloc(n_pages);
    if (pages != NULL) {
        memset(pages, 0, n_pages * RT_PAGE_BYTES);
        hal_cache_clean(pages, n_pages * RT_PAGE_BYTES);
    }
    return pages;
}

void dma_stats(dma_stats_t *out) {
    *out = (dma_stats_t) {at_load(&stats.buffers), at_load(&stats.buffer_bytes), at_load(&stats.orphans)};
}
