// SPDX-License-Identifier: MIT
// Entropy: RNDR (FEAT_RNG) where the core has it; else a state that starts with the firmware's seed
// and takes up the counter's jitter with each call. The latter is for seeding games, not for keys.
#include "a64.h"
#include "hal/board.h"
#include "platform.h"
#include "sysreg.h"

#define RNDR            S3_3_C2_C4_0
#define RNDR_TRIES      (8)
#define JITTER_ROUNDS   (16)

static uint64_t state;
static bool has_rndr;

// SplitMix64's finaliser (Steele, Lea, Flood: Fast splittable pseudorandom number generators,
// 2014).
static uint64_t mix(uint64_t x) {
    x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9;
    x = (x ^ x >> 27) * 0x94d049bb133111eb;
    return x ^ x >> 31;
}

static bool rndr(uint64_t *out) {
    uint64_t ok;
    __asm volatile ("mrs %0, " A64_TEXT(RNDR) "\n cset %1, ne"
        : "=r" (*out), "=r" (ok) : : "cc", "memory");
    return ok != 0; // Z is set when there was no number in time
}

void a64_entropy_init(void) {
    has_rndr = a64_field(A64_READ(id_aa64isar0_el1), 60, 4) != 0;
    state = mix(a64_platform.seed) ^ A64_READ(cntvct_el0);
}

uint64_t hal_board_entropy(void) {
    uint64_t number = 0;
    for (int i = 0; has_rndr && i < RNDR_TRIES; ++i) {
        if (rndr(&number)) {
            return number;
        }
    }
    for (int i = 0; i < JITTER_ROUNDS; ++i) {
        state = mix(state + 0x9e3779b97f4a7c15) ^ A64_READ(cntvct_el0);
    }
    return mix(state);
}
