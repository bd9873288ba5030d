// SPDX-License-Identifier: MIT
// Contexts as switch.S expects them, and the memory for stacks: a sixteenth of the RAM, a page that
// is not mapped below each stack. a64_stack_pool_init() runs with the MMU off.
#include "hal/mem.h"
#include "hal/stack.h"
#include "hal/stack_pool.h"
#include "a64.h"

enum { STACK_BYTES = 64 * 1024, STACKS_MAX = 4096, SHARE = 16 };

typedef struct {
    uintptr_t x29, x30, x19, x20, x21_28[8], fpcr, align;
} context_t;

extern char a64_stack_first[];

static hal_stack_pool_t pool = { .guard_bytes = A64_PAGE, .stack_bytes = STACK_BYTES };

void *hal_stack_make(void *bottom, void *top, void (*entry)(void *arg), void *arg) {
    context_t *context = (context_t *)top - 1;
    *context = (context_t) {
        .x30 = (uintptr_t)a64_stack_first, .x19 = (uintptr_t)entry, .x20 = (uintptr_t)arg,
    };
    return context;
}

void a64_stack_pool_init(void) {
    const size_t slot_bytes = A64_PAGE + STACK_BYTES;
    uint64_t count = hal_mem_total_bytes() / SHARE / slot_bytes;
    unsigned want = count < STACKS_MAX ? count : STACKS_MAX;
    while (want > 0 && (pool.base = (uintptr_t)a64_bootmem_reserve(want * slot_bytes)) == 0) {
        want /= 2;
    }
    for (unsigned i = 0; i < want; ++i) {
        a64_mmu_unmap_page(pool.base + i * slot_bytes);
    }
    pool.count = want;
}

void *hal_stack_alloc(void **top) {
    unsigned i = hal_stack_pool_take(&pool);
    return i < pool.count ? hal_stack_pool_bounds(&pool, i, top) : NULL;
}

// An exception stack counts as one, for the sake of its guard.
bool hal_stack_find(uintptr_t addr, void **bottom, void **top) {
    for (unsigned i = 0; i < a64_core_slots(); ++i) {
        const a64_core_t *core = &a64_cores[i];
        if (addr >= core->stack_bottom - A64_PAGE && addr < core->exception_stack_top) {
            bool exception = addr >= core->stack_top;
            *bottom = (void *)(exception ? core->exception_stack_bottom : core->stack_bottom);
            *top = (void *)(exception ? core->exception_stack_top : core->stack_top);
            return true;
        }
    }
    return hal_stack_pool_find(&pool, addr, bottom, top);
}
