// SPDX-License-Identifier: MIT
// Exceptions that the port does not serve: named, put into the shape that port/common takes, which
// ends the machine or says where to go on.
#include <errno.h>
#include <stddef.h>

#include "hal/fault.h"
#include "port/xtensa/xtensa.h"

enum { CAUSE_HAS_ADDR = 1, CAUSE_READ = 2, CAUSE_WRITE = 4, CAUSE_FETCH = 8 };
enum { STACK_NEAR_BYTES = 4096 };

static const struct {
    uint8_t cause;
    uint8_t flags;
    const char *name;
} causes[] = {
    { 0, 0, "illegal instruction" },
    { 1, 0, "system call" },
    { 2, CAUSE_HAS_ADDR | CAUSE_FETCH, "instruction fetch error" },
    { 3, CAUSE_HAS_ADDR, "load or store error" },
    { 5, 0, "alloca" },
    { 6, 0, "divide error" },
    { 8, 0, "privileged instruction" },
    { 9, CAUSE_HAS_ADDR, "unaligned load or store" },
    { 12, CAUSE_HAS_ADDR | CAUSE_FETCH, "data error on instruction fetch" },
    { 13, CAUSE_HAS_ADDR, "data error on load or store" },
    { 14, CAUSE_HAS_ADDR | CAUSE_FETCH, "instruction fetch from no memory" },
    { 15, CAUSE_HAS_ADDR, "load or store to no memory" },
    { 20, CAUSE_HAS_ADDR | CAUSE_FETCH, "instruction fetch prohibited" },
    { 28, CAUSE_HAS_ADDR | CAUSE_READ, "load prohibited" },
    { 29, CAUSE_HAS_ADDR | CAUSE_WRITE, "store prohibited" },
};

static const char *const reg_names[] = {
    "a0", "a1", "a2", "a3", "a4", "a5", "a6", "a7",
    "a8", "a9", "a10", "a11", "a12", "a13", "a14", "a15",
    "sar", "pc", "cause", "vaddr", "ps",
};

// An overflow leaves the stack pointer just below the stack; the backtrace then starts at its
// bottom.
static bool below_stack(uint32_t sp) {
    uint32_t bottom = XT_READ_SR(dbreaka0); // of the stack in use
    return sp < bottom && bottom - sp < STACK_NEAR_BYTES;
}

static hal_access_t access_of(unsigned flags) {
    return flags & CAUSE_FETCH ? HAL_ACCESS_EXEC : flags & CAUSE_WRITE ? HAL_ACCESS_WRITE
        : flags & CAUSE_READ ? HAL_ACCESS_READ : HAL_ACCESS_UNKNOWN;
}

// INTLEVEL is that of the interrupted code: an exception changes only EXCM. On the fatal stack
// there is nothing to return from; a second exception here has found interrupts disabled and does
// not land.
static void take(const xt_frame_t *frame, const char *what, unsigned flags)
    __attribute__((noreturn));

static void take(const xt_frame_t *frame, const char *what, unsigned flags) {
    uint32_t sp = frame->a[1];
    hal_landing_t landing;
    hal_fault_t fault = {
        .what = what,
        .pc = frame->pc,
        .sp = below_stack(sp) ? XT_READ_SR(dbreaka0) : sp,
        .addr = frame->addr,
        .has_addr = (flags & CAUSE_HAS_ADDR) != 0,
        .access = access_of(flags),
        .interruptible = (frame->ps & XT_PS_INTLEVEL_MASK) == 0,
        .n_regs = sizeof(reg_names) / sizeof(reg_names[0]),
        .reg_names = reg_names,
        .regs = (const uintptr_t *)frame,
    };
    fault_taken(&fault, &landing);
    xt_stack_guard(); // landings are on the first stack
    xt_go_on((void (*)(void *))landing.fn, landing.arg, landing.sp);
}

void xt_fault(const xt_frame_t *frame) {
    if (frame->pc == (uint32_t)xt_divide_trap) {
        take(frame, "divide error", 0);
    }
    for (size_t i = 0; i < sizeof(causes) / sizeof(causes[0]); ++i) {
        if (causes[i].cause == frame->cause) {
            take(frame, causes[i].name, causes[i].flags);
        }
    }
    take(frame, "exception without a name", 0);
}

void xt_fault_debug(xt_frame_t *frame) {
    const uint32_t cause_dbreak = 0x04;
    bool guard = XT_READ_SR(debugcause) & cause_dbreak;
    take(frame, guard ? "stack overflow" : "debug exception", 0);
}

void xt_fault_double(xt_frame_t *frame) {
    // A fault of the exception entry itself: the interrupted code had no stack. Its address is in
    // EPC1.
    if (frame->pc >= (uint32_t)xt_exception_entry && frame->pc < (uint32_t)xt_exception_entry_end) {
        frame->pc = XT_READ_SR(epc1);
        frame->a[0] = XT_READ_SR(excsave1);
        frame->a[1] += XT_FRAME_BYTES;
        take(frame, below_stack(frame->a[1]) ? "stack overflow" : "bad stack pointer",
            CAUSE_HAS_ADDR);
    }
    frame->ps |= XT_INTLEVEL_DISABLED; // of a handler or an entry: it does not land
    take(frame, "double exception", CAUSE_HAS_ADDR);
}

void xt_fault_nmi(xt_frame_t *frame) {
    frame->ps |= XT_INTLEVEL_DISABLED;
    take(frame, "unexpected NMI", 0);
}

static volatile uint32_t sink;
static volatile uint32_t zero;

int hal_fault_trigger(hal_fault_kind_t kind) {
    switch (kind) {
        case HAL_FAULT_DIVIDE:
            sink = sink / zero;
            break;
        case HAL_FAULT_ILLEGAL:
            __asm volatile ("ill");
            break;
        case HAL_FAULT_UNALIGNED:
            __asm volatile ("l32i %0, %1, 0" : "=a" (sink) : "a" ((uintptr_t)&sink + 1));
            break;
        default:
            break;
    }
    return -ENOTSUP;
}
