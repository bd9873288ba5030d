// SPDX-License-Identifier: MIT
// PL011 (DDI 0183). Transmit is polled. Receive interrupts at half a FIFO, or when bytes have
// waited for 32 bit times; both stay raised while bytes wait, so masking them leaves bytes in the
// FIFO and unmasking reports them. Invariant: nothing but reading the data register clears them.
// Bytes that came before the kernel did are kept: enabling the FIFOs empties them, so what waits is
// read before and after. (QEMU sets its receive interrupt when the first byte enters an empty FIFO
// only, so the FIFO must be left empty whenever the interrupt has been cleared otherwise.)
#include "a64.h"
#include "hal/console.h"
#include "hal/fault.h"
#include "hal/irq.h"
#include "hal/mmio.h"
#include "platform.h"

enum {
    DR = 0x00, FR = 0x18, IBRD = 0x24, FBRD = 0x28, LCR_H = 0x2c, CR = 0x30, IFLS = 0x34,
    IMSC = 0x38,
    ICR = 0x44,
    FR_BUSY = 1 << 3, FR_RX_EMPTY = 1 << 4, FR_TX_FULL = 1 << 5,
    LCR_FIFO = 1 << 4, LCR_8_BITS = 3 << 5,
    CR_ENABLE = 1 << 0, CR_TX = 1 << 8, CR_RX = 1 << 9, CR_RTS = 1 << 11,
    IFLS_HALF = 2 << 3,
    INT_RX = 1 << 4, INT_RX_TIMEOUT = 1 << 6, INT_ALL = 0x7ff,
    EARLY_MAX = 64,
};

static uint8_t early[EARLY_MAX]; // received during hal_console_init()
static unsigned early_head, early_tail;

static uint32_t read(uint32_t reg) {
    return hal_mmio_read32(a64_platform.uart + reg);
}

static void write(uint32_t reg, uint32_t value) {
    hal_mmio_write32(a64_platform.uart + reg, value);
}

static int fifo_getc(void) {
    return read(FR) & FR_RX_EMPTY ? -1 : (int)(read(DR) & 0xff);
}

static void keep_early_input(void) {
    for (int c = fifo_getc(); c >= 0; c = fifo_getc()) {
        if (early_tail < EARLY_MAX) {
            early[early_tail++] = c;
        }
    }
}

void hal_console_init(void) {
    if (a64_platform.uart == 0) {
        return;
    }
    while (read(FR) & FR_BUSY) { // let the firmware's last words out
    }
    keep_early_input();
    write(CR, 0);
    write(IMSC, 0);
    if (a64_platform.uart_clock_hz != 0) {
        // Divisor clock / (16 * baud) with 6 fractional bits, rounded.
        uint32_t divisor = (8 * a64_platform.uart_clock_hz / a64_platform.uart_baud + 1) / 2;
        write(IBRD, divisor >> 6);
        write(FBRD, divisor & 63);
    }
    write(LCR_H, LCR_8_BITS | LCR_FIFO); // after the divisors: this write latches them
    write(IFLS, IFLS_HALF);
    write(ICR, INT_ALL);
    write(CR, CR_ENABLE | CR_TX | CR_RX | CR_RTS);
    keep_early_input();
}

static void on_receive(void *arg, unsigned line) {
    console_on_input();
}

void hal_console_start(void) {
    if (a64_platform.uart == 0) {
        return;
    }
    if (hal_irq_attach(a64_platform.uart_line, on_receive, NULL) != 0) {
        panic("pl011.c: interrupt line %u is taken", a64_platform.uart_line);
    }
    if (early_head != early_tail) {
        console_on_input();
    }
    hal_console_rx_enable(true);
}

void hal_console_write(const char *buf, size_t len_bytes) {
    if (a64_platform.uart == 0) {
        return;
    }
    for (size_t i = 0; i < len_bytes; ++i) {
        while (read(FR) & FR_TX_FULL) {
        }
        write(DR, (uint8_t)buf[i]);
    }
}

int hal_console_getc(void) {
    if (early_head != early_tail) {
        return early[early_head++];
    }
    return a64_platform.uart == 0 ? -1 : fifo_getc();
}

void hal_console_rx_enable(bool enable) {
    write(IMSC, enable ? INT_RX | INT_RX_TIMEOUT : 0);
}
