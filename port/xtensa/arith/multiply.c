// SPDX-License-Identifier: MIT
// 64-bit multiplication from 32-bit ones whose upper half the lx106 does not give. The toolchain's
// libgcc leaves it to the chip's boot ROM. The names are the compiler's.
#include <stdint.h>

uint64_t __umulsidi3(uint32_t a, uint32_t b);
uint64_t __muldi3(uint64_t a, uint64_t b);

uint64_t __umulsidi3(uint32_t a, uint32_t b) {
    uint32_t a_low = a & 0xffff, a_high = a >> 16, b_low = b & 0xffff, b_high = b >> 16;
    uint32_t low = a_low * b_low;
    uint32_t middle = a_high * b_low + (low >> 16); // cannot overflow: 0xfffe0001 + 0xffff
    uint32_t middle2 = a_low * b_high + (middle & 0xffff);
    uint32_t high = a_high * b_high + (middle >> 16) + (middle2 >> 16);
    return (uint64_t)high << 32 | (middle2 << 16 | (low & 0xffff));
}

uint64_t __muldi3(uint64_t a, uint64_t b) {
    uint32_t a_low = a, b_low = b;
    uint32_t cross = a_low * (uint32_t)(b >> 32) + (uint32_t)(a >> 32) * b_low;
    return __umulsidi3(a_low, b_low) + ((uint64_t)cross << 32);
}
