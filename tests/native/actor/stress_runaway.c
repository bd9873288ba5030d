// SPDX-License-Identifier: MIT
// Endless loops that never call the runtime, one of a high priority among them: those beside and
// below them still get their turns, and a kill ends them, with the reason that it should have.
#include "stress.h"

enum { RUNAWAYS = 3 };

static rt_result_t runaway_step(rt_actor_t *self) {
    for (;;) {
        rig_poll(); // where interrupts come in this rig
    }
    return RT_DONE;
}

static const rt_program_t runaway = { runaway_step, NULL };

static rt_result_t worker_step(rt_actor_t *self) {
    for (unsigned i = 0; i < stress_size; ++i) {
        rig_poll();
        if (i % 16 == 0) {
            rt_yield(self);
        }
    }
    return RT_DONE;
}

static const rt_program_t worker = { worker_step, NULL };

static uint64_t start(rt_actor_t *self, const rt_program_t *program, rt_prio_t prio,
    rt_ref_t *ref) {
    rt_options_t options = RT_OPTIONS;
    uint64_t id;
    options.prio = prio;
    options.monitor = true;
    CHECK(rt_spawn(self, program, NULL, &options, ref, &id) == 0);
    return id;
}

static void await_down(rt_actor_t *self, uint64_t id, rt_reason_t reason) {
    rt_mail_rewind(self);
    for (;;) {
        rt_msg_t *msg = rt_mail_peek(self);
        if (msg == NULL) {
            rt_wait(self, RT_FOREVER);
        } else if (msg->kind == RT_MSG_DOWN && msg->id == id) {
            CHECK(msg->code == reason);
            rt_msg_free(self, rt_mail_take(self));
            return;
        } else {
            rt_mail_skip(self);
        }
    }
}

static rt_result_t step(rt_actor_t *self) {
    rt_ref_t runaways[RUNAWAYS], ref;
    uint64_t ids[RUNAWAYS];
    for (unsigned i = 0; i < RUNAWAYS; ++i) {
        ids[i] = start(self, &runaway, i == 0 ? RT_PRIO_HIGH : RT_PRIO_NORMAL, &runaways[i]);
    }
    uint64_t below = start(self, &worker, RT_PRIO_LOW, &ref);
    uint64_t beside = start(self, &worker, RT_PRIO_NORMAL, &ref);
    await_down(self, beside, RT_NORMAL);
    await_down(self, below, RT_NORMAL);
    for (unsigned i = RUNAWAYS; i-- > 0;) {
        CHECK(rt_kill(self, runaways[i]) == 0);
        await_down(self, ids[i], RT_KILLED);
    }
    rt_stop();
    return RT_DONE;
}

const rt_program_t runaway_root = { step, NULL };
