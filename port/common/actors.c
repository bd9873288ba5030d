// SPDX-License-Identifier: MIT
// The system as actors: every core runs the runtime; `init` starts the root supervisor, a program
// in Python, again and again, and that one the shell, an actor whose body is the prompt.
// Invariants: there is at most one shell, since its isolate is a variable. What the console's
// interrupt touches of it is console_line and interrupt_line.
#include <errno.h>
#include <string.h>

#include "hal/console.h"
#include "hal/cpu.h"
#include "hal/fault.h"
#include "hal/irq.h"
#include "hal/smp.h"
#include "hal/time.h"
#include "port/common/common.h"
#include "vm_ext/actor/rt.h"
#if PORT_HW
#include "vm_ext/hw/hw.h"
#endif
#include "vm_ext/isolate/isolate.h"
#include "vm_ext/modactor/buffer.h"
#include "vm_ext/modactor/mail.h"
#include "vm_ext/modactor/message.h"
#include "vm_ext/modactor/vmactor.h"

#define TRY_AGAIN_NS (100000000)
#define LINE_WAIT_NS (1000000)

static rt_line_t console_line, interrupt_line;

// --- waiting

// Takes what only wakes; what is left is mail for the program.
static void look(rt_actor_t *self) {
    for (rt_msg_t *msg = rt_mail_peek(self); msg != NULL; msg = rt_mail_peek(self)) {
        if (msg->kind == RT_MSG_IRQ) {
            mail_keep_interrupt(self); // for who listens to that line, if anybody does
        } else {
            rt_mail_skip(self);
        }
    }
}

// The caller looks after each wait: what came since the last wait ended may have come after that.
void actors_wait(uint64_t deadline_ns) {
    isolate_t *isolate = isolate_cur();
    rt_actor_t *self = isolate->actor;
    if (self == NULL) { // a VM that runs by itself: port/hosted/fuzz.c
        hal_irq_state_t state = hal_irq_disable();
        hal_cpu_idle();
        hal_irq_restore(state);
        return;
    }
    if (isolate->poll_until_ns != 0) {
        deadline_ns = MIN(deadline_ns, isolate->poll_until_ns);
        isolate->poll_until_ns = 0;
    }
    if (rt_mail_arrived(self) == isolate->mail_arrived) {
        rt_wait(self, deadline_ns);
    }
    look(self);
    isolate->mail_arrived = rt_mail_arrived(self);
}

void actors_on_input(void) {
    rt_post_from_irq(&console_line);
}

void actors_on_interrupt(void) {
    rt_post_from_irq(&interrupt_line);
}

// By the core that has the shell in hand: nobody else writes to its VM.
static void interrupt_shell(rt_line_t *line) {
    isolate_interrupt(console_isolate);
}

// Waits until nothing of it is under way to an earlier shell.
static void open_line(rt_actor_t *self, rt_line_t *line) {
    while (rt_line_open(self, line) != 0) {
        rt_wait(self, hal_time_ns() + LINE_WAIT_NS);
    }
}

// --- the shell

static bool shell_exists; // atomic: set when it is spawned, cleared when nothing of it is left
static rt_ref_t shell_ref;

static rt_result_t shell_step(rt_actor_t *self) {
    void *bottom, *top;
    rt_stack_bounds(self, &bottom, &top);
    open_line(self, &console_line);
    interrupt_line.notice = interrupt_shell;
    open_line(self, &interrupt_line);
    shell_run(self, bottom, top);
    return RT_DONE;
}

static void shell_destroy(rt_actor_t *self, rt_reason_t reason) {
    vmstate_set(&console_isolate->ctx);
    #if PORT_HW
    cap_release_all(&console_isolate->caps);
    #endif
    buffer_free_all();
    vmheap_release();
    vmstate_set(NULL);
    shell_ended(reason);
    __atomic_store_n(&shell_exists, false, __ATOMIC_RELEASE); // pairs with shell_start()
}

static const rt_program_t shell = {shell_step, shell_destroy};

int shell_start(rt_actor_t *self, rt_ref_t *out) {
    rt_info_t info;
    if (__atomic_load_n(&shell_exists, __ATOMIC_ACQUIRE)) { // pairs with shell_destroy()
        *out = shell_ref;
        return rt_info(shell_ref, &info) == 0 ? rt_link(self, shell_ref) : -EBUSY;
    }
    rt_options_t options = RT_OPTIONS;
    options.name = "shell";
    options.link = true;
    options.mailbox_bytes = 1 << 20;
    uint64_t monitor;
    int result = rt_spawn(self, &shell, console_isolate, &options, &shell_ref, &monitor);
    __atomic_store_n(&shell_exists, result == 0, __ATOMIC_RELEASE);
    *out = shell_ref;
    return result;
}

// --- init: starts what is above everything else, and starts it again when it ends

static bool start_first(rt_actor_t *self) {
    rt_ref_t ref;
    #if PORT_SMALL
    return shell_start(self, &ref) == 0; // no memory for a supervisor
    #else
    return vmactor_spawn_first(self, "_tree:main", "system", &ref) == 0;
    #endif
}

static rt_result_t init_step(rt_actor_t *self) {
    static bool started;
    bool start = !started;
    started = true;
    rt_nopreempt_enter(self); // to the step's end: the shell then begins on this stack, a large one
    for (rt_msg_t *msg = rt_mail_next(self); msg != NULL; msg = rt_mail_next(self)) {
        start |= msg->kind == RT_MSG_EXIT;
        rt_msg_free(self, msg);
    }
    if (start && !start_first(self)) {
        rt_rest_until(self, hal_time_ns() + TRY_AGAIN_NS);
        started = false;
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
    #if PORT_HW
    hw_init();
    #endif
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
