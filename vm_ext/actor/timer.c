// SPDX-License-Identifier: MIT
// Time-outs: a heap per core of timers that lie in the actors themselves, so that arming one cannot fail.
// A leftist heap: insertion, removal and expiry are O(log n), and not only on average.
//
// A timer is queued on at most one core, the one on which its actor was parked when it was queued:
// actor->timer_core, which is the actor's owner's. The heap's links and rank are that core's. To expire is to leave
// the heap and to be pushed to the actor's own mailbox as RT_SIG_TIMEOUT; when the owner finds it there, timer_core
// is TIMER_NONE again. So expiry wakes like any message, and needs no protocol of its own.
//
// An actor that is woken by mail does not take its timer out. When it parks again it wants, as a rule, a later time:
// the timer stays where it is, on whatever core, and when it expires early the actor is parked again with a new
// one. That costs one needless dispatch per time-out period, and makes the usual time-out free. Only an earlier
// time than the queued one moves it, and if it is queued on another core the actor goes there to park.
// Checked by models/timer.pml.
#include "vm_ext/actor/core.h"
#include "hal/time.h"

_Static_assert(offsetof(rt_timer_t, heap.when_ns) == offsetof(rt_timer_t, msg.id), "when_ns outlives the heap");
_Static_assert(offsetof(rt_timer_t, heap.rank) == offsetof(rt_timer_t, msg.from_gen), "rank outlives the heap");

static uint32_t rank(const rt_timer_t *timer) {
    return timer == NULL ? 0 : timer->heap.rank;
}

// The shorter right side, on which merging goes down.
static void lean_left(rt_timer_t *timer) {
    if (rank(timer->heap.left) < rank(timer->heap.right)) {
        rt_timer_t *left = timer->heap.left;
        timer->heap.left = timer->heap.right;
        timer->heap.right = left;
    }
}

// As deep as the logarithm of the number of timers.
static rt_timer_t *merge(rt_timer_t *a, rt_timer_t *b) {
    if (a == NULL || b == NULL) {
        return a == NULL ? b : a;
    }
    if (b->heap.when_ns < a->heap.when_ns) {
        rt_timer_t *c = a;
        a = b;
        b = c;
    }
    a->heap.right = merge(a->heap.right, b);
    a->heap.right->heap.parent = a;
    lean_left(a);
    a->heap.rank = rank(a->heap.right) + 1;
    return a;
}

static void insert(rt_core_t *core, rt_timer_t *timer) {
    timer->heap.left = timer->heap.right = NULL;
    timer->heap.rank = 1;
    core->timers = merge(core->timers, timer);
    core->timers->heap.parent = NULL;
}

// Ranks only change along one path of right children, which is short.
static void fix_ranks(rt_timer_t *timer) {
    while (timer != NULL) {
        lean_left(timer);
        uint32_t now = rank(timer->heap.right) + 1;
        if (now == timer->heap.rank) {
            break;
        }
        timer->heap.rank = now;
        timer = timer->heap.parent;
    }
}

static void unlink_node(rt_core_t *core, rt_timer_t *timer) {
    rt_timer_t *parent = timer->heap.parent;
    rt_timer_t *rest = merge(timer->heap.left, timer->heap.right);
    if (rest != NULL) {
        rest->heap.parent = parent;
    }
    if (parent == NULL) {
        core->timers = rest;
    } else if (parent->heap.left == timer) {
        parent->heap.left = rest;
        fix_ranks(parent);
    } else {
        parent->heap.right = rest;
        fix_ranks(parent);
    }
    timer->heap.rank = 0;
}

void timer_arm(rt_core_t *core, uint64_t at_ns) {
    if (at_ns < core->armed_ns) {
        core->armed_ns = at_ns;
        hal_timer_arm(at_ns);
    }
}

bool timer_want(rt_core_t *core, rt_actor_t *actor) {
    bool queued = actor->timer_core != TIMER_NONE;
    if (actor->deadline_ns == RT_FOREVER || (queued && actor->timer.heap.when_ns <= actor->deadline_ns)) {
        return true;
    }
    if (queued && actor->timer_core != core->id) {
        return false;
    }
    if (queued && actor->timer.heap.rank == 0) {
        return true; // it has expired into the mailbox, so parking will fail
    }
    if (queued) {
        unlink_node(core, &actor->timer);
    }
    actor->timer.heap.when_ns = actor->deadline_ns;
    actor->timer_core = core->id;
    insert(core, &actor->timer);
    timer_arm(core, actor->deadline_ns);
    return true;
}

void timer_remove(rt_core_t *core, rt_actor_t *actor) {
    // Rank 0: it has expired, and lies in the mailbox or found it closed.
    if (actor->timer_core == core->id && actor->timer.heap.rank != 0) {
        unlink_node(core, &actor->timer);
        actor->timer_core = TIMER_NONE;
    }
}

void timer_expire(rt_core_t *core, uint64_t now_ns) {
    while (core->timers != NULL && core->timers->heap.when_ns <= now_ns) {
        rt_timer_t *timer = core->timers;
        rt_actor_t *actor = (rt_actor_t *)((char *)timer - offsetof(rt_actor_t, timer));
        unlink_node(core, timer);
        timer->msg.kind = RT_SIG_TIMEOUT;
        timer->msg.flags = RT_MSG_FIXED;
        timer->msg.bytes = 0;
        // The slot has no new tenant before this core has seen it in its inbox, so gen is this actor's. A dead one
        // has closed its mailbox: then nobody need learn of it.
        (void)mail_deliver(core, actor_ref(actor), &timer->msg);
    }
}
