// SPDX-License-Identifier: MIT
// The collector's roots on the C stack: all callee-saved registers and every word up to stack_top.
// Each keeps the allocation that it points anywhere into: C code walks storage with pointers into
// its middle. Upstream's shared helper has no xtensa case and reads registers one by one; the port
// saves them all.
#include "py/gc.h"
#include "py/mpstate.h"

#include "hal/cpu.h"
#include "port/common/common.h"
#include "vm_ext/isolate/isolate.h"
#include "vm_ext/safe/blocks.h"

static void trace_stack(void *sp, void *arg) {
    (void)arg;
    uintptr_t *top = (uintptr_t *)MP_STATE_THREAD(stack_top);
    for (uintptr_t *word = sp; word < top; word++) {
        safe_root_word(*word);
    }
}

static void note(rt_trace_kind_t kind) {
    if (isolate_cur()->actor != NULL) {
        rt_trace(isolate_cur()->actor, kind, isolate_cur()->used_bytes);
    }
}

void gc_collect(void) {
    note(RT_TRACE_GC_BEGIN);
    gc_collect_start();
    hal_cpu_with_saved_regs(trace_stack, NULL);
    safe_keep_finalisable();
    gc_collect_end();
    vmheap_keep();
    note(RT_TRACE_GC_END);
}
