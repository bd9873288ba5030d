// SPDX-License-Identifier: MIT
// The serial line COM1, a 16550A (National Semiconductor PC16550D): 115200 8N1, FIFOs on, receive
// by interrupt, transmit polled. With the receive interrupt off bytes stay in the FIFO and RTS
// falls.
#include "hal/irq.h"
#include "x86.h"

enum { COM1 = 0x3f8, COM1_IRQ = 4, DIVISOR_115200 = 1, FIFO_BYTES = 16 };
enum { REG_DATA = 0, REG_IER = 1, REG_FCR = 2, REG_LCR = 3, REG_MCR = 4, REG_LSR = 5 };
enum { REG_MSR = 6, REG_SCRATCH = 7 };
enum { MSR_CTS = 0x10, UNHEARD_POLLS = 200000 };
enum { IER_RX = 1, LSR_RX_READY = 1, LSR_TX_EMPTY = 0x20, LCR_8N1 = 3, LCR_DLAB = 0x80 };
enum { FCR_ON_TRIGGER_8 = 0x87, MCR_DTR_RTS_OUT2_AFE = 0x2b };

static uint8_t get(unsigned reg) {
    return x86_inb(COM1 + reg);
}

static void set(unsigned reg, uint8_t value) {
    x86_outb(COM1 + reg, value);
}

static bool present;

void x86_serial_init(void) {
    // The scratch register keeps what is written to it; where there is no UART the bus floats.
    set(REG_SCRATCH, 0x5a);
    present = get(REG_SCRATCH) == 0x5a;
    if (!present) {
        return;
    }
    set(REG_IER, 0);
    set(REG_LCR, LCR_DLAB);
    set(REG_DATA, DIVISOR_115200);
    set(REG_IER, 0);
    set(REG_LCR, LCR_8N1);
    set(REG_FCR, FCR_ON_TRIGGER_8);
    set(REG_MCR, MCR_DTR_RTS_OUT2_AFE); // OUT2 gates the interrupt; AFE: hardware flow control
}

void x86_serial_start(void (*on_interrupt)(void *arg, unsigned line)) {
    if (present) {
        hal_irq_attach(x86_isa_gsi(COM1_IRQ), on_interrupt, NULL);
    }
}

// A UART with flow control and nothing plugged in never sends: then what is said is thrown away.
static bool can_send(void) {
    for (unsigned polls = 0; !(get(REG_LSR) & LSR_TX_EMPTY);) {
        if (!(get(REG_MSR) & MSR_CTS) && ++polls > UNHEARD_POLLS) {
            return false;
        }
    }
    return true;
}

void x86_serial_write(const char *buf, size_t len_bytes) {
    while (present && len_bytes > 0 && can_send()) {
        for (unsigned i = 0; i < FIFO_BYTES && len_bytes > 0; ++i, --len_bytes) {
            set(REG_DATA, *buf++);
        }
    }
}

int x86_serial_getc(void) {
    return present && get(REG_LSR) & LSR_RX_READY ? get(REG_DATA) : -1;
}

void x86_serial_rx_enable(bool enable) {
    if (present) {
        set(REG_IER, enable ? IER_RX : 0);
    }
}
