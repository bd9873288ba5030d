// SPDX-License-Identifier: MIT
// Devices of a PC: the PCI hole below 4 GiB, ports, and message-signalled interrupts, which are
// vectors of core 0's local APIC (Intel SDM vol. 3, 11.11).
// Invariant: the window lies above all RAM below 4 GiB and below the I/O APIC.
#include <errno.h>

#include "hal/bus.h"
#include "hal/irq.h"
#include "x86.h"

#define HOLE_START_MIN (0x80000000ul)
#define HOLE_END (0xfec00000ul)
#define MSI_ADDRESS (0xfee00000ul)

static uint64_t hole_start(void) {
    uint64_t start = HOLE_START_MIN;
    for (unsigned i = 0; i < x86_memory_count(); ++i) {
        const x86_ram_t *ram = x86_memory_entry(i);
        uint64_t end = ram->base + ram->size_bytes;
        if (ram->type != X86_RAM_RESERVED && end < HOLE_END && end > start) {
            start = end;
        }
    }
    return (start + 0x1fffff) & ~0x1ffffful;
}

void x86_bus_map(void) {
    x86_paging_map(hole_start(), HOLE_END, X86_MAP_WRITE | X86_MAP_UNCACHED);
}

int hal_bus_window(unsigned i, hal_mem_region_t *out) {
    uint64_t start = hole_start();
    *out = (hal_mem_region_t) { start, HOLE_END - start };
    return i == 0 ? 0 : -ENOENT;
}

int hal_bus_pci(hal_bus_pci_t *out) {
    *out = (hal_bus_pci_t) { .assigned = true };
    if (x86_acpi.ecam_base >= hole_start() && x86_acpi.ecam_base < HOLE_END
        && x86_acpi.ecam_bytes <= HOLE_END - x86_acpi.ecam_base) {
        out->ecam = (hal_mem_region_t) { x86_acpi.ecam_base, x86_acpi.ecam_bytes };
    }
    return 0;
}

int hal_bus_device(unsigned i, hal_bus_device_t *out) {
    return -ENOENT;
}

unsigned hal_bus_ports(void) {
    return 0x10000;
}

uint32_t hal_bus_port_read(unsigned port, unsigned width_bytes) {
    uint32_t value;
    switch (width_bytes) {
        case 1:
            return x86_inb(port);
        case 2: {
            uint16_t word;
            __asm volatile ("inw %1, %0" : "=a" (word) : "Nd" ((uint16_t)port) : "memory");
            return word;
        }
        default:
            __asm volatile ("inl %1, %0" : "=a" (value) : "Nd" ((uint16_t)port) : "memory");
            return value;
    }
}

void hal_bus_port_write(unsigned port, unsigned width_bytes, uint32_t value) {
    switch (width_bytes) {
        case 1:
            x86_outb(port, value);
            break;
        case 2:
            x86_outw(port, value);
            break;
        default:
            __asm volatile ("outl %0, %1" : : "a" (value), "Nd" ((uint16_t)port) : "memory");
            break;
    }
}

// --- messages

static bool taken[X86_LINES_MAX];

bool x86_bus_is_msi(unsigned line) {
    return taken[line];
}

// From the last line down: the I/O APICs have the first ones.
int hal_bus_msi_alloc(unsigned *line, uint64_t *addr, uint32_t *data) {
    int result = -ENOSPC;
    hal_irq_state_t state = hal_irq_disable();
    for (unsigned at = X86_LINES_MAX; at-- > 0 && !x86_ioapic_has(at);) {
        if (!__atomic_exchange_n(&taken[at], true, __ATOMIC_ACQ_REL)) {
            *line = at;
            *addr = MSI_ADDRESS | (uint64_t)x86_cores[0]->apic_id << 12;
            *data = X86_VECTOR_LINES + at;
            result = 0;
            break;
        }
    }
    hal_irq_restore(state);
    return result;
}

void hal_bus_msi_free(unsigned line) {
    if (line < X86_LINES_MAX) {
        __atomic_store_n(&taken[line], false, __ATOMIC_RELEASE);
    }
}
