// SPDX-License-Identifier: MIT
// Off, reset, and the stop after a panic.
#include "hal/power.h"
#include "hal/irq.h"
#include "hal/mmio.h"
#include "x86.h"

// QEMU's isa-debug-exit at its usual port: writing v ends QEMU with status (v << 1 | 1). The device
// is optional, and nothing else answers at this port on a PC.
#define DEBUG_EXIT_PORT (0xf4)
_Static_assert(HAL_FAIL_STATUS & 1, "isa-debug-exit gives odd statuses only");

static void __attribute__((noreturn)) halt(void) {
    for (;;) {
        __asm volatile ("cli; hlt");
    }
}

void x86_power_init(void) {
    if (x86_acpi.sleep_reg != 0 && !x86_acpi.sleep_reg_is_port) {
        x86_paging_map(x86_acpi.sleep_reg, x86_acpi.sleep_reg + 1,
            X86_MAP_WRITE | X86_MAP_UNCACHED);
    }
}

void hal_power_off(void) {
    hal_irq_disable();
    if (x86_acpi.pm1a_port != 0) {
        x86_outw(x86_acpi.pm1a_port, x86_acpi.s5_type << 10 | 1 << 13); // SLP_TYP, SLP_EN
    }
    if (x86_acpi.sleep_reg != 0) { // hardware-reduced ACPI
        uint8_t sleep = x86_acpi.s5_type << 2 | 1 << 5;
        if (x86_acpi.sleep_reg_is_port) {
            x86_outb(x86_acpi.sleep_reg, sleep);
        } else {
            hal_mmio_write8(x86_acpi.sleep_reg, sleep);
        }
    }
    halt();
}

void hal_power_reset(void) {
    hal_irq_disable();
    if (x86_acpi.reset_port != 0) {
        x86_outb(x86_acpi.reset_port, x86_acpi.reset_value);
    }
    x86_outb(0xcf9, 0x06); // the chip set's reset control register
    x86_outb(0x64, 0xfe);  // the keyboard controller's reset line
    struct {
        uint16_t limit;
        uint64_t base;
    } __attribute__((packed)) none = { 0, 0 };
    __asm volatile ("lidt %0; int3" : : "m" (none)); // a triple fault resets every PC
    halt();
}

void hal_power_fail(void) {
    hal_irq_disable();
    x86_outb(DEBUG_EXIT_PORT, HAL_FAIL_STATUS >> 1);
    halt();
}

hal_reset_cause_t hal_power_reset_cause(void) {
    return HAL_RESET_POWER_ON;
}
