// SPDX-License-Identifier: MIT
// Memory for stacks: a range of addresses that the host fills when a stack is first used. And what
// the sanitizers must be told of stacks: which one the thread is on, and that what a dead context
// left on one means nothing.
// Invariant: in an instrumented build each stack has a fiber; the mark of a context is the fiber of
// its stack, and hosted_core->fiber that of the running one. TSan holds a signal back until the
// fiber that it found running calls the library again; so nothing is held back where a fiber is
// left, or the core would lose an interrupt with it.
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>

#include "hal/cpu.h"
#include "hal/stack.h"
#include "hal/stack_pool.h"
#include "hosted.h"

// Each takes two of the host's mappings, of which Linux gives a process 65530.
enum { STACKS_MAX = 30000 };

static hal_stack_pool_t pool = {
    .guard_bytes = HOSTED_PAGE_BYTES, .stack_bytes = HOSTED_POOL_STACK_BYTES,
};

void hosted_stack_init(void) {
    size_t bytes = STACKS_MAX * (pool.guard_bytes + pool.stack_bytes);
    void *start = mmap(NULL, bytes, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (start == MAP_FAILED) {
        perror("antaresia: no addresses for stacks");
        exit(1);
    }
    pool.base = (uintptr_t)start;
    pool.count = STACKS_MAX;
}

void *hal_stack_alloc(void **top) {
    unsigned i = hal_stack_pool_take(&pool);
    if (i == pool.count) {
        return NULL;
    }
    void *bottom = hal_stack_pool_bounds(&pool, i, top);
    // The number is lost when the host has no more: the next try would fail as well.
    return mprotect(bottom, pool.stack_bytes, PROT_READ | PROT_WRITE) == 0 ? bottom : NULL;
}

bool hal_stack_find(uintptr_t addr, void **bottom, void **top) {
    for (unsigned id = 0; id < HOSTED_CORES_MAX && hosted_cores[id].stack_bottom != NULL; ++id) {
        uintptr_t guard = (uintptr_t)hosted_cores[id].stack_bottom - HOSTED_PAGE_BYTES;
        if (guard <= addr && addr < (uintptr_t)hosted_cores[id].stack_top) {
            *bottom = hosted_cores[id].stack_bottom;
            *top = hosted_cores[id].stack_top;
            return true;
        }
    }
    return hal_stack_pool_find(&pool, addr, bottom, top);
}

#if !HOSTED_SANITIZE

void *hal_stack_make(void *bottom, void *top, void (*entry)(void *arg), void *arg) {
    return hosted_stack_frame(top, entry, arg, NULL);
}

void hosted_stack_core(hosted_core_t *core) {
}

#else

// sanitizer/asan_interface.h, common_interface_defs.h, tsan_interface.h. Each build links one of
// the two; a weak function that is not there is NULL.
#define WEAK __attribute__((weak))
WEAK void __sanitizer_start_switch_fiber(void **fake, const void *bottom, size_t size);
WEAK void __sanitizer_finish_switch_fiber(void *fake, const void **bottom, size_t *size);
WEAK void __asan_unpoison_memory_region(const volatile void *addr, size_t size);
WEAK void *__tsan_get_current_fiber(void);
WEAK void *__tsan_create_fiber(unsigned flags);
WEAK void __tsan_destroy_fiber(void *fiber);
WEAK void __tsan_switch_to_fiber(void *fiber, unsigned flags);

typedef struct hosted_fiber {
    char *bottom;
    size_t size_bytes;
    void *tsan;
    void *fake;                 // ASan's, while it is not running
    void (*entry)(void *arg);
    void *arg;
} hosted_fiber_t;

static hosted_fiber_t fibers[STACKS_MAX], core_fibers[HOSTED_CORES_MAX];

void hosted_stack_core(hosted_core_t *core) {
    hosted_fiber_t *fiber = &core_fibers[core->id];
    fiber->bottom = core->stack_bottom;
    fiber->size_bytes = HOSTED_STACK_BYTES;
    fiber->tsan = __tsan_get_current_fiber != NULL ? __tsan_get_current_fiber() : NULL;
    core->fiber = fiber;
}

// With the interrupts' signals blocked: what TSan has held back is delivered as this returns.
HOSTED_UNCHECKED static void tsan_switch(void *fiber) {
    if (__tsan_switch_to_fiber != NULL) {
        pthread_sigmask(SIG_BLOCK, &hosted_irq_signals, NULL);
        __tsan_switch_to_fiber(fiber, 0);
    }
}

HOSTED_UNCHECKED static void tsan_arrived(void) {
    if (__tsan_switch_to_fiber != NULL) {
        pthread_sigmask(SIG_UNBLOCK, &hosted_irq_signals, NULL);
    }
}

HOSTED_UNCHECKED static void arrive(void *fake) {
    if (__sanitizer_finish_switch_fiber != NULL) {
        __sanitizer_finish_switch_fiber(fake, NULL, NULL);
    }
}

HOSTED_UNCHECKED static void first(void *arg) {
    hosted_fiber_t *fiber = arg;
    tsan_arrived();
    arrive(NULL);
    fiber->entry(fiber->arg);
}

void *hal_stack_make(void *bottom, void *top, void (*entry)(void *arg), void *arg) {
    size_t slot_bytes = pool.guard_bytes + pool.stack_bytes;
    size_t i = ((uintptr_t)bottom - pool.base) / slot_bytes;
    if (i >= pool.count) {
        panic("stack.c: an instrumented build knows the stacks of hal_stack_alloc() only");
    }
    hosted_fiber_t *fiber = &fibers[i];
    *fiber = (hosted_fiber_t) {
        .bottom = bottom, .size_bytes = (char *)top - (char *)bottom, .tsan = fiber->tsan,
        .entry = entry, .arg = arg,
    };
    if (__asan_unpoison_memory_region != NULL) {
        __asan_unpoison_memory_region(bottom, fiber->size_bytes);
    }
    if (__tsan_create_fiber != NULL) {
        if (fiber->tsan != NULL) {
            __tsan_destroy_fiber(fiber->tsan);
        }
        fiber->tsan = __tsan_create_fiber(0);
    }
    return hosted_stack_frame(top, first, fiber, fiber);
}

HOSTED_UNCHECKED void hal_stack_switch(void **save_sp, void *to_sp) {
    hosted_fiber_t *from = hosted_core->fiber;
    hosted_fiber_t *to = *(hosted_fiber_t **)to_sp;
    hosted_core->fiber = to;
    if (__sanitizer_start_switch_fiber != NULL) {
        __sanitizer_start_switch_fiber(&from->fake, to->bottom, to->size_bytes);
    }
    tsan_switch(to->tsan);
    hosted_switch(save_sp, to_sp, from);
    tsan_arrived();
    arrive(from->fake); // another thread, perhaps
}

#endif
