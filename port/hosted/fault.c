// SPDX-License-Identifier: MIT
// The host's fault signals, described for port/common as the CPU exceptions that they are. Handlers
// run on a stack of their own, so that a fault for want of stack can still be reported.
#include <errno.h>

#include "hal/power.h"
#include "hosted.h"

enum { HANDLER_STACK_BYTES = 128 * 1024 };

static const struct {
    int signal;
    const char *what;
    bool has_addr;
} kinds[] = {
    { SIGSEGV, "page fault", true },
    { SIGBUS, "bus error", true },
    { SIGFPE, "divide error", false },
    { SIGILL, "invalid opcode", false },
};
enum { KINDS = sizeof(kinds) / sizeof(kinds[0]) };

static bool in_guard(uintptr_t addr) {
    if (hosted_core == NULL) {
        return false;
    }
    uintptr_t bottom = (uintptr_t)hosted_core->stack_bottom;
    return bottom - HOSTED_PAGE_BYTES <= addr && addr < bottom;
}

static void on_fault(int signal, siginfo_t *info, void *context_in) {
    const ucontext_t *context = context_in;
    uintptr_t addr = (uintptr_t)info->si_addr;
    uintptr_t regs[HOSTED_REGS_MAX];
    hal_fault_t fault = { .what = "signal", .addr = addr };
    for (unsigned i = 0; i < KINDS; ++i) {
        if (kinds[i].signal == signal) {
            fault.what = kinds[i].what;
            fault.has_addr = kinds[i].has_addr;
        }
    }
    if (fault.has_addr && in_guard(addr)) {
        fault.what = "C stack overflow";
    }
    fault.pc = hosted_pc(context);
    fault.sp = hosted_sp(context);
    fault.n_regs = hosted_regs(context, &fault.reg_names, regs);
    fault.regs = regs;
    fault_report(&fault);
}

void hosted_fault_init(void) {
    // SA_NODEFER: a fault while one is reported must reach fault_report(), which then gives up.
    struct sigaction action = {
        .sa_sigaction = on_fault, .sa_flags = SA_SIGINFO | SA_ONSTACK | SA_NODEFER,
    };
    sigemptyset(&action.sa_mask);
    for (unsigned i = 0; i < KINDS; ++i) {
        sigaction(kinds[i].signal, &action, NULL);
    }
}

void hosted_fault_stack(void) {
    stack_t stack = {
        .ss_sp = hosted_guarded_alloc(HANDLER_STACK_BYTES), .ss_size = HANDLER_STACK_BYTES,
    };
    sigaltstack(&stack, NULL);
}

HOSTED_UNCHECKED static int recurse(volatile int depth) {
    volatile char frame[256];
    frame[0] = depth;
    return depth < 0 ? 0 : recurse(depth + 1) + frame[0]; // the guard comes long before INT_MAX
}

HOSTED_UNCHECKED int hal_fault_trigger(hal_fault_kind_t kind) {
    volatile uintptr_t null = 0; // volatile: or the compiler would see the fault coming
    switch (kind) {
        case HAL_FAULT_DIVIDE:
            return hosted_divide_by_zero();
        case HAL_FAULT_NULL_READ:
            (void)*(volatile int *)(null + 8);
            break;
        case HAL_FAULT_WILD_WRITE:
            *(volatile int *)hosted_guard = 1;
            break;
        case HAL_FAULT_CODE_WRITE:
            *(volatile char *)(uintptr_t)hosted_fault_init = 0;
            break;
        case HAL_FAULT_ILLEGAL:
            hosted_illegal();
            break;
        case HAL_FAULT_STACK:
            return recurse(0);
    }
    return -ENOTSUP;
}
