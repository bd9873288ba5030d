// SPDX-License-Identifier: MIT
// Interrupts are real-time signals sent to the core's own thread. Disabling them is a flag that the
// signal handler looks at, not a system call: a signal that finds the flag set is noted in
// core->pending and served by hal_irq_restore().
// Invariant: core->irq_off is written by its own thread only, so thread and handler, which
// interrupt each other but never run at once, need no atomics for it; core->pending is changed by
// both and is only exchanged or or-ed. The handler runs with all interrupt signals blocked:
// handlers never nest.
#include <errno.h>

#include "hal/irq.h"
#include "hal/smp.h"
#include "hosted.h"

#define COMPILER_BARRIER() __atomic_signal_fence(__ATOMIC_SEQ_CST)

hosted_core_t hosted_cores[HOSTED_CORES_MAX];
_Thread_local hosted_core_t *hosted_core;
sigset_t hosted_irq_signals;

int hosted_irq_signal(unsigned irq) {
    return SIGRTMIN + irq;
}

static void dispatch(uint32_t bits) {
    if (bits & 1u << HOSTED_IRQ_CONSOLE) {
        hosted_console_interrupt();
    }
    if (bits & 1u << HOSTED_IRQ_TIMER) {
        hosted_timer_interrupt();
    }
    if (bits & 1u << HOSTED_IRQ_IPI) {
        smp_on_ipi();
    }
}

void hosted_irq_drain(hosted_core_t *core) {
    uint32_t bits;
    while ((bits = __atomic_exchange_n(&core->pending, 0, __ATOMIC_RELAXED)) != 0) {
        dispatch(bits);
    }
}

static void enable(hosted_core_t *core) {
    for (;;) {
        core->irq_off = 0;
        // A signal from here on is served by its handler; one before is in pending.
        COMPILER_BARRIER();
        if (__atomic_load_n(&core->pending, __ATOMIC_RELAXED) == 0) {
            return;
        }
        core->irq_off = 1;
        COMPILER_BARRIER();
        hosted_irq_drain(core);
        COMPILER_BARRIER();
    }
}

static void on_signal(int signal) {
    int saved_errno = errno;
    hosted_core_t *core = hosted_core;
    __atomic_fetch_or(&core->pending, 1u << (signal - SIGRTMIN), __ATOMIC_RELAXED);
    if (!core->irq_off) {
        core->irq_off = 1;
        COMPILER_BARRIER();
        hosted_irq_drain(core);
        COMPILER_BARRIER();
        core->irq_off = 0; // the signals are blocked here, so pending stays empty
    }
    errno = saved_errno;
}

void hosted_irq_init(void) {
    sigemptyset(&hosted_irq_signals);
    for (unsigned irq = 0; irq < HOSTED_IRQ_COUNT; ++irq) {
        sigaddset(&hosted_irq_signals, hosted_irq_signal(irq));
    }
    struct sigaction action = {
        .sa_handler = on_signal, .sa_mask = hosted_irq_signals, .sa_flags = SA_RESTART | SA_ONSTACK,
    };
    for (unsigned irq = 0; irq < HOSTED_IRQ_COUNT; ++irq) {
        sigaction(hosted_irq_signal(irq), &action, NULL);
    }
}

void hosted_irq_send(unsigned core, unsigned irq) {
    pthread_kill(hosted_cores[core].thread, hosted_irq_signal(irq));
}

hal_irq_state_t hal_irq_disable(void) {
    hosted_core_t *core = hosted_core;
    if (core == NULL) {
        return 1; // a thread that is no core takes no interrupts
    }
    hal_irq_state_t state = core->irq_off;
    core->irq_off = 1;
    COMPILER_BARRIER();
    return state;
}

void hal_irq_restore(hal_irq_state_t state) {
    COMPILER_BARRIER();
    if (state == 0) {
        enable(hosted_core);
    }
}

// A process has no interrupt controller and so no lines.
int hal_irq_attach(unsigned line, hal_irq_handler_t handler, void *arg) {
    return -EINVAL;
}

void hal_irq_detach(unsigned line) {
}

void hal_irq_mask(unsigned line) {
}

void hal_irq_unmask(unsigned line) {
}
