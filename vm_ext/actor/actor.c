// SPDX-License-Identifier: MIT
// The life of an actor: spawned into a slot, ended by one of several causes, its slot given back.
//
// Whatever the cause, it only marks the actor (F_EXITING, the first cause counts); the scheduler, which then has
// the actor in hand, lets it die. So destroy() never runs in the middle of anything of this runtime.
#include <string.h>

#include "vm_ext/actor/core.h"
#include "vm_ext/actor/mailbox.h"
#include "vm_ext/actor/memory.h"
#include "hal/cpu.h"
#include "hal/irq.h"

// ---------------------------------------------------------------- beginning

static void init(rt_actor_t *actor, const rt_program_t *program, void *arg, const rt_options_t *options) {
    actor->head = (struct rt_head) { 0 };
    actor->program = program;
    actor->arg = arg;
    actor->stack = NULL;
    actor->mail_first = actor->mail_last = actor->skipped = actor->held = actor->ties = NULL;
    at_store(&actor->limit, options->mailbox_bytes);
    // in_bytes and out_bytes go on: senders to earlier tenants may still be between their add and subtract.
    at_store(&actor->prio, options->prio);
    at_store(&actor->state, RT_READY);
    actor->flags = options->trap_exit ? F_TRAP_EXIT : 0;
    actor->timer_core = TIMER_NONE;
    memset(&actor->timer, 0, sizeof(actor->timer));
    actor->deadline_ns = RT_FOREVER;
    actor->last_id = 0;
    actor->exit_text = NULL;
    actor->exit_code = RT_NORMAL;
    actor->name = NULL;
    actor->room_waiters = NULL;
    actor->n_waiters = 0;
    actor->arrived = 0;
    at_store(&actor->cpu_ns, 0);
    at_store(&actor->memory_bytes, 0);
    at_store(&actor->received, 0);
    at_store(&actor->sent, 0);
    at_store(&actor->dispatches, 0);
}

static int tie_pairs(rt_actor_t *self, rt_actor_t *child, const rt_options_t *options, ties_pair_t *pairs) {
    rt_ref_t me = actor_ref(self), it = actor_ref(child);
    if (options->link && !ties_pair_new(me, it, RT_SIG_LINK, 0, &pairs[0])) {
        return -ENOMEM;
    }
    if (options->monitor && !ties_pair_new(me, it, RT_SIG_MONITOR, self->last_id + 1, &pairs[1])) {
        return -ENOMEM;
    }
    return 0;
}

static void tie_up(rt_actor_t *self, rt_actor_t *child, const ties_pair_t *pairs, uint64_t *monitor_id) {
    for (unsigned i = 0; i < 2; ++i) {
        if (pairs[i].parents != NULL) {
            ties_add(self, pairs[i].parents);
            ties_add(child, pairs[i].childs);
        }
    }
    if (pairs[1].parents != NULL) {
        ++self->last_id;
        if (monitor_id != NULL) {
            *monitor_id = self->last_id;
        }
    }
}

// Nobody else knows the child yet.
static void give_first(rt_actor_t *self, rt_actor_t *child, rt_msg_t *msg) {
    held_remove(self, msg);
    msg->kind = RT_MSG_USER;
    msg->from = self;
    msg->from_gen = at_load(&self->gen);
    (void)mail_deliver(self->core, actor_ref(child), msg); // the mailbox is empty: it is not woken by this
}

static int spawn(rt_core_t *core, rt_actor_t *self, const rt_program_t *program, void *arg,
    const rt_options_t *options, rt_ref_t *out, uint64_t *monitor_id) {
    ties_pair_t pairs[2] = { { NULL, NULL }, { NULL, NULL } };
    rt_actor_t *child = slot_alloc(core);
    if (child == NULL) {
        return -ENOMEM;
    }
    init(child, program, arg, options);
    int result = self == NULL ? 0 : tie_pairs(self, child, options, pairs);
    if (result == 0 && options->name != NULL) {
        result = names_register(child, options->name, strlen(options->name));
    }
    if (result != 0) {
        ties_pair_free(&pairs[0]);
        ties_pair_free(&pairs[1]);
        slot_free(core, child);
        return result;
    }
    if (self != NULL) {
        tie_up(self, child, pairs, monitor_id);
    }
    *out = actor_ref(child);
    child->core = core;
    mail_open(&child->mailbox);
    if (options->first != NULL) {
        give_first(self, child, options->first);
    }
    ++core->stats.spawns;
    trace(core, RT_TRACE_SPAWN, child, self == NULL ? 0 : self->index);
    core_make_ready(core, child);
    return 0;
}

int rt_spawn(rt_actor_t *self, const rt_program_t *program, void *arg, const rt_options_t *options,
    rt_ref_t *out, uint64_t *monitor_id) {
    if (self == NULL) {
        return spawn(&rt_cores[hal_cpu_id()], NULL, program, arg, options, out, monitor_id);
    }
    rt_nopreempt_enter(self);
    int result = spawn(self->core, self, program, arg, options, out, monitor_id);
    rt_nopreempt_leave(self);
    return result;
}

// ---------------------------------------------------------------- the end

void actor_exit_with(rt_actor_t *actor, rt_reason_t code, rt_text_t *text) {
    if (!(actor->flags & F_EXITING)) {
        actor->flags |= F_EXITING;
        actor->exit_code = code;
        text_share(text);
        actor->exit_text = text;
    }
}

// In the hands of the scheduler of `core`, its stack dropped. In this order: the program lets go of everything; the
// name is free; nobody can send; those who wait are told; the slot is free.
void actor_die(rt_core_t *core, rt_actor_t *actor) {
    trace(core, RT_TRACE_EXIT, actor, actor->exit_code);
    actor->head.nopreempt = 1; // for destroy(), which may call in here
    if (actor->program->destroy != NULL) {
        actor->program->destroy(actor, actor->exit_code);
    }
    at_store(&actor->state, RT_DYING);
    names_drop(actor);
    mail_drop_all(core, actor);
    ties_cut(core, actor);
    text_drop(actor->exit_text);
    ++core->stats.exits;
    timer_remove(core, actor);
    if (actor->timer_core == TIMER_NONE) {
        slot_free(core, actor);
    } else {
        core_send_to(core, actor->timer_core, actor); // its timer is in that core's heap
    }
}

void rt_exit(rt_actor_t *self, rt_reason_t reason, rt_text_t *text) {
    rt_nopreempt_enter(self);
    actor_exit_with(self, reason, text);
    text_drop(text);
    core_leave(self, LEFT_EXIT);
    __builtin_unreachable();
}

// ---------------------------------------------------------------- small things

void *rt_arg(const rt_actor_t *self) {
    return self->arg;
}

rt_ref_t rt_self_ref(const rt_actor_t *self) {
    return actor_ref(self);
}

rt_actor_t *rt_self(void) {
    hal_irq_state_t state = hal_irq_disable(); // or it could be moved to another core in between
    rt_actor_t *self = rt_cores[hal_cpu_id()].current;
    hal_irq_restore(state);
    return self;
}

void rt_stack_bounds(const rt_actor_t *self, void **bottom, void **top) {
    *bottom = self->stack->bottom;
    *top = stack_top(self->stack);
}

void rt_rest_until(rt_actor_t *self, uint64_t deadline_ns) {
    self->deadline_ns = deadline_ns;
}

bool rt_timed_out(rt_actor_t *self) {
    rt_nopreempt_enter(self);
    bool was = self->flags & F_TIMED_OUT;
    self->flags &= ~F_TIMED_OUT;
    rt_nopreempt_leave(self);
    return was;
}

void rt_note_memory(rt_actor_t *self, uint64_t bytes) {
    at_store(&self->memory_bytes, bytes);
}
