// SPDX-License-Identifier: MIT
// Single-precision arithmetic (IEEE 754, round to nearest even) that the toolchain's libgcc leaves
// to the chip's boot ROM: add, subtract, multiply, conversion from int and from double. The names
// are the compiler's; a float travels in a core register, so it is a uint32_t here.
// A number is taken apart into sign, exponent e >= 1 and significand: value = significand *
// 2^(e-150), bit 23 set unless the number is subnormal. While rounding is pending the significand
// has GUARD_BITS more, the lowest of them sticky: it is set if anything below it was shifted out.
#include <stdint.h>

uint32_t __addsf3(uint32_t a, uint32_t b);
uint32_t __subsf3(uint32_t a, uint32_t b);
uint32_t __mulsf3(uint32_t a, uint32_t b);
uint32_t __floatsisf(int32_t value);
uint32_t __floatunsisf(uint32_t value);
uint32_t __truncdfsf2(uint64_t value);

enum { FRACTION_BITS = 23, GUARD_BITS = 3, BIAS = 127, EXP_MAX = 255 };

#define SIGN            0x80000000u
#define INFINITE        0x7f800000u
#define QUIET           0x00400000u
#define NAN_DEFAULT     (INFINITE | QUIET)
#define ONE             (1u << FRACTION_BITS)
#define TOP_GUARDED     (FRACTION_BITS + GUARD_BITS)
#define ONE_GUARDED     (1u << TOP_GUARDED)

static uint32_t abs_bits(uint32_t a) {
    return a & ~SIGN;
}

static int is_nan(uint32_t a) {
    return abs_bits(a) > INFINITE;
}

static int exponent_of(uint32_t a) {
    int e = a >> FRACTION_BITS & EXP_MAX;
    return e == 0 ? 1 : e;
}

static uint32_t significand_of(uint32_t a) {
    return (a & (ONE - 1)) | (abs_bits(a) >= ONE ? ONE : 0);
}

static uint32_t shift_right_sticky(uint32_t value, int shift) {
    if (shift == 0) {
        return value;
    }
    if (shift > 31) {
        return value != 0;
    }
    return value >> shift | (value << (32 - shift) != 0);
}

// Round and assemble. The guarded significand is below 2 * ONE_GUARDED * 2 and, unless e is 1, at
// least ONE_GUARDED. Adding instead of or-ing lets a carry out of the fraction raise the exponent.
static uint32_t pack(uint32_t sign, int e, uint32_t guarded) {
    if (guarded >= 2 * ONE_GUARDED) {
        guarded = shift_right_sticky(guarded, 1);
        ++e;
    }
    if (e >= EXP_MAX) {
        return sign | INFINITE;
    }
    uint32_t rest = guarded & ((1u << GUARD_BITS) - 1);
    uint32_t half = 1u << (GUARD_BITS - 1);
    uint32_t rounded = guarded >> GUARD_BITS;
    if (rest > half || (rest == half && (rounded & 1))) {
        ++rounded;
    }
    return sign | (((uint32_t)(e - 1) << FRACTION_BITS) + rounded);
}

// The same where e may be below 1: what is too small becomes subnormal.
static uint32_t pack_any(uint32_t sign, int e, uint32_t guarded) {
    if (e < 1) {
        guarded = shift_right_sticky(guarded, 1 - e);
        e = 1;
    }
    return pack(sign, e, guarded);
}

static uint32_t add_special(uint32_t a, uint32_t b) {
    if (is_nan(a)) {
        return a | QUIET;
    }
    if (is_nan(b)) {
        return b | QUIET;
    }
    if (abs_bits(a) != INFINITE) {
        return b;
    }
    return abs_bits(b) == INFINITE && a != b ? NAN_DEFAULT : a;
}

uint32_t __addsf3(uint32_t a, uint32_t b) {
    if (abs_bits(a) >= INFINITE || abs_bits(b) >= INFINITE) {
        return add_special(a, b);
    }
    if (abs_bits(a) < abs_bits(b)) {
        uint32_t swapped = a;
        a = b;
        b = swapped;
    }
    uint32_t sign = a & SIGN;
    int e = exponent_of(a);
    uint32_t large = significand_of(a) << GUARD_BITS;
    uint32_t small = shift_right_sticky(significand_of(b) << GUARD_BITS, e - exponent_of(b));
    if (((a ^ b) & SIGN) == 0) {
        return pack(sign, e, large + small);
    }
    uint32_t difference = large - small;
    if (difference == 0) {
        return 0;
    }
    int shift = __builtin_clz(difference) - (31 - TOP_GUARDED);
    if (shift > e - 1) {
        shift = e - 1;
    }
    return pack(sign, e - shift, difference << shift);
}

uint32_t __subsf3(uint32_t a, uint32_t b) {
    return __addsf3(a, is_nan(b) ? b : b ^ SIGN);
}

static uint32_t mul_special(uint32_t a, uint32_t b, uint32_t sign) {
    if (is_nan(a)) {
        return a | QUIET;
    }
    if (is_nan(b)) {
        return b | QUIET;
    }
    return abs_bits(a) == 0 || abs_bits(b) == 0 ? NAN_DEFAULT : sign | INFINITE;
}

uint32_t __mulsf3(uint32_t a, uint32_t b) {
    uint32_t sign = (a ^ b) & SIGN;
    if (abs_bits(a) >= INFINITE || abs_bits(b) >= INFINITE) {
        return mul_special(a, b, sign);
    }
    uint32_t x = significand_of(a), y = significand_of(b);
    if (x == 0 || y == 0) {
        return sign;
    }
    // Subnormals get their leading bit in place, at the price of an exponent below 1.
    int x_shift = __builtin_clz(x) - (31 - FRACTION_BITS);
    int y_shift = __builtin_clz(y) - (31 - FRACTION_BITS);
    uint64_t product = (uint64_t)(x << x_shift) * (y << y_shift);
    const int drop = 2 * FRACTION_BITS - TOP_GUARDED;
    uint32_t guarded = (uint32_t)(product >> drop) | ((product & ((1u << drop) - 1)) != 0);
    return pack_any(sign, exponent_of(a) - x_shift + exponent_of(b) - y_shift - BIAS, guarded);
}

static uint32_t from_integer(uint32_t sign, uint32_t value) {
    if (value == 0) {
        return 0;
    }
    int shift = __builtin_clz(value) - (31 - TOP_GUARDED);
    uint32_t guarded = shift < 0 ? shift_right_sticky(value, -shift) : value << shift;
    return pack(sign, BIAS + TOP_GUARDED - shift, guarded);
}

uint32_t __floatsisf(int32_t value) {
    return value < 0 ? from_integer(SIGN, -(uint32_t)value) : from_integer(0, value);
}

uint32_t __floatunsisf(uint32_t value) {
    return from_integer(0, value);
}

uint32_t __truncdfsf2(uint64_t value) {
    enum { D_FRACTION_BITS = 52, D_EXP_MAX = 2047, D_BIAS = 1023 };
    uint32_t sign = (uint32_t)(value >> 32) & SIGN;
    int e = (int)(value >> D_FRACTION_BITS) & D_EXP_MAX;
    uint64_t fraction = value & ((1ULL << D_FRACTION_BITS) - 1);
    const int drop = D_FRACTION_BITS - TOP_GUARDED;
    if (e == D_EXP_MAX) {
        return fraction == 0 ? sign | INFINITE
            : sign | NAN_DEFAULT | (uint32_t)(fraction >> (D_FRACTION_BITS - FRACTION_BITS));
    }
    if (e == 0) {
        return sign; // zero, or a double too small by far
    }
    uint64_t whole = fraction | 1ULL << D_FRACTION_BITS;
    uint32_t guarded = (uint32_t)(whole >> drop) | ((whole & ((1u << drop) - 1)) != 0);
    return pack_any(sign, e - D_BIAS + BIAS, guarded);
}
