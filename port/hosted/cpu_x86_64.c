// SPDX-License-Identifier: MIT
// What the port must know of an x86_64 host: registers in a signal's context, and how to go wrong.
#include "hosted.h"

static const char *const names[] = {
    "rax", "rbx", "rcx", "rdx", "rsi", "rdi", "rbp", "rsp",
    "r8", "r9", "r10", "r11", "r12", "r13", "r14", "r15",
    "rip", "rflags", "error", "cr2",
};
static const int slots[] = {
    REG_RAX, REG_RBX, REG_RCX, REG_RDX, REG_RSI, REG_RDI, REG_RBP, REG_RSP,
    REG_R8, REG_R9, REG_R10, REG_R11, REG_R12, REG_R13, REG_R14, REG_R15,
    REG_RIP, REG_EFL, REG_ERR, REG_CR2,
};
enum { REGS = sizeof(slots) / sizeof(slots[0]) };
_Static_assert(REGS <= HOSTED_REGS_MAX, "fault.c has room for these");

unsigned hosted_regs(const ucontext_t *context, const char *const **out_names, uintptr_t *regs) {
    for (unsigned i = 0; i < REGS; ++i) {
        regs[i] = context->uc_mcontext.gregs[slots[i]];
    }
    *out_names = names;
    return REGS;
}

uintptr_t hosted_pc(const ucontext_t *context) {
    return context->uc_mcontext.gregs[REG_RIP];
}

uintptr_t hosted_sp(const ucontext_t *context) {
    return context->uc_mcontext.gregs[REG_RSP];
}

hal_access_t hosted_access(const ucontext_t *context) {
    enum { WRITE = 1 << 1, FETCH = 1 << 4 }; // Intel SDM vol. 3, 4.7
    uintptr_t error = context->uc_mcontext.gregs[REG_ERR];
    return error & FETCH ? HAL_ACCESS_EXEC : error & WRITE ? HAL_ACCESS_WRITE : HAL_ACCESS_READ;
}

// As a call would leave the stack: 8 bytes below a multiple of 16, where a return address would be.
void hosted_go_on(ucontext_t *context, const hal_landing_t *landing) {
    enum { FLAGS_NONE = 0x202 }; // interrupts, which a process cannot disable
    uintptr_t *sp = (uintptr_t *)landing->sp - 1;
    *sp = 0;
    context->uc_mcontext.gregs[REG_RSP] = (uintptr_t)sp;
    context->uc_mcontext.gregs[REG_RIP] = (uintptr_t)landing->fn;
    context->uc_mcontext.gregs[REG_RDI] = (uintptr_t)landing->arg;
    context->uc_mcontext.gregs[REG_RBP] = 0;
    context->uc_mcontext.gregs[REG_EFL] = FLAGS_NONE;
}

int hosted_divide_by_zero(void) {
    __asm volatile ("xorl %%edx, %%edx; divl %%edx" ::: "eax", "edx");
    return 0;
}

void hosted_illegal(void) {
    __asm volatile ("ud2");
}
