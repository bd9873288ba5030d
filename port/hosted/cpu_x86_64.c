// SPDX-License-Identifier: MIT
// What the port must know of an x86_64 host: registers in a signal's context, and how to go wrong.
#include "hal/stack.h"
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

// --- a thread's variables, each in a single instruction

int hosted_irq_off_get(void) {
    int off;
    __asm volatile ("movl %%fs:hosted_irq_off@tpoff, %0" : "=r" (off) : : "memory");
    return off;
}

void hosted_irq_off_set(int off) {
    __asm volatile ("movl %0, %%fs:hosted_irq_off@tpoff" : : "r" (off) : "memory");
}

uint32_t hosted_pending_get(void) {
    uint32_t pending;
    __asm volatile ("movl %%fs:hosted_pending@tpoff, %0" : "=r" (pending) : : "memory");
    return pending;
}

void hosted_restart(ucontext_t *context) {
}

// --- contexts: mark, MXCSR and x87 control word, r15, r14, r13, r12, rbp, rbx, return address

typedef struct {
    void *mark;
    uint64_t fp_control;
    uintptr_t r15, r14, r13, r12, rbp, rbx, rip;
} context_t;

void hosted_stack_first(void);

__asm (
    ".text\n"
    ".globl hosted_switch\n"
    #if !HOSTED_SANITIZE
    ".globl hal_stack_switch\n"
    "hal_stack_switch:\n"
    #endif
    "hosted_switch:\n"
    "    pushq %rbx\n"
    "    pushq %rbp\n"
    "    pushq %r12\n"
    "    pushq %r13\n"
    "    pushq %r14\n"
    "    pushq %r15\n"
    "    subq $16, %rsp\n"
    "    stmxcsr 8(%rsp)\n"
    "    fnstcw 12(%rsp)\n"
    "    movq %rdx, (%rsp)\n"
    "    movq %rsp, (%rdi)\n"
    "    movq %rsi, %rsp\n"
    "    ldmxcsr 8(%rsp)\n"
    "    fldcw 12(%rsp)\n"
    "    addq $16, %rsp\n"
    "    popq %r15\n"
    "    popq %r14\n"
    "    popq %r13\n"
    "    popq %r12\n"
    "    popq %rbp\n"
    "    popq %rbx\n"
    "    ret\n"
    ".globl hosted_stack_first\n"
    "hosted_stack_first:\n"
    "    movq %r13, %rdi\n"
    "    xorl %ebp, %ebp\n"
    "    call *%r12\n"
    "    ud2\n"
    );

void *hosted_stack_frame(void *top, void (*entry)(void *arg), void *arg, void *mark) {
    context_t *context = (context_t *)top - 1;
    *context = (context_t) {
        .mark = mark, .fp_control = 0x1f80ull | 0x037full << 32,
        .r12 = (uintptr_t)entry, .r13 = (uintptr_t)arg, .rip = (uintptr_t)hosted_stack_first,
    };
    return context;
}
