// SPDX-License-Identifier: MIT
// States of the abstract machine, kept only for jump targets: what is on the value stack, and the chain of
// exception blocks. Where two ways meet, the state is their join; a target whose state grew is visited again.
// A state can grow once per slot at most, and all steps count against the function's budget of work.
#include <string.h>

#include "vm_ext/verifier/verifier.h"

void func_work(verifier_t *v, func_t *f, uint32_t steps) {
    v_check(v, steps <= f->work, "too complex");
    f->work -= steps;
}

// `more` slots above the current ones must be in the frame.
void state_room(verifier_t *v, func_t *f, uint32_t more) {
    v_check(v, f->height + f->wide + more <= f->limit, "stack overflow");
}

target_t *state_target(func_t *f, uint32_t pc) {
    uint32_t below = f->targeted[pc >> 5] & (((uint32_t)1 << (pc & 31)) - 1);
    return &f->targets[f->rank[pc >> 5] + __builtin_popcount(below)];
}

static unsigned join(verifier_t *v, unsigned a, unsigned b) {
    if (a == b) {
        return a;
    }
    if (kind_pending(a) != 0 && kind_pending(b) != 0) {
        return K_FIN + (kind_pending(a) | kind_pending(b));
    }
    v_check(v, kind_is_obj(a) && kind_is_obj(b), "different stacks meet");
    return K_OBJ;
}

static void visit(func_t *f, target_t *target) {
    uint32_t n = target - f->targets;
    bit_set(f->pending, n);
    if (target->next == 0) {
        // Numbers in the list are one higher, so that 0 is "not in it"; the last one names the number after all.
        target->next = f->to_visit;
        f->to_visit = n + 1;
    }
}

static state_t *new_state(verifier_t *v, func_t *f, target_t *target) {
    func_work(v, f, f->height);
    state_t *state = v_alloc(v, sizeof(state_t) + f->height);
    target->state = v_ref(v, state);
    visit(f, target);
    return state;
}

static bool same_as_last(verifier_t *v, func_t *f) {
    if (f->last_state == 0) {
        return false;
    }
    const state_t *last = v_at(v, f->last_state);
    return last->block == f->block && last->height == f->height
           && memcmp(last->kinds, f->stack, f->height) == 0;
}

static void record_first(verifier_t *v, func_t *f, target_t *target) {
    if (same_as_last(v, f)) {
        target->state = f->last_state;
        visit(f, target);
        return;
    }
    state_t *state = new_state(v, f, target);
    state->block = f->block;
    state->height = f->height;
    memcpy(state->kinds, f->stack, f->height);
    f->last_state = target->state;
}

// States are shared between targets, so one that grows is copied.
static void record_join(verifier_t *v, func_t *f, target_t *target) {
    state_t *state = v_at(v, target->state);
    v_check(v, state->height == f->height, "stack heights differ");
    v_check(v, state->block == f->block, "exception blocks differ");
    bool grown = false;
    for (uint32_t i = 0; i < f->height; ++i) {
        unsigned kind = join(v, state->kinds[i], f->stack[i]);
        if (kind != state->kinds[i]) {
            if (!grown) {
                const state_t *old = state;
                state = new_state(v, f, target);
                memcpy(state, old, sizeof(state_t) + f->height);
                grown = true;
            }
            state->kinds[i] = kind;
        }
    }
}

// The current state is one with which the code at `pc` may be entered.
void state_record(verifier_t *v, func_t *f, uint32_t pc) {
    func_work(v, f, f->height + 1);
    target_t *target = state_target(f, pc);
    if (target->state == 0) {
        record_first(v, f, target);
    } else {
        record_join(v, f, target);
    }
}

static void load(verifier_t *v, func_t *f, uint32_t pc) {
    target_t *target = state_target(f, pc);
    uint32_t n = target - f->targets;
    f->pending[n >> 5] &= ~((uint32_t)1 << (n & 31));
    const state_t *state = v_at(v, target->state);
    func_work(v, f, state->height + 1);
    f->pc = pc;
    f->block = state->block;
    f->height = state->height;
    f->wide = 0;
    v_check(v, f->height <= f->limit, "stack overflow");
    for (uint32_t i = 0; i < f->height; ++i) {
        f->stack[i] = state->kinds[i];
        f->wide += kind_is_wide(state->kinds[i]);
    }
    state_room(v, f, 0);
    block_refresh(v, f);
}

static uint32_t target_pc(func_t *f, uint32_t n) {
    uint32_t low = 0;
    uint32_t high = f->len / 32 + 1;
    while (high - low > 1) {
        uint32_t middle = (low + high) / 2;
        if (f->rank[middle] <= n) {
            low = middle;
        } else {
            high = middle;
        }
    }
    uint32_t word = f->targeted[low];
    for (uint32_t i = f->rank[low]; i < n; ++i) {
        word &= word - 1;
    }
    return low * 32 + __builtin_ctz(word);
}

// Takes a state that is still to be visited, that of `after` if it is one: in the order of addresses joins are
// complete before they are passed. False: all are visited.
bool state_next(verifier_t *v, func_t *f, uint32_t after) {
    if (after < f->len && bit_get(f->targeted, after)
        && bit_get(f->pending, state_target(f, after) - f->targets)) {
        load(v, f, after);
        return true;
    }
    while (f->to_visit != UINT16_MAX) {
        uint32_t n = f->to_visit - 1;
        f->to_visit = f->targets[n].next;
        f->targets[n].next = 0;
        if (bit_get(f->pending, n)) {
            load(v, f, target_pc(f, n));
            return true;
        }
    }
    return false;
}
