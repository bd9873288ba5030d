// SPDX-License-Identifier: MIT
// The ESP8266EX, from what its boot ROM leaves: the image's RAM parts loaded, the clock as for
// another crystal, the watchdog running, the flash not yet mapped. Not shown on a chip yet; see
// docs/ports/xtensa.md.
#include <errno.h>

#include "hal/board.h"
#include "hal/mem.h"
#include "hal/mmio.h"
#include "hal/power.h"
#include "port/xtensa/esp8266/esp8266.h"
#include "port/xtensa/xtensa.h"

#define CPU_HZ 80000000u

static hal_reset_cause_t reset_cause;

// Data memories are in region 1, code and flash in 2, devices in 3. Nothing is at address 0.
const uint8_t board_empty_regions = 1 << 0 | 1 << 4 | 1 << 5 | 1 << 6 | 1 << 7;

// The ROM's last message is still on its way, at the speed of its clock.
static inline void finish_rom_output(void) {
    while (hal_mmio_read32(UART_STATUS) & UART_TX_BUSY) {
    }
}

static inline void set_clock(void) {
    rom_i2c_write_reg_t write = (rom_i2c_write_reg_t)ROM_I2C_WRITE_REG;
    if (ESP8266_CRYSTAL_HZ == 26000000) { // with 40 MHz the ROM's setting is right
        write(PLL_BLOCK, PLL_HOST, PLL_REG_A, PLL_A_80_FROM_26);
        write(PLL_BLOCK, PLL_HOST, PLL_REG_B, PLL_B_80_FROM_26);
    }
}

// All that must happen before code in flash can run; itself in instruction RAM.
__attribute__((section(".iram.text"))) void board_map_code(void) {
    // The ROM leaves its watchdog running; nothing would feed it while the machine idles.
    hal_mmio_write32(WDT_CONTROL, hal_mmio_read32(WDT_CONTROL) & ~WDT_ENABLE);
    finish_rom_output();
    set_clock();
    ((rom_cache_read_enable_t)ROM_CACHE_READ_ENABLE)(0, 0, 1);
}

static hal_reset_cause_t read_reset_cause(void) {
    uint32_t reason = ((uint32_t (*)(void))ROM_RESET_REASON)();
    bool asked_for = hal_mmio_read32(RTC_NOTE) == RTC_NOTE_SOFT_RESET;
    hal_mmio_write32(RTC_NOTE, 0);
    if (reason == ROM_REASON_WATCHDOG) {
        return HAL_RESET_WATCHDOG;
    }
    if (reason == ROM_REASON_PIN) {
        return asked_for ? HAL_RESET_SOFTWARE : HAL_RESET_PIN;
    }
    return HAL_RESET_POWER_ON;
}

void board_start(uint32_t boot_arg) {
    reset_cause = read_reset_cause();
    // The ROM's functions refuse addresses beyond the chip's size that is set here. An image is for
    // 1 MiB or more, and stays within the first.
    ((rom_spi_param_cfg_t)ROM_SPI_PARAM_CFG)(0, 1024 * 1024, 64 * 1024, 4096, 256, 0xffff);
}

uint32_t board_cpu_hz(void) {
    return CPU_HZ;
}

int hal_mem_region(unsigned i, hal_mem_region_t *out) {
    if (i != 0) {
        return -ENOENT;
    }
    out->base = (uintptr_t)ld_free_start;
    out->size_bytes = ld_free_end - ld_free_start;
    return 0;
}

uint64_t hal_mem_total_bytes(void) {
    return 80 * 1024;
}

const char *hal_board_name(void) {
    return MICROPY_HW_BOARD_NAME;
}

const char *hal_board_mcu(void) {
    return "ESP8266";
}

// The four bytes of the MAC address that the fuses hold for every chip.
size_t hal_board_unique_id(uint8_t *out, size_t max) {
    uint32_t low = hal_mmio_read32(EFUSE_MAC0) >> 24, high = hal_mmio_read32(EFUSE_MAC1);
    const uint8_t id[4] = { high >> 16, high >> 8, high, low };
    size_t n = 0;
    for (; n < max && n < sizeof(id); ++n) {
        out[n] = id[n];
    }
    return n;
}

uint64_t hal_board_entropy(void) {
    static uint64_t state;
    // The noise register is said to be weak while the radio is off, so the cycle counter goes in
    // too.
    state = state * 6364136223846793005u + (hal_mmio_read32(HW_RANDOM) ^ xt_ccount());
    return state ^ state >> 29;
}

// The chip has no way to switch itself off.
void hal_power_off(void) {
    xt_halt();
}

void hal_power_fail(void) {
    xt_halt();
}

hal_reset_cause_t hal_power_reset_cause(void) {
    return reset_cause;
}

void hal_power_reset(void) {
    hal_mmio_write32(RTC_NOTE, RTC_NOTE_SOFT_RESET);
    void (*rom_software_reset)(void) = (void *)ROM_SOFTWARE_RESET;
    rom_software_reset();
    xt_halt();
}
