// SPDX-License-Identifier: MIT
// Memory: what RAM is free when the kernel has started, and cache maintenance for devices.
// The kernel runs with virtual addresses equal to physical ones. Where there is an MMU, page 0 is
// not mapped, code and constants are read-only, data is not executable, and an unmapped guard lies
// below each C stack.
#ifndef HAL_MEM_H
#define HAL_MEM_H

#include <stddef.h>
#include <stdint.h>

typedef struct {
    uintptr_t base;
    size_t size_bytes;
} hal_mem_region_t;

// The i-th region of RAM that the kernel image, its stacks, its page tables and the firmware do not
// use, by rising address. 0, or -ENOENT past the last.
int hal_mem_region(unsigned i, hal_mem_region_t *out);

// All RAM that the machine reported, used or not, in bytes.
uint64_t hal_mem_total_bytes(void);

// Write back / discard cache lines of [addr, addr+len_bytes); no-ops where DMA is coherent.
void hal_cache_clean(const void *addr, size_t len_bytes);
void hal_cache_invalidate(void *addr, size_t len_bytes);
// Make freshly written instructions visible to instruction fetch.
void hal_cache_sync_code(const void *addr, size_t len_bytes);

#endif
