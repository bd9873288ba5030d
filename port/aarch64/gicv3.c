// SPDX-License-Identifier: MIT
// GICv3 (IHI 0069): distributor, one redistributor per core, system registers. Groups as in
// gicv2.c: group 1 for all lines; where there is one security state (GICD_CTLR.DS) the stop
// interrupt is group 0, which a core takes as FIQ.
#include "a64.h"
#include "hal/mmio.h"
#include "hal/smp.h"
#include "platform.h"
#include "sysreg.h"

enum {
    GICD_CTLR = 0x0000, GICD_TYPER = 0x0004, GICD_IGROUPR = 0x0080, GICD_ISENABLER = 0x0100,
    GICD_ICENABLER = 0x0180, GICD_ICPENDR = 0x0280, GICD_IPRIORITYR = 0x0400, GICD_IROUTER = 0x6000,
    GICR_TYPER = 0x0008, GICR_WAKER = 0x0014, GICR_SGI_FRAME = 0x10000, // as GICD, in this frame

    FRAMES_BYTES = 0x20000, FRAMES_BYTES_VLPI = 0x40000,
    CTLR_GROUP0 = 1 << 0, CTLR_GROUP1 = 1 << 1, CTLR_ARE = 1 << 4, CTLR_DS = 1 << 6,
    WAKER_SLEEP = 1 << 1, WAKER_ASLEEP = 1 << 2,
    TYPER_VLPI = 1 << 1, TYPER_LAST = 1 << 4,

    SGI_IPI = 0, SGI_STOP = 15, SGIS = 16, FIRST_SPI = 32, SPECIAL = 1020,
    PRIORITY = 0xa0, PRIORITY_STOP = 0x00, PRIORITY_MASK = 0xf0,
};
#define CTLR_BUSY       (1u << 31)
#define SGI_OTHERS      (1ul << 40)

#define ICC_PMR_EL1     S3_0_C4_C6_0
#define ICC_SGI1R_EL1   S3_0_C12_C11_5
#define ICC_SGI0R_EL1   S3_0_C12_C11_7
#define ICC_IAR1_EL1    S3_0_C12_C12_0
#define ICC_EOIR1_EL1   S3_0_C12_C12_1
#define ICC_BPR1_EL1    S3_0_C12_C12_3
#define ICC_CTLR_EL1    S3_0_C12_C12_4
#define ICC_SRE_EL1     S3_0_C12_C12_5
#define ICC_IGRPEN0_EL1 S3_0_C12_C12_6
#define ICC_IGRPEN1_EL1 S3_0_C12_C12_7

static uintptr_t redist[A64_CORES_MAX]; // by core number; 0 where none was found
static bool one_security_state;

static uint32_t dist_read(uint32_t reg) {
    return hal_mmio_read32(a64_platform.gicd + reg);
}

static void dist_write(uint32_t reg, uint32_t value) {
    hal_mmio_write32(a64_platform.gicd + reg, value);
}

static void dist_wait(void) {
    while (dist_read(GICD_CTLR) & CTLR_BUSY) {
    }
}

static unsigned n_lines(void) {
    unsigned n = ((dist_read(GICD_TYPER) & 31) + 1) * 32;
    return n < SPECIAL ? n : SPECIAL;
}

static void init(void) {
    dist_write(GICD_CTLR, 0);
    dist_wait();
    one_security_state = (dist_read(GICD_CTLR) & CTLR_DS) != 0;
    dist_write(GICD_CTLR, CTLR_ARE); // before the routing registers are used
    dist_wait();
    for (unsigned line = FIRST_SPI; line < n_lines(); line += 32) {
        dist_write(GICD_ICENABLER + line / 8, ~0u);
        dist_write(GICD_ICPENDR + line / 8, ~0u);
        dist_write(GICD_IGROUPR + line / 8, ~0u);
        for (unsigned i = line; i < line + 32; i += 4) {
            dist_write(GICD_IPRIORITYR + i, PRIORITY * 0x01010101u);
        }
    }
    dist_write(GICD_CTLR, CTLR_ARE | CTLR_GROUP1 | (one_security_state ? CTLR_GROUP0 : 0));
    dist_wait();
}

// The affinity of an MPIDR as GICR_TYPER and IROUTER have it: Aff3..Aff0 without the gap.
static uint32_t packed_affinity(uint64_t mpidr) {
    return (uint32_t)(mpidr >> 32 & 0xff) << 24 | (mpidr & 0xffffff);
}

static uintptr_t find_redist(uint32_t affinity) {
    for (unsigned i = 0; i < a64_platform.n_gicr; ++i) {
        uint64_t at = a64_platform.gicr[i].base;
        uint64_t end = at + a64_platform.gicr[i].size;
        while (at + FRAMES_BYTES <= end) {
            uint64_t typer = hal_mmio_read64(at + GICR_TYPER);
            if (typer >> 32 == affinity) {
                return at;
            }
            if (typer & TYPER_LAST) {
                break;
            }
            at += typer & TYPER_VLPI ? FRAMES_BYTES_VLPI : FRAMES_BYTES;
        }
    }
    return 0;
}

static void init_redist(uintptr_t base) {
    hal_mmio_write32(base + GICR_WAKER,
        hal_mmio_read32(base + GICR_WAKER) & ~(uint32_t)WAKER_SLEEP);
    while (hal_mmio_read32(base + GICR_WAKER) & WAKER_ASLEEP) {
    }
    uintptr_t sgi = base + GICR_SGI_FRAME;
    hal_mmio_write32(sgi + GICD_ICENABLER, ~0u);
    hal_mmio_write32(sgi + GICD_IGROUPR, ~(one_security_state ? 1u << SGI_STOP : 0));
    for (unsigned i = 0; i < FIRST_SPI; i += 4) {
        hal_mmio_write32(sgi + GICD_IPRIORITYR + i, PRIORITY * 0x01010101u);
    }
    hal_mmio_write8(sgi + GICD_IPRIORITYR + SGI_STOP, PRIORITY_STOP);
    hal_mmio_write32(sgi + GICD_ISENABLER, 1u << SGI_IPI | 1u << SGI_STOP);
}

static void init_core(void) {
    A64_WRITE(ICC_SRE_EL1, A64_READ(ICC_SRE_EL1) | 1); // system registers
    A64_ISB();
    uintptr_t base = find_redist(packed_affinity(a64_core()->mpidr));
    redist[a64_core()->index] = base;
    if (base != 0) {
        init_redist(base);
    }
    A64_WRITE(ICC_PMR_EL1, PRIORITY_MASK);
    A64_WRITE(ICC_BPR1_EL1, 0);
    A64_WRITE(ICC_CTLR_EL1, 0); // EOI also deactivates
    if (one_security_state) {
        A64_WRITE(ICC_IGRPEN0_EL1, 1);
    }
    A64_WRITE(ICC_IGRPEN1_EL1, 1);
    A64_ISB();
}

// The block that holds a line's enable bit: the redistributor of this core for private lines.
static uintptr_t enables_of(unsigned line) {
    return line < FIRST_SPI
        ? redist[a64_core()->index] + GICR_SGI_FRAME : a64_platform.gicd + line / 32 * 4;
}

static void mask(unsigned line) {
    hal_mmio_write32(enables_of(line) + GICD_ICENABLER, 1u << line % 32);
    if (line >= FIRST_SPI) {
        dist_wait();
    }
}

static void unmask(unsigned line) {
    if (line >= FIRST_SPI) {
        hal_mmio_write64(a64_platform.gicd + GICD_IROUTER + 8 * line, a64_cores[0].mpidr);
    }
    hal_mmio_write32(enables_of(line) + GICD_ISENABLER, 1u << line % 32);
}

static void dispatch(void) {
    for (;;) {
        unsigned line = A64_READ(ICC_IAR1_EL1) & 0xffffff;
        A64_DSB(sy); // the acknowledge is done before the device is looked at
        if (line >= SPECIAL) {
            return;
        }
        if (line == SGI_STOP) {
            a64_halt();
        }
        if (line < SGIS) {
            // Done before it is served: another one may then come in behind it, and none is lost.
            A64_WRITE(ICC_EOIR1_EL1, line);
            A64_ISB();
            smp_on_ipi();
            continue;
        }
        a64_irq_deliver(line);
        A64_WRITE(ICC_EOIR1_EL1, line);
        A64_ISB();
    }
}

static void ipi(unsigned core) {
    uint64_t mpidr = a64_core_by_index(core)->mpidr;
    uint64_t aff0 = mpidr & 0xff;
    A64_WRITE(ICC_SGI1R_EL1,
        (mpidr >> 32 & 0xff) << 48 | (mpidr >> 16 & 0xff) << 32 | (mpidr >> 8 & 0xff) << 16
        | aff0 / 16 << 44 | 1ul << aff0 % 16 | (uint64_t)SGI_IPI << 24);
    A64_ISB();
}

static void stop_others(void) {
    uint64_t value = SGI_OTHERS | (uint64_t)SGI_STOP << 24;
    if (one_security_state) {
        A64_WRITE(ICC_SGI0R_EL1, value);
    } else {
        A64_WRITE(ICC_SGI1R_EL1, value);
    }
    A64_ISB();
}

static void quiet_core(void) {
    A64_WRITE(ICC_IGRPEN1_EL1, 0);
    if (one_security_state) {
        A64_WRITE(ICC_IGRPEN0_EL1, 0);
    }
    A64_ISB();
}

const a64_intc_t a64_gicv3 = {
    .first_line = SGIS, .n_lines = n_lines, .init = init, .init_core = init_core, .mask = mask,
    .unmask = unmask, .dispatch = dispatch, .ipi = ipi, .stop_others = stop_others,
    .quiet_core = quiet_core,
};
