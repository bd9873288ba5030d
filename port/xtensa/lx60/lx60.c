// SPDX-License-Identifier: MIT
// The Avnet LX60 FPGA board as QEMU's lx60-nommu machine has it:
//   0x50000000  128 KiB  SRAM; the loader's boot parameters are at its end
//   0x60000000           SDRAM, as much as -m says
//   0x9d020000           FPGA registers: +4 clock frequency in Hz, +0x10 reset by writing 0xdead
//   0x9d030000           ethernet (OpenCores), interrupt 1
//   0x9d050020           16550 UART, a register every 4 bytes, interrupt 0
// The boot parameters are a list of {u16 tag, u16 length, data}, first and last tag as below.
#include <errno.h>

#include "hal/board.h"
#include "hal/mem.h"
#include "hal/mmio.h"
#include "hal/power.h"
#include "port/xtensa/xtensa.h"

#define FPGA_DATE       0x9d020000u
#define FPGA_CLOCK_HZ   0x9d020004u
#define FPGA_RESET      0x9d020010u
#define RESET_MAGIC     0xdeadu

enum { BP_FIRST = 0x7b0b, BP_LAST = 0x7e0b, BP_MEMORY = 0x1003, BP_MEMORY_RAM = 0x1000 };

// Nothing answers in the first region, which holds address 0, and above the device region.
const uint8_t board_empty_regions = 1 << 0 | 1 << 5 | 1 << 6 | 1 << 7;

static uint32_t cpu_hz;
static hal_mem_region_t ram;

static void read_boot_params(const uint16_t *bp) {
    if (bp[0] != BP_FIRST) {
        return;
    }
    for (; bp[0] != BP_LAST; bp += 2 + bp[1] / sizeof(bp[0])) {
        const uint32_t *data = (const uint32_t *)(bp + 2); // type, start, end
        if (bp[0] == BP_MEMORY && data[0] == BP_MEMORY_RAM) {
            ram.base = data[1];
            ram.size_bytes = data[2] - data[1];
        }
    }
}

__attribute__((section(".iram.text"))) void board_map_code(void) {
}

void board_start(uint32_t boot_arg) {
    cpu_hz = hal_mmio_read32(FPGA_CLOCK_HZ);
    read_boot_params((const uint16_t *)boot_arg);
}

uint32_t board_cpu_hz(void) {
    return cpu_hz;
}

#if LX60_SMALL
// The memory of an esp8266, for trying that board's layout here: the machine's SDRAM stays unused.
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
#else
int hal_mem_region(unsigned i, hal_mem_region_t *out) {
    if (i != 0) {
        return -ENOENT;
    }
    out->base = (uintptr_t)ld_free_start;
    out->size_bytes = ram.base + ram.size_bytes - out->base;
    return 0;
}

uint64_t hal_mem_total_bytes(void) {
    return ram.size_bytes;
}
#endif

const char *hal_board_name(void) {
    return MICROPY_HW_BOARD_NAME;
}

const char *hal_board_mcu(void) {
    return "lx106";
}

// All that tells one FPGA image from another is its date.
size_t hal_board_unique_id(uint8_t *out, size_t max) {
    uint32_t date = hal_mmio_read32(FPGA_DATE);
    size_t n = 0;
    for (; n < max && n < sizeof(date); ++n) {
        out[n] = date >> (24 - 8 * n);
    }
    return n;
}

// There is no source of noise here: the cycle counter depends on how long input took to come.
uint64_t hal_board_entropy(void) {
    static uint64_t state;
    state = state * 6364136223846793005u + xt_ccount();
    return state ^ state >> 29;
}

void hal_power_off(void) {
    xt_exit(0);
}

void hal_power_fail(void) {
    xt_exit(HAL_FAIL_STATUS);
}

void hal_power_reset(void) {
    hal_mmio_write32(FPGA_RESET, RESET_MAGIC);
    xt_halt();
}

hal_reset_cause_t hal_power_reset_cause(void) {
    return HAL_RESET_POWER_ON;
}
