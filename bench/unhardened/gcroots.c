// SPDX-License-Identifier: MIT
// The collector's roots on the C stack, without what waits for finalisers. In place of
// port/common/gcroots.c in the build that bench/safety compares with. Words that point into the
// middle of an allocation keep it, which upstream's rule does not: the C code of actors counts on
// that.
#include "py/gc.h"
#include "py/mpstate.h"

#include "hal/cpu.h"
#include "port/common/common.h"
#include "vm_ext/safe/blocks.h"

static void trace_stack(void *sp, void *arg) {
    (void)arg;
    uintptr_t *top = (uintptr_t *)MP_STATE_THREAD(stack_top);
    for (uintptr_t *word = sp; word < top; word++) {
        safe_root_word(*word);
    }
}

void gc_collect(void) {
    gc_collect_start();
    hal_cpu_with_saved_regs(trace_stack, NULL);
    gc_collect_end();
    vmheap_keep();
}
