// SPDX-License-Identifier: MIT
// Many senders, one receiver, which rests between its steps and is slower than they are: every
// message arrives once, those of one sender in order; a sender that finds the mailbox full waits
// for room.
#include "stress.h"

enum { SENDERS = 6 };

typedef struct {
    rt_ref_t to;
    uint32_t number;
} sender_t;

typedef struct {
    uint32_t sender, sequence;
} note_t;

static long senders_live;

static void wait_for_room(rt_actor_t *self, rt_ref_t to) {
    int result = rt_want_room(self, to);
    CHECK(result == 0 || result == -EAGAIN);
    bool room = result != 0;
    while (!room) {
        rt_msg_t *msg = rt_mail_next(self);
        if (msg == NULL) {
            rt_wait(self, RT_FOREVER);
        } else {
            room = msg->kind == RT_MSG_ROOM;
            stress_free(self, msg);
        }
    }
}

static rt_result_t sender_step(rt_actor_t *self) {
    const sender_t *sender = rt_arg(self);
    for (uint32_t i = 0; i < stress_size; ++i) {
        note_t note = { sender->number, i };
        rt_msg_t *msg = stress_msg(self, &note, sizeof(note), i & 1);
        int result;
        while ((result = rt_send(self, sender->to, msg)) == -EAGAIN) {
            wait_for_room(self, sender->to);
        }
        CHECK(result == 0);
        rig_poll();
    }
    return RT_DONE;
}

static void sender_destroy(rt_actor_t *self, rt_reason_t reason) {
    rt_free(rt_arg(self), sizeof(sender_t));
    stress_add(&senders_live, -1);
}

static const rt_program_t sender = { sender_step, sender_destroy };

static struct {
    bool begun;
    uint32_t next[SENDERS], total;
} root;

static void begin(rt_actor_t *self) {
    root.begun = true;
    for (uint32_t i = 0; i < SENDERS; ++i) {
        sender_t *arg = rt_alloc(sizeof(sender_t));
        *arg = (sender_t) { rt_self_ref(self), i };
        rt_ref_t ref;
        stress_add(&senders_live, 1);
        CHECK(rt_spawn(self, &sender, arg, &RT_OPTIONS, &ref, NULL) == 0);
    }
}

static rt_result_t step(rt_actor_t *self) {
    if (!root.begun) {
        begin(self);
    }
    rt_msg_t *msg;
    while ((msg = rt_mail_next(self)) != NULL) {
        note_t *note = rt_msg_payload(msg);
        CHECK(note->sequence == root.next[note->sender]);
        ++root.next[note->sender];
        ++root.total;
        stress_free(self, msg);
        rig_poll();
    }
    if (root.total < SENDERS * stress_size) {
        return RT_REST;
    }
    if (stress_add(&senders_live, 0) != 0) {
        return RT_AGAIN;
    }
    rt_stop();
    return RT_DONE;
}

const rt_program_t flood_root = { step, NULL };
