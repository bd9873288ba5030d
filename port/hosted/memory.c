// SPDX-License-Identifier: MIT
// RAM as one anonymous mapping between two inaccessible pages; the host gives a page when it is
// touched.
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "hal/mem.h"
#include "hosted.h"

static hal_mem_region_t ram;

char *hosted_guarded_alloc(size_t size_bytes) {
    size_t mapped = size_bytes + 2 * HOSTED_PAGE_BYTES;
    char *start = mmap(NULL, mapped, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (start == MAP_FAILED
        || mprotect(start + HOSTED_PAGE_BYTES, size_bytes, PROT_READ | PROT_WRITE) != 0) {
        fprintf(stderr, "antaresia: no memory for %zu bytes: %s; try a smaller --memory\n",
            size_bytes, strerror(errno));
        exit(1);
    }
    return start + HOSTED_PAGE_BYTES;
}

void hosted_memory_init(size_t size_bytes) {
    char *start = hosted_guarded_alloc(size_bytes);
    ram = (hal_mem_region_t) { (uintptr_t)start, size_bytes };
}

int hal_mem_region(unsigned i, hal_mem_region_t *out) {
    if (i != 0) {
        return -ENOENT;
    }
    *out = ram;
    return 0;
}

uint64_t hal_mem_total_bytes(void) {
    return ram.size_bytes;
}

// No device reads this memory behind the caches.
void hal_cache_clean(const void *addr, size_t len_bytes) {
}

void hal_cache_invalidate(void *addr, size_t len_bytes) {
}

void hal_cache_sync_code(const void *addr, size_t len_bytes) {
    __builtin___clear_cache((char *)addr, (char *)addr + len_bytes);
}
