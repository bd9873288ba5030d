// SPDX-License-Identifier: MIT
// What the machine is, for people and for os.uname(), and its boot sequence.
#ifndef HAL_BOARD_H
#define HAL_BOARD_H

#include <stddef.h>
#include <stdint.h>

// Board and processor for the banner ("q35", "x86_64"), without spaces around them.
const char *hal_board_name(void);
const char *hal_board_mcu(void);

// Up to max bytes that identify this machine among others; the number written. Serial number, MAC,
// UUID or fuse bits; what the platform has.
size_t hal_board_unique_id(uint8_t *out, size_t max);

// Entropy for seeding; a hardware source where there is one, timing jitter where there is not.
uint64_t hal_board_entropy(void);

// The port's start code brings up console, memory, interrupts, clock; then calls this, on the boot
// stack, with interrupts disabled. Implemented by port/common.
void common_main(void) __attribute__((noreturn));

#endif
