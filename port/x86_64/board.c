// SPDX-License-Identifier: MIT
// Who this PC is: its name, an id from SMBIOS, and randomness.
#include <string.h>

#include "hal/board.h"
#include "x86.h"

const char *hal_board_name(void) {
    return MICROPY_HW_BOARD_NAME;
}

const char *hal_board_mcu(void) {
    return "x86_64";
}

// The system UUID: SMBIOS 3.x, structure type 1, bytes 8..23. A structure is its formatted part,
// then strings that end with two zero bytes.
static const uint8_t *find_uuid(const uint8_t *at, const uint8_t *end) {
    while (at + 4 <= end && at[1] >= 4) {
        if (at[0] == 1 && at[1] >= 24) {
            return at + 8;
        }
        for (at += at[1]; at + 2 <= end && (at[0] != 0 || at[1] != 0); ++at) {
        }
        at += 2;
    }
    return NULL;
}

#define BIOS_START (0xc0000u) // what paging.c maps of it
#define BIOS_END (0x100000u)

static const uint8_t *smbios_uuid(void) {
    for (const uint8_t *at = (const uint8_t *)0xf0000; at < (const uint8_t *)0x100000; at += 16) {
        uint32_t addr = 0, len = 0;
        if (memcmp(at, "_SM3_", 5) == 0) {
            memcpy(&len, at + 12, 4);
            memcpy(&addr, at + 16, 4);
        } else if (memcmp(at, "_SM_", 4) == 0 && memcmp(at + 16, "_DMI_", 5) == 0) {
            len = at[22] | at[23] << 8;
            memcpy(&addr, at + 24, 4);
        }
        if (addr >= BIOS_START && len < 0x10000 && addr <= BIOS_END - len) {
            const uint8_t *table = (const uint8_t *)(uintptr_t)addr;
            return find_uuid(table, table + len);
        }
    }
    return NULL;
}

// SMBIOS: a UUID of all zeros is not set, of all ones not readable.
static bool is_set(const uint8_t *uuid) {
    for (unsigned i = 1; i < 16; ++i) {
        if (uuid[i] != uuid[0]) {
            return true;
        }
    }
    return uuid[0] != 0 && uuid[0] != 0xff;
}

size_t hal_board_unique_id(uint8_t *out, size_t max) {
    const uint8_t *uuid = smbios_uuid();
    if (uuid == NULL || !is_set(uuid)) {
        return 0;
    }
    size_t len = max < 16 ? max : 16;
    memcpy(out, uuid, len);
    return len;
}

static bool rdrand(uint64_t *out) {
    uint32_t regs[4];
    x86_cpuid(1, 0, regs);
    if (!(regs[2] >> 30 & 1)) {
        return false;
    }
    for (int attempt = 0; attempt < 10; ++attempt) {
        unsigned char ok;
        __asm volatile ("rdrand %0; setc %1" : "=r" (*out), "=q" (ok));
        if (ok) {
            return true;
        }
    }
    return false;
}

uint64_t hal_board_entropy(void) {
    static uint64_t pool;
    uint64_t word;
    if (!rdrand(&word)) {
        word = x86_rdtsc();
    }
    // Steele, Lea and Flood's SplitMix64 finaliser spreads the few changing bits of a time stamp.
    pool += word + 0x9e3779b97f4a7c15;
    uint64_t mixed = pool;
    mixed = (mixed ^ mixed >> 30) * 0xbf58476d1ce4e5b9;
    mixed = (mixed ^ mixed >> 27) * 0x94d049bb133111eb;
    return mixed ^ mixed >> 31;
}
