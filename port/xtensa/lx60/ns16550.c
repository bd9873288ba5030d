// SPDX-License-Identifier: MIT
// The console: a 16550 UART. While its receive interrupt is off and its FIFO is full, the emulator
// holds the sender's bytes back, so that none is lost; a real line would need RTS/CTS.
#include "hal/console.h"
#include "hal/irq.h"
#include "hal/mmio.h"

#define UART_BASE       0x9d050020u
#define UART_IRQ        0
#define REG(n)          (UART_BASE + 4 * (n))

enum { RBR_THR = 0, IER = 1, FCR = 2, LCR = 3, MCR = 4, LSR = 5 };
enum { IER_RX = 0x01, FCR_ENABLE = 0x01, FCR_CLEAR = 0x06, LCR_8N1 = 0x03, MCR_DTR_RTS = 0x03 };
enum { LSR_RX_READY = 0x01, LSR_TX_EMPTY = 0x20 };

void hal_console_init(void) {
    hal_mmio_write8(REG(IER), 0);
    hal_mmio_write8(REG(LCR), LCR_8N1);
    hal_mmio_write8(REG(FCR), FCR_ENABLE | FCR_CLEAR);
    hal_mmio_write8(REG(MCR), MCR_DTR_RTS);
}

static void on_interrupt(void *arg, unsigned line) {
    console_on_input();
}

void hal_console_start(void) {
    hal_irq_attach(UART_IRQ, on_interrupt, 0);
    hal_console_rx_enable(true);
}

void hal_console_write(const char *buf, size_t len_bytes) {
    for (size_t i = 0; i < len_bytes; ++i) {
        while (!(hal_mmio_read8(REG(LSR)) & LSR_TX_EMPTY)) {
        }
        hal_mmio_write8(REG(RBR_THR), buf[i]);
    }
}

int hal_console_getc(void) {
    return hal_mmio_read8(REG(LSR)) & LSR_RX_READY ? hal_mmio_read8(REG(RBR_THR)) : -1;
}

void hal_console_rx_enable(bool enable) {
    hal_mmio_write8(REG(IER), enable ? IER_RX : 0);
}
