// SPDX-License-Identifier: MIT
// The I/O APICs (Intel 82093AA): routes a global system interrupt to a vector of core 0.
// ISA interrupts are edge, active high, unless the MADT overrides it; other lines level, active
// low.
#include <errno.h>

#include "hal/cpu.h"
#include "hal/irq.h"
#include "hal/mmio.h"
#include "x86.h"

enum { REG_SELECT = 0x00, REG_WINDOW = 0x10, INDEX_VERSION = 1, INDEX_REDIRECT = 0x10 };
enum { REDIRECT_LOW = 1 << 13, REDIRECT_LEVEL = 1 << 15, REDIRECT_MASKED = 1 << 16 };

// An access is two writes, so handlers and other cores must stay out in between.
static bool locked;

static hal_irq_state_t lock(void) {
    hal_irq_state_t state = hal_irq_disable();
    while (__atomic_exchange_n(&locked, true, __ATOMIC_ACQUIRE)) { // pairs with unlock()
        hal_cpu_relax();
    }
    return state;
}

static void unlock(hal_irq_state_t state) {
    __atomic_store_n(&locked, false, __ATOMIC_RELEASE); // pairs with lock()
    hal_irq_restore(state);
}

static uint32_t get(uintptr_t base, unsigned index) {
    hal_mmio_write32(base + REG_SELECT, index);
    return hal_mmio_read32(base + REG_WINDOW);
}

static void set(uintptr_t base, unsigned index, uint32_t value) {
    hal_mmio_write32(base + REG_SELECT, index);
    hal_mmio_write32(base + REG_WINDOW, value);
}

static unsigned line_count(uintptr_t base) {
    return (get(base, INDEX_VERSION) >> 16 & 0xff) + 1;
}

// The I/O APIC that has this GSI; *index becomes that line's redirection register.
static uintptr_t find(unsigned gsi, unsigned *index) {
    for (unsigned i = 0; i < x86_acpi.ioapic_count; ++i) {
        uintptr_t base = x86_acpi.ioapics[i].addr;
        unsigned first = x86_acpi.ioapics[i].gsi_base;
        if (gsi >= first && gsi - first < line_count(base)) {
            *index = INDEX_REDIRECT + 2 * (gsi - first);
            return base;
        }
    }
    return 0;
}

void x86_ioapic_init(void) {
    x86_outb(0x21, 0xff); // mask the two 8259s
    x86_outb(0xa1, 0xff);
    for (unsigned i = 0; i < x86_acpi.ioapic_count; ++i) {
        uintptr_t base = x86_acpi.ioapics[i].addr;
        x86_paging_map(base, base + X86_PAGE_BYTES, X86_MAP_WRITE | X86_MAP_UNCACHED);
        for (unsigned line = 0; line < line_count(base); ++line) {
            set(base, INDEX_REDIRECT + 2 * line, REDIRECT_MASKED);
        }
    }
}

// Polarity (bits 0-1) and trigger (bits 2-3) as the MADT codes them; 0 means the bus's default.
static uint32_t redirect_mode(unsigned gsi) {
    for (unsigned irq = 0; irq < 16; ++irq) {
        if (x86_acpi.isa[irq].gsi == gsi) {
            unsigned flags = x86_acpi.isa[irq].flags;
            return ((flags & 3) == 3 ? REDIRECT_LOW : 0)
                   | ((flags >> 2 & 3) == 3 ? REDIRECT_LEVEL : 0);
        }
    }
    return REDIRECT_LOW | REDIRECT_LEVEL;
}

bool x86_ioapic_has(unsigned gsi) {
    unsigned index;
    hal_irq_state_t state = lock();
    uintptr_t base = find(gsi, &index);
    unlock(state);
    return base != 0;
}

int x86_ioapic_route(unsigned gsi, unsigned vector) {
    unsigned index;
    hal_irq_state_t state = lock();
    uintptr_t base = find(gsi, &index);
    if (base != 0) {
        set(base, index + 1, x86_cores[0]->apic_id << 24);
        set(base, index, REDIRECT_MASKED | redirect_mode(gsi) | vector);
    }
    unlock(state);
    return base != 0 ? 0 : -EINVAL;
}

void x86_ioapic_mask(unsigned gsi, bool masked) {
    unsigned index;
    hal_irq_state_t state = lock();
    uintptr_t base = find(gsi, &index);
    if (base != 0) {
        uint32_t value = get(base, index);
        set(base, index, masked ? value | REDIRECT_MASKED : value & ~(uint32_t)REDIRECT_MASKED);
    }
    unlock(state);
}

unsigned x86_isa_gsi(unsigned isa_irq) {
    return x86_acpi.isa[isa_irq].gsi;
}
