// SPDX-License-Identifier: MIT
// The scheduler of a core: which actor runs next, on what stack, and what becomes of it when its code is left.
//
// It runs in two places. On the core's own stack: core_loop(). And on a pooled stack, after a step has come to its
// end there: if the next actor needs a fresh stack, this one is as good as any, and its step is simply called. So a
// conversation between resting actors costs no switch of stacks. Everything else (an actor with a stack of its own,
// nothing to do) goes back to core_loop().
//
// core->current says whose code runs. While it is NULL the scheduler runs, and an interrupt only leaves a note
// (core->poll). While it is an actor in nopreempt, an interrupt leaves a note in the actor as well. Otherwise the
// end of the interrupt switches to core_loop() at once: the interrupted code, all its registers on its stack, goes
// on when it is switched to, on whatever core.
// Invariant: an actor is in one place: some core's hands (current, next, handoff), a queue, an inbox, `starved`, or
// parked (mailbox WAITING). Whoever takes it from there owns it.
#include "vm_ext/actor/core.h"
#include "vm_ext/actor/mailbox.h"
#include "hal/cpu.h"
#include "hal/fault.h"
#include "hal/irq.h"
#include "hal/smp.h"
#include "hal/stack.h"
#include "hal/time.h"

enum {
    NEXT_IN_A_ROW = 32,         // turns of `next` before the queue gets one
    NORMAL_FIRST = 64,          // each so many picks, lower priorities come first, so that they cannot starve
    LOW_FIRST = 256,
};

rt_core_t rt_cores[RT_MAX_CORES];
unsigned rt_n_cores;
bool rt_stopping;

// ---------------------------------------------------------------- ready

void core_enqueue(rt_core_t *core, rt_actor_t *actor) {
    queue_push(core, actor);
    core_wake_another(core);
}

// The caller had the actor in its hands, alone. The first to be made ready while another runs becomes `next`, which
// others cannot steal until the slice ends; what comes on top of that is for everybody.
void core_make_ready(rt_core_t *core, rt_actor_t *actor) {
    rt_actor_t *current = core->current;
    if (core->next == NULL && actor->prio != RT_PRIO_LOW) {
        core->next = actor;
    } else {
        core_enqueue(core, actor);
    }
    if (current != NULL && actor->prio < current->prio) {
        core->poll = 1;
        current->head.poll = 1; // it goes before current: at the end of this nopreempt
    }
}

#if RT_SMP

void core_send_to(rt_core_t *core, unsigned other, rt_actor_t *actor) {
    rt_core_t *to = &rt_cores[other];
    rt_actor_t *old = at_load(&to->inbox);
    do {
        actor->link = old;
    } while (!at_cas_acq_rel(&to->inbox, &old, actor)); // release: the actor, for read_inbox()
    at_fence_sc(); // pairs with the fence in core_idle()
    core_wake(other);
}

// Actors that were sent here for their timers' sake: to park here, or dead ones whose slot waits for it.
static void read_inbox(rt_core_t *core) {
    if (at_load(&core->inbox) == NULL) {
        return;
    }
    rt_actor_t *actor = at_swap_acq_rel(&core->inbox, NULL); // acquire: pairs with core_send_to()
    while (actor != NULL) {
        rt_actor_t *next = actor->link;
        timer_remove(core, actor);
        if (at_load(&actor->state) == RT_DYING) {
            slot_free(core, actor);
        } else {
            core_enqueue(core, actor);
        }
        actor = next;
    }
}

int rt_core_call(unsigned id, void (*fn)(void *arg), void *arg) {
    rt_core_t *core = &rt_cores[id];
    void (*none)(void *arg) = NULL;
    if (!at_cas_acq_rel(&core->call, &none, fn)) {
        return -EBUSY;
    }
    core->call_arg = arg;
    at_store_rel(&core->called, true); // pairs with make_call()
    hal_smp_ipi(id);
    return 0;
}

static void make_call(rt_core_t *core) {
    if (at_load_acq(&core->called)) { // pairs with rt_core_call()
        at_store(&core->called, false);
        core->call(core->call_arg);
        at_store_rel(&core->call, NULL); // who sets it next writes call_arg after we have read it
    }
}

#else

static void make_call(rt_core_t *core) {
}

void core_send_to(rt_core_t *core, unsigned other, rt_actor_t *actor) {
    panic("sched.c: a second core");
}

static void read_inbox(rt_core_t *core) {
}

#endif

// ---------------------------------------------------------------- what interrupts left to do

static void on_tick(rt_core_t *core) {
    uint64_t now = hal_time_ns();
    core->armed_ns = RT_FOREVER;
    ++core->stats.ticks;
    trace(core, RT_TRACE_TICK, NULL, 0);
    timer_expire(core, now);
    if (!core->idle && now >= core->tick_ns) {
        core->slice_over = 1;
        core->tick_ns = now + RT_SLICE_NS;
        if (core->next != NULL) { // from now on others may take it
            rt_actor_t *actor = core->next;
            core->next = NULL;
            core_enqueue(core, actor);
        }
    }
    uint64_t first = timer_first(core);
    timer_arm(core, core->idle || first < core->tick_ns ? first : core->tick_ns);
}

static void poll(rt_core_t *core) {
    core->poll = 0; // an interrupt after this sets it again
    at_barrier();
    if (core->ipi) {
        core->ipi = 0;
        make_call(core);
    }
    if (core->ticked) {
        core->ticked = 0;
        on_tick(core);
    }
    lines_post(core);
    if (core->starved.first != NULL) { // once in a while: stacks may have come free
        core_enqueue(core, fifo_pop(&core->starved));
    }
}

// Busy again: from now on the timer ends slices.
static void get_busy(rt_core_t *core) {
    uint64_t now = hal_time_ns();
    core->idle = 0;
    core->charged_ns = now;
    core->tick_ns = now + RT_SLICE_NS;
    timer_arm(core, core->tick_ns);
}

// ---------------------------------------------------------------- parking

// True: the actor is parked, or sent where it can be, and no longer ours. False: it has mail.
static bool park(rt_core_t *core, rt_actor_t *actor) {
    if (!timer_want(core, actor)) {
        core_send_to(core, actor->timer_core, actor);
        return true;
    }
    return mail_park(&actor->mailbox);
}

// Reads the actor's mail for it. False: there is nothing to run: it is parked again, or dead.
static bool prepare(rt_core_t *core, rt_actor_t *actor) {
    actor->core = core;
    for (;;) {
        mail_drain(core, actor);
        if (actor->flags & F_TIMED_OUT && hal_time_ns() < actor->deadline_ns) {
            actor->flags &= ~F_TIMED_OUT; // the timer was set for an earlier deadline
        }
        if (actor->flags & F_EXITING) {
            if (actor->stack != NULL) {
                stack_put(core, actor->stack); // nobody will go on there
                actor->stack = NULL;
            }
            actor_die(core, actor);
            return false;
        }
        bool parked = actor->state == RT_RESTING || actor->state == RT_BLOCKED;
        if (!parked || actor->flags & (F_FRESH_MAIL | F_TIMED_OUT)) {
            return true;
        }
        ++core->stats.spurious;
        if (park(core, actor)) {
            return false;
        }
    }
}

// ---------------------------------------------------------------- choosing

static rt_actor_t *take_next(rt_core_t *core) {
    rt_actor_t *actor = core->next;
    core->next = NULL;
    return actor;
}

static rt_actor_t *from_queue(rt_core_t *core, unsigned prio) {
    rt_actor_t *actor = queue_pop(core, prio);
    if (actor != NULL) {
        core->next_left = NEXT_IN_A_ROW;
    }
    return actor;
}

static rt_actor_t *choose(rt_core_t *core) {
    rt_actor_t *actor = NULL;
    uint32_t turn = ++core->picks;
    if (turn % NORMAL_FIRST == 0) {
        actor = from_queue(core, turn % LOW_FIRST == 0 ? RT_PRIO_LOW : RT_PRIO_NORMAL);
    }
    if (actor == NULL) {
        actor = from_queue(core, RT_PRIO_HIGH);
    }
    if (actor == NULL && core->next != NULL && (core->next_left > 0 || core->next->prio == RT_PRIO_HIGH)) {
        core->next_left -= core->next_left > 0;
        actor = take_next(core);
    }
    for (unsigned prio = RT_PRIO_NORMAL; actor == NULL && prio < RT_PRIOS; ++prio) {
        actor = from_queue(core, prio);
        if (actor == NULL && prio == RT_PRIO_NORMAL) {
            core->next_left = NEXT_IN_A_ROW; // nobody else waits
            actor = take_next(core);
        }
    }
    return actor != NULL ? actor : queue_steal(core);
}

// The next actor to run, prepared; NULL: there is none.
static rt_actor_t *pick(rt_core_t *core) {
    rt_actor_t *actor;
    do {
        if (core->poll) {
            poll(core);
        }
        read_inbox(core);
        actor = choose(core);
    } while (actor != NULL && !prepare(core, actor));
    return actor;
}

// ---------------------------------------------------------------- running

static void begin(rt_core_t *core, rt_actor_t *actor) {
    if (core->idle) {
        get_busy(core);
    }
    actor->head.poll = 0;
    at_store(&actor->state, RT_RUNNING);
    at_bump(&actor->dispatches, 1);
    ++core->stats.dispatches;
    trace(core, RT_TRACE_DISPATCH, actor, 0);
}

static void begin_step(rt_core_t *core, rt_actor_t *actor, rt_stack_t *stack) {
    begin(core, actor);
    actor->flags &= ~F_FRESH_MAIL;
    actor->deadline_ns = RT_FOREVER;
    actor->stack = stack;
    actor->head.nopreempt = 1; // until its step begins
}

static void end_step(rt_core_t *core, rt_actor_t *actor, rt_result_t result) {
    actor->stack = NULL;
    if (result == RT_REST && !(actor->flags & (F_FRESH_MAIL | F_EXITING))) {
        actor->flags &= ~F_TIMED_OUT;
        at_store(&actor->state, RT_RESTING);
        trace(core, RT_TRACE_REST, actor, 0);
        if (!park(core, actor)) {
            core_make_ready(core, actor);
        }
    } else if (result == RT_DONE || actor->flags & F_EXITING) {
        actor_exit_with(actor, RT_NORMAL, NULL);
        actor_die(core, actor);
    } else {
        at_store(&actor->state, RT_READY);
        core_enqueue(core, actor);
    }
}

// An interrupt since the last poll() saw no current and could only set core->poll. It may be the one-shot timer's,
// after which none comes; so the actor, which is in nopreempt until it has begun, must find out at its end.
static void set_current(rt_core_t *core, rt_actor_t *actor) {
    core->current = actor;
    at_barrier(); // an interrupt from here on sees the actor
    if (core->poll && actor->head.nopreempt != 0) {
        actor->head.poll = 1;
    }
}

// The same for an actor that is not in nopreempt: interrupts are disabled, and none before has been left unseen.
static void disable_and_poll(rt_core_t *core) {
    hal_irq_disable();
    while (core->poll) {
        hal_irq_restore(0);
        poll(core);
        hal_irq_disable();
    }
}

// The bottom of every pooled stack: one step after the other, of different actors, perhaps on different cores.
static void stack_main(void *arg) {
    rt_actor_t *actor = arg;
    rt_stack_t *stack = actor->stack;
    for (;;) {
        rt_nopreempt_leave(actor);
        rt_result_t result = actor->program->step(actor);
        rt_nopreempt_enter(actor);
        rt_core_t *core = actor->core;
        core->current = NULL;
        end_step(core, actor, result);
        actor = pick(core);
        if (actor == NULL || actor->stack != NULL) {
            core->handoff = actor;
            core->left = LEFT_STACK;
            core->left_stack = stack;
            void *dropped;
            hal_stack_switch(&dropped, core->sp);
        }
        begin_step(core, actor, stack);
        set_current(core, actor);
    }
}

// Switches to the actor; returns when code of an actor, this or another, was left.
static void run(rt_core_t *core, rt_actor_t *actor) {
    void *sp = actor->sp;
    bool in_irq = actor->flags & F_IRQ_FRAME;
    if (actor->stack == NULL) {
        rt_stack_t *stack = stack_get(core);
        if (stack == NULL) {
            fifo_push(&core->starved, actor);
            core->poll = core->idle; // tries again with the next tick, or now if there are no ticks
            return;
        }
        begin_step(core, actor, stack);
        sp = hal_stack_make(stack->bottom, stack_top(stack), stack_main, actor);
    } else {
        begin(core, actor);
    }
    if (in_irq) {
        actor->flags &= ~F_IRQ_FRAME;
        disable_and_poll(core); // as the code was that is to go on; the end of its interrupt enables them
    }
    set_current(core, actor);
    hal_stack_switch(&core->sp, sp);
}

static bool should_yield(rt_core_t *core, const rt_actor_t *actor) {
    bool slice_over = core->slice_over;
    core->slice_over = 0;
    for (unsigned prio = 0; prio < RT_PRIOS; ++prio) {
        bool waits = queue_has(core, prio) || core->fifos[prio].first != NULL ||
            (core->next != NULL && core->next->prio == prio);
        if (waits && (slice_over || prio < actor->prio)) {
            return true;
        }
    }
    return false;
}

// Its code was left for the sake of an interrupt.
static void interrupted(rt_core_t *core, rt_actor_t *actor) {
    uint64_t now = core->ticked ? hal_time_ns() : core->charged_ns;
    at_bump(&actor->cpu_ns, now - core->charged_ns);
    core->charged_ns = now;
    poll(core);
    at_store(&actor->state, RT_READY);
    if (should_yield(core, actor)) {
        ++core->stats.preemptions;
        trace(core, RT_TRACE_PREEMPT, actor, 0);
        core_enqueue(core, actor);
    } else {
        core->handoff = actor;
    }
}

static void after(rt_core_t *core) {
    rt_actor_t *actor = core->current;
    rt_left_t left = core->left;
    core->current = NULL;
    core->left = LEFT_NOTHING;
    if (actor != NULL && actor->flags & F_IRQ_FRAME) {
        hal_irq_restore(0); // left with interrupts disabled
    }
    switch (left) {
        case LEFT_STACK:
            stack_put(core, core->left_stack);
            break;
        case LEFT_BLOCKED:
            at_store(&actor->state, RT_BLOCKED);
            trace(core, RT_TRACE_BLOCK, actor, 0);
            if (!park(core, actor)) {
                core->handoff = actor;
            }
            break;
        case LEFT_INTERRUPTED:
            interrupted(core, actor);
            break;
        case LEFT_YIELD:
            at_store(&actor->state, RT_READY);
            core_enqueue(core, actor);
            break;
        case LEFT_EXIT:
            core->handoff = actor; // prepare() ends it
            break;
        case LEFT_NOTHING:
            break;
    }
}

void rt_core_run(unsigned id) {
    rt_core_t *core = &rt_cores[id];
    core->idle = 1;
    core->started = true;
    while (!at_load_acq(&rt_stopping)) {
        rt_actor_t *actor = core->handoff;
        core->handoff = NULL;
        if (actor == NULL) {
            actor = pick(core);
        } else if (!prepare(core, actor)) {
            continue;
        }
        if (actor == NULL) {
            core_idle(core);
        } else {
            run(core, actor);
            after(core);
        }
    }
    core->started = false;
}

// ---------------------------------------------------------------- leaving an actor's code

void core_leave(rt_actor_t *self, rt_left_t left) {
    rt_core_t *core = self->core;
    core->left = left;
    hal_stack_switch(&self->sp, core->sp);
}

void rt_nopreempt_slow(rt_actor_t *self) {
    while (self->head.poll) {
        self->head.nopreempt = 1;
        at_barrier();
        core_leave(self, LEFT_INTERRUPTED);
        at_barrier();
        self->head.nopreempt = 0;
    }
}

void rt_yield(rt_actor_t *self) {
    rt_nopreempt_enter(self);
    core_leave(self, LEFT_YIELD);
    rt_nopreempt_leave(self);
}

int rt_wait(rt_actor_t *self, uint64_t deadline_ns) {
    int result = 0;
    rt_nopreempt_enter(self);
    mail_drain(self->core, self);
    if (!(self->flags & (F_FRESH_MAIL | F_EXITING))) {
        if (!stack_spare(self->core)) {
            result = -ENOMEM;
        } else {
            self->deadline_ns = deadline_ns;
            self->flags &= ~F_TIMED_OUT;
            core_leave(self, LEFT_BLOCKED);
            result = self->flags & F_TIMED_OUT ? -ETIMEDOUT : 0;
        }
    }
    self->flags &= ~F_FRESH_MAIL;
    if (self->flags & F_EXITING) {
        self->head.poll = 1;
    }
    rt_nopreempt_leave(self);
    return result;
}

bool rt_fault_exit(rt_text_t *text) {
    hal_irq_disable();
    rt_core_t *core = &rt_cores[hal_cpu_id()];
    rt_actor_t *self = core->current;
    if (!core->started || self == NULL || self->head.nopreempt != 0) {
        return false;
    }
    actor_exit_with(self, RT_FAULT, text);
    text_drop(text);
    self->flags |= F_IRQ_FRAME;
    core_leave(self, LEFT_EXIT);
    __builtin_unreachable();
}

void rt_on_timer(void) {
    rt_core_t *core = &rt_cores[hal_cpu_id()];
    core->ticked = 1;
    core->poll = 1;
}

void rt_on_ipi(void) {
    rt_core_t *core = &rt_cores[hal_cpu_id()];
    core->ipi = 1;
    core->poll = 1;
}

int rt_start(unsigned cores) {
    rt_n_cores = cores < RT_MAX_CORES ? cores : RT_MAX_CORES;
    for (unsigned i = 0; i < rt_n_cores; ++i) {
        rt_core_t *core = &rt_cores[i];
        core->id = i;
        core->random = i + 1;
        core->armed_ns = RT_FOREVER;
        core->next_left = NEXT_IN_A_ROW;
        #if RT_SMP
        for (unsigned prio = 0; prio < RT_PRIOS; ++prio) {
            if (!deque_init(&core->deques[prio])) {
                return -ENOMEM;
            }
        }
        #endif
    }
    return 0;
}
