// SPDX-License-Identifier: MIT
// Cores as threads, each on a stack of its own with a guard page, and how they are stopped.
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "hal/cpu.h"
#include "hal/irq.h"
#include "hal/smp.h"
#include "hosted.h"

static unsigned running = 1;    // cores started by hal_smp_start(), and core 0
static unsigned reached;        // cores that are about to call smp_core_main()

unsigned hal_cpu_count(void) {
    return __atomic_load_n(&running, __ATOMIC_ACQUIRE); // pairs with hal_smp_start()
}

void hosted_core_start(unsigned id, void *(*body)(void *core)) {
    hosted_core_t *core = &hosted_cores[id];
    core->id = id;
    core->deadline_ns = UINT64_MAX;
    core->stack_bottom = hosted_guarded_alloc(HOSTED_STACK_BYTES);
    pthread_attr_t attr;
    pthread_attr_init(&attr);
    pthread_attr_setstack(&attr, core->stack_bottom, HOSTED_STACK_BYTES);
    int err = pthread_create(&core->thread, &attr, body, core);
    if (err != 0) {
        fprintf(stderr, "antaresia: no thread for core %u: %s; try fewer --cores\n",
            id, strerror(err));
        hosted_terminal_restore();
        exit(1);
    }
    pthread_attr_destroy(&attr);
}

// The top of the stack is here, not at the end of its memory: libc's data lies between.
void hosted_core_enter(hosted_core_t *core) {
    core->thread = pthread_self(); // pthread_create() may not have stored it yet
    core->stack_top = __builtin_frame_address(0);
    hosted_core = core;
    hosted_stack_core(core);
    hosted_fault_stack();
    hosted_timer_init(core);
    pthread_sigmask(SIG_UNBLOCK, &hosted_irq_signals, NULL);
}

static void *secondary(void *arg) {
    hosted_core_t *core = arg;
    hosted_core_enter(core);
    __atomic_fetch_add(&reached, 1, __ATOMIC_RELEASE); // pairs with hal_smp_start()
    smp_core_main(core->id);
}

unsigned hal_smp_start(unsigned max_cores) {
    unsigned wanted = hosted_options.cores < max_cores ? hosted_options.cores : max_cores;
    sigset_t before;
    // Threads inherit the mask; a core unblocks its interrupts when it can take them.
    pthread_sigmask(SIG_BLOCK, &hosted_irq_signals, &before);
    for (unsigned id = 1; id < wanted; ++id) {
        hosted_core_start(id, secondary);
    }
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    while (__atomic_load_n(&reached, __ATOMIC_ACQUIRE) + 1 < wanted) {
        hal_cpu_relax();
    }
    __atomic_store_n(&running, wanted, __ATOMIC_RELEASE);
    return wanted;
}

void hal_smp_ipi(unsigned core) {
    hosted_irq_send(core, HOSTED_IRQ_IPI);
}

// --- stopping: a signal that hal_irq_disable() does not hold back

static int stop_signal(void) {
    return SIGRTMIN + HOSTED_IRQ_COUNT;
}

static void on_stop(int signal) {
    sigset_t all;
    sigfillset(&all);
    for (;;) {
        sigsuspend(&all);
    }
}

void hosted_stop_init(void) {
    struct sigaction action = { .sa_handler = on_stop, .sa_flags = SA_ONSTACK };
    sigfillset(&action.sa_mask);
    sigaction(stop_signal(), &action, NULL);
}

void hal_smp_stop_others(void) {
    for (unsigned id = 0; id < hal_cpu_count(); ++id) {
        if (&hosted_cores[id] != hosted_core) {
            pthread_kill(hosted_cores[id].thread, stop_signal());
        }
    }
}
