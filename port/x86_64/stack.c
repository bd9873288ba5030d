// SPDX-License-Identifier: MIT
// Contexts as switch.S expects them, and the memory for stacks: a sixteenth of the RAM that follows
// the kernel, a page that is not mapped below each stack.
#include "hal/mem.h"
#include "hal/stack.h"
#include "hal/stack_pool.h"
#include "x86.h"

enum { STACK_BYTES = 64 * 1024, STACKS_MAX = 8192, SHARE = 16 };

#define MXCSR_DEFAULT (0x1f80u)     // round to nearest, nothing traps
#define X87_DEFAULT (0x037full)

typedef struct {
    uint64_t fp_control;
    uintptr_t r15, r14, r13, r12, rbp, rbx, rip;
} context_t;

extern char x86_stack_first[];

static hal_stack_pool_t pool = { .guard_bytes = X86_PAGE_BYTES, .stack_bytes = STACK_BYTES };

void *hal_stack_make(void *bottom, void *top, void (*entry)(void *arg), void *arg) {
    context_t *context = (context_t *)top - 1; // `top` is aligned for the call in x86_stack_first
    *context = (context_t) {
        .fp_control = MXCSR_DEFAULT | X87_DEFAULT << 32,
        .r12 = (uintptr_t)entry, .r13 = (uintptr_t)arg, .rip = (uintptr_t)x86_stack_first,
    };
    return context;
}

void x86_stack_pool_init(void) {
    const size_t slot_bytes = X86_PAGE_BYTES + STACK_BYTES;
    uint64_t count = hal_mem_total_bytes() / SHARE / slot_bytes;
    unsigned want = count < STACKS_MAX ? count : STACKS_MAX;
    // Less where the first run of RAM, which also gives the page tables, is a small part of all.
    while (want > 0 && (pool.base =
        (uintptr_t)x86_memory_reserve(want * slot_bytes / X86_PAGE_BYTES)) == 0) {
        want /= 2;
    }
    for (unsigned i = 0; i < want; ++i) {
        x86_paging_unmap_page(pool.base + i * slot_bytes);
    }
    pool.count = want;
}

void *hal_stack_alloc(void **top) {
    unsigned i = hal_stack_pool_take(&pool);
    return i < pool.count ? hal_stack_pool_bounds(&pool, i, top) : NULL;
}

bool hal_stack_find(uintptr_t addr, void **bottom, void **top) {
    for (unsigned i = 0; i < X86_MAX_CORES && x86_cores[i] != NULL; ++i) {
        const x86_core_t *core = x86_cores[i];
        if (core->stack_bottom - X86_PAGE_BYTES <= addr && addr < core->stack_top) {
            *bottom = (void *)core->stack_bottom;
            *top = (void *)core->stack_top;
            return true;
        }
    }
    return hal_stack_pool_find(&pool, addr, bottom, top);
}
