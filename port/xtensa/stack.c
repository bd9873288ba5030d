// SPDX-License-Identifier: MIT
// The guard of the C stack: the core's one data breakpoint watches its lowest bytes and raises a
// debug exception, of level 2, when anything is stored there. A frame larger than the guard can
// step over it; upstream's own check of the stack depth, with its margin, is the first line of
// defence. The watched address is part of a context, so each C stack is guarded while it is in use;
// it may lie anywhere in memory. One stack is set aside here; the boot stack is the scheduler's.
#include <stddef.h>

#include "hal/stack.h"
#include "port/xtensa/xtensa.h"

// DBREAKC0: stores break; the mask has a zero for each address bit that is not compared.
#define BREAK_ON_STORE  0x80000000u
#define GUARD_BYTES     64u // the most that the mask can cover

void xt_stack_guard(void) {
    XT_WRITE_SR(dbreaka0, ld_scheduler_bottom);
    XT_WRITE_SR(dbreakc0, BREAK_ON_STORE | (0x3f & ~(GUARD_BYTES - 1)));
}

typedef struct {
    uint32_t a0, a12, a13, a14, a15, dbreaka0, vmstate;
    uint32_t align;
} context_t;
_Static_assert(sizeof(context_t) == XT_CONTEXT_BYTES, "as in entry.S");

void *hal_stack_make(void *bottom, void *top, void (*entry)(void *arg), void *arg) {
    context_t *context = (context_t *)top - 1;
    *context = (context_t) {
        .a0 = (uint32_t)xt_stack_first, .a12 = (uint32_t)entry, .a13 = (uint32_t)arg,
        .dbreaka0 = (uint32_t)bottom, .vmstate = (uint32_t)vmstate_get(),
    };
    return context;
}

void *hal_stack_alloc(void **top) {
    static bool taken;
    if (taken) {
        return NULL;
    }
    taken = true;
    *top = ld_stack_top;
    return ld_stack_bottom;
}

static bool within(uintptr_t addr, void *bottom, void *top) {
    return addr >= (uintptr_t)bottom - GUARD_BYTES && addr < (uintptr_t)top;
}

// One of the two that are always there; else of the one in use, whose bottom is watched, and whose
// size is known.
bool hal_stack_find(uintptr_t addr, void **bottom, void **top) {
    *bottom = ld_scheduler_bottom;
    *top = ld_scheduler_top;
    if (within(addr, *bottom, *top)) {
        return true;
    }
    *bottom = ld_stack_bottom;
    *top = ld_stack_top;
    if (within(addr, *bottom, *top)) {
        return true;
    }
    *bottom = (void *)XT_READ_SR(dbreaka0);
    *top = (char *)*bottom + RT_STACK_BYTES;
    return within(addr, *bottom, *top);
}
