// SPDX-License-Identifier: MIT
// Sorts exceptions: interrupts, loads that the port performs for the CPU, and faults.
#include "hal/stack.h"
#include "port/xtensa/xtensa.h"

void xt_exception(xt_frame_t *frame) {
    if (frame->cause == XT_CAUSE_INTERRUPT) {
        xt_irq_dispatch();
        if (rt_irq_exit_wanted()) {
            rt_on_irq_exit(); // the frame below holds the rest of what was interrupted
        }
    } else if (frame->cause != XT_CAUSE_LOAD_STORE || !xt_narrow_load(frame)) {
        xt_fault_elsewhere(frame);
    }
}
