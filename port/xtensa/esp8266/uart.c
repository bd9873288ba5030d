// SPDX-License-Identifier: MIT
// The console: UART0 on GPIO1 and GPIO3, 115200 baud, polled output, interrupt-driven input. Its
// 128 bytes of FIFO are what holds input while the ring is full: without RTS/CTS on the board, a
// sender that outruns both loses bytes.
#include "hal/console.h"
#include "hal/irq.h"
#include "hal/mmio.h"
#include "port/xtensa/esp8266/esp8266.h"
#include "port/xtensa/xtensa.h"

#define BAUD            115200u
#define RX_THRESHOLD    64u // bytes
#define RX_TIMEOUT      2u  // byte times
#define RX_INTERRUPTS   (UART_INT_RX_FULL | UART_INT_RX_TIMEOUT)
#define SOFTWARE_IRQ    7

static uint32_t rx_count(void) {
    return hal_mmio_read32(UART_STATUS) & 0xff;
}

void hal_console_init(void) {
    hal_mmio_write32(UART_INT_ENA, 0);
    hal_mmio_write32(UART_CLKDIV, board_cpu_hz() / BAUD); // the UART runs from the CPU's clock here
    hal_mmio_write32(UART_CONF0, UART_CONF0_8N1 | UART_CONF0_RESET);
    hal_mmio_write32(UART_CONF0, UART_CONF0_8N1);
    hal_mmio_write32(UART_CONF1, RX_THRESHOLD | RX_TIMEOUT << 24 | 1u << 31);
}

static bool rx_enabled(void) {
    return hal_mmio_read32(UART_INT_ENA) & RX_INTERRUPTS;
}

// Clearing comes after draining, so a byte between the two would go unnoticed: hence the second
// look.
static void on_interrupt(void *arg, unsigned line) {
    do {
        console_on_input();
        hal_mmio_write32(UART_INT_CLR, RX_INTERRUPTS);
    } while (rx_count() != 0 && rx_enabled());
}

void hal_console_start(void) {
    hal_irq_attach(UART_IRQ, on_interrupt, 0);
    hal_irq_attach(SOFTWARE_IRQ, on_interrupt, 0);
    hal_console_rx_enable(true);
}

// The UART does not interrupt for bytes that came before; the core's software interrupt does.
void hal_console_rx_enable(bool enable) {
    hal_mmio_write32(UART_INT_ENA, enable ? RX_INTERRUPTS : 0);
    if (enable && rx_count() != 0) {
        XT_WRITE_SR(intset, 1u << SOFTWARE_IRQ);
    }
}

void hal_console_write(const char *buf, size_t len_bytes) {
    for (size_t i = 0; i < len_bytes; ++i) {
        while ((hal_mmio_read32(UART_STATUS) >> 16 & 0xff) >= UART_FIFO_BYTES - 2) {
        }
        hal_mmio_write32(UART_FIFO, buf[i]);
    }
}

int hal_console_getc(void) {
    return rx_count() != 0 ? (int)(hal_mmio_read32(UART_FIFO) & 0xff) : -1;
}
