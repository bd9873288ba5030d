// SPDX-License-Identifier: MIT
// The Raspberry Pi 3's two controllers: the local block ("ARM Quad-A7 core" rev 3.4), which every
// core reads on its own, and behind it on core 0 the peripherals' controller (BCM2835 ARM
// Peripherals, chapter 7). Mailbox 0 of a core is its inter-processor interrupt; mailbox 1 is wired
// to FIQ and stops it, also when it has interrupts disabled.
#include "a64.h"
#include A64_BOARD_H
#include "hal/mmio.h"
#include "hal/smp.h"

enum {
    LOCAL_GPU_ROUTE = 0x0c, LOCAL_TIMER_CTL = 0x40, LOCAL_MAILBOX_CTL = 0x50,
    LOCAL_IRQ_SOURCE = 0x60,
    LOCAL_MAILBOX_SET = 0x80, LOCAL_MAILBOX_CLEAR = 0xc0,
    SOURCE_TIMERS = 4, SOURCE_MAILBOX0 = 4, SOURCE_GPU = 8, SOURCES = 12,
    MAILBOX_IPI = 0, MAILBOX_STOP = 1,

    PENDING_BASIC = 0x00, PENDING1 = 0x04, PENDING2 = 0x08, ENABLE1 = 0x10, ENABLE2 = 0x14,
    ENABLE_BASIC = 0x18, DISABLE1 = 0x1c, DISABLE2 = 0x20, DISABLE_BASIC = 0x24,
    LINES_GPU = 64, LINES_BCM = 72,
};

static uintptr_t local(uint32_t reg, unsigned core) {
    return RPI_LOCAL_BASE + reg + 4 * core;
}

static uintptr_t mailbox(uint32_t reg, unsigned core, unsigned box) {
    return RPI_LOCAL_BASE + reg + 16 * core + 4 * box;
}

// The local block counts cores by MPIDR.
static unsigned physical(unsigned core) {
    return a64_core_by_index(core)->mpidr & 3;
}

static unsigned self(void) {
    return a64_core()->mpidr & 3;
}

static unsigned n_lines(void) {
    return RPI_LINES;
}

static void init(void) {
    hal_mmio_write32(RPI_INTC_BASE + DISABLE1, ~0u);
    hal_mmio_write32(RPI_INTC_BASE + DISABLE2, ~0u);
    hal_mmio_write32(RPI_INTC_BASE + DISABLE_BASIC, 0xff);
    hal_mmio_write32(RPI_LOCAL_BASE + LOCAL_GPU_ROUTE, self()); // both IRQ and FIQ to the boot core
}

static void init_core(void) {
    hal_mmio_write32(local(LOCAL_TIMER_CTL, self()), 0);
    hal_mmio_write32(mailbox(LOCAL_MAILBOX_CLEAR, self(), MAILBOX_IPI), ~0u);
    hal_mmio_write32(mailbox(LOCAL_MAILBOX_CLEAR, self(), MAILBOX_STOP), ~0u);
    hal_mmio_write32(local(LOCAL_MAILBOX_CTL, self()),
        1u << MAILBOX_IPI | 1u << (4 + MAILBOX_STOP));
}

static void gpu_write(unsigned line, uint32_t reg1, uint32_t reg2, uint32_t reg_basic) {
    uint32_t reg = line < 32 ? reg1 : line < LINES_GPU ? reg2 : reg_basic;
    hal_mmio_write32(RPI_INTC_BASE + reg, 1u << line % 32);
}

// Only the timers of the local block can be masked one by one.
static void timer_enable(unsigned source, bool enable) {
    if (source < SOURCE_TIMERS) {
        uintptr_t reg = local(LOCAL_TIMER_CTL, self());
        uint32_t value = hal_mmio_read32(reg) & ~(1u << source);
        hal_mmio_write32(reg, value | (uint32_t)enable << source);
    }
}

static void mask(unsigned line) {
    if (line < LINES_BCM) {
        gpu_write(line, DISABLE1, DISABLE2, DISABLE_BASIC);
    } else if (line >= RPI_LINE_LOCAL) {
        timer_enable(line - RPI_LINE_LOCAL, false);
    }
}

static void unmask(unsigned line) {
    if (line < LINES_BCM) {
        gpu_write(line, ENABLE1, ENABLE2, ENABLE_BASIC);
    } else if (line >= RPI_LINE_LOCAL) {
        timer_enable(line - RPI_LINE_LOCAL, true);
    }
}

static void deliver_bits(uint32_t bits, unsigned first_line) {
    while (bits != 0) {
        a64_irq_deliver(first_line + __builtin_ctz(bits));
        bits &= bits - 1;
    }
}

static void deliver_gpu(void) {
    // The basic register's bits above 7 summarise the other two; those are read themselves.
    deliver_bits(hal_mmio_read32(RPI_INTC_BASE + PENDING_BASIC) & 0xff, LINES_GPU);
    deliver_bits(hal_mmio_read32(RPI_INTC_BASE + PENDING1), 0);
    deliver_bits(hal_mmio_read32(RPI_INTC_BASE + PENDING2), 32);
}

static void dispatch(void) {
    uint32_t sources = hal_mmio_read32(local(LOCAL_IRQ_SOURCE, self()));
    if (sources >> SOURCE_MAILBOX0 & 1) {
        hal_mmio_write32(mailbox(LOCAL_MAILBOX_CLEAR, self(), MAILBOX_IPI), ~0u);
        smp_on_ipi();
    }
    if (sources >> SOURCE_GPU & 1) {
        deliver_gpu();
    }
    sources &= ((1u << SOURCES) - 1) & ~(0xfu << SOURCE_MAILBOX0 | 1u << SOURCE_GPU);
    deliver_bits(sources, RPI_LINE_LOCAL);
}

static void ipi(unsigned core) {
    hal_mmio_write32(mailbox(LOCAL_MAILBOX_SET, physical(core), MAILBOX_IPI), 1);
}

static void stop_others(void) {
    for (unsigned core = 0; core < RPI_CORES; ++core) {
        if (core != self()) {
            hal_mmio_write32(mailbox(LOCAL_MAILBOX_SET, core, MAILBOX_STOP), 1);
        }
    }
}

static void quiet_core(void) {
    hal_mmio_write32(local(LOCAL_TIMER_CTL, self()), 0);
    hal_mmio_write32(local(LOCAL_MAILBOX_CTL, self()), 0);
    if (self() == physical(0)) { // where the peripherals' interrupts go
        init();
    }
}

const a64_intc_t a64_bcm_intc = {
    .first_line = 0, .n_lines = n_lines, .init = init, .init_core = init_core, .mask = mask,
    .unmask = unmask, .dispatch = dispatch, .ipi = ipi, .stop_others = stop_others,
    .quiet_core = quiet_core,
};
