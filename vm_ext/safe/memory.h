// SPDX-License-Identifier: MIT
// What is freed and waits until no C frame holds it (memory.c). The list belongs to a C stack that runs a VM: a VM
// at rest has no frames, and so nothing to wait for.
#ifndef VM_EXT_SAFE_MEMORY_H
#define VM_EXT_SAFE_MEMORY_H

#include <stddef.h>

#define SAFE_ASIDE_MAX (64)

typedef struct {
    void *head;
    size_t n_blocks;
} safe_aside_one_t;

typedef struct _safe_aside_t {
    size_t len;
    size_t bytes;
    safe_aside_one_t all[SAFE_ASIDE_MAX];
} safe_aside_t;

#endif
