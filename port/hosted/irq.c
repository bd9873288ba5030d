// SPDX-License-Identifier: MIT
// Interrupts are real-time signals sent to the core's own thread. Disabling them is a flag that the
// signal handler looks at, not a system call: a signal that finds the flag set is noted in
// hosted_pending and served by hal_irq_restore().
// Handlers run on the stack that they interrupt, so that rt_on_irq_exit() can leave that stack
// inside the handler: the signal's frame holds all of the interrupted registers. It is then left
// on one thread and continued, perhaps, on another; whoever may be interrupted must not hold on to
// what belongs to the thread.
// Invariant: flag and pending bits are the thread's own, so thread and handler, which interrupt
// each other but never run at once, need no atomics for the flag. While the flag is clear the
// signals are not blocked. Code behind rt_on_irq_exit() or hosted_irq_off_set(0) takes nothing that
// it knew of its thread for granted.
#include <errno.h>

#include "hal/irq.h"
#include "hal/smp.h"
#include "hal/stack.h"
#include "hosted.h"

#define COMPILER_BARRIER() __atomic_signal_fence(__ATOMIC_SEQ_CST)

hosted_core_t hosted_cores[HOSTED_CORES_MAX];
_Thread_local hosted_core_t *hosted_core;
_Thread_local int hosted_irq_off = 1;
_Thread_local uint32_t hosted_pending;
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

// noinline: the addresses of a thread's variables are found anew at each call.
__attribute__((noinline)) static void drain(void) {
    uint32_t bits;
    while ((bits = __atomic_exchange_n(&hosted_pending, 0, __ATOMIC_RELAXED)) != 0) {
        dispatch(bits);
    }
}

__attribute__((noinline)) static void set_errno(int value) {
    errno = value;
}

void hosted_irq_serve(void) {
    drain();
    if (rt_irq_exit_wanted()) {
        rt_on_irq_exit();
    }
}

static void enable(void) {
    for (;;) {
        hosted_irq_off_set(0);
        // A signal from here on is served by its handler; one before is in hosted_pending.
        COMPILER_BARRIER();
        if (hosted_pending_get() == 0) {
            return;
        }
        hosted_irq_off_set(1);
        COMPILER_BARRIER();
        hosted_irq_serve();
        COMPILER_BARRIER();
    }
}

// Out of the handler and back into it: what runs meanwhile on this thread must get its signals.
static void leave_and_return(ucontext_t *context) {
    hosted_restart(context);
    pthread_sigmask(SIG_UNBLOCK, &hosted_irq_signals, NULL);
    rt_on_irq_exit();
    pthread_sigmask(SIG_BLOCK, &hosted_irq_signals, NULL);
}

static void on_signal(int signal, siginfo_t *info, void *context) {
    int saved_errno = errno;
    __atomic_fetch_or(&hosted_pending, 1u << (signal - SIGRTMIN), __ATOMIC_RELAXED);
    if (!hosted_irq_off_get()) {
        hosted_irq_off_set(1);
        COMPILER_BARRIER();
        do {
            drain();
            if (rt_irq_exit_wanted()) {
                leave_and_return(context);
            }
        } while (hosted_pending_get() != 0);
        COMPILER_BARRIER();
        hosted_irq_off_set(0); // the signals are blocked here, so nothing becomes pending
    }
    set_errno(saved_errno);
}

void hosted_irq_init(void) {
    sigemptyset(&hosted_irq_signals);
    for (unsigned irq = 0; irq < HOSTED_IRQ_COUNT; ++irq) {
        sigaddset(&hosted_irq_signals, hosted_irq_signal(irq));
    }
    struct sigaction action = {
        .sa_sigaction = on_signal, .sa_mask = hosted_irq_signals,
        .sa_flags = SA_RESTART | SA_SIGINFO,
    };
    for (unsigned irq = 0; irq < HOSTED_IRQ_COUNT; ++irq) {
        sigaction(hosted_irq_signal(irq), &action, NULL);
    }
}

void hosted_irq_send(unsigned core, unsigned irq) {
    pthread_kill(hosted_cores[core].thread, hosted_irq_signal(irq));
}

hal_irq_state_t hal_irq_disable(void) {
    // A thread that is no core has the flag set for ever.
    hal_irq_state_t state = hosted_irq_off_get();
    if (state == 0) {
        hosted_irq_off_set(1);
    }
    COMPILER_BARRIER();
    return state;
}

void hal_irq_restore(hal_irq_state_t state) {
    COMPILER_BARRIER();
    if (state == 0) {
        enable();
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
