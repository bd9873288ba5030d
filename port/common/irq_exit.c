// SPDX-License-Identifier: MIT
// What a port asks at the end of an interrupt while no actor runtime is linked: whoever set the
// hook is asked, who leaves it there as long as it says yes to interrupts. The runtime's own
// functions take the place of these.
#include "hal/stack.h"
#include "port/common/common.h"

static irq_exit_hook_t hook;

void irq_exit_set_hook(irq_exit_hook_t new_hook) {
    __atomic_store_n(&hook, new_hook, __ATOMIC_RELEASE); // pairs with rt_irq_exit_wanted()
}

__attribute__((weak)) bool rt_irq_exit_wanted(void) {
    irq_exit_hook_t fn = __atomic_load_n(&hook, __ATOMIC_ACQUIRE);
    return fn != NULL && fn(false);
}

__attribute__((weak)) void rt_on_irq_exit(void) {
    __atomic_load_n(&hook, __ATOMIC_ACQUIRE)(true);
}
