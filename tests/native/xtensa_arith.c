// SPDX-License-Identifier: MIT
// port/xtensa/arith, compiled for the host and compared with the host's own arithmetic, bit by bit,
// on random numbers that favour the edges: zero, subnormal, huge, infinite, NaN, neighbours of
// powers of two.
// usage: xtensa_arith ROUNDS SEED
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

uint32_t __addsf3(uint32_t a, uint32_t b);
uint32_t __subsf3(uint32_t a, uint32_t b);
uint32_t __mulsf3(uint32_t a, uint32_t b);
uint32_t __floatsisf(int32_t value);
uint32_t __floatunsisf(uint32_t value);
uint32_t __truncdfsf2(uint64_t value);
uint64_t __extendsfdf2(uint32_t a);
uint64_t __floatsidf(int32_t value);
uint32_t __fixunssfsi(uint32_t a);
uint64_t __umulsidi3(uint32_t a, uint32_t b);
uint64_t __muldi3(uint64_t a, uint64_t b);

static uint64_t state;

static uint64_t next(void) {
    state ^= state << 13;
    state ^= state >> 7;
    return state ^= state << 17;
}

static uint32_t random_float(void) {
    uint32_t sign = next() & 0x80000000u;
    switch (next() % 6) {
        case 0:
            return sign | (next() & 0x7fffff); // subnormal or zero
        case 1:
            return sign | 0x7f800000u | (next() % 4 == 0 ? next() & 0x7fffff : 0);
        case 2:
            return sign | (next() & 0x7f800000u) | (next() % 3 == 0 ? 0x7fffff : next() & 3);
        case 3:
            // of like size
            return sign | (0x3f800000u + (uint32_t)(next() % 0x2000000u) - 0x1000000u);
        default:
            return (uint32_t)next();
    }
}

static uint64_t random_double(void) {
    uint64_t value = next();
    int e = 1023 - 160 + next() % 320; // around what a float holds
    return next() % 8 == 0 ? value : (value & 0x800fffffffffffffu) | (uint64_t)e << 52;
}

static float f(uint32_t bits) {
    float value;
    memcpy(&value, &bits, sizeof(value));
    return value;
}

static double d(uint64_t bits) {
    double value;
    memcpy(&value, &bits, sizeof(value));
    return value;
}

static uint32_t fb(float value) {
    uint32_t bits;
    memcpy(&bits, &value, sizeof(bits));
    return bits;
}

static uint64_t db(double value) {
    uint64_t bits;
    memcpy(&bits, &value, sizeof(bits));
    return bits;
}

static int same_f(uint32_t got, uint32_t want) {
    return got == want || (isnan(f(got)) && isnan(f(want)));
}

static int same_d(uint64_t got, uint64_t want) {
    return got == want || (isnan(d(got)) && isnan(d(want)));
}

static void check(int same, const char *what, uint64_t a, uint64_t b, uint64_t got, uint64_t want) {
    if (!same) {
        printf("%s(0x%llx, 0x%llx) is 0x%llx, should be 0x%llx\n", what, (unsigned long long)a,
            (unsigned long long)b, (unsigned long long)got, (unsigned long long)want);
        exit(1);
    }
}

#define CHECK_F(what, a, b, got, want) check(same_f(got, want), what, a, b, got, want)
#define CHECK_D(what, a, b, got, want) check(same_d(got, want), what, a, b, got, want)
#define CHECK(what, a, b, got, want) check((got) == (want), what, a, b, got, want)

static void round_of_tests(void) {
    uint32_t a = random_float(), b = random_float();
    CHECK_F("add", a, b, __addsf3(a, b), fb(f(a) + f(b)));
    CHECK_F("sub", a, b, __subsf3(a, b), fb(f(a) - f(b)));
    CHECK_F("mul", a, b, __mulsf3(a, b), fb(f(a) * f(b)));
    CHECK_D("extend", a, 0, __extendsfdf2(a), db(f(a)));
    uint64_t x = random_double(), y = next();
    CHECK_F("trunc", x, 0, __truncdfsf2(x), fb((float)d(x)));
    uint32_t i = next() >> next() % 32;
    CHECK_F("floatsi", i, 0, __floatsisf(i), fb((float)(int32_t)i));
    CHECK_F("floatunsi", i, 0, __floatunsisf(i), fb((float)i));
    CHECK_D("floatsidf", i, 0, __floatsidf(i), db((int32_t)i));
    if (f(a) > -1.0f && f(a) < 4294967296.0f) {
        CHECK("fixuns", a, 0, __fixunssfsi(a), (uint32_t)f(a));
    }
    CHECK("umulsidi", i, b, __umulsidi3(i, b), (uint64_t)i * b);
    CHECK("muldi", x, y, __muldi3(x, y), x * y);
}

int main(int argc, char **argv) {
    long rounds = argc > 1 ? atol(argv[1]) : 1000000;
    state = argc > 2 ? strtoull(argv[2], NULL, 0) : 1;
    for (long i = 0; i < rounds; ++i) {
        round_of_tests();
    }
    printf("ok %ld\n", rounds);
    return 0;
}
