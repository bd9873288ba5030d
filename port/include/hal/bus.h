// SPDX-License-Identifier: MIT
// Where devices are: the addresses at which registers may be, what the firmware says is there, the
// ports of machines that have any, and interrupts that a device raises by a write to memory.
#ifndef HAL_BUS_H
#define HAL_BUS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "hal/mem.h"

// The i-th range of addresses that is mapped for device registers. Nothing in it is RAM, nor a
// register of an interrupt controller. 0, or -ENOENT past the last.
int hal_bus_window(unsigned i, hal_mem_region_t *out);

typedef struct {
    hal_mem_region_t ecam;      // configuration space, 1 MiB a bus; size 0: by ports cf8 and cfc
    hal_mem_region_t memory;    // for 32-bit memory BARs that the firmware left unassigned; or 0
    unsigned intx[4];           // lines of INTA#..INTD# of slot 0, rotating by slot; 0: not known
    bool assigned;              // the firmware has assigned the BARs
} hal_bus_pci_t;

// The PCI host bridge; -ENOENT: none.
int hal_bus_pci(hal_bus_pci_t *out);

typedef struct {
    const char *name;           // as the device tree's compatible
    hal_mem_region_t registers;
    unsigned line;              // active as long as the device wants something
} hal_bus_device_t;

// The i-th device that the firmware describes and the kernel does not use; -ENOENT past the last.
int hal_bus_device(unsigned i, hal_bus_device_t *out);

// Ports: how many there are, 0 on most architectures; accesses of 1, 2 or 4 bytes.
unsigned hal_bus_ports(void);
uint32_t hal_bus_port_read(unsigned port, unsigned width_bytes);
void hal_bus_port_write(unsigned port, unsigned width_bytes, uint32_t value);

// A line of its own for an interrupt that a device sends by writing data to addr (MSI, MSI-X). It
// is used with hal_irq_attach() like any other; it cannot be masked at the controller. -ENOTSUP,
// -ENOSPC.
int hal_bus_msi_alloc(unsigned *line, uint64_t *addr, uint32_t *data);
void hal_bus_msi_free(unsigned line);   // detached before

#endif
