// SPDX-License-Identifier: MIT
// Interrupt state of the core, and the handlers of the controller's lines. Handlers run on the
// core's exception stack. Invariant: a line that has no handler is masked.
#include "hal/irq.h"

#include <errno.h>
#include <stddef.h>

#include "a64.h"
#include "hal/stack.h"
#include "sysreg.h"

enum { LINES_MAX = 1020 };

static struct {
    hal_irq_handler_t handler;
    void *arg;
} lines[LINES_MAX];

const a64_intc_t *a64_intc;

hal_irq_state_t hal_irq_disable(void) {
    uint64_t state = A64_READ(daif);
    __asm volatile ("msr daifset, #2" ::: "memory");
    return state;
}

void hal_irq_restore(hal_irq_state_t state) {
    A64_WRITE(daif, state);
}

void a64_irq_init(void) {
    a64_intc->init();
}

// Called by vectors.S: is rt_on_irq_exit() to be called?
bool a64_irq_dispatch(void) {
    a64_intc->dispatch();
    return rt_irq_exit_wanted();
}

// A masked interrupt that is pending still ends wfi, so without this a halted core would spin.
void a64_halt(void) {
    hal_irq_disable();
    a64_intc->quiet_core();
    a64_stop();
}

void a64_irq_deliver(unsigned line) {
    hal_irq_handler_t handler = line < LINES_MAX ? lines[line].handler : NULL;
    if (handler == NULL) {
        a64_intc->mask(line);
        return;
    }
    handler(lines[line].arg, line);
}

void a64_irq_set(unsigned line, hal_irq_handler_t handler) {
    lines[line].handler = handler;
}

static bool is_line(unsigned line) {
    return a64_intc->first_line <= line && line < a64_intc->n_lines() && line < LINES_MAX;
}

int hal_irq_attach(unsigned line, hal_irq_handler_t handler, void *arg) {
    if (!is_line(line)) {
        return -EINVAL;
    }
    hal_irq_state_t state = hal_irq_disable();
    int ret = -EBUSY;
    if (lines[line].handler == NULL) {
        lines[line].arg = arg;
        lines[line].handler = handler;
        a64_intc->unmask(line);
        ret = 0;
    }
    hal_irq_restore(state);
    return ret;
}

void hal_irq_detach(unsigned line) {
    if (!is_line(line)) {
        return;
    }
    hal_irq_state_t state = hal_irq_disable();
    a64_intc->mask(line);
    lines[line].handler = NULL;
    hal_irq_restore(state);
}

void hal_irq_mask(unsigned line) {
    if (is_line(line)) {
        a64_intc->mask(line);
    }
}

void hal_irq_unmask(unsigned line) {
    if (is_line(line) && lines[line].handler != NULL) {
        a64_intc->unmask(line);
    }
}
