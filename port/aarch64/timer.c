// SPDX-License-Identifier: MIT
// The generic timer (Arm ARM D11): CNTVCT counts for all cores alike, since entry.S zeroes CNTVOFF
// where there is an EL2; each core has a comparator of its own, used as a one-shot.
// Both conversions multiply by a 32.32 fixed-point factor: no division, no overflow in 128 bits.
#include "hal/time.h"

#include "a64.h"
#include "platform.h"
#include "sysreg.h"

#define NS_PER_S    (1000000000ull)
#define CTL_ENABLE  (1)
#define DELTA_MAX_NS (3600 * NS_PER_S) // a later deadline fires early; its owner arms it again

static uint64_t ns_per_tick; // 32.32, rounded down
static uint64_t ticks_per_ns; // 32.32, rounded up, so that a deadline is never early

static uint64_t scale(uint64_t value, uint64_t factor) {
    return (unsigned __int128)value * factor >> 32;
}

static uint64_t ticks(void) {
    A64_ISB(); // or the counter could be read ahead of what comes before
    return A64_READ(cntvct_el0);
}

uint64_t hal_time_ns(void) {
    return scale(ticks() - a64_entry_ticks, ns_per_tick);
}

void hal_timer_arm(uint64_t deadline_ns) {
    if (deadline_ns == UINT64_MAX) {
        A64_WRITE(cntv_ctl_el0, 0);
        A64_ISB();
        return;
    }
    uint64_t now = ticks();
    uint64_t now_ns = scale(now - a64_entry_ticks, ns_per_tick);
    uint64_t delta = deadline_ns > now_ns ? deadline_ns - now_ns : 0;
    if (delta > DELTA_MAX_NS) {
        delta = DELTA_MAX_NS;
    }
    A64_WRITE(cntv_cval_el0, now + scale(delta, ticks_per_ns) + 1);
    A64_WRITE(cntv_ctl_el0, CTL_ENABLE);
    A64_ISB();
}

static void on_timer(void *arg, unsigned line) {
    A64_WRITE(cntv_ctl_el0, 0); // level-triggered: quiet before the end of interrupt
    A64_ISB();
    timer_on_expiry();
}

void a64_timer_init_core(void) {
    if (ns_per_tick == 0) { // core 0, before there are others
        uint64_t hz = A64_READ(cntfrq_el0);
        ns_per_tick = (NS_PER_S << 32) / hz;
        ticks_per_ns = ((hz << 32) + NS_PER_S - 1) / NS_PER_S;
        a64_irq_set(a64_platform.timer_line, on_timer);
    }
    A64_WRITE(cntv_ctl_el0, 0);
    a64_intc->unmask(a64_platform.timer_line);
}
