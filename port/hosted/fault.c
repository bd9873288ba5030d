// SPDX-License-Identifier: MIT
// The host's fault signals, described for port/common as the CPU exceptions that they are. Handlers
// run on a stack of their own, so that a fault for want of stack can still be dealt with.
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "hal/power.h"
#include "hal/stack.h"
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
    void *bottom, *top;
    return hal_stack_find(addr, &bottom, &top) && addr < (uintptr_t)bottom;
}

// Sent by the kernel for an instruction of this thread, not by kill() for whatever reason.
static bool is_own(const siginfo_t *info) {
    return info->si_code > 0;
}

static void describe(hal_fault_t *fault, int signal, const siginfo_t *info) {
    for (unsigned i = 0; i < KINDS; ++i) {
        if (kinds[i].signal == signal) {
            fault->what = kinds[i].what;
            // SI_KERNEL: an address that is none; the signal does not tell it.
            fault->has_addr = kinds[i].has_addr && info->si_code != SI_KERNEL;
        }
    }
    fault->addr = (uintptr_t)info->si_addr;
    if (fault->has_addr && in_guard(fault->addr)) {
        fault->what = "C stack overflow";
    }
}

// Returning from the handler goes on at the landing, with the signal mask of what was interrupted:
// interrupts are off by the core's flag alone.
static void on_fault(int signal, siginfo_t *info, void *context_in) {
    ucontext_t *context = context_in;
    hosted_core_t *core = hosted_core;
    uintptr_t regs[HOSTED_REGS_MAX];
    hal_landing_t landing;
    hal_fault_t fault = { .what = "signal", .regs = regs };
    describe(&fault, signal, info);
    fault.pc = hosted_pc(context);
    fault.sp = hosted_sp(context);
    fault.access = fault.has_addr ? hosted_access(context) : HAL_ACCESS_UNKNOWN;
    fault.n_regs = hosted_regs(context, &fault.reg_names, regs);
    fault.interruptible = !hosted_irq_off_get() && is_own(info) && hosted_faults_land();
    hosted_irq_off_set(1);
    fault_taken(&fault, &landing);
    hosted_forget_frames(core);
    hosted_go_on(context, &landing);
}

void hosted_fault_init(void) {
    // SA_NODEFER: a fault while one is reported must reach fault_report(), which then gives up. No
    // interrupt on this stack: it might be left for another context's.
    struct sigaction action = {
        .sa_sigaction = on_fault, .sa_flags = SA_SIGINFO | SA_ONSTACK | SA_NODEFER,
    };
    action.sa_mask = hosted_irq_signals;
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

// Under a sanitizer a fault is a finding: it ends the process, unless ANTARESIA_FAULTS=land.
bool hosted_faults_land(void) {
    const char *wish = getenv("ANTARESIA_FAULTS");
    return wish != NULL ? strcmp(wish, "land") == 0 : !HOSTED_SANITIZE;
}

HOSTED_UNCHECKED int hal_fault_trigger(hal_fault_kind_t kind) {
    switch (kind) {
        case HAL_FAULT_DIVIDE:
            return hosted_divide_by_zero();
        case HAL_FAULT_ILLEGAL:
            hosted_illegal();
            break;
        default:
            break;
    }
    return -ENOTSUP;
}
