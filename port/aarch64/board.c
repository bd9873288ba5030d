// SPDX-License-Identifier: MIT
// Names, identity, and the end after a panic.
#include "hal/board.h"

#include <string.h>

#include "a64.h"
#include "hal/power.h"
#include "platform.h"

enum { SYS_EXIT_EXTENDED = 0x20 };
#define STOPPED_APPLICATION_EXIT (0x20026)

const char *hal_board_name(void) {
    return MICROPY_HW_BOARD_NAME;
}

const char *hal_board_mcu(void) {
    return "aarch64";
}

size_t hal_board_unique_id(uint8_t *out, size_t max) {
    size_t len = a64_platform.id_bytes < max ? a64_platform.id_bytes : max;
    memcpy(out, a64_platform.id, len);
    return len;
}

void hal_power_fail(void) {
    const uint64_t block[2] = { STOPPED_APPLICATION_EXIT, HAL_FAIL_STATUS };
    a64_semihost(SYS_EXIT_EXTENDED, block); // returns where nobody listens
    a64_halt();
}
