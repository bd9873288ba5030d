// SPDX-License-Identifier: MIT
// Conversions to double, which MicroPython needs to pack one, and from float to unsigned. The
// toolchain's libgcc leaves them to the chip's boot ROM. The names are the compiler's; both types
// travel in core registers, so they are integers here.
#include <stdint.h>

uint64_t __extendsfdf2(uint32_t a);
uint64_t __floatsidf(int32_t value);
uint32_t __fixunssfsi(uint32_t a);

enum { F_FRACTION_BITS = 23, F_EXP_MAX = 255, F_BIAS = 127 };
enum { D_FRACTION_BITS = 52, D_EXP_MAX = 2047, D_BIAS = 1023 };

#define F_ONE   (1u << F_FRACTION_BITS)
#define SIGN    0x80000000u

// The fraction may carry its leading bit: it is dropped here.
static uint64_t double_from(uint32_t sign, int e, uint64_t fraction) {
    const uint64_t fraction_mask = (1ULL << D_FRACTION_BITS) - 1;
    return (uint64_t)sign << 32 | (uint64_t)e << D_FRACTION_BITS | (fraction & fraction_mask);
}

uint64_t __extendsfdf2(uint32_t a) {
    int e = a >> F_FRACTION_BITS & F_EXP_MAX;
    uint32_t sign = a & SIGN, fraction = a & (F_ONE - 1);
    const int widen = D_FRACTION_BITS - F_FRACTION_BITS;
    if (e == F_EXP_MAX) {
        uint64_t quiet = fraction != 0 ? 1ULL << (D_FRACTION_BITS - 1) : 0;
        return double_from(sign, D_EXP_MAX, (uint64_t)fraction << widen | quiet);
    }
    if (e == 0) {
        if (fraction == 0) {
            return (uint64_t)sign << 32;
        }
        // A double holds it as a normal number.
        int shift = __builtin_clz(fraction) - (31 - F_FRACTION_BITS);
        fraction <<= shift;
        e = 1 - shift;
    }
    return double_from(sign, e - F_BIAS + D_BIAS, (uint64_t)fraction << widen);
}

uint64_t __floatsidf(int32_t value) {
    if (value == 0) {
        return 0;
    }
    uint32_t magnitude = value < 0 ? -(uint32_t)value : (uint32_t)value;
    int top = 31 - __builtin_clz(magnitude);
    return double_from(value < 0 ? SIGN : 0, D_BIAS + top,
        (uint64_t)magnitude << (D_FRACTION_BITS - top));
}

// Toward zero; what does not fit gives the nearest end of the range.
uint32_t __fixunssfsi(uint32_t a) {
    int e = (int)(a >> F_FRACTION_BITS & F_EXP_MAX) - F_BIAS;
    if ((a & SIGN) || e < 0) {
        return 0;
    }
    if (e > 31) {
        return UINT32_MAX;
    }
    return ((a | F_ONE) << (31 - F_FRACTION_BITS)) >> (31 - e);
}
