// SPDX-License-Identifier: MIT
// The ESP8266EX, from what its boot ROM leaves: the image's RAM parts loaded, the CPU at twice the
// crystal's frequency, the flash not yet mapped. Not shown on a chip yet; see docs/ports/xtensa.md.
#include <errno.h>

#include "hal/board.h"
#include "hal/mem.h"
#include "hal/mmio.h"
#include "hal/power.h"
#include "port/xtensa/esp8266/esp8266.h"
#include "port/xtensa/xtensa.h"

#define CPU_HZ (2u * ESP8266_CRYSTAL_HZ)

// Data memories are in region 1, code and flash in 2, devices in 3. Nothing is at address 0.
const uint8_t board_empty_regions = 1 << 0 | 1 << 4 | 1 << 5 | 1 << 6 | 1 << 7;

__attribute__((section(".iram.text"))) void board_map_code(void) {
    // The ROM leaves its watchdog running; nothing would feed it while the machine idles.
    hal_mmio_write32(WDT_CONTROL, hal_mmio_read32(WDT_CONTROL) & ~WDT_ENABLE);
    void (*rom_cache_read_enable)(uint32_t bank, uint32_t megabyte, uint32_t large) =
        (void *)ROM_CACHE_READ_ENABLE;
    rom_cache_read_enable(0, 0, 1);
}

void board_start(uint32_t boot_arg) {
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

void hal_power_reset(void) {
    void (*rom_software_reset)(void) = (void *)ROM_SOFTWARE_RESET;
    rom_software_reset();
    xt_halt();
}
