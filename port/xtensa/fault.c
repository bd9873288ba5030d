// SPDX-License-Identifier: MIT
// Exceptions that end the machine: named, put into the shape that port/common prints.
#include <errno.h>
#include <stddef.h>

#include "hal/cpu.h"
#include "hal/fault.h"
#include "port/xtensa/xtensa.h"

enum { CAUSE_HAS_ADDR = 1, STACK_NEAR_BYTES = 4096 };

static const struct {
    uint8_t cause;
    uint8_t flags;
    const char *name;
} causes[] = {
    { 0, 0, "illegal instruction" },
    { 1, 0, "system call" },
    { 2, CAUSE_HAS_ADDR, "instruction fetch error" },
    { 3, CAUSE_HAS_ADDR, "load or store error" },
    { 5, 0, "alloca" },
    { 6, 0, "divide error" },
    { 8, 0, "privileged instruction" },
    { 9, CAUSE_HAS_ADDR, "unaligned load or store" },
    { 12, CAUSE_HAS_ADDR, "data error on instruction fetch" },
    { 13, CAUSE_HAS_ADDR, "data error on load or store" },
    { 14, CAUSE_HAS_ADDR, "instruction fetch from no memory" },
    { 15, CAUSE_HAS_ADDR, "load or store to no memory" },
    { 20, CAUSE_HAS_ADDR, "instruction fetch prohibited" },
    { 28, CAUSE_HAS_ADDR, "load prohibited" },
    { 29, CAUSE_HAS_ADDR, "store prohibited" },
};

static const char *const reg_names[] = {
    "a0", "a1", "a2", "a3", "a4", "a5", "a6", "a7",
    "a8", "a9", "a10", "a11", "a12", "a13", "a14", "a15",
    "sar", "pc", "cause", "vaddr", "ps",
};

// An overflow leaves the stack pointer just below the stack; the backtrace then starts at its
// bottom.
static bool below_stack(uint32_t sp) {
    uint32_t bottom = (uint32_t)ld_stack_bottom;
    return sp < bottom && bottom - sp < STACK_NEAR_BYTES;
}

static void report(const xt_frame_t *frame, const char *what, bool has_addr)
    __attribute__((noreturn));

static void report(const xt_frame_t *frame, const char *what, bool has_addr) {
    uint32_t sp = frame->a[1];
    hal_fault_t fault = {
        .what = what,
        .pc = frame->pc,
        .sp = below_stack(sp) ? (uint32_t)ld_stack_bottom : sp,
        .addr = frame->addr,
        .has_addr = has_addr,
        .n_regs = sizeof(reg_names) / sizeof(reg_names[0]),
        .reg_names = reg_names,
        .regs = (const uintptr_t *)frame,
    };
    fault_report(&fault);
}

void xt_fault(const xt_frame_t *frame) {
    if (frame->pc == (uint32_t)xt_divide_trap) {
        report(frame, "divide error", false);
    }
    for (size_t i = 0; i < sizeof(causes) / sizeof(causes[0]); ++i) {
        if (causes[i].cause == frame->cause) {
            report(frame, causes[i].name, causes[i].flags & CAUSE_HAS_ADDR);
        }
    }
    report(frame, "exception without a name", false);
}

void xt_fault_debug(xt_frame_t *frame) {
    const uint32_t cause_dbreak = 0x04;
    if (XT_READ_SR(debugcause) & cause_dbreak) {
        report(frame, "stack overflow", false);
    }
    report(frame, "debug exception", false);
}

void xt_fault_double(xt_frame_t *frame) {
    // A fault of the exception entry itself: the interrupted code had no stack. Its address is in
    // EPC1.
    if (frame->pc >= (uint32_t)xt_exception_entry && frame->pc < (uint32_t)xt_exception_entry_end) {
        frame->pc = XT_READ_SR(epc1);
        frame->a[0] = XT_READ_SR(excsave1);
        frame->a[1] += XT_FRAME_BYTES;
        report(frame, below_stack(frame->a[1]) ? "stack overflow" : "bad stack pointer", true);
    }
    report(frame, "double exception", true);
}

void xt_fault_nmi(xt_frame_t *frame) {
    report(frame, "unexpected NMI", false);
}

static volatile uint32_t sink;
static volatile uint32_t zero;

__attribute__((noinline)) static uint32_t recurse(uint32_t depth) {
    volatile uint32_t frame[4] = { depth };
    return depth == UINT32_MAX ? 0 : recurse(depth + 1) + frame[depth & 3];
}

int hal_fault_trigger(hal_fault_kind_t kind) {
    const uintptr_t nowhere = (uintptr_t)6 * XT_REGION_BYTES;
    switch (kind) {
        case HAL_FAULT_DIVIDE:
            sink = sink / zero;
            break;
        case HAL_FAULT_NULL_READ:
            sink = *(volatile uint32_t *)zero;
            break;
        case HAL_FAULT_WILD_WRITE:
            *(volatile uint32_t *)nowhere = 0;
            break;
        case HAL_FAULT_ILLEGAL:
            __asm volatile ("ill");
            break;
        case HAL_FAULT_STACK:
            sink = recurse(0);
            break;
        case HAL_FAULT_CODE_WRITE:
            break; // region protection has no read-only attribute
    }
    return -ENOTSUP;
}
