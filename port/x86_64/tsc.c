// SPDX-License-Identifier: MIT
// Time from the TSC, zero at kernel entry; the one-shot timer from the local APIC. Both are
// measured at boot against the PIT's channel 0 (Intel 8254), whose frequency is 1193182 Hz on every
// PC.
// An emulated CPU can be held up anywhere for milliseconds, so what is measured is the distance of
// two samples, each of which reads all three counters together; the quickest of several reads is
// the sample.
#include "hal/cpu.h"
#include "hal/fault.h"
#include "hal/smp.h"
#include "hal/time.h"
#include "x86.h"

enum { PIT_CHANNEL0 = 0x40, PIT_COMMAND = 0x43, PIT_HZ = 1193182 };
enum { MODE0_CHANNEL0 = 0x30, LATCH_CHANNEL0 = 0x00, READ_STATUS_CHANNEL0 = 0xe2 };
enum { STATUS_OUT = 0x80 };
enum { CALIBRATE_PIT_TICKS = 4000, SAMPLE_READS = 8, SAMPLES_MAX = 1000000 }; // 3.4 ms

typedef struct {
    uint64_t tsc;
    uint32_t lapic;     // counts down
    uint16_t pit;       // counts down
} sample_t;

extern uint64_t x86_entry_tsc;

static uint64_t tsc_hz = 1000000000;
// Factors are fixed-point numbers with 32 binary places; the product takes 128 bits.
static uint64_t ns_per_tick_fp32, lapic_ticks_per_ns_fp32;

static uint64_t scale(uint64_t ticks, uint64_t factor_fp32) {
    return (uint64_t)((unsigned __int128)ticks * factor_fp32 >> 32);
}

static void pit_start(void) {
    x86_outb(PIT_COMMAND, MODE0_CHANNEL0); // counts from 65535 to 0, then its output rises
    x86_outb(PIT_CHANNEL0, 0xff);
    x86_outb(PIT_CHANNEL0, 0xff);
}

static uint16_t pit_read(void) {
    x86_outb(PIT_COMMAND, LATCH_CHANNEL0);
    uint8_t low = x86_inb(PIT_CHANNEL0);
    return low | x86_inb(PIT_CHANNEL0) << 8;
}

static bool pit_ran_out(void) {
    x86_outb(PIT_COMMAND, READ_STATUS_CHANNEL0);
    return x86_inb(PIT_CHANNEL0) & STATUS_OUT;
}

static sample_t take_sample(void) {
    sample_t best = { 0, 0, 0 };
    uint64_t best_took = UINT64_MAX;
    for (int i = 0; i < SAMPLE_READS; ++i) {
        sample_t sample;
        sample.tsc = x86_rdtsc();
        sample.pit = pit_read();
        sample.lapic = x86_lapic_timer_left();
        uint64_t took = x86_rdtsc() - sample.tsc;
        if (took < best_took) {
            best_took = took;
            best = sample;
        }
    }
    return best;
}

// Two samples at least CALIBRATE_PIT_TICKS apart; false if the PIT ran out, before, between or
// after them: a loaded host can hold us up for longer than it counts (55 ms) at any place.
static bool measure(sample_t *start, sample_t *end) {
    pit_start();
    *start = take_sample();
    for (int i = 0; i < SAMPLES_MAX; ++i) {
        *end = take_sample();
        if ((uint16_t)(start->pit - end->pit) >= CALIBRATE_PIT_TICKS) {
            return !pit_ran_out();
        }
    }
    panic("tsc.c: the PIT does not count; nothing to measure the clocks by");
}

void x86_tsc_init(void) {
    sample_t start, end;
    x86_lapic_timer_count(UINT32_MAX);
    while (!measure(&start, &end)) {
        x86_lapic_timer_count(UINT32_MAX);
    }
    x86_lapic_timer_count(0);
    uint64_t tsc_ticks = end.tsc - start.tsc;
    uint64_t pit_ticks = start.pit - end.pit;
    uint64_t period_ns = pit_ticks * 1000000000 / PIT_HZ;
    tsc_hz = tsc_ticks * PIT_HZ / pit_ticks;
    ns_per_tick_fp32 = (period_ns << 32) / tsc_ticks;
    lapic_ticks_per_ns_fp32 = ((uint64_t)(start.lapic - end.lapic) << 32) / period_ns;
}

uint64_t hal_time_ns(void) {
    return scale(x86_rdtsc() - x86_entry_tsc, ns_per_tick_fp32);
}

uint64_t hal_cpu_freq_hz(void) {
    return tsc_hz;
}

static void set_timer(uint64_t deadline_ns, uint64_t now_ns) {
    uint64_t wait_ns = deadline_ns > now_ns ? deadline_ns - now_ns : 0;
    uint64_t ticks = scale(wait_ns, lapic_ticks_per_ns_fp32) + 1;
    x86_lapic_timer_count(ticks > UINT32_MAX ? UINT32_MAX : ticks);
}

void hal_timer_arm(uint64_t deadline_ns) {
    x86_cores[hal_cpu_id()]->timer_deadline_ns = deadline_ns;
    if (deadline_ns == UINT64_MAX) {
        x86_lapic_timer_count(0);
    } else {
        set_timer(deadline_ns, hal_time_ns());
    }
}

void x86_timer_interrupt(void) {
    x86_core_t *core = x86_cores[hal_cpu_id()];
    uint64_t now = hal_time_ns();
    if (now < core->timer_deadline_ns) {
        // Disarmed or re-armed meanwhile, or further away than the 32-bit counter reaches.
        if (core->timer_deadline_ns != UINT64_MAX) {
            set_timer(core->timer_deadline_ns, now);
        }
        return;
    }
    core->timer_deadline_ns = UINT64_MAX;
    timer_on_expiry();
}
