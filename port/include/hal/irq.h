// SPDX-License-Identifier: MIT
// Interrupts of this core, and the lines of the interrupt controller.
// A handler runs on the core that took the interrupt, with interrupts disabled, on a stack of that
// core's own where the port has one; it may post, wake and count, and must not allocate, wait or
// call into the VM. What follows the last handler of an interrupt is in hal/stack.h.
#ifndef HAL_IRQ_H
#define HAL_IRQ_H

#include <stdbool.h>
#include <stdint.h>

typedef uintptr_t hal_irq_state_t;
typedef void (*hal_irq_handler_t)(void *arg, unsigned line);

// Disable this core's interrupts; the result goes to hal_irq_restore(), where 0 enables them. Pairs
// nest. Both are compiler barriers.
hal_irq_state_t hal_irq_disable(void);
void hal_irq_restore(hal_irq_state_t state);

// Attach a handler to a line and unmask it. Lines are numbered as the platform does: GSI on x86_64,
// INTID on a GIC, the interrupt bit on xtensa. 0, -EINVAL (no such line), -EBUSY (has a handler).
int hal_irq_attach(unsigned line, hal_irq_handler_t handler, void *arg);
void hal_irq_detach(unsigned line);
void hal_irq_mask(unsigned line);
// Nothing for a line that has no handler.
void hal_irq_unmask(unsigned line);

#endif
