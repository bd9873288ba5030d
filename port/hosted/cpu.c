// SPDX-License-Identifier: MIT
// A core is a thread: its identity, its idle state, its registers.
#include <poll.h>
#include <stdio.h>
#include <string.h>

#include "hal/cpu.h"
#include "hal/irq.h"
#include "hal/power.h"
#include "hosted.h"

extern char __executable_start[], etext[];

unsigned hal_cpu_id(void) {
    return hosted_core == NULL ? 0 : hosted_core->id;
}

// Nothing can ever wake core 0 again: its input has ended and no timer is armed.
static bool dead_end(const hosted_core_t *core) {
    return core->id == 0 && core->deadline_ns == UINT64_MAX && hosted_console_ended();
}

void hal_cpu_idle(void) {
    hosted_core_t *core = hosted_core;
    sigset_t before;
    // From here on a signal stays with the kernel until ppoll(), which unblocks it and waits in one
    // step.
    pthread_sigmask(SIG_BLOCK, &hosted_irq_signals, &before);
    if (hosted_pending_get() == 0) {
        if (dead_end(core)) {
            hal_power_off();
        }
        ppoll(NULL, 0, NULL, &before);
    }
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    hosted_irq_serve();
}

void hal_cpu_relax(void) {
    sched_yield(); // the other thread may not be running at all
}

HOSTED_UNCHECKED void hal_cpu_with_saved_regs(void (*fn)(void *sp, void *arg), void *arg) {
    __builtin_unwind_init(); // callee-saved registers go to this frame, and none lies below it
    fn(__builtin_alloca(sizeof(uintptr_t)), arg);
    __asm volatile ("" ::: "memory"); // no tail call: the frame must outlive fn
}

void hal_cpu_text_range(uintptr_t *start, uintptr_t *end) {
    *start = (uintptr_t)__executable_start;
    *end = (uintptr_t)etext;
}

// The value of a "key : value" line of /proc/cpuinfo; false if there is none. A FILE is locked by
// its thread, so the caller must not go on in another one.
static bool cpuinfo(const char *key, char *value, size_t max) {
    hal_irq_state_t state = hal_irq_disable();
    FILE *file = fopen("/proc/cpuinfo", "r");
    char line[256];
    bool found = false;
    while (file != NULL && !found && fgets(line, sizeof(line), file) != NULL) {
        char *colon = strchr(line, ':');
        if (colon != NULL && strncmp(line, key, strlen(key)) == 0) {
            snprintf(value, max, "%s", colon + 1 + strspn(colon + 1, " "));
            value[strcspn(value, "\n")] = 0;
            found = true;
        }
    }
    if (file != NULL) {
        fclose(file);
    }
    hal_irq_restore(state);
    return found;
}

const char *hal_cpu_name(void) {
    static char name[80];
    if (name[0] == 0 && !cpuinfo("model name", name, sizeof(name))) {
        snprintf(name, sizeof(name), "%s", HOSTED_CPU);
    }
    return name;
}

uint64_t hal_cpu_freq_hz(void) {
    static uint64_t hz;
    char mhz[32];
    double value;
    if (hz == 0) {
        bool known = cpuinfo("cpu MHz", mhz, sizeof(mhz)) && sscanf(mhz, "%lf", &value) == 1;
        // Otherwise that of the clock, which counts nanoseconds.
        hz = known && value >= 1 ? (uint64_t)(value * 1000000) : 1000000000;
    }
    return hz;
}
