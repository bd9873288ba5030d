// SPDX-License-Identifier: MIT
// The core's own interrupt unit: fifteen lines, one enable bit each, all of level 1 but the NMI.
#include <errno.h>
#include <stddef.h>

#include "hal/irq.h"
#include "port/xtensa/xtensa.h"

static struct {
    hal_irq_handler_t handler;
    void *arg;
} lines[XT_INT_COUNT];

hal_irq_state_t hal_irq_disable(void) {
    uint32_t ps;
    __asm volatile ("rsil %0, %1" : "=a" (ps) : "i" (XT_INTLEVEL_DISABLED) : "memory");
    return ps & XT_PS_INTLEVEL_MASK;
}

void hal_irq_restore(hal_irq_state_t state) {
    XT_WRITE_SR(ps, XT_PS_UM | state);
}

static bool usable(unsigned line) {
    return line < XT_INT_COUNT && line != XT_INT_NMI;
}

int hal_irq_attach(unsigned line, hal_irq_handler_t handler, void *arg) {
    if (!usable(line)) {
        return -EINVAL;
    }
    hal_irq_state_t state = hal_irq_disable();
    int err = -EBUSY;
    if (lines[line].handler == NULL) {
        lines[line].arg = arg;
        lines[line].handler = handler;
        hal_irq_unmask(line);
        err = 0;
    }
    hal_irq_restore(state);
    return err;
}

void hal_irq_detach(unsigned line) {
    hal_irq_mask(line);
    if (usable(line)) {
        lines[line].handler = NULL;
    }
}

static void enable(unsigned line, bool on) {
    if (!usable(line)) {
        return;
    }
    hal_irq_state_t state = hal_irq_disable();
    uint32_t enabled = XT_READ_SR(intenable);
    XT_WRITE_SR(intenable, on ? enabled | 1u << line : enabled & ~(1u << line));
    hal_irq_restore(state);
}

void hal_irq_mask(unsigned line) {
    enable(line, false);
}

void hal_irq_unmask(unsigned line) {
    // Without a handler a level line would interrupt for ever.
    if (usable(line) && lines[line].handler != NULL) {
        enable(line, true);
    }
}

void xt_irq_dispatch(void) {
    uint32_t pending = XT_READ_SR(interrupt) & XT_READ_SR(intenable);
    // An edge is cleared before its handler looks, so that one which comes meanwhile is kept.
    XT_WRITE_SR(intclear, pending & XT_INT_EDGE_MASK);
    for (unsigned line = 0; pending != 0; ++line, pending >>= 1) {
        if ((pending & 1) && lines[line].handler != NULL) {
            lines[line].handler(lines[line].arg, line);
        }
    }
}
