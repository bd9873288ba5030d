// SPDX-License-Identifier: MIT
// Time from the TSC, zero at kernel entry; the one-shot timer from the local APIC. Both are measured at
// boot against the PIT's channel 2 (Intel 8254), whose frequency is 1193182 Hz on every PC.
#include "hal/cpu.h"
#include "hal/smp.h"
#include "hal/time.h"
#include "x86.h"

enum { PIT_CHANNEL2 = 0x42, PIT_COMMAND = 0x43, PIT_GATE = 0x61, PIT_HZ = 1193182, CALIBRATE_US = 5000 };
enum { GATE_ON = 1, SPEAKER_ON = 2, GATE_OUT = 0x20 };

extern uint64_t x86_entry_tsc;

static uint64_t tsc_hz = 1000000000;
// Factors are fixed-point numbers with 32 binary places; the product takes 128 bits.
static uint64_t ns_per_tick_fp32, lapic_ticks_per_ns_fp32;

static uint64_t scale(uint64_t ticks, uint64_t factor_fp32) {
    return (uint64_t)((unsigned __int128)ticks * factor_fp32 >> 32);
}

// Spin until channel 2 has counted down from `count`.
static void pit_wait(uint16_t count) {
    uint8_t gate = x86_inb(PIT_GATE) & ~(SPEAKER_ON | GATE_ON);
    x86_outb(PIT_GATE, gate);
    x86_outb(PIT_COMMAND, 0xb0); // channel 2, low then high byte, mode 0: output rises at zero
    x86_outb(PIT_CHANNEL2, count & 0xff);
    x86_outb(PIT_CHANNEL2, count >> 8);
    x86_outb(PIT_GATE, gate | GATE_ON);
    while (!(x86_inb(PIT_GATE) & GATE_OUT)) {
    }
}

void x86_tsc_init(void) {
    uint16_t count = (uint64_t)PIT_HZ * CALIBRATE_US / 1000000;
    x86_lapic_timer_count(UINT32_MAX);
    uint32_t lapic_start = x86_lapic_timer_left();
    uint64_t tsc_start = x86_rdtsc();
    pit_wait(count);
    uint64_t tsc_ticks = x86_rdtsc() - tsc_start;
    uint32_t lapic_ticks = lapic_start - x86_lapic_timer_left();
    x86_lapic_timer_count(0);
    tsc_hz = tsc_ticks * PIT_HZ / count;
    uint64_t period_ns = (uint64_t)count * 1000000000 / PIT_HZ;
    ns_per_tick_fp32 = (period_ns << 32) / tsc_ticks;
    lapic_ticks_per_ns_fp32 = ((uint64_t)lapic_ticks << 32) / period_ns;
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
