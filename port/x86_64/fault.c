// SPDX-License-Identifier: MIT
// CPU exceptions: described for port/common, which ends the machine or says where this core goes
// on. NMI is how hal_smp_stop_others() reaches a core whose interrupts are off.
#include <errno.h>

#include "hal/cpu.h"
#include "hal/fault.h"
#include "hal/stack.h"
#include "x86.h"

// As vectors.S pushes it.
typedef struct {
    uintptr_t rax, rbx, rcx, rdx, rsi, rdi, rbp, r8, r9, r10, r11, r12, r13, r14, r15;
    uintptr_t vector, error, rip, cs, rflags, rsp, ss;
} x86_frame_t;

enum {
    VECTOR_DOUBLE_FAULT = 8, VECTOR_PROTECTION = 13, VECTOR_PAGE_FAULT = 14,
    VECTOR_MACHINE_CHECK = 18,
};
enum { ERROR_WRITE = 1 << 1, ERROR_FETCH = 1 << 4 }; // Intel SDM vol. 3, 4.7
enum { RFLAGS_NONE = 1 << 1, RFLAGS_IF = 1 << 9 };
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

extern char x86_interrupt_exit[], x86_interrupt_moved[];

static bool in_guard(uintptr_t addr) {
    void *bottom, *top;
    return hal_stack_find(addr, &bottom, &top) && addr < (uintptr_t)bottom;
}

// QEMU 7.2 without KVM takes a hardware interrupt that was withdrawn meanwhile as vector -1, finds
// no such gate and raises #GP with error code -1 * 16 + 2. A CPU's own error code is a selector, of
// 16 bits.
static bool is_withdrawn_interrupt(const x86_frame_t *frame) {
    return frame->vector == VECTOR_PROTECTION && frame->error >> 16 != 0;
}

// Of a page fault.
static hal_access_t access_of(const x86_frame_t *frame) {
    return frame->error & ERROR_FETCH ? HAL_ACCESS_EXEC
        : frame->error & ERROR_WRITE ? HAL_ACCESS_WRITE : HAL_ACCESS_READ;
}

// As a call would leave the stack: 8 bytes below a multiple of 16, where a return address would be.
static void go_on(x86_frame_t *frame, const hal_landing_t *landing) {
    uintptr_t *sp = (uintptr_t *)landing->sp - 1;
    *sp = 0;
    frame->rsp = (uintptr_t)sp;
    frame->rip = (uintptr_t)landing->fn;
    frame->rdi = (uintptr_t)landing->arg;
    frame->rbp = 0;
    frame->rflags = RFLAGS_NONE;
}

// The end of an interrupt puts a frame on the interrupted stack: a fault there is that code's,
// which has no room left. The interrupt has been acknowledged.
static bool is_moving_frame(uintptr_t pc) {
    return (uintptr_t)x86_interrupt_exit <= pc && pc < (uintptr_t)x86_interrupt_moved;
}

static void take(x86_frame_t *frame) {
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
    bool lost = frame->vector == VECTOR_DOUBLE_FAULT || frame->vector == VECTOR_MACHINE_CHECK;
    const char *what = names[frame->vector & 31];
    hal_landing_t landing;
    hal_fault_t fault = {
        .what = paged && in_guard(cr2) ? "C stack overflow" : what != NULL ? what : "exception",
        .pc = frame->rip, .sp = frame->rsp, .addr = cr2, .has_addr = paged,
        .access = paged ? access_of(frame) : HAL_ACCESS_UNKNOWN,
        .interruptible = ((frame->rflags & RFLAGS_IF) || is_moving_frame(frame->rip)) && !lost,
        .n_regs = REGS, .reg_names = reg_names, .regs = regs,
    };
    fault_taken(&fault, &landing);
    go_on(frame, &landing);
}

// Returns to what the frame says: the interrupted code, as if nothing had happened, or a landing.
void x86_exception(x86_frame_t *frame) {
    if (is_withdrawn_interrupt(frame)) {
        return;
    }
    if (frame->vector == X86_VECTOR_NMI) {
        for (;;) {
            __asm volatile ("cli; hlt");
        }
    }
    take(frame);
}

int hal_fault_trigger(hal_fault_kind_t kind) {
    switch (kind) {
        case HAL_FAULT_DIVIDE:
            __asm volatile ("xorl %%edx, %%edx; divl %%edx" ::: "eax", "edx");
            break;
        case HAL_FAULT_ILLEGAL:
            __asm volatile ("ud2");
            break;
        default:
            break;
    }
    return -ENOTSUP;
}
