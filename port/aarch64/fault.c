// SPDX-License-Identifier: MIT
// From the frame that vectors.S stored to a fault description in words. Arm ARM D13, ESR_ELx.
#include "hal/fault.h"

#include <string.h>

#include "a64.h"
#include "sysreg.h"

// In the order of vectors.S.
static const char *const reg_names[] = {
    "x0", "x1", "x2", "x3", "x4", "x5", "x6", "x7", "x8", "x9", "x10", "x11", "x12", "x13", "x14",
    "x15", "x16", "x17", "x18", "x19", "x20", "x21", "x22", "x23", "x24", "x25", "x26", "x27",
    "x28", "x29", "x30", "sp", "elr", "spsr", "esr", "far",
};
enum { REG_SP = 31, REG_ELR, REG_SPSR, REG_ESR, REG_FAR, N_REGS };

enum { KIND_SYNC, KIND_SERROR, KIND_IRQ };

enum {
    EC_UNKNOWN = 0x00, EC_FP = 0x07, EC_ILLEGAL_STATE = 0x0e, EC_SVC = 0x15, EC_HVC = 0x16,
    EC_SMC = 0x17, EC_SYSREG = 0x18, EC_CODE_ABORT = 0x21, EC_PC_ALIGN = 0x22, EC_DATA_ABORT = 0x25,
    EC_SP_ALIGN = 0x26, EC_FP_TRAP = 0x2c, EC_BRK = 0x3c,
    FSC_ADDRESS_SIZE = 0, FSC_TRANSLATION = 1, FSC_ACCESS = 2, FSC_PERMISSION = 3, // by 4, + level
    FSC_ALIGNMENT = 0x21,
    ISS_WRITE = 1 << 6,
};

static bool in_guard(uintptr_t addr) {
    for (unsigned i = 0; i < a64_core_slots(); ++i) {
        if (addr - (a64_cores[i].stack_bottom - A64_PAGE) < A64_PAGE
            || addr - (a64_cores[i].exception_stack_bottom - A64_PAGE) < A64_PAGE) {
            return true;
        }
    }
    return false;
}

static const char *data_abort(uintptr_t esr, uintptr_t far) {
    unsigned status = esr & 0x3f;
    bool write = (esr & ISS_WRITE) != 0;
    if (status / 4 == FSC_TRANSLATION) {
        return in_guard(far) ? "stack overflow" : write ? "write to unmapped memory"
            : "read of unmapped memory";
    }
    if (status / 4 == FSC_PERMISSION) {
        return write ? "write to read-only memory" : "read of protected memory";
    }
    if (status == FSC_ALIGNMENT) {
        return write ? "unaligned write" : "unaligned read";
    }
    return write ? "bus error on write" : "bus error on read";
}

static const char *code_abort(uintptr_t esr) {
    switch ((esr & 0x3f) / 4) {
        case FSC_TRANSLATION:
            return "jump to unmapped memory";
        case FSC_PERMISSION:
            return "jump to memory that is not code";
        default:
            return "bus error on instruction fetch";
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
        fault->what = data_abort(regs[REG_ESR], regs[REG_FAR]);
        fault->has_addr = true;
    } else if (class == EC_CODE_ABORT) {
        fault->what = code_abort(regs[REG_ESR]);
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

// Called by vectors.S with the frame, which starts with the registers in reg_names' order.
void a64_fault(const uintptr_t *regs, unsigned kind) {
    hal_fault_t fault = {
        .pc = regs[REG_ELR],
        .sp = regs[REG_SP],
        .addr = regs[REG_FAR],
        .n_regs = N_REGS,
        .reg_names = reg_names,
        .regs = regs,
    };
    describe(&fault, regs, kind);
    // After an overflow sp is in the guard; the stack that explains it begins above.
    for (unsigned i = 0; i < a64_core_slots(); ++i) {
        uintptr_t bottom = a64_cores[i].stack_bottom;
        if (fault.sp < bottom && fault.sp + 2 * A64_PAGE > bottom) {
            fault.sp = a64_cores[i].stack_bottom;
        }
    }
    fault_report(&fault);
}
