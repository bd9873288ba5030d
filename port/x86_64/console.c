// SPDX-License-Identifier: MIT
// The console of a PC: the serial line and the screen say the same, the serial line and the
// keyboard are typed at. Each may be missing.
#include "hal/console.h"
#include "x86.h"

static bool rx_enabled;

void hal_console_init(void) {
    x86_serial_init();
}

static void on_interrupt(void *arg, unsigned line) {
    (void)arg;
    (void)line;
    x86_keyboard_poll();
    if (rx_enabled) {
        console_on_input();
    }
}

void hal_console_start(void) {
    x86_serial_start(on_interrupt);
    x86_keyboard_start(on_interrupt);
    hal_console_rx_enable(true);
}

void hal_console_write(const char *buf, size_t len_bytes) {
    x86_serial_write(buf, len_bytes);
    x86_screen_write(buf, len_bytes);
}

int hal_console_getc(void) {
    int c = x86_serial_getc();
    return c >= 0 ? c : x86_keyboard_getc();
}

// The keyboard stays enabled: what is typed waits in its queue until the next key.
void hal_console_rx_enable(bool enable) {
    rx_enabled = enable;
    x86_serial_rx_enable(enable);
}
