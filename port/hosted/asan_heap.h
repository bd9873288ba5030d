// SPDX-License-Identifier: MIT
// Low memory on purpose, in the build for the address sanitizer.
#ifndef HOSTED_ASAN_HEAP_H
#define HOSTED_ASAN_HEAP_H

#include <stddef.h>
#include <stdint.h>

typedef struct {
    size_t count;           // allocations, and reallocations that grow, until now
    size_t fail_first;      // the first that fails, by its number from 1; all zero: none fails
    size_t fail_count;      // and how many do
    size_t collect_every;   // a collection before every n-th allocation; 0: never
} asan_heap_faults_t;

extern asan_heap_faults_t asan_heap_faults;

// Reads a byte, and is checked for it.
char asan_heap_checked(const void *at);

// What the sanitizer must report, for the tests of this: does it.
typedef enum {
    ASAN_HEAP_END = 1, ASAN_HEAP_FREED, ASAN_HEAP_SWEPT, ASAN_HEAP_HANG,
} asan_heap_wrong_t;
void asan_heap_do_wrong(asan_heap_wrong_t what);

#endif
