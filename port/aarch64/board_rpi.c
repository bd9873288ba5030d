// SPDX-License-Identifier: MIT
// Discovery on a Raspberry Pi: the chip is always the same, so its addresses are constants, those
// of the board's header; how much RAM the VideoCore leaves, and the serial number, are asked of its
// firmware. What differs in kind, pull resistors and interrupt controller, is in bcm2837.c and
// bcm2711.c.
#include A64_BOARD_H
#include "a64.h"
#include "bcm.h"
#include "fdt.h"
#include "hal/mmio.h"
#include "platform.h"

enum { GPFSEL1 = 0x04, ALT0 = 4 };

// GPIO 14 and 15 become the UART's pins, without pull resistors (BCM2835 ARM Peripherals 6.1).
static void uart_pins(void) {
    uint32_t select = hal_mmio_read32(RPI_GPIO_BASE + GPFSEL1);
    select &= ~(7u << 12 | 7u << 15);
    hal_mmio_write32(RPI_GPIO_BASE + GPFSEL1, select | ALT0 << 12 | ALT0 << 15);
    bcm_uart_pulls_off();
}

// The serial number; where it is 0, as in QEMU, the Ethernet address.
static void read_id(void) {
    uint32_t words[2];
    if (bcm_property(BCM_TAG_SERIAL, words, 0, 2) != 0 || (words[0] | words[1]) == 0) {
        a64_platform.id_bytes = 6;
        if (bcm_property(BCM_TAG_MAC, words, 0, 2) != 0) {
            a64_platform.id_bytes = 0;
        }
    } else {
        a64_platform.id_bytes = 8;
    }
    for (unsigned i = 0; i < a64_platform.id_bytes; ++i) {
        a64_platform.id[i] = words[i / 4] >> i % 4 * 8;
    }
}

static void read_ram(void) {
    uint32_t words[2];
    if (bcm_property(BCM_TAG_ARM_MEMORY, words, 0, 2) == 0 && words[1] != 0) {
        a64_platform_add_ram(words[0], words[1]);
    } else {
        a64_platform_add_ram(0, RPI_RAM_FALLBACK);
    }
}

void a64_board_discover(uintptr_t firmware_arg) {
    a64_platform_t *p = &a64_platform;
    // The tree, if the firmware gave one, knows the memory that is left and what is reserved in it.
    // Its devices are behind "ranges"; its cores are the four that we know.
    a64_platform_read_fdt((const void *)firmware_arg);
    if (p->n_ram == 0) {
        read_ram();
    }
    p->n_cores = RPI_CORES;
    for (unsigned i = 0; i < RPI_CORES; ++i) {
        p->core_mpidr[i] = i;
    }
    a64_platform_add_reserved(0, RPI_STUB_BYTES);
    a64_platform_add_mmio(RPI_PERIPH_BASE, RPI_PERIPH_BYTES);
    a64_platform_add_mmio(RPI_LOCAL_BASE, RPI_LOCAL_BYTES);
    p->uart = RPI_UART0_BASE;
    p->uart_line = RPI_UART0_LINE;
    p->uart_clock_hz = RPI_UART0_CLOCK_HZ;
    p->uart_baud = RPI_UART0_BAUD;
    uint32_t clock[3] = { BCM_CLOCK_UART, RPI_UART0_CLOCK_HZ, 0 };
    bcm_property(BCM_TAG_SET_CLOCK, clock, 3, 2);
    uart_pins();
    read_id();
    bcm_interrupts();
    a64_spintable_park();
}
