// SPDX-License-Identifier: MIT
// What the files of port/aarch64 offer each other.
#ifndef A64_A64_H
#define A64_A64_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    A64_PAGE = 4096,
    // Core 0: the system runs on it. Upstream's tests expect that 5000 nested C calls do not fit
    // (stress/recursive_iternext).
    A64_BOOT_STACK_BYTES = 128 * 1024,
    A64_CORE_STACK_BYTES = 64 * 1024,
    A64_EXCEPTION_STACK_BYTES = 16 * 1024,
};

// --- link.ld
extern char __image_start[], __image_end[], __text_start[], __text_end[], __rodata_end[];

// --- one core. TPIDR_EL1 points to its own. entry.S knows the offsets of the first two.
typedef struct {
    uintptr_t stack_top;           // SP_EL0: what the core's C code runs on
    uintptr_t exception_stack_top; // SP_EL1: exceptions and interrupts, so that an overflow of the
                                   // other stack can still be told
    uintptr_t stack_bottom;        // a guard page lies below each of the two
    uintptr_t exception_stack_bottom;
    uint64_t mpidr;
    unsigned index;
} a64_core_t;

static inline a64_core_t *a64_core(void) {
    a64_core_t *core;
    __asm volatile ("mrs %0, tpidr_el1" : "=r" (core));
    return core;
}

// --- start.c
extern uint64_t a64_entry_ticks; // CNTVCT when the kernel was entered
void a64_core_init(a64_core_t *core); // what each core does for itself, in C, with the MMU on

// --- entry.S
void a64_secondary_entry(void);
void a64_run_on_core(a64_core_t *core, void (*fn)(void)) __attribute__((noreturn));
void a64_stop(void) __attribute__((noreturn)); // all interrupts masked, wfi for ever

// --- semihost.S: ask a debugger or emulator; -1 if nobody answers.
long a64_semihost(long op, const void *arg);

// --- memory.c
void a64_memory_init(void);
void a64_memory_move_fdt(void);
// Whole pages, cleared, before the MMU is on; stops the machine if there is no memory.
void *a64_bootmem_alloc(size_t size_bytes);
void *a64_bootmem_reserve(size_t size_bytes); // not cleared; NULL if there is no memory

// --- mmu.c
void a64_mmu_build(void);
void a64_mmu_unmap_page(uintptr_t addr); // between build and enable
typedef struct {
    uint64_t mair, tcr, ttbr0, sctlr;
} a64_mmu_regs_t;
extern a64_mmu_regs_t a64_mmu_regs; // what entry.S loads on each core

// --- smp.c
void a64_smp_prepare(void);         // stacks for all cores, before the MMU is on
extern a64_core_t a64_cores[];
unsigned a64_core_slots(void);
a64_core_t *a64_core_by_index(unsigned index);

// --- psci.c or spintable.c: make a core begin at a64_secondary_entry(core). 0 or -EIO.
int a64_core_start(a64_core_t *core);
void a64_spintable_park(void);      // spintable.c

// --- interrupt controllers
typedef struct {
    unsigned first_line;            // those below are the port's own
    unsigned (*n_lines)(void);
    void (*init)(void);             // once
    void (*init_core)(void);        // on each core
    void (*mask)(unsigned line);
    void (*unmask)(unsigned line);  // a line private to a core: of this core
    void (*dispatch)(void);         // an interrupt was taken: deliver what is pending
    void (*ipi)(unsigned core);
    void (*stop_others)(void);
    void (*quiet_core)(void);       // let nothing reach this core any more: wfi then really sleeps
} a64_intc_t;
extern const a64_intc_t *a64_intc;
extern const a64_intc_t a64_gicv2, a64_gicv3, a64_bcm_intc;

// --- irq.c
void a64_irq_init(void);
void a64_irq_deliver(unsigned line);
void a64_halt(void) __attribute__((noreturn)); // a64_stop() with the interrupt controller quiet
// Attach without unmasking, for what each core unmasks for itself.
void a64_irq_set(unsigned line, void (*handler)(void *arg, unsigned line));

// --- stack.c
void a64_stack_pool_init(void);     // between a64_mmu_build() and the MMU's start

// --- timer.c
void a64_timer_init_core(void);

// --- entropy.c
void a64_entropy_init(void);

#endif
