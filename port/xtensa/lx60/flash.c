// SPDX-License-Identifier: MIT
// The esp8266's files' part of the flash, for its stand-in: the machine's SDRAM, which that memory
// layout leaves unused. Kept with every bit inverted, so that RAM which an emulator has cleared
// reads as an erased chip, and writing, which clears bits, can be shown to clear bits only.
#include "hal/flash.h"
#include "port/xtensa/xtensa.h"

#define SDRAM_BASE 0x60000000u

static uint8_t *at(uint32_t offset) {
    return (uint8_t *)(SDRAM_BASE + offset);
}

uint32_t hal_flash_bytes(void) {
    return ld_flash_files_end - ld_flash_files_start;
}

int hal_flash_read(uint32_t offset, void *buf, size_t len_bytes) {
    uint8_t *to = buf;
    for (size_t i = 0; i < len_bytes; ++i) {
        to[i] = ~*at(offset + i);
    }
    return 0;
}

int hal_flash_write(uint32_t offset, const void *buf, size_t len_bytes) {
    const uint8_t *from = buf;
    for (size_t i = 0; i < len_bytes; ++i) {
        *at(offset + i) |= ~from[i];
    }
    return 0;
}

int hal_flash_erase(uint32_t offset) {
    for (size_t i = 0; i < HAL_FLASH_SECTOR_BYTES; ++i) {
        *at(offset + i) = 0;
    }
    return 0;
}
