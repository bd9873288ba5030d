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
