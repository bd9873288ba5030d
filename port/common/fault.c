// SPDX-License-Identifier: MIT
// What becomes of a CPU exception. One that an activation took ends the activation. Any other, and
// any broken invariant, are the last words of the machine: printed with registers and the return
// addresses found on the stack, then everything stops with HAL_FAIL_STATUS.
// Invariant: what outlives an activation is changed with interrupts disabled only, so a fault that
// is taken with interrupts enabled leaves it whole. Nothing here allocates, waits, or calls into
// the VM; a fault inside stops at once.
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "hal/console.h"
#include "hal/cpu.h"
#include "hal/fault.h"
#include "hal/irq.h"
#include "hal/power.h"
#include "hal/smp.h"
#include "hal/stack.h"
#include "port/common/common.h"

enum { BACKTRACE_MAX = 24, STACK_SCAN_BYTES = 16384 };
enum { LINE_BYTES = 160, PAGE_BYTES = 4096 };

static volatile bool failing;
static const fault_activation_t *activations[SMP_MAX_CORES]; // each written by its core only

// Where words go instead of the console, while one core ends an actor.
static struct {
    char *text;                     // NULL: to the console
    size_t len, max;
} sink;

size_t fault_say_to(char *text, size_t max) {
    size_t len = sink.len;
    sink.text = text;
    sink.max = max;
    sink.len = 0;
    return len;
}

void fault_say(const char *fmt, ...) {
    char line[LINE_BYTES];
    va_list args;
    va_start(args, fmt);
    int wanted = vsnprintf(line, sizeof(line), fmt, args);
    va_end(args);
    size_t len = wanted < LINE_BYTES ? wanted : LINE_BYTES - 1;
    if (sink.text == NULL) {
        hal_console_write(line, len);
        return;
    }
    len = len < sink.max - sink.len ? len : sink.max - sink.len;
    memcpy(sink.text + sink.len, line, len);
    sink.len += len;
}

static void begin(void) {
    hal_irq_disable();
    if (failing) {
        hal_power_fail(); // a fault while a fault was being reported
    }
    failing = true;
    sink.text = NULL;
    hal_smp_stop_others();
}

static bool is_code(uintptr_t addr) {
    uintptr_t start, end;
    hal_cpu_text_range(&start, &end);
    return start <= addr && addr < end;
}

void fault_say_calls(uintptr_t sp, uintptr_t end, unsigned max, const char *before) {
    uintptr_t last = 0; // recursion is said once
    unsigned found = 0;
    for (uintptr_t *word = (uintptr_t *)sp; word < (uintptr_t *)end && found < max; ++word) {
        if (is_code(*word) && *word != last) {
            last = *word;
            fault_say("%s0x%08lx", before, (unsigned long)last);
            ++found;
        }
    }
}

// Without frame pointers the stack itself is the evidence: every word that points into code.
// tools/symbols names them; a stale word can be among them, so they are called candidates.
static void backtrace(uintptr_t sp) {
    void *bottom, *top;
    sp &= ~(uintptr_t)(sizeof(uintptr_t) - 1);
    if (!hal_stack_find(sp, &bottom, &top)) {
        fault_say("\r\n  (sp is not on a C stack)\r\n");
        return;
    }
    uintptr_t end = (uintptr_t)top;
    if (sp < (uintptr_t)bottom) {
        sp = (uintptr_t)bottom; // an overflow: sp points into the guard already
    }
    if (end - sp > STACK_SCAN_BYTES) {
        end = sp + STACK_SCAN_BYTES;
    }
    fault_say_calls(sp, end, BACKTRACE_MAX, "\r\n  ");
    fault_say("\r\n");
}

static const char *const access_words[] = {
    [HAL_ACCESS_UNKNOWN] = "access to", [HAL_ACCESS_READ] = "read of",
    [HAL_ACCESS_WRITE] = "write to", [HAL_ACCESS_EXEC] = "jump to",
};

static const char *place(uintptr_t addr, const fault_activation_t *activation) {
    if (addr < PAGE_BYTES) {
        return " (null page)";
    }
    if (activation != NULL && addr < activation->stack_bottom
        && activation->stack_bottom - addr <= PAGE_BYTES) {
        return " (below the C stack)";
    }
    return is_code(addr) ? " (code)" : "";
}

void fault_say_what(const hal_fault_t *fault, const fault_activation_t *activation) {
    fault_say("%s at pc 0x%lx", fault->what, (unsigned long)fault->pc);
    if (fault->has_addr) {
        fault_say(", %s 0x%lx%s", access_words[fault->access], (unsigned long)fault->addr,
            place(fault->addr, activation));
    }
}

void fault_fatal(const hal_fault_t *fault) {
    begin();
    fault_say("\r\n*** PANIC: ");
    fault_say_what(fault, NULL);
    fault_say(", core %u\r\n", hal_cpu_id());
    for (unsigned i = 0; i < fault->n_regs; ++i) {
        // MicroPython's printf has no '*' for a width.
        fault_say(sizeof(uintptr_t) == 8 ? "%6s 0x%016lx%s" : "%6s 0x%08lx%s", fault->reg_names[i],
            (unsigned long)fault->regs[i], i % 4 == 3 || i + 1 == fault->n_regs ? "\r\n" : "");
    }
    fault_say("Backtrace (return address candidates):\r\n  0x%08lx", (unsigned long)fault->pc);
    backtrace(fault->sp);
    fault_say("*** end of panic\r\n");
    hal_power_fail();
}

// --- landing

void fault_set_activation(const fault_activation_t *activation) {
    activations[hal_cpu_id()] = activation;
    // An exception is no function call: what comes before and after in the source must stay there.
    __atomic_signal_fence(__ATOMIC_SEQ_CST);
}

// On top of the landing stack while land() runs.
typedef struct {
    hal_fault_t fault;
    uintptr_t regs[HAL_FAULT_REGS_MAX];
    const fault_activation_t *activation;
} ended_t;

static void begin_landing(void *arg) {
    ended_t *ended = arg;
    ended->activation->land(ended->activation->arg, &ended->fault);
}

void fault_taken(const hal_fault_t *fault, hal_landing_t *landing) {
    const fault_activation_t *activation = activations[hal_cpu_id()];
    if (!fault->interruptible || activation == NULL || failing
        || fault->n_regs > HAL_FAULT_REGS_MAX) {
        fault_fatal(fault);
    }
    fault_set_activation(NULL);
    uintptr_t top = (activation->landing_top - sizeof(ended_t)) & ~(uintptr_t)15;
    ended_t *ended = (ended_t *)top;
    ended->fault = *fault;
    memcpy(ended->regs, fault->regs, fault->n_regs * sizeof(uintptr_t));
    ended->fault.regs = ended->regs;
    ended->activation = activation;
    *landing = (hal_landing_t) { begin_landing, ended, top };
}

void panic(const char *fmt, ...) {
    char line[LINE_BYTES];
    va_list args;
    va_start(args, fmt);
    vsnprintf(line, sizeof(line), fmt, args);
    va_end(args);
    begin();
    fault_say("\r\n*** PANIC: %s, core %u\r\n", line, hal_cpu_id());
    fault_say("Backtrace (return address candidates):");
    backtrace((uintptr_t)__builtin_frame_address(0));
    fault_say("*** end of panic\r\n");
    hal_power_fail();
}
