// SPDX-License-Identifier: MIT
// The core's name and frequency, waiting, and the ranges that a backtrace needs.
#include "hal/cpu.h"

#include "a64.h"
#include "hal/irq.h"
#include "hal/time.h"
#include "sysreg.h"

#define PMCR_ENABLE         (1u << 0)
#define PMCR_LONG           (1u << 6) // the cycle counter is 64 bits wide
#define PMCNTEN_CYCLES      (1u << 31)
#define MEASURE_NS          (1000000)

enum { IMPLEMENTER_ARM = 0x41, IMPLEMENTER_NONE = 0, PART_QEMU_MAX = 'Q' };

// MIDR_EL1 part numbers, from each core's Technical Reference Manual.
static const struct {
    uint16_t part;
    const char *name;
} arm_parts[] = {
    { 0xd03, "Cortex-A53" }, { 0xd04, "Cortex-A35" }, { 0xd05, "Cortex-A55" },
    { 0xd07, "Cortex-A57" }, { 0xd08, "Cortex-A72" }, { 0xd09, "Cortex-A73" },
    { 0xd0a, "Cortex-A75" }, { 0xd0b, "Cortex-A76" }, { 0xd0c, "Neoverse N1" },
    { 0xd40, "Neoverse V1" }, { 0xd49, "Neoverse N2" },
};

const char *hal_cpu_name(void) {
    uint64_t midr = A64_READ(midr_el1);
    unsigned implementer = a64_field(midr, 24, 8);
    unsigned part = a64_field(midr, 4, 12);
    for (size_t i = 0; i < sizeof(arm_parts) / sizeof(arm_parts[0]); ++i) {
        if (implementer == IMPLEMENTER_ARM && arm_parts[i].part == part) {
            return arm_parts[i].name;
        }
    }
    return implementer == IMPLEMENTER_NONE && (part & 0xff) == (PART_QEMU_MAX & 0xff)
        ? "QEMU max" : "ARMv8-A";
}

static uint64_t measure(void) {
    unsigned pmu = a64_field(A64_READ(id_aa64dfr0_el1), 8, 4);
    if (pmu == 0 || pmu == 15) {
        return A64_READ(cntfrq_el0); // no cycle counter: the clock's is what there is
    }
    A64_WRITE(pmccfiltr_el0, 0);
    A64_WRITE(pmcr_el0, A64_READ(pmcr_el0) | PMCR_ENABLE | PMCR_LONG);
    A64_WRITE(pmcntenset_el0, PMCNTEN_CYCLES);
    A64_ISB();
    hal_irq_state_t state = hal_irq_disable();
    uint64_t start_ns = hal_time_ns();
    uint64_t start = A64_READ(pmccntr_el0);
    uint64_t ns;
    do {
        ns = hal_time_ns() - start_ns;
    } while (ns < MEASURE_NS);
    uint64_t cycles = A64_READ(pmccntr_el0) - start;
    hal_irq_restore(state);
    return cycles * 1000000000 / ns;
}

uint64_t hal_cpu_freq_hz(void) {
    static uint64_t hz; // measured when first asked for: it takes a millisecond
    if (hz == 0) {
        hz = measure();
    }
    return hz;
}

void hal_cpu_idle(void) {
    // A pending interrupt ends wfi although it is masked; it is taken between the next two.
    __asm volatile (
        "dsb sy\n"
        "wfi\n"
        "msr daifclr, #2\n"
        "isb\n"
        "msr daifset, #2\n"
        ::: "memory");
}

void hal_cpu_relax(void) {
    __asm volatile ("yield" ::: "memory");
}

void hal_cpu_text_range(uintptr_t *start, uintptr_t *end) {
    *start = (uintptr_t)__text_start;
    *end = (uintptr_t)__text_end;
}
