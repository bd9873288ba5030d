// SPDX-License-Identifier: MIT
// What the files for Broadcom's chips share, and the VideoCore's property mailbox
// (raspberrypi/firmware wiki, "Mailbox property interface").
#ifndef A64_BCM_H
#define A64_BCM_H

#include <stdint.h>

enum {
    BCM_TAG_MAC = 0x00010003,
    BCM_TAG_SERIAL = 0x00010004,
    BCM_TAG_ARM_MEMORY = 0x00010005,
    BCM_TAG_SET_CLOCK = 0x00038002,
    BCM_CLOCK_UART = 2,
};

// bcm2837.c, bcm2711.c: GPIO 14 and 15 without pull resistors; interrupt controller and timer line.
void bcm_uart_pulls_off(void);
void bcm_interrupts(void);

// Ask for one tag: words holds n_in values, and n_out answers afterwards. 0, or -EIO.
// Only before the MMU is on: the buffer is then uncached, as the VideoCore needs it.
int bcm_property(uint32_t tag, uint32_t *words, unsigned n_in, unsigned n_out);

#endif
