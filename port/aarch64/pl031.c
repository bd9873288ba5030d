// SPDX-License-Identifier: MIT
// PL031 real time clock (DDI 0224): seconds since 1970 in one register.
#include "hal/mmio.h"
#include "hal/time.h"
#include "platform.h"

enum { DR = 0x00 };

uint64_t hal_time_unix_s(void) {
    if (a64_platform.rtc == 0) {
        return 0;
    }
    uint64_t now = hal_mmio_read32(a64_platform.rtc + DR);
    uint64_t uptime = hal_time_ns() / 1000000000;
    return now > uptime ? now - uptime : 0; // at power on, as the contract wants it
}
