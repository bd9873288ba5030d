// SPDX-License-Identifier: MIT
// What the files of port/hosted offer each other. Threads of the process: the main thread, which
// waits for signals that end it; the input thread; and one thread per core, whose interrupts are
// real signals sent to that thread.
#ifndef HOSTED_H
#define HOSTED_H

#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>
#include <ucontext.h>

#include "hal/fault.h"

#ifndef HOSTED_SANITIZE
#define HOSTED_SANITIZE (0)
#endif

// Functions that read memory which ASan fences or TSan watches, or that do wrong on purpose.
#define HOSTED_UNCHECKED __attribute__((noinline, no_sanitize("address", "thread", "undefined")))

// A thread's stack; a signal's frame (3.5 KiB with AVX-512) and its handler come on top of what the
// VM needs.
#ifndef HOSTED_STACK_BYTES
#define HOSTED_STACK_BYTES (136 * 1024)
#endif
// One of hal_stack_alloc()'s.
#ifndef HOSTED_POOL_STACK_BYTES
#define HOSTED_POOL_STACK_BYTES HOSTED_STACK_BYTES
#endif

enum { HOSTED_CORES_MAX = 64, HOSTED_PAGE_BYTES = 4096 };

// --- irq.c: an interrupt's number is also its bit in hosted_pending
enum { HOSTED_IRQ_CONSOLE, HOSTED_IRQ_TIMER, HOSTED_IRQ_IPI, HOSTED_IRQ_COUNT };

typedef struct {
    unsigned id;
    pthread_t thread;
    timer_t timer;
    char *stack_bottom;                 // the guard page lies below
    char *stack_top;
    volatile uint64_t deadline_ns;      // UINT64_MAX: the timer is not armed
    #if HOSTED_SANITIZE
    struct hosted_fiber *fiber;         // stack.c: the stack that it is on
    #endif
} hosted_core_t;

extern hosted_core_t hosted_cores[HOSTED_CORES_MAX];
extern _Thread_local hosted_core_t *hosted_core; // NULL on threads that are no core
extern sigset_t hosted_irq_signals;

// Of the thread. Code that may be preempted, and go on in another thread, touches them only by the
// functions of cpu_<arch>.c, which find the variable and access it in one step.
extern _Thread_local int hosted_irq_off;        // 1 on threads that are no core
extern _Thread_local uint32_t hosted_pending;   // interrupts that came while hosted_irq_off was set
int hosted_irq_off_get(void);
void hosted_irq_off_set(int off);
uint32_t hosted_pending_get(void);

void hosted_irq_init(void);
void hosted_irq_send(unsigned core, unsigned irq);
void hosted_irq_serve(void);            // what is pending; interrupts stay disabled
int hosted_irq_signal(unsigned irq);

// --- smp.c
void hosted_core_start(unsigned id, void *(*body)(void *core));
void hosted_core_enter(hosted_core_t *core); // to be called first on a core's thread
void hosted_stop_init(void);

// --- memory.c
void hosted_memory_init(size_t size_bytes);
char *hosted_guarded_alloc(size_t size_bytes); // never freed; an inaccessible page on both sides

// --- stack.c
void hosted_stack_init(void);
void hosted_stack_core(hosted_core_t *core); // on a core's thread: this stack is a context's too

// --- console.c
bool hosted_console_ended(void);        // no byte can come any more
void hosted_console_interrupt(void);

// --- terminal.c
void hosted_terminal_raw(void);
void hosted_terminal_restore(void);     // callable from signal handlers, any number of times

// --- time.c
void hosted_time_init(void);
void hosted_timer_init(hosted_core_t *core);
void hosted_timer_interrupt(void);

// --- power.c
void hosted_power_init(char **argv);
void hosted_hang_up(void) __attribute__((noreturn)); // the console's other end is gone

// --- fault.c
void hosted_fault_init(void);
void hosted_fault_stack(void);          // gives the calling thread a stack for its signal handlers

bool hosted_faults_land(void);

// --- sanitize.c: the frames on a core's stack are abandoned
#if HOSTED_SANITIZE
void hosted_forget_frames(hosted_core_t *core);
#else
#define hosted_forget_frames(core) ((void)(core))
#endif

// --- options.c
typedef struct {
    unsigned memory_mib;
    unsigned cores;
    const char *fuzz;       // a file of programs to run instead of the prompt, or NULL
    unsigned fuzz_first;
    bool fuzz_say;
} hosted_options_t;
extern hosted_options_t hosted_options;
void hosted_options_parse(int argc, char **argv);

// --- fuzz.c, in builds for the address sanitizer
void hosted_fuzz_prepare(char **argv);
void hosted_fuzz_main(const char *path, unsigned first, bool say) __attribute__((noreturn));

// --- cpu_<arch>.c
#define HOSTED_REGS_MAX (HAL_FAULT_REGS_MAX)
unsigned hosted_regs(const ucontext_t *context, const char *const **names, uintptr_t *regs);
uintptr_t hosted_pc(const ucontext_t *context);
uintptr_t hosted_sp(const ucontext_t *context);
hal_access_t hosted_access(const ucontext_t *context); // of a page fault
void hosted_go_on(ucontext_t *context, const hal_landing_t *landing);
int hosted_divide_by_zero(void);        // -ENOTSUP where the CPU does not trap it
void hosted_illegal(void);
// The context moves to another thread: if it is in a function that has found this thread's
// variables and not accessed them yet, back to that function's start.
void hosted_restart(ucontext_t *context);
// Leave a context, from its stack pointer up: `mark`, what hosted_stack_frame() gives; go on with
// another.
void hosted_switch(void **save_sp, void *to_sp, void *mark);
// A context below `top` that will call entry(arg).
void *hosted_stack_frame(void *top, void (*entry)(void *arg), void *arg, void *mark);

#endif
