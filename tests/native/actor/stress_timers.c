// SPDX-License-Identifier: MIT
// Actors that wait with time-outs while others wake them before: nobody wakes too early for good,
// nobody sleeps on, though they move from core to core and their timers do not.
#include "stress.h"
#include "hal/time.h"

enum { ACTORS = 12 };

static rt_ref_t refs[ACTORS];
static long actors_live;

typedef struct {
    uint64_t random, until_ns;
    uint32_t rounds;
} sleeper_t;

static void drink(rt_actor_t *self) {
    rt_msg_t *msg;
    while ((msg = rt_mail_next(self)) != NULL) {
        stress_free(self, msg);
    }
}

static void poke(rt_actor_t *self, sleeper_t *me) {
    rt_ref_t *ref = &refs[stress_draw(&me->random) % ACTORS];
    rt_ref_t to;
    to.actor = __atomic_load_n(&ref->actor, __ATOMIC_ACQUIRE);
    to.gen = __atomic_load_n(&ref->gen, __ATOMIC_RELAXED);
    rt_msg_t *msg = stress_msg(self, "", 1, false);
    if (rt_send(self, to, msg) != 0) {
        rt_msg_free(self, msg);
    }
}

static rt_result_t sleeper_step(rt_actor_t *self) {
    sleeper_t *me = rt_arg(self);
    bool timed_out = rt_timed_out(self);
    CHECK(!timed_out || hal_time_ns() >= me->until_ns);
    for (; me->rounds > 0; --me->rounds) {
        drink(self);
        rig_poll();
        poke(self, me);
        uint64_t deadline = hal_time_ns() + stress_draw(&me->random) % 3000000;
        if (stress_draw(&me->random) % 2 == 0) {
            me->until_ns = deadline;
            --me->rounds;
            rt_rest_until(self, deadline);
            return RT_REST;
        }
        int result = rt_wait(self, deadline);
        CHECK(result == 0 || (result == -ETIMEDOUT && hal_time_ns() >= deadline));
    }
    return RT_DONE;
}

static void sleeper_destroy(rt_actor_t *self, rt_reason_t reason) {
    rt_free(rt_arg(self), sizeof(sleeper_t));
    stress_add(&actors_live, -1);
}

static const rt_program_t sleeper = { sleeper_step, sleeper_destroy };

static rt_result_t step(rt_actor_t *self) {
    static bool begun;
    if (!begun) {
        begun = true;
        rt_nopreempt_enter(self); // the others are not to see half a table
        for (unsigned i = 0; i < ACTORS; ++i) {
            sleeper_t *arg = rt_alloc(sizeof(sleeper_t));
            *arg = (sleeper_t) { .random = i + 1, .rounds = stress_size };
            stress_add(&actors_live, 1);
            rt_options_t options = RT_OPTIONS;
            options.prio = i % RT_PRIOS;
            rt_ref_t ref;
            CHECK(rt_spawn(self, &sleeper, arg, &options, &ref, NULL) == 0);
            __atomic_store_n(&refs[i].gen, ref.gen, __ATOMIC_RELAXED);
            __atomic_store_n(&refs[i].actor, ref.actor, __ATOMIC_RELEASE);
        }
        rt_nopreempt_leave(self);
    }
    if (stress_add(&actors_live, 0) != 0) {
        rt_rest_until(self, hal_time_ns() + 1000000);
        return RT_REST;
    }
    rt_stop();
    return RT_DONE;
}

const rt_program_t timers_root = { step, NULL };
