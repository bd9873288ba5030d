// SPDX-License-Identifier: MIT
// What the port must know of an aarch64 host: registers in a signal's context, and how to go wrong.
#include <errno.h>

#include "hosted.h"

static const char *const names[] = {
    "x0", "x1", "x2", "x3", "x4", "x5", "x6", "x7", "x8", "x9", "x10", "x11", "x12", "x13", "x14",
    "x15", "x16", "x17", "x18", "x19", "x20", "x21", "x22", "x23", "x24", "x25", "x26", "x27",
    "x28", "x29", "x30", "sp", "pc", "pstate", "far",
};
enum { GENERAL = 31, REGS = GENERAL + 4 };
_Static_assert(REGS <= HOSTED_REGS_MAX, "fault.c has room for these");

unsigned hosted_regs(const ucontext_t *context, const char *const **out_names, uintptr_t *regs) {
    for (unsigned i = 0; i < GENERAL; ++i) {
        regs[i] = context->uc_mcontext.regs[i];
    }
    regs[GENERAL] = context->uc_mcontext.sp;
    regs[GENERAL + 1] = context->uc_mcontext.pc;
    regs[GENERAL + 2] = context->uc_mcontext.pstate;
    regs[GENERAL + 3] = context->uc_mcontext.fault_address;
    *out_names = names;
    return REGS;
}

uintptr_t hosted_pc(const ucontext_t *context) {
    return context->uc_mcontext.pc;
}

uintptr_t hosted_sp(const ucontext_t *context) {
    return context->uc_mcontext.sp;
}

hal_access_t hosted_access(const ucontext_t *context) {
    return HAL_ACCESS_UNKNOWN; // not in the registers that every kernel gives
}

void hosted_go_on(ucontext_t *context, const hal_landing_t *landing) {
    context->uc_mcontext.sp = landing->sp;
    context->uc_mcontext.pc = (uintptr_t)landing->fn;
    context->uc_mcontext.regs[0] = (uintptr_t)landing->arg;
    context->uc_mcontext.regs[29] = 0;
    context->uc_mcontext.regs[30] = 0;
}

int hosted_divide_by_zero(void) {
    return -ENOTSUP; // the quotient is 0 and nothing traps
}

void hosted_illegal(void) {
    __asm volatile ("udf #0");
}

// --- a thread's variables. Finding them takes more than one instruction; hosted_restart() knows
// the three functions: each may be run again from its start as long as it has not returned.

extern char hosted_thread_code[], hosted_irq_off_set_code[], hosted_pending_get_code[];
extern char hosted_thread_code_end[];

__asm (
    ".text\n"
    ".balign 4\n"
    ".globl hosted_irq_off_get, hosted_irq_off_set, hosted_pending_get\n"
    "hosted_thread_code:\n"
    "hosted_irq_off_get:\n"
    "    mrs x1, tpidr_el0\n"
    "    add x1, x1, #:tprel_hi12:hosted_irq_off\n"
    "    add x1, x1, #:tprel_lo12_nc:hosted_irq_off\n"
    "    ldr w0, [x1]\n"
    "    ret\n"
    "hosted_irq_off_set_code:\n"
    "hosted_irq_off_set:\n"
    "    mrs x1, tpidr_el0\n"
    "    add x1, x1, #:tprel_hi12:hosted_irq_off\n"
    "    add x1, x1, #:tprel_lo12_nc:hosted_irq_off\n"
    "    str w0, [x1]\n"
    "    ret\n"
    "hosted_pending_get_code:\n"
    "hosted_pending_get:\n"
    "    mrs x1, tpidr_el0\n"
    "    add x1, x1, #:tprel_hi12:hosted_pending\n"
    "    add x1, x1, #:tprel_lo12_nc:hosted_pending\n"
    "    ldr w0, [x1]\n"
    "    ret\n"
    "hosted_thread_code_end:\n"
    );

void hosted_restart(ucontext_t *context) {
    uintptr_t pc = context->uc_mcontext.pc;
    if (pc < (uintptr_t)hosted_thread_code || pc >= (uintptr_t)hosted_thread_code_end) {
        return;
    }
    context->uc_mcontext.pc = pc >= (uintptr_t)hosted_pending_get_code
        ? (uintptr_t)hosted_pending_get_code : pc >= (uintptr_t)hosted_irq_off_set_code
        ? (uintptr_t)hosted_irq_off_set_code : (uintptr_t)hosted_thread_code;
}

// --- contexts: mark, FPCR, x19 .. x28, x29, x30, d8 .. d15

typedef struct {
    void *mark;
    uintptr_t fpcr, x19, x20, x21_28[8], x29, x30, d8_15[8];
} context_t;

void hosted_stack_first(void);

__asm (
    ".text\n"
    ".balign 4\n"
    ".globl hosted_switch\n"
    #if !HOSTED_SANITIZE
    ".globl hal_stack_switch\n"
    "hal_stack_switch:\n"
    #endif
    "hosted_switch:\n"
    "    sub sp, sp, #176\n"
    "    mrs x3, fpcr\n"
    "    mov x4, sp\n"
    "    stp x2, x3, [sp]\n"
    "    stp x19, x20, [sp, #16]\n"
    "    stp x21, x22, [sp, #32]\n"
    "    stp x23, x24, [sp, #48]\n"
    "    stp x25, x26, [sp, #64]\n"
    "    stp x27, x28, [sp, #80]\n"
    "    stp x29, x30, [sp, #96]\n"
    "    stp d8, d9, [sp, #112]\n"
    "    stp d10, d11, [sp, #128]\n"
    "    stp d12, d13, [sp, #144]\n"
    "    stp d14, d15, [sp, #160]\n"
    "    str x4, [x0]\n"
    "    mov sp, x1\n"
    "    ldr x3, [sp, #8]\n"
    "    ldp x19, x20, [sp, #16]\n"
    "    ldp x21, x22, [sp, #32]\n"
    "    ldp x23, x24, [sp, #48]\n"
    "    ldp x25, x26, [sp, #64]\n"
    "    ldp x27, x28, [sp, #80]\n"
    "    ldp x29, x30, [sp, #96]\n"
    "    ldp d8, d9, [sp, #112]\n"
    "    ldp d10, d11, [sp, #128]\n"
    "    ldp d12, d13, [sp, #144]\n"
    "    ldp d14, d15, [sp, #160]\n"
    "    msr fpcr, x3\n"
    "    add sp, sp, #176\n"
    "    ret\n"
    ".globl hosted_stack_first\n"
    "hosted_stack_first:\n"
    "    mov x0, x20\n"
    "    mov x30, xzr\n"
    "    blr x19\n"
    "    brk #0\n"
    );

void *hosted_stack_frame(void *top, void (*entry)(void *arg), void *arg, void *mark) {
    context_t *context = (context_t *)top - 1;
    *context = (context_t) {
        .mark = mark, .x19 = (uintptr_t)entry, .x20 = (uintptr_t)arg,
        .x30 = (uintptr_t)hosted_stack_first,
    };
    return context;
}
