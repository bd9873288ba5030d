// SPDX-License-Identifier: MIT
// A CPU exception in an actor's code ends that actor, with what it was doing as the reason's text;
// the shell's goes to the console, in step with the raw REPL. A fault of the runtime itself (in
// nopreempt, or without an actor) is the machine's end.
// The landing runs on a stack of its core, in nopreempt, so nothing else lands there meanwhile. One
// core at a time writes a text.
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "shared/runtime/interrupt_char.h"

#include "hal/cpu.h"
#include "hal/fault.h"
#include "hal/irq.h"
#include "hal/stack.h"
#include "port/common/common.h"
#include "vm_ext/actor/atomic.h"
#include "vm_ext/actor/rt.h"
#include "vm_ext/isolate/isolate.h"

enum { CALLS_MAX = 8, TEXT_BYTES = 1024 };

extern int mp_interrupt_char;

static struct {
    fault_activation_t running, reading;
} cores[SMP_MAX_CORES];

static bool locked; // what follows belongs to the core that set it
static hal_fault_t ended_by;
static fault_activation_t ended; // where
static char text[TEXT_BYTES];

static void finish(void *arg, const hal_fault_t *fault) {
    rt_actor_t *self = rt_self();
    vmstate_set(&((isolate_t *)rt_arg(self))->ctx);
    if (fault != NULL) { // a second one: the frames could not be read
        fault_say("  (the rest is damaged)\r\n");
    }
    fault_set_activation(NULL);
    bool shell = isolate_cur() == console_isolate;
    fault_say("CPUFault: ");
    fault_say_what(&ended_by, &ended);
    fault_say(shell ? "; the VM was restarted\r\n" : "\r\n");
    size_t len = fault_say_to(NULL, 0);
    rt_text_t *reason = shell ? NULL : rt_text_new(self, text, len);
    hal_irq_disable();
    __atomic_store_n(&locked, false, __ATOMIC_RELEASE); // pairs with land()
    fault_set_activation(&cores[hal_cpu_id()].running);
    // Not rt_nopreempt_leave(), which may switch: nobody comes back to this stack.
    ((struct rt_head *)self)->nopreempt--;
    rt_fault_exit(reason);
    panic("actorfault.c: the actor does not end");
}

static void land(void *arg, const hal_fault_t *fault) {
    rt_actor_t *self = rt_self();
    if (self == NULL || ((struct rt_head *)self)->nopreempt != 0) {
        fault_fatal(fault);
    }
    rt_nopreempt_enter(self);
    vmstate_set(&((isolate_t *)rt_arg(self))->ctx);
    while (at_swap_acq(&locked, true)) { // pairs with finish()
        hal_cpu_relax();
    }
    ended_by = *fault;
    void *bottom, *top;
    rt_stack_bounds(self, &bottom, &top);
    ended = (fault_activation_t) { .stack_bottom = (uintptr_t)bottom, .stack_top = (uintptr_t)top };
    bool shell = isolate_cur() == console_isolate;
    hal_irq_restore(0);
    fault_trigger_here(FAULT_LANDING);
    if (shell) {
        at_store(&mp_interrupt_char, -1); // or Ctrl-C would raise an exception in the dead VM
        rawrepl_fault(true);
    } else {
        fault_say_to(text, sizeof(text));
    }
    uintptr_t sp = ended_by.sp & ~(uintptr_t)(sizeof(uintptr_t) - 1);
    if (sp < ended.stack_bottom || sp > ended.stack_top) {
        sp = ended.stack_bottom; // an overflow leaves it below the stack, a jump anywhere
    }
    fault_say("Traceback (most recent call last):\r\n");
    fault_set_activation(&cores[hal_cpu_id()].reading);
    vmtrace_say(sp, (uintptr_t)MP_STATE_THREAD(stack_top));
    fault_say("  in C, return address candidates");
    fault_say_calls(sp, ended.stack_top, CALLS_MAX, " ");
    fault_say("\r\n");
    finish(arg, NULL);
}

#if PORT_SMALL
enum { SCHEDULER_IN_USE_BYTES = 512 };

// On the scheduler's stack, which rests meanwhile, below what of it is in use.
static uintptr_t landing_top(unsigned core) {
    return (uintptr_t)__builtin_frame_address(0) - SCHEDULER_IN_USE_BYTES;
}
#else
static uintptr_t landing_top(unsigned core) {
    void *top;
    if (hal_stack_alloc(&top) == NULL) {
        panic("actorfault.c: no stack for core %u", core);
    }
    return (uintptr_t)top;
}
#endif

void actorfault_arm(unsigned core) {
    cores[core].running = (fault_activation_t) { .land = land, .landing_top = landing_top(core) };
    cores[core].reading = (fault_activation_t) { .land = finish, .landing_top = landing_top(core) };
    fault_set_activation(&cores[core].running);
}
