// SPDX-License-Identifier: MIT
// An actor as the runtime's files see it. Its memory is a slot: type-stable, never given back, so a stale ref can
// always be pushed to; `gen` tells tenants apart.
//
// Who may touch what. The *owner* is whoever holds the actor: the core that runs it or has it in hand, the queue it
// lies in, or nobody while its mailbox says WAITING. Ownership is passed by the mailbox word, a deque or an inbox,
// each a release-acquire pair. All fields are the owner's, but:
//   mailbox, in_bytes   senders (mailbox.h; in_bytes is added to before a push)
//   gen, limit, out_bytes, prio, state, counters   written by the owner, read by all: relaxed single words
//   timer               the core timer_core while it is queued there (timer.h)
//   link                whoever has the actor in a list
#ifndef VM_EXT_ACTOR_ACTOR_H
#define VM_EXT_ACTOR_ACTOR_H

#include "vm_ext/actor/atomic.h"
#include "vm_ext/actor/rt.h"

typedef struct rt_core rt_core_t;
typedef struct rt_stack rt_stack_t;
typedef struct rt_name rt_name_t;

// A timer: a node of a core's heap while it is queued, a message in the mailbox after it has expired.
typedef union rt_timer {
    rt_msg_t msg;
    struct {
        union rt_timer *left, *right, *parent;
        uint32_t unused;
        uint32_t rank;          // 0: not in a heap. Where msg has from_gen, which nobody writes
        uint64_t when_ns;       // likewise, where msg has the id: stays readable for the actor's owner
    } heap;
} rt_timer_t;

enum { TIMER_NONE = 255 };

enum {
    F_TRAP_EXIT = 1,
    F_EXITING = 2,              // exit_code says why; the next time the scheduler has it, it dies
    F_FRESH_MAIL = 4,           // mail that the program has not been told of
    F_TIMED_OUT = 8,
    F_IRQ_FRAME = 16,           // left from an interrupt: goes on with interrupts disabled
};

struct rt_actor {
    struct rt_head head;
    const rt_program_t *program;
    void *arg;
    rt_core_t *core;            // that runs it, or ran it last
    void *sp;                   // its context while it is not running and has a stack
    rt_stack_t *stack;
    rt_msg_t *mail_first, *mail_last;

    uintptr_t mailbox;
    uint32_t gen, limit;
    uint32_t in_bytes, out_bytes;
    uint32_t index;
    uint8_t prio, state, flags, timer_core;
    rt_actor_t *link;
    rt_msg_t *skipped;          // the last message before the cursor; NULL: the cursor is at the oldest
    rt_msg_t *held;             // made and not sent, or taken and not freed
    rt_msg_t *ties;             // ties.h

    rt_timer_t timer;
    uint64_t deadline_ns;
    uint64_t last_id;

    rt_text_t *exit_text;
    rt_name_t *name;
    rt_msg_t *room_waiters;     // RT_SIG_WANT_ROOM, newest first
    uint64_t cpu_ns, memory_bytes;
    uint32_t received, sent, dispatches;
    uint16_t exit_code;
    uint16_t n_waiters;
    uint8_t home;               // the core whose free list the slot belongs to; set once
    uint32_t arrived;           // mail that there ever was
};

_Static_assert(sizeof(rt_actor_t) <= 256, "an actor at rest costs no more");

// --- slots.c
rt_actor_t *slot_alloc(rt_core_t *core);            // gen set, mailbox CLOSED; NULL: no memory
void slot_free(rt_core_t *core, rt_actor_t *actor); // ends this generation
rt_actor_t *slot_at(uint32_t index);                // NULL: there never was one
uint32_t slots_end(void);                           // indices are below this
size_t slots_kept_bytes(void);                      // of blocks, for the directory
uint32_t slots_small_levels(void);                  // blocks that are kept for the directory

// --- actor.c
void actor_die(rt_core_t *core, rt_actor_t *actor);
void actor_exit_with(rt_actor_t *actor, rt_reason_t code, rt_text_t *text); // marks it; text is shared, not taken
void *actor_alloc(rt_actor_t *self, size_t bytes);

// --- mail.c
void mail_drain(rt_core_t *core, rt_actor_t *actor);
void mail_append(rt_actor_t *actor, rt_msg_t *msg);
void mail_remove(rt_actor_t *actor, rt_msg_t *msg);
int mail_deliver(rt_core_t *core, rt_ref_t to, rt_msg_t *msg);      // 0 or -ESRCH: then msg is the caller's
void mail_deliver_or_free(rt_core_t *core, rt_ref_t to, rt_msg_t *msg);
// One that `to` will not see.
void mail_discard(rt_core_t *core, rt_actor_t *to, rt_msg_t *msg);
void mail_free(rt_msg_t *msg);
void mail_fail_ask(rt_core_t *core, rt_msg_t *ask, rt_reason_t code, rt_text_t *text);
void mail_give_room(rt_core_t *core, rt_actor_t *actor, rt_reason_t code);
void mail_drop_all(rt_core_t *core, rt_actor_t *actor);     // at death, after the mailbox is closed
uint32_t mail_waiting_bytes(const rt_actor_t *actor);
bool mail_has_room(const rt_actor_t *actor, uint32_t bytes, uint32_t times);

static inline void held_add(rt_actor_t *self, rt_msg_t *msg) {
    msg->prev = NULL;
    msg->next = self->held;
    if (msg->next != NULL) {
        msg->next->prev = msg;
    }
    self->held = msg;
}

static inline void held_remove(rt_actor_t *self, rt_msg_t *msg) {
    if (msg->next != NULL) {
        msg->next->prev = msg->prev;
    }
    if (msg->prev != NULL) {
        msg->prev->next = msg->next;
    } else {
        self->held = msg->next;
    }
}

static inline rt_ref_t actor_ref(const rt_actor_t *actor) {
    return (rt_ref_t) { (rt_actor_t *)actor, at_load(&actor->gen) };
}

// --- ties.c
bool ties_signal(rt_core_t *core, rt_actor_t *actor, rt_msg_t *msg);    // true: msg became mail
void ties_discard(rt_core_t *core, rt_ref_t nobody, rt_msg_t *msg);
void ties_cut(rt_core_t *core, rt_actor_t *actor);                      // at death
typedef struct { rt_msg_t *parents, *childs; } ties_pair_t;
bool ties_pair_new(rt_ref_t parent, rt_ref_t child, rt_kind_t kind, uint64_t id, ties_pair_t *out);
void ties_pair_free(ties_pair_t *pair);
void ties_add(rt_actor_t *actor, rt_msg_t *tie);

// --- text.c
void text_share(rt_text_t *text);
void text_drop(rt_text_t *text);

// --- names.c
void names_drop(rt_actor_t *actor);
int names_register(rt_actor_t *actor, const char *name, size_t len_bytes);
uint32_t names_held(void);
size_t names_kept_bytes(void);                  // of blocks, for nodes
uint32_t names_count(void);                     // blocks that are kept for them

#endif
