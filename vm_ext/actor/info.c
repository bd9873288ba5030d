// SPDX-License-Identifier: MIT
// Looking at actors from outside: single words, read while their owners write them.
#include "vm_ext/actor/core.h"
#include "vm_ext/actor/mailbox.h"
#include "vm_ext/actor/memory.h"
#include "vm_ext/actor/pages.h"

static rt_state_t state_of(const rt_actor_t *actor) {
    rt_state_t state = at_load(&actor->state);
    bool parked = state == RT_RESTING || state == RT_BLOCKED;
    return parked && at_load(&actor->mailbox) != MAIL_WAITING ? RT_READY : state;
}

int rt_info(rt_ref_t ref, rt_info_t *out) {
    const rt_actor_t *actor = ref.actor;
    if (actor == NULL || at_load(&actor->gen) != ref.gen || at_load(&actor->mailbox) == MAIL_CLOSED) {
        return -ESRCH;
    }
    *out = (rt_info_t) {
        .ref = ref,
        .state = state_of(actor),
        .prio = at_load(&actor->prio),
        .core = at_load(&actor->core)->id,
        .mailbox_bytes = mail_waiting_bytes(actor),
        .mailbox_limit = at_load(&actor->limit),
        .received = at_load(&actor->received),
        .sent = at_load(&actor->sent),
        .dispatches = at_load(&actor->dispatches),
        .cpu_ns = at_load(&actor->cpu_ns),
        .memory_bytes = at_load(&actor->memory_bytes),
        .has_stack = at_load(&actor->stack) != NULL,
        .arg = at_load(&actor->arg),
    };
    return at_load(&actor->gen) == ref.gen ? 0 : -ESRCH;
}

int rt_info_at(uint32_t index, rt_info_t *out) {
    rt_actor_t *actor = slot_at(index);
    if (actor == NULL) {
        return index < slots_end() ? -ESRCH : -ENOENT;
    }
    return rt_info((rt_ref_t) { actor, at_load(&actor->gen) }, out);
}

void rt_counts(rt_counts_t *out) {
    *out = (rt_counts_t) {
        .block_bytes = rt_mem_used_bytes() - slots_kept_bytes() - names_kept_bytes(),
        .stacks = stacks_in_use(),
        .names = names_held(),
    };
    for (uint32_t i = 0; i < slots_end(); ++i) {
        const rt_actor_t *actor = slot_at(i);
        out->actors += actor != NULL && at_load(&actor->state) != RT_FREE;
    }
}

void rt_core_stats(unsigned core, rt_core_stats_t *out) {
    *out = rt_cores[core].stats;
}
