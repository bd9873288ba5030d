// SPDX-License-Identifier: MIT
// Integer division. The lx106 has no instruction for it, and the toolchain's libgcc leaves these
// functions to the chip's boot ROM, which QEMU does not have. The names are the compiler's.
#include <stdint.h>

#include "port/xtensa/xtensa.h"

uint32_t __udivsi3(uint32_t n, uint32_t d);
uint32_t __umodsi3(uint32_t n, uint32_t d);
int32_t __divsi3(int32_t n, int32_t d);
int32_t __modsi3(int32_t n, int32_t d);

typedef struct {
    uint32_t quotient, remainder;
} divided_t;

// Division by zero is an exception here as well: an illegal instruction at an address of its own,
// which fault.c knows.
__attribute__((noinline, noreturn)) static void divide_trap(void) {
    __asm volatile (".global xt_divide_trap\nxt_divide_trap: ill");
    __builtin_unreachable();
}

// One bit of the quotient a step, beginning where the divisor's top bit meets the dividend's.
static inline divided_t divide(uint32_t n, uint32_t d) {
    uint32_t quotient = 0;
    if (d == 0) {
        divide_trap();
    }
    if (n >= d) {
        int shift = __builtin_clz(d) - __builtin_clz(n);
        for (d <<= shift; shift >= 0; --shift, d >>= 1) {
            quotient <<= 1;
            if (n >= d) {
                n -= d;
                quotient |= 1;
            }
        }
    }
    return (divided_t) { quotient, n };
}

static uint32_t magnitude(int32_t value) {
    return value < 0 ? -(uint32_t)value : (uint32_t)value;
}

uint32_t __udivsi3(uint32_t n, uint32_t d) {
    return divide(n, d).quotient;
}

uint32_t __umodsi3(uint32_t n, uint32_t d) {
    return divide(n, d).remainder;
}

int32_t __divsi3(int32_t n, int32_t d) {
    uint32_t quotient = divide(magnitude(n), magnitude(d)).quotient;
    return (n ^ d) < 0 ? -quotient : quotient;
}

int32_t __modsi3(int32_t n, int32_t d) {
    uint32_t remainder = divide(magnitude(n), magnitude(d)).remainder;
    return n < 0 ? -remainder : remainder;
}

// 64-bit division: libgcc has the whole of it, but not under the names that the compiler calls.
uint64_t __udivmoddi4(uint64_t n, uint64_t d, uint64_t *remainder);
uint64_t __udivdi3(uint64_t n, uint64_t d);
uint64_t __umoddi3(uint64_t n, uint64_t d);
int64_t __divdi3(int64_t n, int64_t d);

uint64_t __udivdi3(uint64_t n, uint64_t d) {
    return __udivmoddi4(n, d, 0);
}

uint64_t __umoddi3(uint64_t n, uint64_t d) {
    uint64_t remainder;
    __udivmoddi4(n, d, &remainder);
    return remainder;
}

int64_t __divdi3(int64_t n, int64_t d) {
    uint64_t n_abs = n < 0 ? -(uint64_t)n : (uint64_t)n, d_abs = d < 0 ? -(uint64_t)d : (uint64_t)d;
    uint64_t quotient = __udivmoddi4(n_abs, d_abs, 0);
    return (n ^ d) < 0 ? -quotient : quotient;
}
