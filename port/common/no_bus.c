// SPDX-License-Identifier: MIT
// For ports and boards that have no PCI, no ports and no interrupts by writes to memory.
#include <errno.h>

#include "hal/bus.h"

__attribute__((weak)) int hal_bus_window(unsigned i, hal_mem_region_t *out) {
    return -ENOENT;
}

__attribute__((weak)) int hal_bus_pci(hal_bus_pci_t *out) {
    return -ENOENT;
}

__attribute__((weak)) int hal_bus_device(unsigned i, hal_bus_device_t *out) {
    return -ENOENT;
}

__attribute__((weak)) unsigned hal_bus_ports(void) {
    return 0;
}

__attribute__((weak)) uint32_t hal_bus_port_read(unsigned port, unsigned width_bytes) {
    return 0;
}

__attribute__((weak)) void hal_bus_port_write(unsigned port, unsigned width_bytes, uint32_t value) {
}

__attribute__((weak)) int hal_bus_msi_alloc(unsigned *line, uint64_t *addr, uint32_t *data) {
    return -ENOTSUP;
}

__attribute__((weak)) void hal_bus_msi_free(unsigned line) {
}
