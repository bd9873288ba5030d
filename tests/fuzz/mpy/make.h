// SPDX-License-Identifier: MIT
// .mpy files for the fuzzer tests/fuzz/mpy_files: made by rules, or made from others by changes. A
// case is named by a seed and a number, and is the same in each build and run.
#ifndef TESTS_FUZZ_MPY_MAKE_H
#define TESTS_FUZZ_MPY_MAKE_H

#include <stddef.h>
#include <stdint.h>

enum { FILE_MAX = 16384 };

typedef struct {
    uint64_t random;
    size_t len;
    size_t first; // where most changes are made from: behind the names
    uint8_t bytes[FILE_MAX];
} made_t;

// `corpus` must have at least one file of at least 8 bytes.
typedef struct {
    const uint8_t *bytes;
    size_t len;
} source_t;

void made_begin(made_t *made, uint64_t seed, uint64_t number);
uint32_t made_random(made_t *made, uint32_t below);
void made_byte(made_t *made, unsigned byte);
void made_uint(made_t *made, uint32_t value);

// A file by rules, most of which the verifier accepts.
void made_generate(made_t *made);
// Some bytes of the file changed, behind its header.
void made_change(made_t *made, unsigned times);
void made_copy(made_t *made, const source_t *corpus, size_t n);

#endif
