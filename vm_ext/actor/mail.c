// SPDX-License-Identifier: MIT
// Sending, receiving, and what becomes of mail that nobody will read.
//
// Invariant: a message is in exactly one place: a mailbox, the list of what its receiver has not taken, somebody's
// `held` list, or an actor's ties. So it is freed once, whoever dies when.
// in_bytes - out_bytes is what waits in a mailbox and in the list behind it: senders add before they push, and
// subtract if that fails; the receiver adds to out_bytes when a message is taken, handled or dropped.
#include "vm_ext/actor/core.h"
#include "vm_ext/actor/mailbox.h"
#include "vm_ext/actor/memory.h"

enum { ROOM_WAITERS_MAX = RT_SMP ? 4096 : 8 };

static void (*discard_hook)(rt_msg_t *msg);

void rt_set_discard_hook(void (*discard)(rt_msg_t *msg)) {
    discard_hook = discard;
}

// ---------------------------------------------------------------- making and freeing

void *actor_alloc(rt_actor_t *self, size_t bytes) {
    rt_nopreempt_enter(self);
    void *block = rt_alloc(bytes);
    rt_nopreempt_leave(self);
    return block;
}

// At least what a failed ask carries.
static size_t block_bytes(uint32_t bytes) {
    return bytes < sizeof(rt_msg_t) + sizeof(void *) ? sizeof(rt_msg_t) + sizeof(void *) : bytes;
}

rt_msg_t *rt_msg_new(rt_actor_t *self, size_t payload_bytes) {
    if (payload_bytes > UINT32_MAX / 2) {
        return NULL;
    }
    uint32_t bytes = sizeof(rt_msg_t) + payload_bytes;
    rt_nopreempt_enter(self);
    rt_msg_t *msg = rt_alloc(block_bytes(bytes));
    if (msg != NULL) {
        msg->bytes = bytes;
        msg->kind = RT_MSG_USER;
        msg->flags = 0;
        msg->code = 0;
        held_add(self, msg);
    }
    rt_nopreempt_leave(self);
    return msg;
}

static void drop_payload(rt_msg_t *msg) {
    if (msg->flags & RT_MSG_TEXT) {
        text_drop(*(rt_text_t **)(msg + 1));
    } else if (msg->flags & RT_MSG_OWNS && discard_hook != NULL) {
        discard_hook(msg);
    }
    msg->flags &= ~(RT_MSG_TEXT | RT_MSG_OWNS);
}

void mail_free(rt_msg_t *msg) {
    drop_payload(msg);
    if (!(msg->flags & RT_MSG_FIXED)) {
        rt_free(msg, block_bytes(msg->bytes));
    }
}

// The ask itself becomes the answer, so this cannot fail.
void mail_fail_ask(rt_core_t *core, rt_msg_t *ask, rt_reason_t code, rt_text_t *text) {
    drop_payload(ask);
    ask->kind = RT_MSG_REPLY;
    ask->flags = RT_MSG_FAILED;
    ask->code = code;
    if (text != NULL) {
        text_share(text);
        ask->flags |= RT_MSG_TEXT;
        *(rt_text_t **)(ask + 1) = text;
    }
    mail_deliver_or_free(core, rt_msg_from(ask), ask);
}

void mail_discard(rt_core_t *core, rt_actor_t *to, rt_msg_t *msg) {
    switch (msg->kind) {
        case RT_MSG_ASK:
            mail_fail_ask(core, msg, RT_NOPROC, NULL);
            break;
        case RT_SIG_WANT_ROOM:
            msg->kind = RT_MSG_ROOM;
            msg->code = RT_NOPROC;
            mail_deliver_or_free(core, rt_msg_from(msg), msg);
            break;
        case RT_SIG_LINK:
        case RT_SIG_MONITOR:
            ties_discard(core, (rt_ref_t) { to, msg->gen }, msg);
            break;
        case RT_MSG_IRQ:
            line_discarded(msg);
            break;
        default:
            mail_free(msg);
    }
}

void rt_msg_free(rt_actor_t *self, rt_msg_t *msg) {
    rt_nopreempt_enter(self);
    if (!(msg->flags & RT_MSG_FIXED)) {
        held_remove(self, msg);
        if (msg->kind == RT_MSG_ASK) {
            mail_fail_ask(self->core, msg, RT_ERROR, NULL);
        } else {
            mail_free(msg);
        }
    }
    rt_nopreempt_leave(self);
}

// ---------------------------------------------------------------- delivering

uint32_t mail_waiting_bytes(const rt_actor_t *actor) {
    // Two words, one of which may be newer than the other.
    int32_t waiting = at_load(&actor->in_bytes) - at_load(&actor->out_bytes);
    return waiting < 0 ? 0 : waiting;
}

bool mail_has_room(const rt_actor_t *actor, uint32_t bytes, uint32_t times) {
    uint32_t waiting = mail_waiting_bytes(actor);
    return waiting == 0 || (uint64_t)waiting + bytes <= (uint64_t)at_load(&actor->limit) * times;
}

// A generation that ends between this look and the push is found out by the next tenant: mail_drain().
static bool is_gone(rt_ref_t to) {
    return to.actor == NULL || at_load(&to.actor->gen) != to.gen;
}

int mail_deliver(rt_core_t *core, rt_ref_t to, rt_msg_t *msg) {
    if (is_gone(to)) {
        return -ESRCH;
    }
    uint32_t bytes = msg->bytes;
    msg->gen = to.gen;
    if (bytes != 0) {
        at_add(&to.actor->in_bytes, bytes);
    }
    int result = mail_push(&to.actor->mailbox, msg); // from here on msg may be gone
    if (result > 0) {
        core_make_ready(core, to.actor);
        return 0;
    }
    if (result < 0 && bytes != 0) {
        at_add(&to.actor->in_bytes, -bytes);
    }
    return result;
}

void mail_deliver_or_free(rt_core_t *core, rt_ref_t to, rt_msg_t *msg) {
    if (mail_deliver(core, to, msg) != 0) {
        mail_free(msg);
    }
}

// In nopreempt. On failure msg is self's again.
static int send_held(rt_actor_t *self, rt_ref_t to, rt_msg_t *msg) {
    int result = -ESRCH;
    msg->from = self;
    msg->from_gen = at_load(&self->gen);
    if (!is_gone(to)) {
        if (!mail_has_room(to.actor, msg->bytes, 1)) {
            return -EAGAIN;
        }
        held_remove(self, msg);
        trace(self->core, RT_TRACE_SEND, self, to.actor->index);
        result = mail_deliver(self->core, to, msg);
        if (result != 0) {
            held_add(self, msg);
        } else {
            at_bump(&self->sent, 1);
        }
    }
    return result;
}

int rt_send(rt_actor_t *self, rt_ref_t to, rt_msg_t *msg) {
    rt_nopreempt_enter(self);
    msg->kind = RT_MSG_USER;
    int result = send_held(self, to, msg);
    rt_nopreempt_leave(self);
    return result;
}

int rt_ask(rt_actor_t *self, rt_ref_t to, rt_msg_t *msg, uint64_t *id) {
    rt_nopreempt_enter(self);
    *id = msg->id = ++self->last_id;
    msg->kind = RT_MSG_ASK;
    int result = send_held(self, to, msg);
    if (result != 0) {
        msg->kind = RT_MSG_USER;
    }
    rt_nopreempt_leave(self);
    return result;
}

void rt_reply(rt_actor_t *self, rt_msg_t *ask, rt_msg_t *answer) {
    rt_nopreempt_enter(self);
    held_remove(self, ask);
    held_remove(self, answer);
    answer->kind = RT_MSG_REPLY;
    answer->code = 0;
    answer->id = ask->id;
    answer->from = self;
    answer->from_gen = at_load(&self->gen);
    at_bump(&self->sent, 1);
    mail_deliver_or_free(self->core, rt_msg_from(ask), answer);
    mail_free(ask);
    rt_nopreempt_leave(self);
}

void rt_reply_error(rt_actor_t *self, rt_msg_t *ask, rt_reason_t code) {
    rt_nopreempt_enter(self);
    held_remove(self, ask);
    mail_fail_ask(self->core, ask, code, NULL);
    rt_nopreempt_leave(self);
}

// ---------------------------------------------------------------- room

int rt_want_room(rt_actor_t *self, rt_ref_t to) {
    int result = -ESRCH;
    rt_nopreempt_enter(self);
    if (!is_gone(to)) {
        rt_msg_t *msg = rt_alloc(block_bytes(sizeof(rt_msg_t)));
        result = -ENOMEM;
        if (msg != NULL) {
            *msg = (rt_msg_t) {
                .bytes = sizeof(rt_msg_t), .kind = RT_SIG_WANT_ROOM,
                .from = self, .from_gen = at_load(&self->gen),
            };
            result = mail_has_room(to.actor, sizeof(rt_msg_t), 2) ? mail_deliver(self->core, to, msg) : -EAGAIN;
            if (result != 0) {
                mail_free(msg);
            }
        }
    }
    rt_nopreempt_leave(self);
    return result;
}

// To all who wait, in no particular order: they compete for it anyway.
void mail_give_room(rt_core_t *core, rt_actor_t *actor, rt_reason_t code) {
    actor->n_waiters = 0;
    while (actor->room_waiters != NULL) {
        rt_msg_t *msg = actor->room_waiters;
        actor->room_waiters = msg->next;
        rt_ref_t waiter = rt_msg_from(msg);
        msg->kind = RT_MSG_ROOM;
        msg->code = code;
        msg->from = actor;
        msg->from_gen = at_load(&actor->gen);
        mail_deliver_or_free(core, waiter, msg);
    }
}

static void received(rt_core_t *core, rt_actor_t *actor, uint32_t bytes) {
    at_bump(&actor->out_bytes, bytes);
    if (actor->room_waiters != NULL && mail_waiting_bytes(actor) <= actor->limit / 2) {
        mail_give_room(core, actor, RT_NORMAL);
    }
}

// ---------------------------------------------------------------- receiving

void mail_append(rt_actor_t *actor, rt_msg_t *msg) {
    msg->next = NULL;
    msg->prev = actor->mail_last;
    if (actor->mail_last != NULL) {
        actor->mail_last->next = msg;
    } else {
        actor->mail_first = msg;
    }
    actor->mail_last = msg;
    ++actor->arrived;
    actor->flags |= F_FRESH_MAIL;
}

// Out of the list: it waits no more.
void mail_remove(rt_actor_t *actor, rt_msg_t *msg) {
    if (actor->skipped == msg) {
        actor->skipped = msg->prev;
    }
    if (msg->prev != NULL) {
        msg->prev->next = msg->next;
    } else {
        actor->mail_first = msg->next;
    }
    if (msg->next != NULL) {
        msg->next->prev = msg->prev;
    } else {
        actor->mail_last = msg->prev;
    }
    received(actor->core, actor, msg->bytes);
}

// True: msg became mail.
static bool exit_signal(rt_actor_t *actor, rt_msg_t *msg) {
    rt_text_t *text = (rt_text_t *)rt_msg_text(msg);
    if (msg->code == RT_KILL) {
        actor_exit_with(actor, RT_KILLED, text);
    } else if (actor->flags & F_TRAP_EXIT) {
        msg->kind = RT_MSG_EXIT;
        mail_append(actor, msg);
        return true;
    } else if (msg->code != RT_NORMAL || msg->from == actor) {
        actor_exit_with(actor, msg->code, text);
    }
    mail_free(msg);
    return false;
}

// Who asks for room again and again without waiting for the answer gets it at once, and no more memory.
static void want_room(rt_core_t *core, rt_actor_t *actor, rt_msg_t *msg) {
    if (actor->n_waiters >= ROOM_WAITERS_MAX) {
        mail_give_room(core, actor, RT_NORMAL);
    }
    msg->next = actor->room_waiters;
    actor->room_waiters = msg;
    ++actor->n_waiters;
}

// What is for the runtime and not for the program.
static void handle(rt_core_t *core, rt_actor_t *actor, rt_msg_t *msg) {
    uint32_t bytes = msg->bytes;
    bool became_mail = false;
    switch (msg->kind) {
        case RT_SIG_TIMEOUT:
            actor->timer_core = TIMER_NONE;
            actor->flags |= F_TIMED_OUT; // perhaps too early: the scheduler looks at the clock
            return;
        case RT_SIG_EXIT:
            became_mail = exit_signal(actor, msg);
            break;
        case RT_SIG_WANT_ROOM:
            want_room(core, actor, msg);
            break;
        default:
            became_mail = ties_signal(core, actor, msg);
    }
    if (!became_mail) { // otherwise it is counted until it is taken
        received(core, actor, bytes);
    }
}

void mail_drain(rt_core_t *core, rt_actor_t *actor) {
    if (!mail_is_msg(at_load(&actor->mailbox))) {
        return;
    }
    rt_msg_t *msg = mail_take(&actor->mailbox);
    while (msg != NULL) {
        rt_msg_t *next = msg->next;
        if (msg->gen != at_load(&actor->gen)) {
            at_bump(&actor->out_bytes, msg->bytes); // for an earlier tenant
            mail_discard(core, actor, msg);
        } else if (msg->kind < RT_MSG_IRQ) {
            mail_append(actor, msg);
        } else if (msg->kind == RT_MSG_IRQ) {
            if (line_noticed(core, msg)) {
                actor->flags |= F_FRESH_MAIL;
                ++actor->arrived;
            } else {
                mail_append(actor, msg);
            }
        } else {
            handle(core, actor, msg);
        }
        msg = next;
    }
}

uint32_t rt_mail_arrived(rt_actor_t *self) {
    rt_nopreempt_enter(self);
    mail_drain(self->core, self);
    uint32_t arrived = self->arrived;
    rt_nopreempt_leave(self);
    return arrived;
}

rt_msg_t *rt_mail_peek(rt_actor_t *self) {
    rt_msg_t *msg = self->skipped != NULL ? self->skipped->next : self->mail_first;
    if (msg == NULL) {
        rt_nopreempt_enter(self);
        mail_drain(self->core, self);
        msg = self->skipped != NULL ? self->skipped->next : self->mail_first;
        if (msg == NULL) {
            self->flags &= ~F_FRESH_MAIL;
        }
        if (self->flags & F_EXITING) {
            self->head.poll = 1; // the leave that ends the outermost section goes to the scheduler, which ends it
        }
        rt_nopreempt_leave(self);
    }
    return msg;
}

void rt_mail_skip(rt_actor_t *self) {
    rt_nopreempt_enter(self);
    rt_msg_t *msg = self->skipped != NULL ? self->skipped->next : self->mail_first;
    if (msg != NULL) {
        self->skipped = msg;
    }
    rt_nopreempt_leave(self);
}

void rt_mail_rewind(rt_actor_t *self) {
    self->skipped = NULL;
}

rt_msg_t *rt_mail_take(rt_actor_t *self) {
    rt_nopreempt_enter(self);
    rt_msg_t *msg = self->skipped != NULL ? self->skipped->next : self->mail_first;
    if (msg != NULL) {
        mail_remove(self, msg);
        if (msg->flags & RT_MSG_FIXED) {
            line_taken(msg);
        } else {
            held_add(self, msg);
        }
        at_bump(&self->received, 1);
    }
    rt_nopreempt_leave(self);
    return msg;
}

rt_msg_t *rt_mail_next(rt_actor_t *self) {
    return rt_mail_peek(self) == NULL ? NULL : rt_mail_take(self);
}

// ---------------------------------------------------------------- the end

void mail_drop_all(rt_core_t *core, rt_actor_t *actor) {
    rt_msg_t *lists[] = { mail_close(&actor->mailbox), actor->mail_first, NULL };
    actor->mail_first = actor->mail_last = actor->skipped = NULL;
    for (unsigned i = 0; i < 2; ++i) {
        while (lists[i] != NULL) {
            rt_msg_t *msg = lists[i];
            lists[i] = msg->next;
            at_bump(&actor->out_bytes, msg->bytes);
            if (msg->kind == RT_SIG_TIMEOUT) {
                actor->timer_core = TIMER_NONE;
            } else {
                mail_discard(core, actor, msg);
            }
        }
    }
    while (actor->held != NULL) {
        rt_msg_t *msg = actor->held;
        held_remove(actor, msg);
        if (msg->kind == RT_MSG_ASK) {
            mail_fail_ask(core, msg, actor->exit_code, actor->exit_text);
        } else {
            mail_free(msg);
        }
    }
    mail_give_room(core, actor, RT_NOPROC);
}
