// SPDX-License-Identifier: MIT
// CPU exceptions: described for port/common, which prints and stops. NMI is how
// hal_smp_stop_others() reaches a core whose interrupts are off.
#include <errno.h>

#include "hal/cpu.h"
#include "hal/fault.h"
#include "x86.h"

// As vectors.S pushes it.
typedef struct {
    uintptr_t rax, rbx, rcx, rdx, rsi, rdi, rbp, r8, r9, r10, r11, r12, r13, r14, r15;
    uintptr_t vector, error, rip, cs, rflags, rsp, ss;
} x86_frame_t;

enum { VECTOR_PROTECTION = 13, VECTOR_PAGE_FAULT = 14 };
enum { REGS = 20 };

static const char *const names[32] = {
    "divide error", "debug", "NMI", "breakpoint", "overflow", "bound", "invalid opcode", "no FPU",
    "double fault", "coprocessor", "invalid TSS", "segment not present", "stack fault",
    "general protection fault", "page fault", "reserved", "FPU error", "alignment check",
    "machine check", "SIMD error", "virtualization", "control protection",
};

static const char *const reg_names[REGS] = {
    "rax", "rbx", "rcx", "rdx", "rsi", "rdi", "rbp", "rsp",
    "r8", "r9", "r10", "r11", "r12", "r13", "r14", "r15",
    "rip", "rflags", "error", "cr2",
};

static bool in_guard(uintptr_t addr) {
    uintptr_t bottom = x86_cores[hal_cpu_id()]->stack_bottom;
    return bottom - X86_PAGE_BYTES <= addr && addr < bottom;
}

// QEMU 7.2 without KVM takes a hardware interrupt that was withdrawn meanwhile as vector -1, finds
// no such gate and raises #GP with error code -1 * 16 + 2. A CPU's own error code is a selector, of
// 16 bits.
static bool is_withdrawn_interrupt(const x86_frame_t *frame) {
    return frame->vector == VECTOR_PROTECTION && frame->error >> 16 != 0;
}

// Returns only if the interrupted code is to go on as if nothing had happened.
void x86_exception(const x86_frame_t *frame) {
    if (is_withdrawn_interrupt(frame)) {
        return;
    }
    if (frame->vector == X86_VECTOR_NMI) {
        for (;;) {
            __asm volatile ("cli; hlt");
        }
    }
    uintptr_t cr2;
    __asm volatile ("mov %%cr2, %0" : "=r" (cr2));
    uintptr_t regs[REGS] = {
        frame->rax, frame->rbx, frame->rcx, frame->rdx,
        frame->rsi, frame->rdi, frame->rbp, frame->rsp,
        frame->r8, frame->r9, frame->r10, frame->r11,
        frame->r12, frame->r13, frame->r14, frame->r15,
        frame->rip, frame->rflags, frame->error, cr2,
    };
    bool paged = frame->vector == VECTOR_PAGE_FAULT;
    const char *what = names[frame->vector & 31];
    hal_fault_t fault = {
        .what = paged && in_guard(cr2) ? "C stack overflow" : what != NULL ? what : "exception",
        .pc = frame->rip, .sp = frame->rsp, .addr = cr2, .has_addr = paged,
        .n_regs = REGS, .reg_names = reg_names, .regs = regs,
    };
    fault_report(&fault);
}

static int recurse(volatile int depth) {
    volatile char frame[256];
    frame[0] = depth;
    return depth < 0 ? 0 : recurse(depth + 1) + frame[0]; // the guard comes long before INT_MAX
}

int hal_fault_trigger(hal_fault_kind_t kind) {
    volatile uintptr_t null = 0; // volatile: or the compiler would see the fault coming
    switch (kind) {
        case HAL_FAULT_DIVIDE:
            __asm volatile ("xorl %%edx, %%edx; divl %%edx" ::: "eax", "edx");
            break;
        case HAL_FAULT_NULL_READ:
            (void)*(volatile int *)(null + 8);
            break;
        case HAL_FAULT_WILD_WRITE:
            *(volatile int *)(uintptr_t)0x7f0000000000 = 1;
            break;
        case HAL_FAULT_CODE_WRITE:
            *(volatile char *)__text_start = 0;
            break;
        case HAL_FAULT_ILLEGAL:
            __builtin_trap();
        case HAL_FAULT_STACK:
            return recurse(0);
    }
    return -EOPNOTSUPP;
}
