// SPDX-License-Identifier: MIT
// GICv2 (IHI 0048B). All lines are group 1, which the CPU sees as IRQ; one software interrupt is
// group 0 with FIQEn, so that it reaches a core that masks IRQ: that is how a panic stops the
// others. Seen from the non-secure side of a GIC with two security states groups cannot be changed
// (IGROUPR reads as zero); that interrupt is an IRQ then, too.
#include "a64.h"
#include "hal/mmio.h"
#include "hal/smp.h"
#include "platform.h"

enum {
    GICD_CTLR = 0x000, GICD_TYPER = 0x004, GICD_IGROUPR = 0x080, GICD_ISENABLER = 0x100,
    GICD_ICENABLER = 0x180, GICD_ICPENDR = 0x280, GICD_IPRIORITYR = 0x400, GICD_ITARGETSR = 0x800,
    GICD_SGIR = 0xf00,
    GICC_CTLR = 0x000, GICC_PMR = 0x004, GICC_IAR = 0x00c, GICC_EOIR = 0x010,

    SGI_IPI = 0, SGI_STOP = 15, SGIS = 16, FIRST_SPI = 32, SPECIAL = 1020,
    PRIORITY = 0xa0, PRIORITY_STOP = 0x00, PRIORITY_MASK = 0xf0,
    CTLR_GROUP0 = 1, CTLR_GROUP1 = 2, CTLR_ACK = 4, CTLR_FIQ = 8,
};
#define SGIR_OTHERS     (1u << 24)
#define SGIR_GROUP1     (1u << 15)
#define CORES_MAX       (8)

static bool has_groups;
static uint8_t interface_bit[CORES_MAX]; // by core number: its bit in ITARGETSR and SGIR

static uint32_t dist_read(uint32_t reg) {
    return hal_mmio_read32(a64_platform.gicd + reg);
}

static void dist_write(uint32_t reg, uint32_t value) {
    hal_mmio_write32(a64_platform.gicd + reg, value);
}

static unsigned n_lines(void) {
    unsigned n = ((dist_read(GICD_TYPER) & 31) + 1) * 32;
    return n < SPECIAL ? n : SPECIAL;
}

static void init(void) {
    dist_write(GICD_CTLR, 0);
    for (unsigned line = FIRST_SPI; line < n_lines(); line += 32) {
        dist_write(GICD_ICENABLER + line / 8, ~0u);
        dist_write(GICD_ICPENDR + line / 8, ~0u);
        dist_write(GICD_IGROUPR + line / 8, ~0u);
        for (unsigned i = line; i < line + 32; i += 4) {
            dist_write(GICD_IPRIORITYR + i, PRIORITY * 0x01010101u);
        }
    }
    dist_write(GICD_CTLR, CTLR_GROUP0 | CTLR_GROUP1);
}

static void init_core(void) {
    unsigned core = a64_core()->index;
    dist_write(GICD_ICENABLER, ~0u);
    dist_write(GICD_IGROUPR, ~(1u << SGI_STOP));
    has_groups = dist_read(GICD_IGROUPR) != 0;
    for (unsigned i = 0; i < FIRST_SPI; i += 4) {
        dist_write(GICD_IPRIORITYR + i, PRIORITY * 0x01010101u);
    }
    hal_mmio_write8(a64_platform.gicd + GICD_IPRIORITYR + SGI_STOP, PRIORITY_STOP);
    // The private lines' targets are read-only: this core's own bit, or 0 where there is one core.
    uint32_t self = dist_read(GICD_ITARGETSR);
    if (core < CORES_MAX) {
        interface_bit[core] = self & 0xff ? self & 0xff : 1;
    }
    dist_write(GICD_ISENABLER, 1u << SGI_IPI | 1u << SGI_STOP);
    hal_mmio_write32(a64_platform.gicc + GICC_PMR, PRIORITY_MASK);
    hal_mmio_write32(a64_platform.gicc + GICC_CTLR,
        has_groups ? CTLR_GROUP0 | CTLR_GROUP1 | CTLR_ACK | CTLR_FIQ : CTLR_GROUP0);
}

static void mask(unsigned line) {
    dist_write(GICD_ICENABLER + line / 32 * 4, 1u << line % 32);
    while (line >= FIRST_SPI && (dist_read(GICD_ISENABLER + line / 32 * 4) >> line % 32 & 1)) {
    }
}

static void unmask(unsigned line) {
    if (line >= FIRST_SPI) {
        hal_mmio_write8(a64_platform.gicd + GICD_ITARGETSR + line, interface_bit[0]);
    }
    dist_write(GICD_ISENABLER + line / 32 * 4, 1u << line % 32);
}

static void dispatch(void) {
    for (;;) {
        uint32_t ack = hal_mmio_read32(a64_platform.gicc + GICC_IAR);
        unsigned line = ack & 0x3ff;
        if (line >= SPECIAL) {
            return;
        }
        if (line == SGI_STOP) {
            a64_halt();
        }
        if (line < SGIS) {
            // Done before it is served: another one may then come in behind it, and none is lost.
            hal_mmio_write32(a64_platform.gicc + GICC_EOIR, ack);
            smp_on_ipi();
            continue;
        }
        a64_irq_deliver(line);
        hal_mmio_write32(a64_platform.gicc + GICC_EOIR, ack);
    }
}

static void ipi(unsigned core) {
    uint32_t group = has_groups ? SGIR_GROUP1 : 0;
    dist_write(GICD_SGIR, (uint32_t)interface_bit[core] << 16 | group | SGI_IPI);
}

static void stop_others(void) {
    dist_write(GICD_SGIR, SGIR_OTHERS | SGI_STOP);
}

static void quiet_core(void) {
    hal_mmio_write32(a64_platform.gicc + GICC_CTLR, 0);
}

const a64_intc_t a64_gicv2 = {
    .first_line = SGIS, .n_lines = n_lines, .init = init, .init_core = init_core, .mask = mask,
    .unmask = unmask, .dispatch = dispatch, .ipi = ipi, .stop_others = stop_others,
    .quiet_core = quiet_core,
};
