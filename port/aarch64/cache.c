// SPDX-License-Identifier: MIT
// Cache maintenance by address, with the line sizes that CTR_EL0 reports.
#include "a64.h"
#include "hal/mem.h"
#include "sysreg.h"

static uintptr_t data_line(void) {
    return 4ul << a64_field(A64_READ(ctr_el0), 16, 4);
}

static uintptr_t code_line(void) {
    return 4ul << a64_field(A64_READ(ctr_el0), 0, 4);
}

#define FOR_LINES(op, start, end, line) \
    for (uintptr_t at = (start) & ~((line) - 1); at < (end); at += (line)) { \
        __asm volatile (op ", %0" :: "r" (at) : "memory"); \
    }

void hal_cache_clean(const void *addr, size_t len_bytes) {
    uintptr_t line = data_line();
    FOR_LINES("dc cvac", (uintptr_t)addr, (uintptr_t)addr + len_bytes, line);
    A64_DSB(sy);
}

void hal_cache_invalidate(void *addr, size_t len_bytes) {
    uintptr_t line = data_line();
    uintptr_t start = (uintptr_t)addr;
    uintptr_t end = start + len_bytes;
    if (len_bytes == 0) {
        return;
    }
    // A line that is only partly ours may hold a neighbour's newer data: write that back.
    if (start & (line - 1)) {
        __asm volatile ("dc civac, %0" :: "r" (start) : "memory");
        start = (start & ~(line - 1)) + line;
    }
    if ((end & (line - 1)) && end > start) {
        __asm volatile ("dc civac, %0" :: "r" (end) : "memory");
        end &= ~(line - 1);
    }
    FOR_LINES("dc ivac", start, end, line);
    A64_DSB(sy);
}

void hal_cache_sync_code(const void *addr, size_t len_bytes) {
    uintptr_t start = (uintptr_t)addr;
    FOR_LINES("dc cvau", start, start + len_bytes, data_line());
    A64_DSB(ish);
    FOR_LINES("ic ivau", start, start + len_bytes, code_line());
    A64_DSB(ish);
    A64_ISB();
}
