// SPDX-License-Identifier: MIT
// From the frame that vectors.S stored to a fault description in words, and back to a landing.
// Arm ARM D13, ESR_ELx; D1, SPSR.
#include "hal/fault.h"

#include <errno.h>

#include "a64.h"
#include "hal/stack.h"
#include "sysreg.h"

// In the order of vectors.S.
static const char *const reg_names[] = {
    "x0", "x1", "x2", "x3", "x4", "x5", "x6", "x7", "x8", "x9", "x10", "x11", "x12", "x13", "x14",
    "x15", "x16", "x17", "x18", "x19", "x20", "x21", "x22", "x23", "x24", "x25", "x26", "x27",
    "x28", "x29", "x30", "sp", "elr", "spsr", "esr", "far",
};
enum { REG_SP = 31, REG_ELR, REG_SPSR, REG_ESR, REG_FAR, N_REGS };

enum { REG_X0 = 0, REG_FP = 29, REG_LR = 30 };

enum { KIND_SYNC, KIND_SERROR, KIND_IRQ };

// The mode of the code that the kernel runs outside of handlers, and its mask for interrupts.
enum { SPSR_MODE = 0xf, SPSR_EL1T = 4, SPSR_IRQ_OFF = 1 << 7 };

enum {
    EC_UNKNOWN = 0x00, EC_FP = 0x07, EC_ILLEGAL_STATE = 0x0e, EC_SVC = 0x15, EC_HVC = 0x16,
    EC_SMC = 0x17, EC_SYSREG = 0x18, EC_CODE_ABORT = 0x21, EC_PC_ALIGN = 0x22, EC_DATA_ABORT = 0x25,
    EC_SP_ALIGN = 0x26, EC_FP_TRAP = 0x2c, EC_BRK = 0x3c,
    FSC_ADDRESS_SIZE = 0, FSC_TRANSLATION = 1, FSC_ACCESS = 2, FSC_PERMISSION = 3, // by 4, + level
    FSC_ALIGNMENT = 0x21,
    ISS_WRITE = 1 << 6,
};

static bool in_guard(uintptr_t addr) {
    void *bottom, *top;
    return hal_stack_find(addr, &bottom, &top) && addr < (uintptr_t)bottom;
}

static const char *abort_name(uintptr_t esr, uintptr_t far) {
    unsigned status = esr & 0x3f;
    switch (status / 4) {
        case FSC_TRANSLATION:
            return in_guard(far) ? "stack overflow" : "translation fault";
        case FSC_PERMISSION:
            return "permission fault";
        default:
            return status == FSC_ALIGNMENT ? "alignment fault" : "bus error";
    }
}

static void describe(hal_fault_t *fault, const uintptr_t *regs, unsigned kind) {
    unsigned class = a64_field(regs[REG_ESR], 26, 6);
    fault->what = "unexpected exception";
    if (kind == KIND_SERROR) {
        fault->what = "asynchronous bus error (SError)";
    } else if (kind == KIND_IRQ) {
        fault->what = "interrupt inside an exception handler";
    } else if (class == EC_DATA_ABORT) {
        fault->what = abort_name(regs[REG_ESR], regs[REG_FAR]);
        fault->access = regs[REG_ESR] & ISS_WRITE ? HAL_ACCESS_WRITE : HAL_ACCESS_READ;
        fault->has_addr = true;
    } else if (class == EC_CODE_ABORT) {
        fault->what = abort_name(regs[REG_ESR], regs[REG_FAR]);
        fault->access = HAL_ACCESS_EXEC;
        fault->has_addr = true;
    } else if (class == EC_UNKNOWN) {
        fault->what = "undefined instruction";
    } else if (class == EC_FP) {
        fault->what = "FP or SIMD instruction while disabled";
    } else if (class == EC_ILLEGAL_STATE) {
        fault->what = "illegal execution state";
    } else if (class == EC_SVC || class == EC_HVC || class == EC_SMC) {
        fault->what = "system call instruction";
    } else if (class == EC_SYSREG) {
        fault->what = "trapped system register access";
    } else if (class == EC_PC_ALIGN) {
        fault->what = "jump to an unaligned address";
        fault->has_addr = true;
    } else if (class == EC_SP_ALIGN) {
        fault->what = "unaligned stack pointer";
    } else if (class == EC_FP_TRAP) {
        fault->what = "floating point exception";
    } else if (class == EC_BRK) {
        fault->what = "breakpoint instruction";
    }
}

// After an overflow sp is in the guard; the stack that explains it begins above.
static uintptr_t readable_sp(uintptr_t sp) {
    for (unsigned i = 0; i < a64_core_slots(); ++i) {
        uintptr_t bottom = a64_cores[i].stack_bottom;
        if (sp < bottom && sp + 2 * A64_PAGE > bottom) {
            return bottom;
        }
    }
    return sp;
}

// Called by vectors.S with the frame, which starts with the registers in reg_names' order. Returns
// when it is to be left by the frame's x0, x29, x30, sp, elr and spsr.
void a64_fault(uintptr_t *regs, unsigned kind) {
    hal_landing_t landing;
    hal_fault_t fault = {
        .pc = regs[REG_ELR],
        .sp = readable_sp(regs[REG_SP]),
        .addr = regs[REG_FAR],
        .interruptible = kind == KIND_SYNC
            && (regs[REG_SPSR] & (SPSR_MODE | SPSR_IRQ_OFF)) == SPSR_EL1T,
        .n_regs = N_REGS,
        .reg_names = reg_names,
        .regs = regs,
    };
    describe(&fault, regs, kind);
    fault_taken(&fault, &landing);
    regs[REG_X0] = (uintptr_t)landing.arg;
    regs[REG_FP] = regs[REG_LR] = 0;
    regs[REG_SP] = landing.sp;
    regs[REG_ELR] = (uintptr_t)landing.fn;
    regs[REG_SPSR] = SPSR_EL1T | SPSR_IRQ_OFF;
}

int hal_fault_trigger(hal_fault_kind_t kind) {
    if (kind == HAL_FAULT_ILLEGAL) {
        __asm volatile ("udf #0");
    }
    return -ENOTSUP; // a division by zero is 0, and loads may be unaligned
}
