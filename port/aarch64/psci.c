// SPDX-License-Identifier: MIT
// Power State Coordination Interface (DEN0022): cores on, machine off, machine reset.
#include <errno.h>

#include "a64.h"
#include "hal/power.h"
#include "platform.h"

#define PSCI_SYSTEM_OFF     (0x84000008)
#define PSCI_SYSTEM_RESET   (0x84000009)
#define PSCI_CPU_ON_64      (0xc4000003)

static long psci_call(uint64_t function, uint64_t arg0, uint64_t arg1, uint64_t arg2) {
    register uint64_t x0 __asm("x0") = function;
    register uint64_t x1 __asm("x1") = arg0;
    register uint64_t x2 __asm("x2") = arg1;
    register uint64_t x3 __asm("x3") = arg2;
    if (!a64_platform.psci) {
        return -1; // NOT_SUPPORTED
    }
    // SMCCC 1.0 lets the callee change x4..x17.
    if (a64_platform.psci_smc) {
        __asm volatile ("smc #0" : "+r" (x0), "+r" (x1), "+r" (x2), "+r" (x3)
            :: "x4", "x5", "x6", "x7", "x8", "x9", "x10", "x11", "x12", "x13", "x14", "x15", "x16",
            "x17", "memory");
    } else {
        __asm volatile ("hvc #0" : "+r" (x0), "+r" (x1), "+r" (x2), "+r" (x3)
            :: "x4", "x5", "x6", "x7", "x8", "x9", "x10", "x11", "x12", "x13", "x14", "x15", "x16",
            "x17", "memory");
    }
    return (long)x0;
}

int a64_core_start(a64_core_t *core) {
    uintptr_t entry = (uintptr_t)a64_secondary_entry;
    return psci_call(PSCI_CPU_ON_64, core->mpidr, entry, (uintptr_t)core) == 0 ? 0 : -EIO;
}

void hal_power_off(void) {
    psci_call(PSCI_SYSTEM_OFF, 0, 0, 0);
    a64_halt();
}

void hal_power_reset(void) {
    psci_call(PSCI_SYSTEM_RESET, 0, 0, 0);
    a64_halt();
}

hal_reset_cause_t hal_power_reset_cause(void) {
    return HAL_RESET_POWER_ON;
}
