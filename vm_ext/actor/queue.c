// SPDX-License-Identifier: MIT
// The run queues of a core, one per priority, all first in, first out. MART: a deque, from which others steal, and
// behind it a plain list for what does not fit when there is no memory to grow. START: the list alone.
// An actor in a queue is READY and owned by the queue.
#include "vm_ext/actor/core.h"

#if RT_SMP

void queue_push(rt_core_t *core, rt_actor_t *actor) {
    rt_fifo_t *overflow = &core->fifos[actor->prio];
    if (overflow->first != NULL || !deque_push(&core->deques[actor->prio], actor)) {
        fifo_push(overflow, actor);
    }
}

rt_actor_t *queue_pop(rt_core_t *core, unsigned prio) {
    bool lost;
    do {
        rt_actor_t *actor = deque_pop(&core->deques[prio], &lost);
        if (actor != NULL) {
            return actor;
        }
    } while (lost);
    return fifo_pop(&core->fifos[prio]);
}

bool queue_has(const rt_core_t *core, unsigned prio) {
    return deque_has(&core->deques[prio]);
}

static rt_actor_t *steal_from(rt_core_t *core, rt_core_t *victim) {
    for (unsigned prio = 0; prio < RT_PRIOS; ++prio) {
        bool lost;
        rt_actor_t *actor;
        do {
            actor = deque_pop(&victim->deques[prio], &lost);
        } while (actor == NULL && lost);
        if (actor != NULL) {
            ++core->stats.steals;
            trace(core, RT_TRACE_STEAL, actor, victim->id);
            if (deque_has(&victim->deques[prio])) {
                core_wake_another(core); // one woken thief wakes the next while there is work
            }
            return actor;
        }
    }
    return NULL;
}

// From the others in turn, starting anywhere.
rt_actor_t *queue_steal(rt_core_t *core) {
    unsigned n = rt_n_cores;
    core->random = core->random * 1664525 + 1013904223;
    unsigned start = (core->random >> 16) % n;
    for (unsigned i = 0; i < n; ++i) {
        rt_core_t *victim = &rt_cores[(start + i) % n];
        rt_actor_t *actor = victim == core ? NULL : steal_from(core, victim);
        if (actor != NULL) {
            return actor;
        }
    }
    return NULL;
}

#else

void queue_push(rt_core_t *core, rt_actor_t *actor) {
    fifo_push(&core->fifos[actor->prio], actor);
}

rt_actor_t *queue_pop(rt_core_t *core, unsigned prio) {
    return fifo_pop(&core->fifos[prio]);
}

bool queue_has(const rt_core_t *core, unsigned prio) {
    return core->fifos[prio].first != NULL;
}

rt_actor_t *queue_steal(rt_core_t *core) {
    return NULL;
}

#endif
