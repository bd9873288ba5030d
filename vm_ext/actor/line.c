// SPDX-License-Identifier: MIT
// Interrupts become messages. The handler counts and puts the line into a list of its core; the scheduler of that
// core, at its next turn, sends the line's own message, unless it is under way already.
// Invariant: state is SENT from the CAS of whoever sends the message until its receiver has taken it out of its mail
// or it is discarded; TAKEN until rt_line_take(), and while it is given to an actor; only then can it be sent again. So
// a line may be opened while its handler counts. No interrupt is lost: see the fences. Checked by models/line.pml.
#include "vm_ext/actor/core.h"
#include "vm_ext/actor/mailbox.h"
#include "hal/cpu.h"
#include "hal/irq.h"
#include "hal/time.h"

enum { IDLE, SENT, TAKEN };

void rt_post_from_irq(rt_line_t *line) {
    rt_core_t *core = &rt_cores[hal_cpu_id()];
    if (at_add(&line->count, 1) == 0) {
        at_store(&line->first_ns, hal_time_ns());
    }
    if (!at_load(&line->listed)) {
        at_store(&line->listed, true);
        line->next = core->lines;
        core->lines = line;
    }
    core->poll = 1;
}

// A failed delivery means that the actor is gone.
static void post(rt_core_t *core, rt_line_t *line) {
    uint8_t idle = IDLE;
    // Pairs with the fence in rt_line_take(): either we see IDLE or it sees the count.
    at_fence_sc();
    if (at_load(&line->count) != 0 && at_cas_acq_rel(&line->state, &idle, SENT)) {
        trace(core, RT_TRACE_IRQ, line->actor, 0);
        if (mail_deliver(core, (rt_ref_t) { line->actor, line->gen }, &line->msg) != 0) {
            at_store_rel(&line->state, IDLE);
        }
    }
}

void lines_post(rt_core_t *core) {
    while (core->lines != NULL) {
        hal_irq_state_t state = hal_irq_disable();
        rt_line_t *line = core->lines;
        core->lines = line->next;
        at_store(&line->listed, false);
        hal_irq_restore(state);
        post(core, line);
    }
}

// From TAKEN too: its actor ended before it came to rt_line_take().
static bool claim(rt_line_t *line) {
    uint8_t idle = IDLE;
    return at_cas_acq_rel(&line->state, &idle, TAKEN) || idle == TAKEN; // acquire: the last post() has done with it
}

int rt_line_open(rt_actor_t *self, rt_line_t *line) {
    if (!claim(line)) {
        return -EBUSY;
    }
    rt_nopreempt_enter(self);
    line->msg = (rt_msg_t) { .kind = RT_MSG_IRQ, .flags = RT_MSG_FIXED };
    line->actor = self;
    line->gen = at_load(&self->gen);
    (void)at_swap_acq_rel(&line->count, 0);
    at_store_rel(&line->state, IDLE); // pairs with the CAS in post()
    post(self->core, line); // one that came after the swap and found TAKEN
    rt_nopreempt_leave(self);
    return 0;
}

static uint32_t take(rt_core_t *core, rt_line_t *line, uint64_t *first_ns) {
    hal_irq_state_t state = hal_irq_disable(); // START: the handler is not to come between
    *first_ns = at_load(&line->first_ns);
    uint32_t count = at_swap_acq_rel(&line->count, 0);
    hal_irq_restore(state);
    if (line->taken != NULL) {
        line->taken(line, count);
    }
    at_store_rel(&line->state, IDLE);
    post(core, line); // one that came after the swap and found SENT
    return count;
}

uint32_t rt_line_take(rt_actor_t *self, rt_line_t *line, uint64_t *first_ns) {
    rt_nopreempt_enter(self);
    uint32_t count = take(self->core, line, first_ns);
    rt_nopreempt_leave(self);
    return count;
}

bool line_noticed(rt_core_t *core, rt_msg_t *msg) {
    rt_line_t *line = (rt_line_t *)msg;
    if (line->notice == NULL) {
        return false;
    }
    uint64_t first_ns;
    line->notice(line);
    take(core, line, &first_ns);
    return true;
}

void line_taken(rt_msg_t *msg) {
    at_store_rel(&((rt_line_t *)msg)->state, TAKEN);
}

void line_discarded(rt_msg_t *msg) {
    at_store_rel(&((rt_line_t *)msg)->state, IDLE);
}

bool rt_line_idle(const rt_line_t *line) {
    return at_load_acq(&line->state) != SENT && !at_load(&line->listed); // pairs with line_taken(), line_discarded()
}
