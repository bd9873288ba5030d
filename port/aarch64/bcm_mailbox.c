// SPDX-License-Identifier: MIT
#include "bcm.h"

#include <errno.h>

#include A64_BOARD_H
#include "hal/mmio.h"
#include "sysreg.h"

enum {
    READ = 0x00, STATUS = 0x18, WRITE = 0x20,
    CHANNEL_PROPERTY = 8,
    WORDS_MAX = 4,
    SPIN_MAX = 1000000,
};
#define STATUS_FULL     (1u << 31)
#define STATUS_EMPTY    (1u << 30)
#define RESPONSE_OK     (0x80000000u)
// The VideoCore's view of RAM that bypasses its L2 cache.
#define BUS_UNCACHED    (0xc0000000u)

static int wait_clear(uint32_t bit) {
    for (int i = 0; i < SPIN_MAX; ++i) {
        if ((hal_mmio_read32(RPI_MAILBOX_BASE + STATUS) & bit) == 0) {
            return 0;
        }
    }
    return -EIO;
}

int bcm_property(uint32_t tag, uint32_t *words, unsigned n_in, unsigned n_out) {
    static volatile uint32_t buf[6 + WORDS_MAX] __attribute__((aligned(16)));
    buf[0] = sizeof(buf);
    buf[1] = 0; // a request
    buf[2] = tag;
    buf[3] = 4 * WORDS_MAX;
    buf[4] = 0;
    for (unsigned i = 0; i < WORDS_MAX; ++i) {
        buf[5 + i] = i < n_in ? words[i] : 0;
    }
    buf[5 + WORDS_MAX] = 0; // end tag
    A64_DSB(sy);
    uint32_t message = ((uint32_t)(uintptr_t)buf | BUS_UNCACHED) | CHANNEL_PROPERTY;
    if (wait_clear(STATUS_FULL) != 0) {
        return -EIO;
    }
    hal_mmio_write32(RPI_MAILBOX_BASE + WRITE, message);
    do {
        if (wait_clear(STATUS_EMPTY) != 0) {
            return -EIO;
        }
    } while (hal_mmio_read32(RPI_MAILBOX_BASE + READ) != message);
    A64_DSB(sy);
    if (buf[1] != RESPONSE_OK) {
        return -EIO;
    }
    for (unsigned i = 0; i < n_out; ++i) {
        words[i] = buf[5 + i];
    }
    return 0;
}
