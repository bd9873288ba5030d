// SPDX-License-Identifier: MIT
// What MicroPython asks of a port's HAL, in terms of port/include/hal.
#ifndef PORT_COMMON_MPHALPORT_H
#define PORT_COMMON_MPHALPORT_H

#include <stddef.h>

#include "hal/irq.h"
#include "shared/runtime/interrupt_char.h"

#define MICROPY_BEGIN_ATOMIC_SECTION()      hal_irq_disable()
#define MICROPY_END_ATOMIC_SECTION(state)   hal_irq_restore(state)

#endif
