// SPDX-License-Identifier: MIT
// The collector's roots on the C stack as upstream sees them: a word keeps what it points to the
// head of. In place of port/common/gcroots.c in the build that bench/safety compares with.
#include "py/gc.h"
#include "py/mpstate.h"

#include "hal/cpu.h"
#include "port/common/common.h"

static void trace_stack(void *sp, void *arg) {
    (void)arg;
    gc_collect_root(sp, ((uintptr_t)MP_STATE_THREAD(stack_top) - (uintptr_t)sp) / sizeof(void *));
}

void gc_collect(void) {
    gc_collect_start();
    hal_cpu_with_saved_regs(trace_stack, NULL);
    gc_collect_end();
    vmheap_keep();
}
