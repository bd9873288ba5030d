// SPDX-License-Identifier: MIT
// Links and monitors. A tie is a pair of blocks, one with each of the two actors, made together by the one that
// links or monitors; each knows the other's address. A block is a message from the start, so that at an actor's
// death its half becomes the notice to the other: nothing is allocated to tell anybody, and finding the other half
// is not a search.
//
//   kind            with            when the other ends, or is not there
//   RT_SIG_LINK     both            RT_SIG_LINK_EXIT comes: dies too, or traps it
//   RT_SIG_DOWN     the watcher     RT_SIG_DOWN comes and becomes RT_MSG_DOWN
//   RT_SIG_MONITOR  the watched     RT_SIG_UNTIE, final, comes: forgets
//
// Invariant: a half is never freed by its holder as long as a message that names it may still arrive. A message
// that names it is: the other half itself on its way here (as LINK_EXIT, DOWN, UNTIED, or a final UNTIE), or an
// UNTIE. So:
// - to undo a tie, the holder marks its half CLOSING (it means nothing any more) and sends UNTIE; the other takes
//   its own half out and sends it back as UNTIED; then the holder frees both.
// - both undo at once: each receives UNTIE for a half that is CLOSING, takes it as the answer, and frees its half.
// - death: a half that is not CLOSING goes to the other side as the last word; one that is CLOSING has had its last
//   word sent, and is freed. Mail to the dead is freed, halves among it.
#include "vm_ext/actor/core.h"
#include "vm_ext/actor/mailbox.h"
#include "vm_ext/actor/memory.h"

// The payload. `text` is first, where rt_msg_text() looks.
typedef struct tie {
    rt_msg_t msg;
    rt_text_t *text;
    struct tie *other;
} tie_t;

enum { CROSSED = 32, CLOSING = 64, FINAL = 128 };

_Static_assert(sizeof(tie_t) <= 64, "one block of the smallest size on 64-bit machines");

static tie_t *tie_of(rt_msg_t *msg) {
    return (tie_t *)msg;
}

void ties_add(rt_actor_t *actor, rt_msg_t *msg) {
    msg->prev = NULL;
    msg->next = actor->ties;
    if (msg->next != NULL) {
        msg->next->prev = msg;
    }
    actor->ties = msg;
}

static void remove_tie(rt_actor_t *actor, tie_t *tie) {
    rt_msg_t *msg = &tie->msg;
    if (msg->next != NULL) {
        msg->next->prev = msg->prev;
    }
    if (msg->prev != NULL) {
        msg->prev->next = msg->next;
    } else {
        actor->ties = msg->next;
    }
}

static tie_t *tie_new(rt_ref_t peer, rt_kind_t kind, uint64_t id) {
    tie_t *tie = rt_alloc(sizeof(tie_t));
    if (tie != NULL) {
        *tie = (tie_t) { 0 };
        tie->msg.from = peer.actor;
        tie->msg.from_gen = peer.gen;
        tie->msg.id = id;
        tie->msg.bytes = sizeof(tie_t);
        tie->msg.kind = kind;
    }
    return tie;
}

// Both halves. `from` of each names the other actor; that of the child's half is so also on its way to it.
bool ties_pair_new(rt_ref_t parent, rt_ref_t child, rt_kind_t kind, uint64_t id, ties_pair_t *out) {
    tie_t *mine = tie_new(child, kind == RT_SIG_MONITOR ? RT_SIG_DOWN : kind, id);
    tie_t *other = tie_new(parent, kind, id);
    out->parents = &mine->msg;
    out->childs = &other->msg;
    if (mine == NULL || other == NULL) {
        ties_pair_free(out);
        return false;
    }
    mine->other = other;
    other->other = mine;
    return true;
}

void ties_pair_free(ties_pair_t *pair) {
    if (pair->parents != NULL) {
        mail_free(pair->parents);
    }
    if (pair->childs != NULL) {
        mail_free(pair->childs);
    }
    *pair = (ties_pair_t) { NULL, NULL };
}

// Sends a half to the actor that has the other one. `actor` was its holder.
static void send_half(rt_core_t *core, rt_ref_t holder, tie_t *half, rt_kind_t kind, uint8_t flags, rt_reason_t code,
    rt_text_t *text) {
    rt_ref_t peer = rt_msg_from(&half->msg);
    half->msg.from = holder.actor;
    half->msg.from_gen = holder.gen;
    half->msg.kind = kind;
    half->msg.flags = flags;
    half->msg.code = code;
    if (text != NULL) {
        text_share(text);
        half->text = text;
        half->msg.flags |= RT_MSG_TEXT;
    }
    mail_deliver_or_free(core, peer, &half->msg);
}

// ---------------------------------------------------------------- undoing

// False: no memory; the tie stays.
static bool untie(rt_core_t *core, rt_actor_t *self, tie_t *tie) {
    tie_t *word = tie_new(rt_msg_from(&tie->msg), RT_SIG_UNTIE, 0);
    if (word == NULL) {
        return false;
    }
    tie->msg.flags |= CLOSING;
    word->other = tie->other;
    send_half(core, actor_ref(self), word, RT_SIG_UNTIE, 0, 0, NULL);
    return true;
}

static void on_untie(rt_core_t *core, rt_actor_t *actor, tie_t *word) {
    tie_t *mine = word->other;
    remove_tie(actor, mine);
    if (mine->msg.flags & CLOSING || word->msg.flags & FINAL) {
        mail_free(&mine->msg);
    } else {
        send_half(core, actor_ref(actor), mine, RT_SIG_UNTIED, 0, 0, NULL);
    }
    mail_free(&word->msg);
}

static void on_untied(rt_actor_t *actor, tie_t *others) {
    remove_tie(actor, others->other);
    mail_free(&others->other->msg);
    mail_free(&others->msg);
}

// ---------------------------------------------------------------- notices

static tie_t *find_link(rt_actor_t *actor, rt_ref_t peer) {
    for (rt_msg_t *msg = actor->ties; msg != NULL; msg = msg->next) {
        if (msg->kind == RT_SIG_LINK && !(msg->flags & CLOSING) && rt_ref_eq(rt_msg_from(msg), peer)) {
            return tie_of(msg);
        }
    }
    return NULL;
}

// Two actors that link each other at the same time have two links, of which hush() and rt_unlink() make one.
static void on_link(rt_actor_t *actor, tie_t *half) {
    tie_t *mine = find_link(actor, rt_msg_from(&half->msg));
    ties_add(actor, &half->msg);
    if (mine != NULL) {
        mine->msg.flags |= CROSSED;
        half->msg.flags |= CROSSED;
    }
}

// The other links to an actor that has ended: one notice is enough. Theirs are on the way and end them.
static void hush(rt_actor_t *actor, rt_ref_t peer) {
    tie_t *tie;
    while ((tie = find_link(actor, peer)) != NULL) {
        tie->msg.flags |= CLOSING;
    }
}

// True: the notice becomes mail.
static bool on_notice(rt_actor_t *actor, tie_t *notice) {
    tie_t *mine = notice->other;
    bool silent = mine->msg.flags & CLOSING;
    bool is_link = notice->msg.kind == RT_SIG_LINK_EXIT;
    remove_tie(actor, mine);
    if (!silent && is_link && mine->msg.flags & CROSSED) {
        hush(actor, rt_msg_from(&mine->msg));
    }
    mail_free(&mine->msg);
    if (!silent && (!is_link || actor->flags & F_TRAP_EXIT)) {
        notice->msg.kind = is_link ? RT_MSG_EXIT : RT_MSG_DOWN;
        mail_append(actor, &notice->msg);
        return true;
    }
    if (!silent && notice->msg.code != RT_NORMAL) {
        actor_exit_with(actor, notice->msg.code, notice->text);
    }
    mail_free(&notice->msg);
    return false;
}

bool ties_signal(rt_core_t *core, rt_actor_t *actor, rt_msg_t *msg) {
    switch (msg->kind) {
        case RT_SIG_LINK:
            on_link(actor, tie_of(msg));
            return false;
        case RT_SIG_MONITOR:
            ties_add(actor, msg);
            return false;
        case RT_SIG_UNTIE:
            on_untie(core, actor, tie_of(msg));
            return false;
        case RT_SIG_UNTIED:
            on_untied(actor, tie_of(msg));
            return false;
        default:
            return on_notice(actor, tie_of(msg));
    }
}

// A half that did not find its actor goes back as the notice that there is none.
void ties_discard(rt_core_t *core, rt_ref_t nobody, rt_msg_t *msg) {
    rt_kind_t kind = msg->kind == RT_SIG_LINK ? RT_SIG_LINK_EXIT : RT_SIG_DOWN;
    send_half(core, nobody, tie_of(msg), kind, 0, RT_NOPROC, NULL);
}

void ties_cut(rt_core_t *core, rt_actor_t *actor) {
    rt_ref_t self = actor_ref(actor);
    while (actor->ties != NULL) {
        tie_t *tie = tie_of(actor->ties);
        remove_tie(actor, tie);
        if (tie->msg.flags & CLOSING) {
            mail_free(&tie->msg);
        } else if (tie->msg.kind == RT_SIG_LINK) {
            send_half(core, self, tie, RT_SIG_LINK_EXIT, 0, actor->exit_code, actor->exit_text);
        } else if (tie->msg.kind == RT_SIG_MONITOR) {
            send_half(core, self, tie, RT_SIG_DOWN, 0, actor->exit_code, actor->exit_text);
        } else {
            send_half(core, self, tie, RT_SIG_UNTIE, FINAL, 0, NULL);
        }
    }
}

// ---------------------------------------------------------------- the calls

static int tie_to(rt_actor_t *self, rt_ref_t other, rt_kind_t kind, uint64_t id) {
    ties_pair_t pair;
    if (!ties_pair_new(actor_ref(self), other, kind, id, &pair)) {
        return -ENOMEM;
    }
    ties_add(self, pair.parents);
    if (mail_deliver(self->core, other, pair.childs) != 0) {
        ties_discard(self->core, other, pair.childs); // comes back to self as a notice
    }
    return 0;
}

static bool flooded(rt_ref_t to) {
    return to.actor != NULL && !mail_has_room(to.actor, sizeof(tie_t), 2);
}

int rt_link(rt_actor_t *self, rt_ref_t other) {
    int result = 0;
    rt_nopreempt_enter(self);
    if (other.actor == NULL) {
        result = -EINVAL;
    } else if (!rt_ref_eq(other, actor_ref(self)) && find_link(self, other) == NULL) {
        result = flooded(other) ? -EAGAIN : tie_to(self, other, RT_SIG_LINK, 0);
    }
    rt_nopreempt_leave(self);
    return result;
}

int rt_unlink(rt_actor_t *self, rt_ref_t other) {
    int result = 0;
    tie_t *tie;
    rt_nopreempt_enter(self);
    mail_drain(self->core, self); // the other may have linked too
    while (result == 0 && (tie = find_link(self, other)) != NULL) {
        result = untie(self->core, self, tie) ? 0 : -ENOMEM;
    }
    rt_nopreempt_leave(self);
    return result;
}

int rt_monitor(rt_actor_t *self, rt_ref_t other, uint64_t *id) {
    rt_nopreempt_enter(self);
    *id = ++self->last_id;
    int result = other.actor == NULL ? -EINVAL : flooded(other) ? -EAGAIN : tie_to(self, other, RT_SIG_MONITOR, *id);
    rt_nopreempt_leave(self);
    return result;
}

static bool drop_down(rt_actor_t *self, uint64_t id) {
    for (rt_msg_t *msg = self->mail_first; msg != NULL; msg = msg->next) {
        if (msg->kind == RT_MSG_DOWN && msg->id == id) {
            mail_remove(self, msg);
            mail_free(msg);
            return true;
        }
    }
    return false;
}

int rt_demonitor(rt_actor_t *self, uint64_t id) {
    int result = -ENOENT;
    rt_nopreempt_enter(self);
    mail_drain(self->core, self);
    for (rt_msg_t *msg = self->ties; msg != NULL && result == -ENOENT; msg = msg->next) {
        if (msg->kind == RT_SIG_DOWN && msg->id == id && !(msg->flags & CLOSING)) {
            result = untie(self->core, self, tie_of(msg)) ? 0 : -ENOMEM;
        }
    }
    if (result == -ENOENT && drop_down(self, id)) {
        result = 0;
    }
    rt_nopreempt_leave(self);
    return result;
}

bool rt_trap_exit(rt_actor_t *self, bool on) {
    rt_nopreempt_enter(self);
    bool was = self->flags & F_TRAP_EXIT;
    self->flags = on ? self->flags | F_TRAP_EXIT : self->flags & ~F_TRAP_EXIT;
    rt_nopreempt_leave(self);
    return was;
}

int rt_send_exit(rt_actor_t *self, rt_ref_t to, rt_reason_t reason, rt_text_t *text) {
    int result = to.actor == NULL ? -ESRCH : 0;
    rt_nopreempt_enter(self);
    if (result == 0 && reason != RT_KILL && flooded(to)) {
        result = -EAGAIN;
    }
    tie_t *word = result != 0 ? NULL : tie_new(actor_ref(self), RT_SIG_EXIT, 0);
    if (result == 0 && word == NULL) {
        result = -ENOMEM;
    }
    if (word != NULL) {
        word->msg.code = reason;
        word->msg.from = self;
        word->msg.from_gen = at_load(&self->gen);
        word->text = text;
        word->msg.flags = text != NULL ? RT_MSG_TEXT : 0;
        result = mail_deliver(self->core, to, &word->msg);
        if (result != 0) {
            word->msg.flags = 0;
            mail_free(&word->msg);
        }
    }
    rt_nopreempt_leave(self);
    return result;
}
