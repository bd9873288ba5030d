// SPDX-License-Identifier: MIT
// The console as bytes. The port owns the UART; port/common owns the ring and Ctrl-C.
// Nothing that the line delivers is dropped: when the ring is full, port/common disables the
// receive interrupt and leaves bytes in the UART, which then holds the sender off where it has flow
// control.
#ifndef HAL_CONSOLE_H
#define HAL_CONSOLE_H

#include <stdbool.h>
#include <stddef.h>

// Ready the UART for polled output. Called first of all, before memory and interrupts exist.
void hal_console_init(void);

// Attach the receive interrupt, enabled. Called once interrupts work.
void hal_console_start(void);

// Write bytes and return when the UART has accepted them. Usable in a panic.
void hal_console_write(const char *buf, size_t len_bytes);

// The next received byte, or -1 at once if there is none.
int hal_console_getc(void);

// Enable or disable the receive interrupt. Enabling while a byte waits raises it.
void hal_console_rx_enable(bool enable);

// Implemented by port/common, called by the port in interrupt context while input waits.
void console_on_input(void);

#endif
