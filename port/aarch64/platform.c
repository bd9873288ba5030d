// SPDX-License-Identifier: MIT
// The device tree's answers, put into a64_platform. Only nodes on the root's bus are taken as
// devices: their addresses are physical as they stand. A board whose devices sit behind "ranges"
// (the Raspberry Pi) names them itself and uses the tree for its memory only.
#include "platform.h"

#include "fdt.h"
#include "sysreg.h"

enum { PAGE = 4096, PPI_FIRST = 16, SPI_FIRST = 32 };

a64_platform_t a64_platform;

static void add(a64_range_t *list, unsigned *n, unsigned max, uint64_t base, uint64_t size) {
    if (size != 0 && base + size > base && *n < max) {
        list[(*n)++] = (a64_range_t) { base, size };
    }
}

void a64_platform_add_ram(uint64_t base, uint64_t size) {
    add(a64_platform.ram, &a64_platform.n_ram, A64_RAM_MAX, base, size);
}

void a64_platform_add_reserved(uint64_t base, uint64_t size) {
    add(a64_platform.reserved, &a64_platform.n_reserved, A64_RESERVED_MAX, base, size);
}

void a64_platform_add_mmio(uint64_t base, uint64_t size) {
    uint64_t start = base & ~(uint64_t)(PAGE - 1);
    uint64_t end = (base + size + PAGE - 1) & ~(uint64_t)(PAGE - 1);
    add(a64_platform.mmio, &a64_platform.n_mmio, A64_MMIO_MAX, start, end - start);
}

// The INTID of interrupt specifier i, in the GIC's three cells.
static unsigned intid(const fdt_node_t *node, unsigned i) {
    return fdt_cell(&node->interrupts, 3 * i + 1)
        + (fdt_cell(&node->interrupts, 3 * i) == 1 ? PPI_FIRST : SPI_FIRST);
}

// Map the i-th register block and return its base, 0 if there is none.
static uint64_t take_mmio(const fdt_node_t *node, uint32_t i) {
    uint64_t base, size;
    if (!fdt_reg(node, i, &base, &size)) {
        return 0;
    }
    a64_platform_add_mmio(base, size);
    return base;
}

static void visit_memory(const fdt_node_t *node) {
    uint64_t base, size;
    for (uint32_t i = 0; fdt_reg(node, i, &base, &size); ++i) {
        a64_platform_add_ram(base, size);
    }
}

static void visit_reserved(const fdt_node_t *node) {
    uint64_t base, size;
    for (uint32_t i = 0; fdt_reg(node, i, &base, &size); ++i) {
        a64_platform_add_reserved(base, size);
        if (node->no_map.data != NULL) {
            add(a64_platform.no_map, &a64_platform.n_no_map, A64_RESERVED_MAX, base, size);
        }
    }
}

static void visit_core(const fdt_node_t *node) {
    uint64_t mpidr, none;
    if (a64_platform.n_cores < A64_CORES_MAX && fdt_is_enabled(node)
        && fdt_reg(node, 0, &mpidr, &none)) {
        a64_platform.core_mpidr[a64_platform.n_cores++] = mpidr;
    }
}

static void visit_gic(const fdt_node_t *node, unsigned version) {
    a64_platform_t *p = &a64_platform;
    p->gic_version = version;
    p->gicd = take_mmio(node, 0);
    if (version == 2) {
        p->gicc = take_mmio(node, 1);
        return;
    }
    // What follows the redistributors (GICC, GICH, GICV) has no business here; without
    // #redistributor-regions there is one region, and looking for cores in more does no harm.
    a64_range_t region;
    while (p->n_gicr < A64_GICR_MAX && fdt_reg(node, 1 + p->n_gicr, &region.base, &region.size)) {
        take_mmio(node, 1 + p->n_gicr);
        p->gicr[p->n_gicr++] = region;
    }
}

static void visit_chosen(const fdt_node_t *node) {
    for (uint32_t i = 0; i < node->rng_seed.len / 4; ++i) {
        a64_platform.seed = (a64_platform.seed << 7 | a64_platform.seed >> 57)
            ^ (uint64_t)fdt_cell(&node->rng_seed, i) * 0x9e3779b97f4a7c15;
    }
    a64_platform.seed ^= (uint64_t)fdt_cell(&node->kaslr_seed, 0) << 32
        | fdt_cell(&node->kaslr_seed, 1);
}

static uint64_t two_cells(const fdt_prop_t *prop, uint32_t i) {
    return (uint64_t)fdt_cell(prop, i) << 32 | fdt_cell(prop, i + 1);
}

// "ranges": per window a PCI address of three cells, whose first tells the kind (2: memory of 32
// bits), the CPU's address and the size, of two cells each. "interrupt-map": the first entry is
// slot 0, INTA#: a PCI address, the pin, the controller, its two address cells, its interrupt.
static void visit_pci(const fdt_node_t *node) {
    a64_platform_t *p = &a64_platform;
    uint64_t base, size;
    if (!fdt_reg(node, 0, &base, &size)) {
        return;
    }
    for (uint32_t i = 0; 4 * i < node->ranges.len; i += 7) {
        uint64_t start = two_cells(&node->ranges, i + 3);
        uint64_t bytes = two_cells(&node->ranges, i + 5);
        bool same = two_cells(&node->ranges, i + 1) == start;
        if (fdt_cell(&node->ranges, i) >> 24 == 2 && same) {
            p->pci_memory = (a64_range_t) { start, bytes };
            a64_platform_add_mmio(start, bytes);
        }
    }
    if (p->pci_memory.size != 0) {
        p->pci_ecam = (a64_range_t) { take_mmio(node, 0), size };
        p->pci_line = SPI_FIRST + fdt_cell(&node->interrupt_map, 8);
    }
}

static void visit_virtio(const fdt_node_t *node) {
    a64_platform_t *p = &a64_platform;
    uint64_t base, size;
    if (p->n_virtio < A64_VIRTIO_MAX && fdt_reg(node, 0, &base, &size)) {
        p->virtio[p->n_virtio].registers = (a64_range_t) { base, size };
        p->virtio[p->n_virtio++].line = intid(node, 0);
    }
}

// For drivers: what the kernel itself does not use once it runs; visit_device() maps it.
static void visit_other(const fdt_node_t *node) {
    static const char *const names[] = { "arm,pl031", "arm,pl061" };
    a64_platform_t *p = &a64_platform;
    uint64_t base, size;
    for (unsigned i = 0; i < sizeof(names) / sizeof(names[0]); ++i) {
        if (fdt_is_compatible(node, names[i]) && p->n_others < A64_OTHERS_MAX
            && fdt_reg(node, 0, &base, &size)) {
            p->others[p->n_others].name = names[i];
            p->others[p->n_others].registers = (a64_range_t) { base, size };
            p->others[p->n_others++].line = intid(node, 0);
        }
    }
}

// Neighbours in one page are mapped together, or they would not fit the list.
static void map_virtio(void) {
    const a64_platform_t *p = &a64_platform;
    uint64_t low = UINT64_MAX, high = 0;
    for (unsigned i = 0; i < p->n_virtio; ++i) {
        const a64_range_t *one = &p->virtio[i].registers;
        low = one->base < low ? one->base : low;
        high = one->base + one->size > high ? one->base + one->size : high;
    }
    if (p->n_virtio != 0) {
        a64_platform_add_mmio(low, high - low);
    }
}

static void visit_device(const fdt_node_t *node) {
    a64_platform_t *p = &a64_platform;
    visit_other(node);
    if (fdt_is_compatible(node, "arm,gic-v3")) {
        visit_gic(node, 3);
    } else if (fdt_is_compatible(node, "arm,cortex-a15-gic")
               || fdt_is_compatible(node, "arm,gic-400")) {
        visit_gic(node, 2);
    } else if (fdt_is_compatible(node, "arm,armv8-timer")) {
        p->timer_line = intid(node, 2); // secure physical, physical, virtual, hypervisor
    } else if (fdt_is_compatible(node, "arm,pl011") && p->uart == 0) {
        p->uart = take_mmio(node, 0);
        p->uart_line = intid(node, 0);
    } else if (fdt_is_compatible(node, "arm,pl031")) {
        p->rtc = take_mmio(node, 0);
    } else if (fdt_is_compatible(node, "arm,pl061")) {
        take_mmio(node, 0);
    } else if (fdt_is_compatible(node, "qemu,fw-cfg-mmio")) {
        p->fw_cfg = take_mmio(node, 0);
    } else if (fdt_is_compatible(node, "pci-host-ecam-generic") && p->pci_ecam.size == 0) {
        visit_pci(node);
    } else if (fdt_is_compatible(node, "virtio,mmio")) {
        visit_virtio(node);
    } else if (fdt_is_compatible(node, "arm,psci-0.2") || fdt_is_compatible(node, "arm,psci-1.0")) {
        p->psci = true;
        p->psci_smc = fdt_prop_is(&node->method, "smc");
    }
}

static void visit(const fdt_node_t *node) {
    if (node->parent == NULL) {
        return;
    }
    bool on_root = node->parent->parent == NULL;
    if (on_root && fdt_prop_is(&node->device_type, "memory") && fdt_is_enabled(node)) {
        visit_memory(node);
    } else if (on_root && fdt_str_eq(node->name, "chosen")) {
        visit_chosen(node);
    } else if (fdt_str_eq(node->parent->name, "reserved-memory")) {
        visit_reserved(node);
    } else if (fdt_prop_is(&node->device_type, "cpu") && fdt_str_eq(node->parent->name, "cpus")) {
        visit_core(node);
    } else if (on_root && fdt_is_enabled(node)) {
        visit_device(node);
    }
}

bool a64_platform_read_fdt(const void *blob) {
    if (!fdt_walk(blob, visit)) {
        return false;
    }
    map_virtio();
    fdt_reservations(blob, a64_platform_add_reserved);
    a64_platform_add_reserved((uintptr_t)blob, fdt_size(blob)); // until memory.c has moved it
    a64_platform.fdt = blob;
    return true;
}
