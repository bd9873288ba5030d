// SPDX-License-Identifier: MIT
// Sorts exceptions: interrupts, loads that the port performs for the CPU, and faults.
#include "port/xtensa/xtensa.h"

void xt_exception(xt_frame_t *frame) {
    if (frame->cause == XT_CAUSE_INTERRUPT) {
        xt_irq_dispatch();
    } else if (frame->cause != XT_CAUSE_LOAD_STORE || !xt_narrow_load(frame)) {
        xt_fault_elsewhere(frame);
    }
}
