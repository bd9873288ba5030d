// SPDX-License-Identifier: MIT
// What the port asks at the end of each interrupt (hal/stack.h). Takes the place of port/common/irq_exit.c in an image
// that starts the runtime.
#include "vm_ext/actor/core.h"
#include "hal/cpu.h"
#include "hal/stack.h"

bool rt_irq_exit_wanted(void) {
    rt_core_t *core = &rt_cores[hal_cpu_id()];
    rt_actor_t *self = core->current;
    if (!core->started || !core->poll || self == NULL) {
        return false;
    }
    if (self->head.nopreempt != 0) {
        self->head.poll = 1;
        return false;
    }
    return true;
}

void rt_on_irq_exit(void) {
    rt_actor_t *self = rt_cores[hal_cpu_id()].current;
    self->flags |= F_IRQ_FRAME;
    core_leave(self, LEFT_INTERRUPTED);
}
