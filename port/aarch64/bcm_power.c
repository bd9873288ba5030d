// SPDX-License-Identifier: MIT
// The power manager's watchdog resets the chip; the boot firmware then reads which partition to
// start from out of the status register, and 63 (all bits, spread) means: halt.
// Source: the register names and the meaning of partition 63 are those of raspberrypi/linux's
// bcm2835_wdt, which QEMU's bcm2835_powermgt follows.
#include "a64.h"
#include A64_BOARD_H
#include "hal/mmio.h"
#include "hal/power.h"

enum { RSTC = 0x1c, RSTS = 0x20, WDOG = 0x24 };
#define PASSWORD        (0x5a000000u)
#define RSTC_MODE_MASK  (0x30u)
#define RSTC_MODE_FULL  (0x20u)
#define RSTS_PARTITION  (0x555u)
#define WDOG_TICKS      (10) // of 16 us

static void full_reset(void) {
    hal_mmio_write32(RPI_PM_BASE + WDOG, PASSWORD | WDOG_TICKS);
    uint32_t mode = hal_mmio_read32(RPI_PM_BASE + RSTC) & ~RSTC_MODE_MASK & 0x00ffffffu;
    hal_mmio_write32(RPI_PM_BASE + RSTC, PASSWORD | mode | RSTC_MODE_FULL);
}

static void set_partition(uint32_t bits) {
    uint32_t status = hal_mmio_read32(RPI_PM_BASE + RSTS) & ~RSTS_PARTITION & 0x00ffffffu;
    hal_mmio_write32(RPI_PM_BASE + RSTS, PASSWORD | status | bits);
}

void hal_power_off(void) {
    set_partition(RSTS_PARTITION);
    full_reset();
    a64_halt();
}

void hal_power_reset(void) {
    set_partition(0);
    full_reset();
    a64_halt();
}

hal_reset_cause_t hal_power_reset_cause(void) {
    return HAL_RESET_POWER_ON;
}
