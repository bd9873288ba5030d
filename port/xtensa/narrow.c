// SPDX-License-Identifier: MIT
// Loads of 8 and 16 bits from memory that answers only whole words. On the esp8266 the flash window
// and instruction RAM do: such a load raises a load/store error, and this file performs it, so that
// constants can stay in flash without a word in data RAM. Stores are not performed: that memory is
// for reading. The instruction is fetched by words as well, because code lies in the same memory.
// L8UI, L16UI and L16SI have format RRI8 of the ISA manual: byte 0 is t:op0, byte 1 is r:s, byte 2
// the offset in units of the access; op0 is 2 and r tells them apart.
#include "port/xtensa/xtensa.h"

enum { OP0_LSAI = 2, R_L8UI = 0, R_L16UI = 1, R_L16SI = 9, INSN_BYTES = 3 };

#define WORD_MEMORY_START 0x40000000u
#define WORD_MEMORY_END   0x40300000u

static bool is_word_memory(uint32_t addr) {
    return addr >= WORD_MEMORY_START && addr < WORD_MEMORY_END;
}

// The 32 bits at any address. An instruction has 24, so they may lie in two words.
static uint32_t fetch(uint32_t addr) {
    const uint32_t *word = (const uint32_t *)(uintptr_t)(addr & ~3u);
    unsigned shift = 8 * (addr & 3);
    return shift == 0 ? word[0] : word[0] >> shift | word[1] << (32 - shift);
}

static uint32_t load(uint32_t addr, unsigned size_bytes) {
    uint32_t word = *(const uint32_t *)(uintptr_t)(addr & ~3u) >> 8 * (addr & 3);
    return size_bytes == 1 ? word & 0xff : word & 0xffff;
}

bool xt_narrow_load(xt_frame_t *frame) {
    uint32_t insn = fetch(frame->pc);
    uint32_t dest = insn >> 4 & 15;
    uint32_t base = insn >> 8 & 15;
    uint32_t kind = insn >> 12 & 15;
    uint32_t offset = insn >> 16 & 0xff;
    if ((insn & 15) != OP0_LSAI || (kind != R_L8UI && kind != R_L16UI && kind != R_L16SI)) {
        return false;
    }
    unsigned size_bytes = kind == R_L8UI ? 1 : 2;
    uint32_t addr = frame->a[base] + offset * size_bytes;
    if (!is_word_memory(addr) || addr % size_bytes != 0) {
        return false;
    }
    uint32_t value = load(addr, size_bytes);
    frame->a[dest] = kind == R_L16SI ? (uint32_t)(int16_t)value : value;
    frame->pc += INSN_BYTES;
    return true;
}
