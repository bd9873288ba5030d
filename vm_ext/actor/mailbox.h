// SPDX-License-Identifier: MIT
// The mailbox: one word. Many producers push, one consumer takes everything at once; no step waits for another.
//
//   EMPTY    no mail; the actor runs or will run
//   WAITING  no mail; the actor is parked: who replaces this word owns the actor and must make it ready
//   CLOSED   no actor
//   else     the newest message; ->next leads to older ones
//
// Owner of the fields: a message is the pusher's until the CAS that publishes it, then the consumer's.
// Invariants: WAITING is entered by the consumer alone and only from EMPTY, so mail is never overlooked; it is left
// by exactly one CAS, so there is exactly one waker. The consumer never pops a single message, it exchanges the
// whole chain: a message that is freed and comes back can confuse nobody (no ABA), since a pusher only stores the
// word that it compared, and never looks into it.
// FIFO per sender: a later push of one thread is nearer to the head; take() reverses the chain.
// Progress: take, park, wake, close: wait-free. push: lock-free; a failed CAS means that another succeeded.
// Checked by models/mailbox.pml.
#ifndef VM_EXT_ACTOR_MAILBOX_H
#define VM_EXT_ACTOR_MAILBOX_H

#include <errno.h>

#include "vm_ext/actor/atomic.h"
#include "vm_ext/actor/rt.h"

#define MAIL_EMPTY   ((uintptr_t)0)
#define MAIL_WAITING ((uintptr_t)1)
#define MAIL_CLOSED  ((uintptr_t)2)

static inline bool mail_is_msg(uintptr_t word) {
    return word > MAIL_CLOSED;
}

// 0: pushed. 1: pushed, and the caller now owns the parked actor. -ESRCH: closed.
static inline int mail_push(uintptr_t *box, rt_msg_t *msg) {
    uintptr_t old = at_load(box);
    do {
        if (old == MAIL_CLOSED) {
            return -ESRCH;
        }
        msg->next = mail_is_msg(old) ? (rt_msg_t *)old : NULL;
        rt_chaos("push");
        // Release: the message's content, for take(). Acquire: the parked actor's state, from mail_park().
    } while (!at_cas_acq_rel(box, &old, (uintptr_t)msg));
    return old == MAIL_WAITING;
}

// Consumer: all mail, oldest first; NULL: none.
static inline rt_msg_t *mail_take(uintptr_t *box) {
    // Acquire: pairs with every push in the chain, not only the last: each push is a read-modify-write, so the
    // word that is read ends the release sequence of every push before it.
    rt_msg_t *msg = (rt_msg_t *)at_swap_acq_rel(box, MAIL_EMPTY);
    rt_msg_t *first = NULL;
    while (msg != NULL) {
        rt_msg_t *older = msg->next;
        msg->next = first;
        first = msg;
        msg = older;
    }
    return first;
}

// Consumer: gives the actor up until somebody pushes or wakes it. False: there is mail, it is still the caller's.
// After true nothing of the actor may be touched.
static inline bool mail_park(uintptr_t *box) {
    uintptr_t old = MAIL_EMPTY;
    rt_chaos("park");
    return at_cas_acq_rel(box, &old, MAIL_WAITING); // release: the actor's state, for the waker's acquire
}

// The last of it: nothing can be pushed from here on. Returns what had been, newest first (->next).
static inline rt_msg_t *mail_close(uintptr_t *box) {
    uintptr_t old = at_swap_acq_rel(box, MAIL_CLOSED); // acquire: as mail_take()
    return mail_is_msg(old) ? (rt_msg_t *)old : NULL;
}

// A new tenant.
static inline void mail_open(uintptr_t *box) {
    at_store_rel(box, MAIL_EMPTY); // release: the new actor's state, for a pusher's acquire
}

#endif
