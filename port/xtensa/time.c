// SPDX-License-Identifier: MIT
// The clock is CCOUNT, 32 bits of CPU cycles, extended here; the timer is CCOMPARE0.
// Invariant: clock_now() runs at least once per wrap of CCOUNT, because the timer is always armed,
// at most TIMER_MAX_NS ahead, whether or not anybody asked for it. TIMER_MAX_NS is under half a
// wrap up to 240 MHz, so "is this compare value in the past" is the sign of a difference.
// Nanoseconds are carried as whole ones and a fraction of 2^-24: the cycle length is rounded to
// that, an error of 3 ns a second at the worst, and no division is needed to read the clock.
#include "hal/irq.h"
#include "hal/time.h"
#include "port/xtensa/xtensa.h"

enum { FRACTION_BITS = 24 };
#define TIMER_MAX_NS        (1ULL << 33)
#define NS_PER_S            (1000000000ULL)
#define TIMER_MARGIN_CYCLES (64) // more than reading CCOUNT and writing CCOMPARE0 takes

static uint32_t ns_per_cycle;   // 2^-24 ns
static uint32_t cycles_per_ns;  // 2^-32 cycles
static uint32_t last_cycle;
static uint32_t fraction;
static uint64_t now_ns;
static uint64_t deadline_ns = UINT64_MAX;

// With interrupts disabled.
static uint64_t clock_now(void) {
    uint32_t cycle = xt_ccount();
    uint64_t passed = (uint64_t)(cycle - last_cycle) * ns_per_cycle + fraction;
    last_cycle = cycle;
    now_ns += passed >> FRACTION_BITS;
    fraction = passed & ((1u << FRACTION_BITS) - 1);
    return now_ns;
}

uint64_t hal_time_ns(void) {
    hal_irq_state_t state = hal_irq_disable();
    uint64_t now = clock_now();
    hal_irq_restore(state);
    return now;
}

// With interrupts disabled. Writing CCOMPARE0 also withdraws a pending timer interrupt.
static void compare_set(void) {
    uint64_t now = clock_now();
    uint64_t ahead_ns = deadline_ns > now ? deadline_ns - now : 0;
    if (ahead_ns > TIMER_MAX_NS) {
        ahead_ns = TIMER_MAX_NS;
    }
    // One cycle more, so that the interrupt does not come just before the deadline.
    uint32_t ahead = (uint32_t)((ahead_ns * cycles_per_ns) >> 32) + 1;
    uint32_t compare = last_cycle + ahead;
    XT_WRITE_SR(ccompare0, compare);
    while ((int32_t)(compare - xt_ccount()) <= 0
           && !(XT_READ_SR(interrupt) & (1u << XT_INT_TIMER))) {
        compare = xt_ccount() + TIMER_MARGIN_CYCLES; // it passed while it was being written
        XT_WRITE_SR(ccompare0, compare);
    }
}

void hal_timer_arm(uint64_t deadline) {
    hal_irq_state_t state = hal_irq_disable();
    deadline_ns = deadline;
    compare_set();
    hal_irq_restore(state);
}

static void on_compare(void *arg, unsigned line) {
    bool expired = clock_now() >= deadline_ns;
    if (expired) {
        deadline_ns = UINT64_MAX;
    }
    compare_set();
    if (expired) {
        timer_on_expiry();
    }
}

void xt_time_init(void) {
    uint32_t hz = board_cpu_hz();
    ns_per_cycle = ((NS_PER_S << FRACTION_BITS) + hz / 2) / hz;
    cycles_per_ns = ((uint64_t)hz << 32) / NS_PER_S;
    last_cycle = xt_ccount();
    compare_set();
    hal_irq_attach(XT_INT_TIMER, on_compare, 0);
}

uint64_t hal_time_unix_s(void) {
    return 0;
}
