// SPDX-License-Identifier: MIT
// The last words of a machine: a CPU exception or a broken invariant is printed with registers and
// the return addresses found on the stack, then everything stops with HAL_FAIL_STATUS.
// Invariant: nothing here allocates, waits, or calls into the VM; a fault inside stops at once.
#include <stdarg.h>
#include <stdio.h>

#include "hal/console.h"
#include "hal/cpu.h"
#include "hal/fault.h"
#include "hal/irq.h"
#include "hal/power.h"
#include "hal/smp.h"

enum { BACKTRACE_MAX = 24, STACK_SCAN_BYTES = 16384, OVERSHOOT_BYTES = 4096, LINE_BYTES = 160 };

static volatile bool failing;

static void say(const char *fmt, ...) {
    char line[LINE_BYTES];
    va_list args;
    va_start(args, fmt);
    int len = vsnprintf(line, sizeof(line), fmt, args);
    va_end(args);
    hal_console_write(line, len < LINE_BYTES ? len : LINE_BYTES - 1);
}

static void begin(void) {
    hal_irq_disable();
    if (failing) {
        hal_power_fail(); // a fault while a fault was being reported
    }
    failing = true;
    hal_smp_stop_others();
}

static bool is_code(uintptr_t addr) {
    uintptr_t start, end;
    hal_cpu_text_range(&start, &end);
    return start <= addr && addr < end;
}

// Without frame pointers the stack itself is the evidence: every word that points into code.
// tools/symbols names them; a stale word can be among them, so they are called candidates.
static void backtrace(uintptr_t sp) {
    void *bottom, *top;
    hal_cpu_boot_stack(&bottom, &top);
    uintptr_t end = (uintptr_t)top;
    sp &= ~(uintptr_t)(sizeof(uintptr_t) - 1);
    if (sp < (uintptr_t)bottom && (uintptr_t)bottom - sp <= OVERSHOOT_BYTES) {
        sp = (uintptr_t)bottom; // an overflow: sp points into the guard already
    }
    if (sp < (uintptr_t)bottom || sp >= end) {
        say("  (sp is not on the boot stack)\r\n");
        return;
    }
    if (end - sp > STACK_SCAN_BYTES) {
        end = sp + STACK_SCAN_BYTES;
    }
    int found = 0;
    uintptr_t *last = (uintptr_t *)end;
    for (uintptr_t *word = (uintptr_t *)sp; word < last && found < BACKTRACE_MAX; ++word) {
        if (is_code(*word)) {
            say("  0x%08lx\r\n", (unsigned long)*word);
            ++found;
        }
    }
}

void fault_report(const hal_fault_t *fault) {
    begin();
    say("\r\n*** PANIC: %s at pc 0x%lx", fault->what, (unsigned long)fault->pc);
    if (fault->has_addr) {
        say(", address 0x%lx", (unsigned long)fault->addr);
    }
    say(", core %u\r\n", hal_cpu_id());
    for (unsigned i = 0; i < fault->n_regs; ++i) {
        // MicroPython's printf has no '*' for a width.
        say(sizeof(uintptr_t) == 8 ? "%6s 0x%016lx%s" : "%6s 0x%08lx%s", fault->reg_names[i],
            (unsigned long)fault->regs[i], i % 4 == 3 || i + 1 == fault->n_regs ? "\r\n" : "");
    }
    say("Backtrace (return address candidates):\r\n  0x%08lx\r\n", (unsigned long)fault->pc);
    backtrace(fault->sp);
    say("*** end of panic\r\n");
    hal_power_fail();
}

void panic(const char *fmt, ...) {
    char line[LINE_BYTES];
    va_list args;
    va_start(args, fmt);
    vsnprintf(line, sizeof(line), fmt, args);
    va_end(args);
    begin();
    say("\r\n*** PANIC: %s, core %u\r\n", line, hal_cpu_id());
    say("Backtrace (return address candidates):\r\n");
    backtrace((uintptr_t)__builtin_frame_address(0));
    say("*** end of panic\r\n");
    hal_power_fail();
}
