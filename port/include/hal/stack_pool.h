// SPDX-License-Identifier: MIT
// For ports: a region cut into stacks of one size, a guard below each.
//   base | guard, stack | guard, stack | ... `count` times
#ifndef HAL_STACK_POOL_H
#define HAL_STACK_POOL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct {
    uintptr_t base;
    size_t guard_bytes, stack_bytes;
    unsigned count;
    unsigned taken;             // atomic; may run past count
} hal_stack_pool_t;

static inline uintptr_t hal_stack_pool_guard(const hal_stack_pool_t *pool, unsigned i) {
    return pool->base + i * (pool->guard_bytes + pool->stack_bytes);
}

// The number of a stack that nobody has had yet; count: all are taken.
static inline unsigned hal_stack_pool_take(hal_stack_pool_t *pool) {
    // Looked at first, so that the counter cannot wrap however often this fails.
    if (__atomic_load_n(&pool->taken, __ATOMIC_RELAXED) >= pool->count) {
        return pool->count;
    }
    unsigned i = __atomic_fetch_add(&pool->taken, 1, __ATOMIC_RELAXED);
    return i < pool->count ? i : pool->count;
}

static inline void *hal_stack_pool_bounds(const hal_stack_pool_t *pool, unsigned i, void **top) {
    uintptr_t bottom = hal_stack_pool_guard(pool, i) + pool->guard_bytes;
    *top = (void *)(bottom + pool->stack_bytes);
    return (void *)bottom;
}

static inline bool hal_stack_pool_find(const hal_stack_pool_t *pool, uintptr_t addr,
    void **bottom, void **top) {
    if (pool->count == 0 || addr < pool->base || addr >= hal_stack_pool_guard(pool, pool->count)) {
        return false;
    }
    unsigned i = (addr - pool->base) / (pool->guard_bytes + pool->stack_bytes);
    *bottom = hal_stack_pool_bounds(pool, i, top);
    return true;
}

#endif
