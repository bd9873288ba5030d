// SPDX-License-Identifier: MIT
// A crowd of actors that do everything to each other at random: send, ask, link, monitor, spawn,
// kill, exit, fault, wait, register. Each ask gets exactly one answer, each monitor at most one
// notice, and when the last is dead nothing is left.
#include "stress.h"
#include "hal/time.h"

enum { CROWD = 24, ASKS = 8, NAMES = 6 };

typedef struct {
    uint64_t random;
    uint32_t life;
    uint64_t asks[ASKS];                // ids without an answer yet
    uint32_t n_asks;
    rt_msg_t *kept;                     // an ask to be answered some time
    uint64_t monitor;
    bool trapping;
} monkey_t;

// Accessed atomically by halves; half of one ref and half of another is somebody, too, or nobody.
static rt_ref_t crowd[CROWD];
static long live, spawned;
static bool closing;
static uint64_t first_seed;
static const rt_program_t monkey;

void monkeys_seed(uint64_t seed) {
    first_seed = seed;
}

static rt_ref_t somebody(uint64_t *random) {
    rt_ref_t *ref = &crowd[stress_draw(random) % CROWD];
    rt_ref_t found;
    found.actor = __atomic_load_n(&ref->actor, __ATOMIC_ACQUIRE);
    found.gen = __atomic_load_n(&ref->gen, __ATOMIC_RELAXED);
    return found;
}

static void publish(uint64_t *random, rt_ref_t ref) {
    rt_ref_t *place = &crowd[stress_draw(random) % CROWD];
    __atomic_store_n(&place->gen, ref.gen, __ATOMIC_RELAXED);
    __atomic_store_n(&place->actor, ref.actor, __ATOMIC_RELEASE);
}

static bool spawn_one(rt_actor_t *self, uint64_t *random) {
    rt_options_t options = RT_OPTIONS;
    uint32_t bits = stress_draw(random);
    options.link = bits & 1;
    options.monitor = bits & 2;
    options.trap_exit = bits & 4;
    options.prio = (bits >> 3) % RT_PRIOS;
    options.mailbox_bytes = 500 + (bits >> 6) % 4000;
    if ((bits & 0x700) == 0) {
        options.name = "monkey-0";
    }
    rt_ref_t ref;
    uint64_t id;
    rt_nopreempt_enter(self);
    monkey_t *arg = rt_alloc(sizeof(monkey_t));
    uint64_t own = stress_draw(random) * 7919ull + first_seed;
    *arg = (monkey_t) { .random = own, .life = 20 + bits % 60 };
    stress_add(&live, 1);
    stress_add(&spawned, 1);
    int result = rt_spawn(self, &monkey, arg, &options, &ref, &id);
    if (result == 0) {
        publish(random, ref);
    } else {
        CHECK(result == -EEXIST);
        rt_free(arg, sizeof(monkey_t));
        stress_add(&live, -1);
        stress_add(&spawned, -1);
    }
    rt_nopreempt_leave(self);
    return result == 0;
}

static void answered(monkey_t *me, uint64_t id) {
    for (uint32_t i = 0; i < me->n_asks; ++i) {
        if (me->asks[i] == id) {
            me->asks[i] = me->asks[--me->n_asks];
            return;
        }
    }
    CHECK(!"an answer to no question");
}

static void on_ask(rt_actor_t *self, monkey_t *me, rt_msg_t *msg) {
    switch (stress_draw(&me->random) % 4) {
        case 0:
            rt_reply(self, msg, stress_msg(self, "yes", 3, true));
            break;
        case 1:
            rt_reply_error(self, msg, RT_ERROR);
            break;
        case 2:
            if (me->kept == NULL) {
                me->kept = msg;
                break;
            }
            rt_msg_free(self, msg);
            break;
        default:
            rt_msg_free(self, msg);
    }
}

static void receive(rt_actor_t *self, monkey_t *me) {
    rt_mail_rewind(self);
    while (rt_mail_peek(self) != NULL) {
        if (!me->trapping && stress_draw(&me->random) % 8 == 0) {
            rt_mail_skip(self);
            continue;
        }
        rt_nopreempt_enter(self); // or it could be killed between its books and the runtime's
        rt_msg_t *msg = rt_mail_take(self);
        if (msg->kind == RT_MSG_ASK) {
            on_ask(self, me, msg);
        } else {
            if (msg->kind == RT_MSG_REPLY) {
                answered(me, msg->id);
            } else if (msg->kind == RT_MSG_DOWN && msg->id == me->monitor) {
                me->monitor = 0;
            }
            stress_free(self, msg);
        }
        rt_nopreempt_leave(self);
        rig_poll();
    }
}

static void do_send(rt_actor_t *self, monkey_t *me) {
    char data[120] = "data";
    rt_ref_t to = somebody(&me->random);
    uint32_t bits = stress_draw(&me->random);
    rt_msg_t *msg = stress_msg(self, data, bits % sizeof(data), bits >> 20 & 1);
    int result = rt_send(self, to, msg);
    if (result != 0) {
        CHECK(result == -ESRCH || result == -EAGAIN);
        stress_free(self, msg);
        if (result == -EAGAIN) {
            (void)rt_want_room(self, to);
        }
    }
}

static void do_ask(rt_actor_t *self, monkey_t *me) {
    rt_ref_t to = somebody(&me->random);
    if (me->n_asks == ASKS || rt_ref_eq(to, rt_self_ref(self))) {
        return;
    }
    rt_msg_t *msg = stress_msg(self, "?", 1, true);
    uint64_t id;
    rt_nopreempt_enter(self);
    int result = rt_ask(self, to, msg, &id);
    if (result == 0) {
        me->asks[me->n_asks++] = id;
    } else {
        stress_free(self, msg);
    }
    rt_nopreempt_leave(self);
}

static void do_tie(rt_actor_t *self, monkey_t *me) {
    rt_ref_t to = somebody(&me->random);
    if (to.actor == NULL) {
        return;
    }
    switch (stress_draw(&me->random) % 5) {
        case 0:
            (void)rt_link(self, to);
            break;
        case 1:
            CHECK(rt_unlink(self, to) == 0);
            break;
        case 2:
            if (me->monitor == 0 && rt_monitor(self, to, &me->monitor) != 0) {
                me->monitor = 0;
            }
            break;
        case 3:
            if (me->monitor != 0) {
                int result = rt_demonitor(self, me->monitor);
                CHECK(result == 0);
                me->monitor = 0;
            }
            break;
        default:
            rt_trap_exit(self, stress_draw(&me->random) & 1);
    }
}

static void do_name(rt_actor_t *self, monkey_t *me) {
    char name[] = "monkey-0";
    name[7] += stress_draw(&me->random) % NAMES;
    switch (stress_draw(&me->random) % 3) {
        case 0:
            (void)rt_register(self, name, 8);
            break;
        case 1:
            (void)rt_unregister(self);
            break;
        default: {
            rt_ref_t found = rt_whereis(name, 8);
            if (found.actor != NULL) {
                publish(&me->random, found);
            }
        }
    }
}

static void do_violence(rt_actor_t *self, monkey_t *me) {
    rt_ref_t to = somebody(&me->random);
    uint32_t how = stress_draw(&me->random) % 8;
    if (how == 0) {
        rt_exit(self, RT_ERROR, rt_text_new(self, "tired", 5));
    } else if (how == 1) {
        CHECK(rt_fault_exit(NULL));
    } else if (how < 5) {
        (void)rt_kill(self, to);
    } else {
        rt_text_t *text = rt_text_new(self, "go", 2);
        rt_nopreempt_enter(self);
        if (rt_send_exit(self, to, how == 5 ? RT_NORMAL : RT_SHUTDOWN, text) != 0) {
            rt_text_drop(self, text);
        }
        rt_nopreempt_leave(self);
    }
}

static bool do_something(rt_actor_t *self, monkey_t *me) {
    switch (stress_draw(&me->random) % 16) {
        case 0: case 1: case 2: case 3:
            do_send(self, me);
            break;
        case 4: case 5: case 6:
            do_ask(self, me);
            break;
        case 7: case 8: case 9:
            do_tie(self, me);
            break;
        case 10:
            do_name(self, me);
            break;
        case 11:
            if (stress_draw(&me->random) % 4 == 0) {
                do_violence(self, me);
            }
            break;
        case 12:
            if (stress_add(&live, 0) < 2 * CROWD && stress_add(&spawned, 0) < stress_size) {
                spawn_one(self, &me->random);
            }
            break;
        case 13:
            rt_wait(self, hal_time_ns() + stress_draw(&me->random) % 200000);
            break;
        case 14:
            rt_yield(self);
            break;
        default:
            return false;
    }
    return true;
}

static rt_result_t step(rt_actor_t *self) {
    monkey_t *me = rt_arg(self);
    me->trapping = __atomic_load_n(&closing, __ATOMIC_RELAXED);
    receive(self, me);
    while (me->life > 0 && !__atomic_load_n(&closing, __ATOMIC_RELAXED)) {
        --me->life;
        rig_poll();
        if (!do_something(self, me)) {
            rt_rest_until(self, hal_time_ns() + stress_draw(&me->random) % 100000);
            return RT_REST;
        }
        receive(self, me);
    }
    me->trapping = true; // nothing is skipped any more
    if (me->kept != NULL) {
        rt_msg_t *msg = me->kept;
        me->kept = NULL;
        rt_reply_error(self, msg, RT_NORMAL);
    }
    receive(self, me);
    if (me->n_asks > 0) { // the answers must come
        rt_msg_t *msg = me->kept;
        me->kept = NULL;
        if (msg != NULL) {
            rt_msg_free(self, msg);
        }
        return RT_REST;
    }
    return RT_DONE;
}

static void destroy(rt_actor_t *self, rt_reason_t reason) {
    rt_free(rt_arg(self), sizeof(monkey_t));
    stress_add(&live, -1);
}

static const rt_program_t monkey = { step, destroy };

static rt_result_t root_step(rt_actor_t *self) {
    static uint64_t random;
    if (random == 0) {
        random = first_seed * 31 + 17;
        rt_trap_exit(self, true);
    }
    rt_msg_t *msg;
    while ((msg = rt_mail_next(self)) != NULL) {
        stress_free(self, msg);
    }
    if (stress_add(&spawned, 0) < stress_size) {
        for (unsigned i = 0; i < 4; ++i) {
            spawn_one(self, &random);
        }
    } else {
        __atomic_store_n(&closing, true, __ATOMIC_RELAXED);
        if (stress_add(&live, 0) == 0) {
            rt_stop();
            return RT_DONE;
        }
    }
    rt_rest_until(self, hal_time_ns() + 100000);
    return RT_REST;
}

const rt_program_t monkeys_root = { root_step, NULL };
