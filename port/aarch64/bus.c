// SPDX-License-Identifier: MIT
// Devices that the device tree describes. No interrupts by writes to memory yet: PCI devices use
// their INTx# pins.
#include <errno.h>

#include "hal/bus.h"
#include "platform.h"

static hal_mem_region_t region(a64_range_t range) {
    return (hal_mem_region_t) { range.base, range.size };
}

// The window for BARs, the configuration space, virtio-mmio and other devices.
int hal_bus_window(unsigned i, hal_mem_region_t *out) {
    const a64_platform_t *p = &a64_platform;
    if (p->pci_ecam.size != 0 && i < 2) {
        *out = region(i == 0 ? p->pci_memory : p->pci_ecam);
        return 0;
    }
    i -= p->pci_ecam.size != 0 ? 2 : 0;
    if (i >= p->n_virtio + p->n_others) {
        return -ENOENT;
    }
    *out = region(i < p->n_virtio ? p->virtio[i].registers : p->others[i - p->n_virtio].registers);
    return 0;
}

int hal_bus_pci(hal_bus_pci_t *out) {
    const a64_platform_t *p = &a64_platform;
    *out = (hal_bus_pci_t) { .ecam = region(p->pci_ecam), .memory = region(p->pci_memory) };
    for (unsigned pin = 0; pin < 4; ++pin) {
        out->intx[pin] = p->pci_line + pin;
    }
    return p->pci_ecam.size != 0 ? 0 : -ENOENT;
}

int hal_bus_device(unsigned i, hal_bus_device_t *out) {
    const a64_platform_t *p = &a64_platform;
    if (i >= p->n_virtio + p->n_others) {
        return -ENOENT;
    }
    if (i >= p->n_virtio) {
        i -= p->n_virtio;
        *out = (hal_bus_device_t) {
            .name = p->others[i].name, .registers = region(p->others[i].registers),
            .line = p->others[i].line,
        };
        return 0;
    }
    *out = (hal_bus_device_t) {
        .name = "virtio,mmio", .registers = region(p->virtio[i].registers),
        .line = p->virtio[i].line,
    };
    return 0;
}
