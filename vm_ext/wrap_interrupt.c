// SPDX-License-Identifier: MIT
// micropython.kbd_intr() sets which byte interrupts the console's program: for those who have the console.
#include "py/runtime.h"
#include "shared/runtime/interrupt_char.h"

#include "vm_ext/actor/atomic.h"
#include "vm_ext/isolate/rights.h"

extern int mp_interrupt_char; // atomic: the console's interrupt looks at it, on its core

void __wrap_mp_hal_set_interrupt_char(int c);

void __wrap_mp_hal_set_interrupt_char(int c) {
    rights_need(RIGHT_CONSOLE);
    at_store(&mp_interrupt_char, c);
}
