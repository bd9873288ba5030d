// SPDX-License-Identifier: MIT
// The files' part of the flash, through the boot ROM's SPI functions (esp8266.h has the sources).
// Invariant: between Cache_Read_Disable and Cache_Read_Enable the flash window answers nothing, so
// everything that can run then, this file and the interrupt handlers, lies in instruction RAM, with
// its constants. The ROM wants whole words, at addresses of whole words, from data RAM: whatever
// comes otherwise goes through a bounce buffer on the stack.
#include <errno.h>
#include <string.h>

#include "hal/flash.h"
#include "port/xtensa/esp8266/esp8266.h"
#include "port/xtensa/xtensa.h"

enum { BOUNCE_BYTES = 128, WORD = 4 };

typedef int (*rom_transfer_t)(uint32_t address, uint32_t *buf, uint32_t len_bytes);
typedef int (*rom_erase_t)(uint32_t sector);

uint32_t hal_flash_bytes(void) {
    return ld_flash_files_end - ld_flash_files_start;
}

static uint32_t address_of(uint32_t offset) {
    return (uint32_t)ld_flash_files_start + offset;
}

static void window_close(void) {
    ((void (*)(void))ROM_CACHE_READ_DISABLE)();
}

static void window_open(void) {
    ((rom_cache_read_enable_t)ROM_CACHE_READ_ENABLE)(0, 0, 1);
}

static int transfer(uintptr_t function, uint32_t address, uint32_t *buf, uint32_t len_bytes) {
    window_close();
    int err = ((rom_transfer_t)function)(address, buf, len_bytes);
    window_open();
    return err == 0 ? 0 : -EIO;
}

// The words that hold as much of [address, address + len_bytes) as the bounce buffer takes.
typedef struct {
    uint32_t first;     // address of the first word
    uint32_t lead;      // bytes of it before `address`
    uint32_t taken;     // bytes of the range
    uint32_t len_bytes; // of the words
} span_t;

static span_t span_of(uint32_t address, size_t len_bytes) {
    span_t span = { .first = address & ~(WORD - 1u), .lead = address % WORD };
    span.taken = BOUNCE_BYTES - span.lead;
    if (span.taken > len_bytes) {
        span.taken = len_bytes;
    }
    span.len_bytes = (span.lead + span.taken + WORD - 1) & ~(WORD - 1u);
    return span;
}

int hal_flash_read(uint32_t offset, void *buf, size_t len_bytes) {
    uint32_t bounce[BOUNCE_BYTES / WORD];
    uint8_t *to = buf;
    while (len_bytes > 0) {
        span_t span = span_of(address_of(offset), len_bytes);
        int err = transfer(ROM_SPI_READ, span.first, bounce, span.len_bytes);
        if (err != 0) {
            return err;
        }
        memcpy(to, (uint8_t *)bounce + span.lead, span.taken);
        to += span.taken;
        offset += span.taken;
        len_bytes -= span.taken;
    }
    return 0;
}

// Bytes of the first and last word that are not to be written are written as 0xff, which leaves
// them as they are. A page program must not cross a page of 256 bytes: the ROM's function splits.
int hal_flash_write(uint32_t offset, const void *buf, size_t len_bytes) {
    uint32_t bounce[BOUNCE_BYTES / WORD];
    const uint8_t *from = buf;
    while (len_bytes > 0) {
        span_t span = span_of(address_of(offset), len_bytes);
        memset(bounce, 0xff, sizeof(bounce));
        memcpy((uint8_t *)bounce + span.lead, from, span.taken);
        int err = transfer(ROM_SPI_WRITE, span.first, bounce, span.len_bytes);
        if (err != 0) {
            return err;
        }
        from += span.taken;
        offset += span.taken;
        len_bytes -= span.taken;
    }
    return 0;
}

int hal_flash_erase(uint32_t offset) {
    window_close();
    int err = ((rom_erase_t)ROM_SPI_ERASE_SECTOR)(address_of(offset) / HAL_FLASH_SECTOR_BYTES);
    window_open();
    return err == 0 ? 0 : -EIO;
}
