// SPDX-License-Identifier: MIT
// What the port asks at the end of each interrupt (hal/stack.h). Tests of the ports may be asked in the place of it.
#include "vm_ext/actor/core.h"
#include "hal/cpu.h"
#include "hal/stack.h"

#ifndef PORT_FAULT_MODULE
#define PORT_FAULT_MODULE (0)
#endif

#if PORT_FAULT_MODULE

static rt_irq_exit_hook_t hook; // atomic

void rt_set_irq_exit_hook(rt_irq_exit_hook_t new_hook) {
    at_store_rel(&hook, new_hook); // pairs with asked()
}

static rt_irq_exit_hook_t asked(void) {
    return at_load_acq(&hook);
}

#else

static rt_irq_exit_hook_t asked(void) {
    return NULL;
}

#endif

bool rt_irq_exit_wanted(void) {
    rt_irq_exit_hook_t hook_fn = asked();
    if (hook_fn != NULL) {
        return hook_fn(false);
    }
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
    rt_irq_exit_hook_t hook_fn = asked();
    if (hook_fn != NULL) {
        hook_fn(true);
        return;
    }
    rt_actor_t *self = rt_cores[hal_cpu_id()].current;
    self->flags |= F_IRQ_FRAME;
    core_leave(self, LEFT_INTERRUPTED);
}
