// SPDX-License-Identifier: MIT
// C stacks: a context on one, the switch between two, memory for many, and where an interrupt may
// switch.
// A context is code that has been left on its stack: its callee-saved registers and floating point
// control lie there, and the register that holds the VM's state. Whether interrupts are enabled is
// the core's matter, and not part of it.
#ifndef HAL_STACK_H
#define HAL_STACK_H

#include <stdbool.h>
#include <stdint.h>

// A context in [bottom, top), both multiples of 64: who switches to it first calls entry(arg),
// which must not return. What was on this stack is given up.
void *hal_stack_make(void *bottom, void *top, void (*entry)(void *arg), void *arg);

// Leave this context, with its handle in *save_sp, and go on with the one that `to_sp` names, on
// this core. The caller sees to it that no interrupt switches meanwhile: interrupts are disabled,
// or rt_irq_exit_wanted() says no. *save_sp is written before this stack is left: no other core may
// learn of it but from code that runs after the switch.
void hal_stack_switch(void **save_sp, void *to_sp);

// The next stack of the memory that was set aside for stacks at boot: its bottom, which lies above
// a guard that no access survives; NULL when there is none left, or none at all. A stack does not
// come back here; the caller keeps it for its next use. Callable on every core at once.
void *hal_stack_alloc(void **top);

// The stack of hal_stack_alloc(), or of a core, on which or in whose guard addr lies; false: none.
bool hal_stack_find(uintptr_t addr, void **bottom, void **top);

// --- Implemented by the runtime, called by the port at the end of each interrupt, with interrupts
// disabled. The first says whether the second shall be called: on the stack of the code that was
// interrupted, with all of that code's registers saved there. So it may switch away, and return
// when that context is switched to again, on whatever core.
bool rt_irq_exit_wanted(void);
void rt_on_irq_exit(void);

#endif
