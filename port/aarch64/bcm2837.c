// SPDX-License-Identifier: MIT
// The Raspberry Pi 3's own: pull resistors switched by a clocked sequence (BCM2835 ARM Peripherals,
// 6.1), and interrupt controllers of Broadcom's.
#include "a64.h"
#include A64_BOARD_H
#include "bcm.h"
#include "hal/mmio.h"
#include "platform.h"

enum { GPPUD = 0x94, GPPUDCLK0 = 0x98, PULL_WAIT_CYCLES = 150 };

void bcm_uart_pulls_off(void) {
    hal_mmio_write32(RPI_GPIO_BASE + GPPUD, 0);
    for (volatile int i = 0; i < PULL_WAIT_CYCLES; ++i) {
    }
    hal_mmio_write32(RPI_GPIO_BASE + GPPUDCLK0, 1u << 14 | 1u << 15);
    for (volatile int i = 0; i < PULL_WAIT_CYCLES; ++i) {
    }
    hal_mmio_write32(RPI_GPIO_BASE + GPPUDCLK0, 0);
}

void bcm_interrupts(void) {
    a64_platform.timer_line = RPI_LINE_CNTV;
    a64_intc = &a64_bcm_intc;
}
