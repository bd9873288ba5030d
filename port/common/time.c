// SPDX-License-Identifier: MIT
// Waiting for an event, and calendar time as an offset to the monotonic clock.
#include "port/common/common.h"
#include "hal/cpu.h"
#include "hal/irq.h"
#include "hal/time.h"

#define UNIX_S_AT_2000 (946684800u)

static uint64_t unix_ns_at_zero; // calendar time when hal_time_ns() was 0

void common_wait_event_ms(int timeout_ms) {
    actors_wait(timeout_ms < 0 ? UINT64_MAX : hal_time_ns() + (uint64_t)timeout_ms * 1000000);
}

uint64_t common_unix_ns(void) {
    if (unix_ns_at_zero == 0) {
        uint64_t at_power_on_s = hal_time_unix_s();
        if (at_power_on_s == 0) {
            at_power_on_s = UNIX_S_AT_2000; // no clock: the first date that machine.RTC takes
        }
        common_set_unix_ns(at_power_on_s * 1000000000 + hal_time_ns());
    }
    return unix_ns_at_zero + hal_time_ns();
}

void common_set_unix_ns(uint64_t now) {
    unix_ns_at_zero = now - hal_time_ns();
}
