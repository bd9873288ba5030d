// SPDX-License-Identifier: MIT
// The system as actors: every core runs the runtime; the shell is an actor whose body is the
// prompt, and `init` starts it again when it ends.
// Invariant: what the console's interrupt touches of the shell is console_line and the isolate's
// pending exception.
#include <string.h>

#include "hal/console.h"
#include "hal/cpu.h"
#include "hal/fault.h"
#include "hal/irq.h"
#include "hal/smp.h"
#include "hal/time.h"
#include "port/common/common.h"
#include "vm_ext/actor/rt.h"
#include "vm_ext/isolate/isolate.h"
#include "vm_ext/modactor/buffer.h"
#include "vm_ext/modactor/message.h"

static rt_line_t console_line;

// --- waiting

// Takes what only wakes; what is left is mail for the program.
static void look(rt_actor_t *self) {
    for (rt_msg_t *msg = rt_mail_peek(self); msg != NULL; msg = rt_mail_peek(self)) {
        if (msg->kind == RT_MSG_IRQ) {
            uint64_t first_ns;
            rt_line_take(self, (rt_line_t *)rt_mail_take(self), &first_ns);
        } else {
            rt_mail_skip(self);
        }
    }
}

void actors_wait(uint64_t deadline_ns) {
    rt_actor_t *self = isolate_cur()->actor;
    look(self);
    rt_wait(self, deadline_ns);
}

void actors_on_input(void) {
    rt_post_from_irq(&console_line);
}

// --- the actors of the system

static rt_result_t shell_step(rt_actor_t *self) {
    void *bottom, *top;
    rt_stack_bounds(self, &bottom, &top);
    rt_line_open(self, &console_line);
    shell_run(self, bottom, top);
}

static void shell_destroy(rt_actor_t *self, rt_reason_t reason) {
    vmstate_set(&console_isolate->ctx);
    buffer_free_all();
    vmheap_release();
    vmstate_set(NULL);
}

static const rt_program_t shell = {shell_step, shell_destroy};

static void start_shell(rt_actor_t *self) {
    rt_options_t options = RT_OPTIONS;
    options.name = "shell";
    options.monitor = self != NULL;
    options.mailbox_bytes = 1 << 20;
    rt_ref_t ref;
    uint64_t monitor;
    if (rt_spawn(self, &shell, console_isolate, &options, &ref, &monitor) != 0) {
        panic("actors.c: the shell does not start");
    }
}

static rt_result_t init_step(rt_actor_t *self) {
    static bool started;
    if (!started) {
        started = true;
        start_shell(self);
    }
    for (rt_msg_t *msg = rt_mail_next(self); msg != NULL; msg = rt_mail_next(self)) {
        bool down = msg->kind == RT_MSG_DOWN;
        rt_msg_free(self, msg);
        if (down) {
            start_shell(self);
        }
    }
    return RT_REST;
}

static const rt_program_t init = {.step = init_step};

// --- cores

void timer_on_expiry(void) {
    fault_trigger_here(FAULT_INTERRUPT);
    rt_on_timer();
}

void smp_on_ipi(void) {
    rt_on_ipi();
}

static bool go; // set when the runtime may run

void smp_core_main(unsigned core) {
    smp_count_in();
    while (!__atomic_load_n(&go, __ATOMIC_ACQUIRE)) { // pairs with actors_run()
        hal_irq_disable();
        hal_cpu_idle();
    }
    actorfault_arm(core);
    hal_irq_restore(0);
    rt_core_run(core);
    panic("actors.c: core %u has ended", core);
}

void actors_run(void) {
    rt_options_t options = RT_OPTIONS;
    options.name = "init";
    options.trap_exit = true;
    options.mailbox_bytes = 1 << 16;
    rt_ref_t ref;
    rt_set_discard_hook(message_discard);
    if (rt_start(hal_cpu_count()) != 0 || rt_spawn(NULL, &init, NULL, &options, &ref, NULL) != 0) {
        panic("actors.c: no memory for the runtime");
    }
    __atomic_store_n(&go, true, __ATOMIC_RELEASE);
    for (unsigned core = 1; core < hal_cpu_count(); ++core) {
        hal_smp_ipi(core);
    }
    actorfault_arm(0);
    rt_core_run(0);
    panic("actors.c: core 0 has ended");
}
