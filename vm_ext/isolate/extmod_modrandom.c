// SPDX-License-Identifier: MIT
// Upstream's extmod/modrandom.c, changed as vm_ext/changed/extmod_modrandom.txt says, with a generator for each
// isolate: what one draws tells another nothing. Its variables have no initialiser, so each name can be an
// accessor, which seeds at the first use.
#include "py/runtime.h"

#include "vm_ext/isolate/isolate.h"

static inline isolate_random_t *random_of_isolate(void) {
    isolate_random_t *random = &isolate_cur()->random;
    if (!random->seeded) {
        random->seeded = true;
        uint32_t seed = MICROPY_PY_RANDOM_SEED_INIT_FUNC;
        *random = (isolate_random_t) {.pad = seed, .n = 69, .d = 233, .dat = 0, .seeded = true};
    }
    return random;
}

static inline uint32_t *random_pad(void) {
    return &random_of_isolate()->pad;
}

static inline uint32_t *random_n(void) {
    return &random_of_isolate()->n;
}

static inline uint32_t *random_d(void) {
    return &random_of_isolate()->d;
}

static inline uint8_t *random_dat(void) {
    return &random_of_isolate()->dat;
}

#define yasmarang_pad (*random_pad())
#define yasmarang_n (*random_n())
#define yasmarang_d (*random_d())
#define yasmarang_dat (*random_dat())

#include "changed/extmod/modrandom.c"
