// SPDX-License-Identifier: MIT
// What this machine is made of, written once by the board's discovery before the MMU is on and only
// read from then on. A base of 0 means that the machine has no such device.
#ifndef A64_PLATFORM_H
#define A64_PLATFORM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    A64_CORES_MAX = 64,
    A64_RAM_MAX = 16,
    A64_RESERVED_MAX = 32,
    A64_MMIO_MAX = 32,
    A64_GICR_MAX = 4,
    A64_ID_BYTES = 16,
    A64_VIRTIO_MAX = 32,
    A64_OTHERS_MAX = 8,
};

typedef struct {
    uint64_t base, size;
} a64_range_t;

typedef struct {
    a64_range_t ram[A64_RAM_MAX];
    a64_range_t reserved[A64_RESERVED_MAX]; // RAM that is not ours to give away
    a64_range_t no_map[A64_RESERVED_MAX];   // RAM that must not even be mapped; also in reserved
    a64_range_t mmio[A64_MMIO_MAX];         // device registers, to be mapped
    unsigned n_ram, n_reserved, n_no_map, n_mmio;

    uint64_t core_mpidr[A64_CORES_MAX];     // affinity bits; the boot core need not be first
    unsigned n_cores;

    unsigned gic_version;                   // 2, 3, or 0: no GIC
    uint64_t gicd, gicc;
    a64_range_t gicr[A64_GICR_MAX];
    unsigned n_gicr;

    unsigned timer_line;                    // of the virtual timer
    uint64_t uart;
    unsigned uart_line;
    unsigned uart_clock_hz, uart_baud;      // 0: leave the divisors as they are
    uint64_t rtc, fw_cfg;
    bool psci, psci_smc;                    // conduit: smc if set, else hvc
    a64_range_t pci_ecam, pci_memory;       // size 0: no PCI
    unsigned pci_line;                      // of slot 0's INTA#, three more follow
    struct {
        a64_range_t registers;
        unsigned line;
    } virtio[A64_VIRTIO_MAX];               // virtio-mmio
    unsigned n_virtio;
    struct {
        const char *name;                   // as the device tree's compatible
        a64_range_t registers;
        unsigned line;
    } others[A64_OTHERS_MAX];               // for drivers
    unsigned n_others;
    const void *fdt;                        // the device tree, NULL if there is none
    uint64_t seed;                          // randomness from the firmware, 0 if it gave none
    uint8_t id[A64_ID_BYTES];
    unsigned id_bytes;
} a64_platform_t;

extern a64_platform_t a64_platform;

// --- board_*.c: find out all of the above. firmware_arg is x0 at entry.
void a64_board_discover(uintptr_t firmware_arg);

// --- platform.c: helpers of discovery. Each drops what does not fit.
bool a64_platform_read_fdt(const void *blob);
void a64_platform_add_ram(uint64_t base, uint64_t size);
void a64_platform_add_reserved(uint64_t base, uint64_t size);
void a64_platform_add_mmio(uint64_t base, uint64_t size);

// --- fw_cfg.c, bcm_mailbox.c: sources of a64_platform.id
void a64_fw_cfg_read_uuid(void);

#endif
