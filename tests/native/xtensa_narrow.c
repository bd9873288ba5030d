// SPDX-License-Identifier: MIT
// port/xtensa/narrow.c on the host: instructions that the cross assembler made, in memory at the
// addresses that the esp8266 has, given to it as traps one by one.
// usage: xtensa_narrow CODE CASES, where a line of CASES is
//   offset of the instruction, its length, kind (l8ui l16ui l16si other), dest, base, displacement
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "port/xtensa/xtensa.h"

#define MEMORY      0x40200000u
#define CODE        (MEMORY + 0x10000)
#define DATA        (MEMORY + 0x80000)
#define BYTES       0x100000u

static uint8_t byte_at(uint32_t addr) {
    return *(const uint8_t *)(uintptr_t)addr;
}

static void fail(unsigned line, const char *why) {
    printf("case %u: %s\n", line, why);
    exit(1);
}

static uint32_t expected(const char *kind, uint32_t addr) {
    if (strcmp(kind, "l8ui") == 0) {
        return byte_at(addr);
    }
    uint16_t half = byte_at(addr) | byte_at(addr + 1) << 8;
    return strcmp(kind, "l16si") == 0 ? (uint32_t)(int32_t)(int16_t)half : half;
}

static void start_frame(xt_frame_t *frame, uint32_t pc) {
    memset(frame, 0, sizeof(*frame));
    for (unsigned i = 0; i < 16; ++i) {
        frame->a[i] = 0x01010101u * i + 0xa0000000u;
    }
    frame->pc = pc;
    frame->cause = XT_CAUSE_LOAD_STORE;
}

static void run(unsigned line, const char *kind, uint32_t pc, unsigned dest, unsigned base,
    uint32_t offset, uint32_t at) {
    xt_frame_t frame, want;
    start_frame(&frame, pc);
    frame.a[base] = at;
    want = frame;
    uint32_t addr = at + offset;
    int load = strcmp(kind, "other") != 0;
    int aligned = strcmp(kind, "l8ui") == 0 || addr % 2 == 0;
    int inside = addr >= MEMORY && addr < MEMORY + BYTES;
    if (load && aligned && inside) {
        want.a[dest] = expected(kind, addr);
        want.pc += 3;
    }
    if (xt_narrow_load(&frame) != (load && aligned && inside)) {
        fail(line, "performed what it should not, or the reverse");
    }
    if (memcmp(&frame, &want, sizeof(frame)) != 0) {
        fail(line, "left another frame than the CPU would");
    }
}

static void map_memory(const char *code_file) {
    void *memory = mmap((void *)(uintptr_t)MEMORY, BYTES, PROT_READ | PROT_WRITE,
        MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);
    FILE *file = fopen(code_file, "rb");
    if (memory != (void *)(uintptr_t)MEMORY || file == NULL) {
        fail(0, "no memory at the chip's address, or no code file");
    }
    for (uint32_t addr = MEMORY; addr < MEMORY + BYTES; ++addr) {
        *(uint8_t *)(uintptr_t)addr = addr * 167 + (addr >> 8) * 59;
    }
    if (fread((void *)(uintptr_t)CODE, 1, DATA - CODE, file) == 0) {
        fail(0, "empty code file");
    }
    fclose(file);
}

int main(int argc, char **argv) {
    if (argc != 3) {
        return 2;
    }
    map_memory(argv[1]);
    FILE *cases = fopen(argv[2], "r");
    unsigned line = 0, at, length, dest, base, offset;
    char kind[8];
    const char *format = "%u %u %7s %u %u %u";
    while (cases && fscanf(cases, format, &at, &length, kind, &dest, &base, &offset) == 6) {
        ++line;
        for (uint32_t low = 0; low < 4; ++low) {
            run(line, kind, CODE + at, dest, base, offset, DATA + 4 * line + low);
        }
        run(line, kind, CODE + at, dest, base, offset, 0x3ffe8000u); // memory that needs no help
        run(line, kind, CODE + at, dest, base, offset, 0x60000000u);
    }
    printf("ok %u\n", line);
    return line == 0;
}
