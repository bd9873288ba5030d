// SPDX-License-Identifier: MIT
// Interrupts of this core on and off, and what an interrupt calls.
#include <errno.h>

#include "hal/irq.h"
#include "hal/smp.h"
#include "hal/stack.h"
#include "x86.h"

#define RFLAGS_IF (1ul << 9)

static struct {
    hal_irq_handler_t handler;
    void *arg;
} lines[X86_LINES_MAX];

hal_irq_state_t hal_irq_disable(void) {
    uintptr_t flags;
    __asm volatile ("pushfq; popq %0; cli" : "=r" (flags) : : "memory");
    return ~flags & RFLAGS_IF; // 0, as on every port, is the state with interrupts enabled
}

void hal_irq_restore(hal_irq_state_t state) {
    if (state == 0) {
        __asm volatile ("sti" ::: "memory");
    }
}

int hal_irq_attach(unsigned line, hal_irq_handler_t handler, void *arg) {
    if (line >= X86_LINES_MAX) {
        return -EINVAL;
    }
    hal_irq_state_t state = hal_irq_disable();
    int err = -EBUSY;
    if (lines[line].handler == NULL) {
        err = x86_bus_is_msi(line) ? 0 : x86_ioapic_route(line, X86_VECTOR_LINES + line);
    }
    if (err == 0) {
        lines[line].arg = arg;
        lines[line].handler = handler;
        x86_ioapic_mask(line, false);
    }
    hal_irq_restore(state);
    return err;
}

void hal_irq_detach(unsigned line) {
    if (line < X86_LINES_MAX) {
        x86_ioapic_mask(line, true);
        lines[line].handler = NULL;
    }
}

void hal_irq_mask(unsigned line) {
    x86_ioapic_mask(line, true);
}

void hal_irq_unmask(unsigned line) {
    // Without a handler a level line would interrupt for ever.
    if (line < X86_LINES_MAX && lines[line].handler != NULL) {
        x86_ioapic_mask(line, false);
    }
}

bool x86_interrupt(unsigned vector) {
    if (vector == X86_VECTOR_SPURIOUS) {
        return false; // not to be acknowledged
    }
    if (vector == X86_VECTOR_TIMER) {
        x86_timer_interrupt();
    } else if (vector == X86_VECTOR_IPI) {
        smp_on_ipi();
    } else if (vector - X86_VECTOR_LINES < X86_LINES_MAX) {
        unsigned line = vector - X86_VECTOR_LINES;
        hal_irq_handler_t handler = lines[line].handler; // another core may be detaching it
        if (handler != NULL) {
            handler(lines[line].arg, line);
        }
    }
    x86_lapic_eoi();
    return rt_irq_exit_wanted();
}
