// SPDX-License-Identifier: MIT
// Waiting for an event on core 0, and calendar time as an offset to the monotonic clock.
// Invariant: event_pending is set by interrupt handlers and cleared only with interrupts disabled
// directly before returning from a wait, so an event between the check and the halt ends the halt.
#include "port/common/common.h"
#include "hal/cpu.h"
#include "hal/irq.h"
#include "hal/time.h"

#define UNIX_S_AT_2000 (946684800u)

static bool event_pending; // atomic: any core's timer posts
static uint64_t unix_ns_at_zero; // calendar time when hal_time_ns() was 0

void common_event_post(void) {
    __atomic_store_n(&event_pending, true, __ATOMIC_RELAXED);
}

#if PORT_ACTORS
void common_wait_event_ms(int timeout_ms) {
    actors_wait(timeout_ms < 0 ? UINT64_MAX : hal_time_ns() + (uint64_t)timeout_ms * 1000000);
}
#else
void timer_on_expiry(void) {
    fault_trigger_here(FAULT_INTERRUPT);
    common_event_post();
}

// Halt until an interrupt posts an event, or for timeout_ms (< 0: no limit).
void common_wait_event_ms(int timeout_ms) {
    hal_irq_state_t state = hal_irq_disable();
    if (!__atomic_load_n(&event_pending, __ATOMIC_RELAXED)) {
        if (timeout_ms >= 0) {
            hal_timer_arm(hal_time_ns() + (uint64_t)timeout_ms * 1000000);
        }
        hal_cpu_idle();
        if (timeout_ms >= 0) {
            hal_timer_arm(UINT64_MAX);
        }
    }
    __atomic_store_n(&event_pending, false, __ATOMIC_RELAXED);
    hal_irq_restore(state);
}

#endif

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
