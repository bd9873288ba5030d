// SPDX-License-Identifier: MIT
// The Raspberry Pi 4's own: pull resistors by two bits a pin (BCM2711 ARM Peripherals, 5.2), and a
// GIC-400, whose distributor the firmware's boot stub has opened to the non-secure side.
#include "a64.h"
#include A64_BOARD_H
#include "bcm.h"
#include "hal/mmio.h"
#include "platform.h"

enum { GPIO_PUP_PDN_CNTRL_REG0 = 0xe4, PULLS_OF_14_AND_15 = 28 };

void bcm_uart_pulls_off(void) {
    uintptr_t reg = RPI_GPIO_BASE + GPIO_PUP_PDN_CNTRL_REG0;
    hal_mmio_write32(reg, hal_mmio_read32(reg) & ~(0xfu << PULLS_OF_14_AND_15));
}

void bcm_interrupts(void) {
    a64_platform.timer_line = RPI_LINE_CNTV;
    a64_platform.gic_version = 2;
    a64_platform.gicd = RPI_GICD_BASE;
    a64_platform.gicc = RPI_GICC_BASE;
    a64_intc = &a64_gicv2;
}
