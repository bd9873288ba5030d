// SPDX-License-Identifier: MIT
// Interrupts to a driver's actor while a busy actor keeps the core: each is counted once, and the
// driver, which has the higher priority, is never left sleeping with one pending.
#include "stress.h"

static rt_line_t line;
static long raised;
static uint32_t counted;
static bool quiet, gone;

static void handler(void *arg) {
    rt_post_from_irq(arg);
}

static rt_result_t driver_step(rt_actor_t *self) {
    static bool begun;
    if (!begun) {
        begun = true;
        CHECK(rt_line_open(self, &line) == 0);
        __atomic_store_n(&quiet, false, __ATOMIC_RELEASE);
    }
    rt_msg_t *msg;
    while ((msg = rt_mail_next(self)) != NULL) {
        CHECK(msg->kind == RT_MSG_IRQ && msg == &line.msg);
        uint64_t first_ns;
        __atomic_fetch_add(&counted, rt_line_take(self, &line, &first_ns), __ATOMIC_RELAXED);
        rt_msg_free(self, msg);
        rig_poll();
    }
    return __atomic_load_n(&counted, __ATOMIC_RELAXED) < stress_size ? RT_REST : RT_DONE;
}

static void driver_destroy(rt_actor_t *self, rt_reason_t reason) {
    __atomic_store_n(&gone, true, __ATOMIC_RELEASE);
}

static const rt_program_t driver = { driver_step, driver_destroy };

// Raises them all on the core on which it happens to be first: a line belongs to one core.
static rt_result_t step(rt_actor_t *self) {
    static bool begun;
    rt_ref_t ref;
    if (!begun) {
        begun = true;
        quiet = true;
        rt_options_t options = RT_OPTIONS;
        options.prio = RT_PRIO_HIGH;
        CHECK(rt_spawn(self, &driver, NULL, &options, &ref, NULL) == 0);
    }
    while (__atomic_load_n(&quiet, __ATOMIC_ACQUIRE)) {
        rt_yield(self);
    }
    rt_nopreempt_enter(self);
    while (raised < stress_size) {
        ++raised;
        rig_line_interrupt(handler, &line);
        for (unsigned i = 0; i < 3; ++i) {
            rig_poll();
        }
        if (raised % 8 == 0 && raised < stress_size) {
            break;
        }
    }
    rt_nopreempt_leave(self);
    if (raised < stress_size) {
        return RT_AGAIN;
    }
    while (!__atomic_load_n(&gone, __ATOMIC_ACQUIRE)) {
        rt_yield(self);
    }
    CHECK(counted == stress_size && rt_line_idle(&line));
    rt_stop();
    return RT_DONE;
}

const rt_program_t lines_root = { step, NULL };
