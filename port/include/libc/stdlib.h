// SPDX-License-Identifier: MIT
// The part of <stdlib.h> that MicroPython uses. There is no malloc: memory comes from a VM's heap.
#ifndef LIBC_STDLIB_H
#define LIBC_STDLIB_H

#include <stddef.h>

void abort(void) __attribute__((noreturn));
void exit(int status) __attribute__((noreturn));
static inline int abs(int n) {
    return n < 0 ? -n : n;
}

#endif
