// SPDX-License-Identifier: MIT
// One core without caches in its configuration: idle, names, ranges, and the cache functions that
// have nothing to do.
#include "hal/cpu.h"
#include "hal/irq.h"
#include "hal/mem.h"
#include "hal/smp.h"
#include "port/xtensa/xtensa.h"

struct _mp_state_ctx_t *vmstate_word; // vmstate_arch.h

unsigned hal_cpu_count(void) {
    return 1;
}

unsigned hal_cpu_id(void) {
    return 0;
}

uint64_t hal_cpu_freq_hz(void) {
    return board_cpu_hz();
}

const char *hal_cpu_name(void) {
    return "Xtensa lx106";
}

void hal_cpu_idle(void) {
    // waiti lowers INTLEVEL and waits in one step, so an interrupt cannot slip in between.
    __asm volatile ("waiti 0" ::: "memory");
    hal_irq_disable();
}

void hal_cpu_relax(void) {
}

void hal_cpu_text_range(uintptr_t *start, uintptr_t *end) {
    *start = (uintptr_t)ld_text_start;
    *end = (uintptr_t)ld_irom_end;
}

void hal_cache_clean(const void *addr, size_t len_bytes) {
}

void hal_cache_invalidate(void *addr, size_t len_bytes) {
}

void hal_cache_sync_code(const void *addr, size_t len_bytes) {
    __asm volatile ("isync" ::: "memory");
}

unsigned hal_smp_start(unsigned max_cores) {
    return 1;
}

void hal_smp_ipi(unsigned core) {
    smp_on_ipi();
}

void hal_smp_stop_others(void) {
}
