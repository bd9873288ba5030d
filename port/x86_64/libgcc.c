// SPDX-License-Identifier: MIT
// What the compiler calls for want of an instruction. libgcc's own versions are built with a red
// zone below the stack pointer, which interrupts overwrite here.
#include <stdint.h>

int __popcountdi2(int64_t value) {
    uint64_t v = value;
    v -= v >> 1 & 0x5555555555555555;
    v = (v & 0x3333333333333333) + (v >> 2 & 0x3333333333333333);
    v = (v + (v >> 4)) & 0x0f0f0f0f0f0f0f0f;
    return v * 0x0101010101010101 >> 56;
}
