// SPDX-License-Identifier: MIT
// The local APIC in xAPIC mode (Intel SDM vol. 3, chapter 11): identity, end of interrupt, one-shot
// timer, interrupts to other cores. Registers are 32 bits wide, 16 bytes apart.
#include "hal/cpu.h"
#include "hal/irq.h"
#include "hal/mmio.h"
#include "x86.h"

enum {
    REG_ID = 0x20,
    REG_EOI = 0xb0,
    REG_SPURIOUS = 0xf0,
    REG_ICR_LOW = 0x300,
    REG_ICR_HIGH = 0x310,
    REG_LVT_TIMER = 0x320,
    REG_LVT_LINT0 = 0x350,
    REG_TIMER_INITIAL = 0x380,
    REG_TIMER_CURRENT = 0x390,
    REG_TIMER_DIVIDE = 0x3e0,
};
enum { SPURIOUS_ENABLE = 1 << 8, ICR_PENDING = 1 << 12, ICR_OTHERS = 3 << 18 };
enum { LVT_MASKED = 1 << 16, DIVIDE_BY_1 = 0xb };

static uintptr_t base;

static uint32_t get(unsigned reg) {
    return hal_mmio_read32(base + reg);
}

static void set(unsigned reg, uint32_t value) {
    hal_mmio_write32(base + reg, value);
}

void x86_lapic_init(void) {
    base = x86_acpi.lapic_addr;
    x86_paging_map(base, base + X86_PAGE_BYTES, X86_MAP_WRITE | X86_MAP_UNCACHED);
    x86_cores[0]->apic_id = x86_lapic_id();
    x86_lapic_init_core();
}

void x86_lapic_init_core(void) {
    set(REG_SPURIOUS, SPURIOUS_ENABLE | X86_VECTOR_SPURIOUS);
    set(REG_LVT_LINT0, LVT_MASKED); // the 8259, which is masked too
    set(REG_LVT_TIMER, X86_VECTOR_TIMER); // one-shot
    set(REG_TIMER_DIVIDE, DIVIDE_BY_1);
}

uint32_t x86_lapic_id(void) {
    return get(REG_ID) >> 24;
}

void x86_lapic_eoi(void) {
    set(REG_EOI, 0);
}

void x86_lapic_timer_count(uint32_t ticks) {
    set(REG_TIMER_INITIAL, ticks);
}

uint32_t x86_lapic_timer_left(void) {
    return get(REG_TIMER_CURRENT);
}

static void send(uint32_t icr_high, uint32_t icr_low) {
    // A handler that sends between the two halves would change who this goes to.
    hal_irq_state_t state = hal_irq_disable();
    set(REG_ICR_HIGH, icr_high);
    set(REG_ICR_LOW, icr_low);
    while (get(REG_ICR_LOW) & ICR_PENDING) {
        hal_cpu_relax();
    }
    hal_irq_restore(state);
}

void x86_lapic_send(uint32_t apic_id, uint32_t icr_low) {
    send(apic_id << 24, icr_low);
}

void x86_lapic_send_others(uint32_t icr_low) {
    send(0, ICR_OTHERS | icr_low);
}
