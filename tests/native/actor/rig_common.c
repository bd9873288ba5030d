// SPDX-License-Identifier: MIT
// Memory, stacks and interrupts of the rig. The lowest word of a stack is ThreadSanitizer's name
// for it.
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <time.h>

#include "hal/cpu.h"
#include "hal/fault.h"
#include "hal/irq.h"
#include "hal/stack.h"
#include "hal/time.h"
#include "vm_ext/actor/memory.h"
#include "vm_ext/actor/pages.h"
#include "vm_ext/actor/rt.h"
#include "rig.h"

rig_core_t rig_cores[RIG_CORES_MAX];

// ---------------------------------------------------------------- memory

static long blocks_live, stacks_made;

long rig_blocks_live(void) {
    return __atomic_load_n(&blocks_live, __ATOMIC_RELAXED);
}

long rig_stacks_made(void) {
    return __atomic_load_n(&stacks_made, __ATOMIC_RELAXED);
}

#ifndef RIG_REAL_MEMORY

void *rt_pages_alloc(size_t n_pages) {
    return aligned_alloc(RT_PAGE_BYTES, n_pages * RT_PAGE_BYTES);
}

void rt_pages_free(void *pages, size_t n_pages) {
    free(pages);
}

static size_t bytes_live;

void *rt_alloc(size_t bytes) {
    __atomic_fetch_add(&blocks_live, 1, __ATOMIC_RELAXED);
    __atomic_fetch_add(&bytes_live, bytes, __ATOMIC_RELAXED);
    return malloc(bytes);
}

void rt_free(void *block, size_t bytes) {
    __atomic_fetch_sub(&blocks_live, 1, __ATOMIC_RELAXED);
    __atomic_fetch_sub(&bytes_live, bytes, __ATOMIC_RELAXED);
    free(block);
}

void rt_mem_trim(void) { // malloc() keeps what is empty
}

size_t rt_mem_used_bytes(void) {
    return __atomic_load_n(&bytes_live, __ATOMIC_RELAXED);
}

#endif

// ---------------------------------------------------------------- stacks

void rig_switch(void **save_sp, void *to_sp);
void *rig_make(void *top, void (*entry)(void *arg), void *arg);

#ifdef __SANITIZE_THREAD__

void *__tsan_get_current_fiber(void);
void *__tsan_create_fiber(unsigned flags);
void __tsan_destroy_fiber(void *fiber);
void __tsan_switch_to_fiber(void *fiber, unsigned flags);

static void **fiber_of(void *sp) {
    return (void **)((uintptr_t)sp & ~(uintptr_t)(RIG_STACK_BYTES - 1));
}

static void *this_fiber(void) {
    return __tsan_get_current_fiber();
}

static void go_to_fiber(void *fiber) {
    __tsan_switch_to_fiber(fiber, 0);
}

static void new_fiber(void *stack) {
    if (*fiber_of(stack) != NULL) {
        __tsan_destroy_fiber(*fiber_of(stack)); // what it was in the middle of is given up
    }
    *fiber_of(stack) = __tsan_create_fiber(0);
}

// With synchronisation (0): what one context did before the switch, this core did before it, for
// the next context too. Between cores only the runtime's own atomics count.
__attribute__((no_sanitize("thread"))) void hal_stack_switch(void **save_sp, void *to_sp) {
    __tsan_switch_to_fiber(*fiber_of(to_sp), 0);
    rig_switch(save_sp, to_sp);
}

#else

static void *this_fiber(void) {
    return NULL;
}

static void go_to_fiber(void *fiber) {
}

static void new_fiber(void *stack) {
}

void hal_stack_switch(void **save_sp, void *to_sp) {
    rig_switch(save_sp, to_sp);
}

#endif

#ifdef __SANITIZE_ADDRESS__
void __asan_unpoison_memory_region(void const volatile *start, size_t bytes);

// The frames of code that was given up here are fenced still.
static void unpoison(char *bottom, char *top) {
    __asan_unpoison_memory_region(bottom, top - bottom);
}
#else
static void unpoison(char *bottom, char *top) {
}
#endif

void *hal_stack_make(void *bottom, void *top, void (*entry)(void *arg), void *arg) {
    new_fiber(bottom);
    unpoison(bottom, top);
    return rig_make(top, entry, arg);
}

void *rig_stack_new(void) {
    char *map = mmap(NULL, 2 * RIG_STACK_BYTES, PROT_READ | PROT_WRITE,
        MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (map == MAP_FAILED) {
        panic("rig: no stack");
    }
    uintptr_t aligned = ((uintptr_t)map + RIG_STACK_BYTES - 1) & ~(uintptr_t)(RIG_STACK_BYTES - 1);
    return (void *)aligned;
}

void *hal_stack_alloc(void **top) {
    __atomic_fetch_add(&stacks_made, 1, __ATOMIC_RELAXED);
    char *stack = rig_stack_new();
    *top = stack + RIG_STACK_BYTES;
    return stack;
}

typedef struct {
    void (*fn)(void *arg);
    void *arg, *fiber, *sp;
} visit_t;

__attribute__((no_sanitize("thread"))) static void visit(void *arg) {
    visit_t *v = arg;
    v->fn(v->arg);
    void *dropped;
    go_to_fiber(v->fiber);
    rig_switch(&dropped, v->sp);
}

// The thread's own stack is not aligned as fiber_of() wants it, so a core does not run on it.
void rig_run_on_new_stack(void (*fn)(void *arg), void *arg) {
    char *stack = rig_stack_new();
    visit_t v = { fn, arg, this_fiber(), NULL };
    void *sp = hal_stack_make(stack, stack + RIG_STACK_BYTES, visit, &v);
    hal_stack_switch(&v.sp, sp);
}

// ---------------------------------------------------------------- interrupts

unsigned hal_cpu_id(void) {
    return rig_core()->id;
}

void rig_handlers(rig_core_t *core) {
    // Acquire: pairs with who set it.
    uint32_t pending = __atomic_exchange_n(&core->pending, 0, __ATOMIC_ACQUIRE);
    if (pending & PENDING_TIMER) {
        rt_on_timer();
    }
    if (pending & PENDING_IPI) {
        rt_on_ipi();
    }
    if (pending & PENDING_LINE) {
        core->line_fn(core->line_arg);
    }
}

// As a port does at an interrupt. The core may be another one afterwards.
__attribute__((noinline)) void rig_take_interrupts(void) {
    rig_core_t *core = rig_core();
    if (core->irq_off || __atomic_load_n(&core->pending, __ATOMIC_RELAXED) == 0) {
        return;
    }
    core->irq_off = true;
    rig_handlers(core);
    if (rt_irq_exit_wanted()) {
        rt_on_irq_exit();
    }
    rig_core()->irq_off = false;
}

hal_irq_state_t hal_irq_disable(void) {
    rig_core_t *core = rig_core();
    hal_irq_state_t was = core->irq_off;
    core->irq_off = true;
    return was;
}

void hal_irq_restore(hal_irq_state_t state) {
    rig_core()->irq_off = state;
    if (state == 0) {
        rig_take_interrupts();
    }
}

void rig_line_interrupt(void (*fn)(void *arg), void *arg) {
    hal_irq_state_t state = hal_irq_disable();
    rig_core_t *core = rig_core();
    core->line_fn = fn;
    core->line_arg = arg;
    __atomic_fetch_or(&core->pending, PENDING_LINE, __ATOMIC_RELEASE); // pairs with rig_handlers()
    hal_irq_restore(state);
}

// ---------------------------------------------------------------- the rest

uint64_t rig_host_ns(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * 1000000000ull + now.tv_nsec;
}

void panic(const char *fmt, ...) {
    va_list args;
    va_start(args, fmt);
    vfprintf(stderr, fmt, args);
    fputc('\n', stderr);
    abort();
}
