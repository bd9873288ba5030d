// SPDX-License-Identifier: MIT
// Actors that only live to spawn others and end: slots go round, wherever they were made and
// wherever they died; each parent hears of each child's end once.
#include "stress.h"
#include "vm_ext/actor/actor.h"

enum { CHILDREN = 3 };

typedef struct {
    uint32_t depth, spawned, ended;
    uint64_t monitors[CHILDREN];
} node_t;

static const rt_program_t node;
static long live;

static void spawn_children(rt_actor_t *self, node_t *me) {
    for (uint32_t i = 0; i < CHILDREN; ++i) {
        node_t *arg = rt_alloc(sizeof(node_t));
        *arg = (node_t) { .depth = me->depth - 1 };
        rt_options_t options = RT_OPTIONS;
        options.monitor = true;
        options.link = i == 0;
        options.trap_exit = true;
        rt_ref_t ref;
        stress_add(&live, 1);
        CHECK(rt_spawn(self, &node, arg, &options, &ref, &me->monitors[i]) == 0);
    }
    me->spawned = CHILDREN;
}

static rt_result_t step(rt_actor_t *self) {
    node_t *me = rt_arg(self);
    if (me->depth > 0 && me->spawned == 0) {
        rt_nopreempt_enter(self);
        spawn_children(self, me);
        rt_nopreempt_leave(self);
    }
    rt_msg_t *msg;
    while ((msg = rt_mail_next(self)) != NULL) {
        CHECK(msg->kind == RT_MSG_DOWN || msg->kind == RT_MSG_EXIT);
        CHECK(msg->code == RT_NORMAL);
        me->ended += msg->kind == RT_MSG_DOWN;
        rt_msg_free(self, msg);
    }
    rig_poll();
    return me->ended < me->spawned ? RT_REST : RT_DONE;
}

static void destroy(rt_actor_t *self, rt_reason_t reason) {
    rt_free(rt_arg(self), sizeof(node_t));
    stress_add(&live, -1);
}

static const rt_program_t node = { step, destroy };

static rt_result_t root_step(rt_actor_t *self) {
    static node_t *tree;
    static uint32_t rounds;
    if (tree == NULL) {
        tree = rt_alloc(sizeof(node_t));
        *tree = (node_t) { .depth = 1 };
    }
    while (rounds < stress_size) {
        *tree = (node_t) { .depth = 5 };
        spawn_children(self, tree);
        while (tree->ended < CHILDREN) {
            rt_msg_t *msg = rt_mail_next(self);
            if (msg == NULL) {
                rt_wait(self, RT_FOREVER);
            } else {
                tree->ended += msg->kind == RT_MSG_DOWN;
                rt_msg_free(self, msg);
            }
        }
        ++rounds;
    }
    rt_free(tree, sizeof(node_t));
    rt_stop();
    // A tree has 363 actors; memory for two of them per core is enough for ever.
    CHECK(slots_end() < 2 * 363 * (RIG_CORES_MAX + 1));
    return RT_DONE;
}

const rt_program_t churn_root = { root_step, NULL };
