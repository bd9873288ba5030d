// SPDX-License-Identifier: MIT
// Exception blocks. The VM tells by addresses whether a block is active: its handler has been entered when the
// instruction stands at or behind the handler's start. So the layout is part of what is checked:
//   - handlers of inner blocks stand before those of the outer, inactive ones;
//   - no jump changes which blocks on the chain are active, but for entering the innermost handler;
//   - below the innermost inactive block's height nothing is popped, so the handler finds what SETUP saw.
#include "py/bc0.h"
#include "py/runtime0.h"

#include "vm_ext/verifier/verifier.h"

static block_t *block_at(verifier_t *v, uint16_t ref) {
    return v_at(v, ref);
}

static bool is_active(const block_t *block, uint32_t pc) {
    return pc >= block->handler;
}

block_t *block_top(verifier_t *v, func_t *f) {
    v_check(v, f->block != 0, "no exception block");
    return block_at(v, f->block);
}

static uint16_t first_inactive(verifier_t *v, func_t *f) {
    uint16_t ref = f->block;
    while (ref != 0 && is_active(block_at(v, ref), f->pc)) {
        func_work(v, f, 1);
        ref = block_at(v, ref)->parent;
    }
    return ref;
}

// After a change of chain or place.
void block_refresh(verifier_t *v, func_t *f) {
    uint16_t ref = first_inactive(v, f);
    f->floor = ref == 0 ? 0 : block_at(v, ref)->height;
}

void block_pop(verifier_t *v, func_t *f) {
    f->block = block_top(v, f)->parent;
    block_refresh(v, f);
}

// The instruction at `pc` is `op`, and nothing jumps there.
bool block_follows(func_t *f, uint32_t pc, unsigned op) {
    return pc < f->len && f->code[pc] == op && !bit_get(f->targeted, pc);
}

// "async with" asks at its handler whether it was entered by an exception. The answer decides how many slots
// are there, so the question must be this one (and mp_load_global answers it with the real BaseException).
bool block_is_async(verifier_t *v, func_t *f, uint32_t pc, uint32_t *narrow, uint32_t *wide) {
    insn_t insn;
    if (f->code[pc] != MP_BC_DUP_TOP || !block_follows(f, pc + 1, MP_BC_LOAD_GLOBAL)) {
        return false;
    }
    insn_again(f, pc + 1, &insn);
    pc += 1 + insn.len;
    if (insn.arg != v->base_exc || !block_follows(f, pc, MP_BC_BINARY_OP_MULTI + MP_BINARY_OP_EXCEPTION_MATCH)
        || !block_follows(f, pc + 1, MP_BC_POP_JUMP_IF_FALSE)) {
        return false;
    }
    insn_again(f, pc + 1, &insn);
    *narrow = pc + 1 + insn.len;
    *wide = insn.target;
    return true;
}

static block_kind_t finally_kind(verifier_t *v, func_t *f, uint32_t handler) {
    uint32_t narrow, wide;
    return block_is_async(v, f, handler, &narrow, &wide) ? B_ASYNC : B_FINALLY;
}

// How many entries below its height a handler takes off: the context manager, and its __exit__.
static unsigned n_owned(const block_t *block) {
    return block->kind == B_WITH ? 2 : block->kind == B_ASYNC ? 1 : 0;
}

static uint16_t make_block(verifier_t *v, func_t *f, const block_t *wanted) {
    target_t *target = state_target(f, wanted->handler);
    if (target->state == 0) {
        block_t *block = v_alloc(v, sizeof(block_t));
        *block = *wanted;
        return v_ref(v, block);
    }
    uint16_t ref = ((state_t *)v_at(v, target->state))->block;
    v_check(v, ref != 0, "exception blocks differ");
    const block_t *block = block_at(v, ref);
    v_check(v, block->handler == wanted->handler && block->parent == wanted->parent
        && block->height == wanted->height && block->kind == wanted->kind, "exception blocks differ");
    return ref;
}

// `block`'s handler may be entered with `kind` on what stands below the block.
static void enter_handler(verifier_t *v, func_t *f, uint16_t ref, unsigned kind) {
    const block_t *block = block_at(v, ref);
    uint32_t height = f->height;
    uint32_t wide = f->wide;
    uint16_t chain = f->block;
    uint8_t *slot = &f->stack[block->height];
    uint8_t kept = *slot;
    func_work(v, f, block->height);
    f->wide = 0;
    for (uint32_t i = 0; i < block->height; ++i) {
        f->wide += kind_is_wide(f->stack[i]);
    }
    f->height = block->height;
    // WITH_CLEANUP calls __exit__ with three arguments where the value is.
    state_room(v, f, block->kind == B_WITH ? 3 : kind_is_wide(kind) ? 2 : 1);
    *slot = kind;
    ++f->height;
    f->block = ref;
    state_record(v, f, block->handler);
    *slot = kept;
    f->wide = wide;
    f->height = height;
    f->block = chain;
}

void block_setup(verifier_t *v, func_t *f, const insn_t *insn, block_kind_t kind) {
    uint16_t outer = first_inactive(v, f);
    v_check(v, outer == 0 || insn->target < block_at(v, outer)->handler, "handler behind the outer one's");
    block_t wanted = { .handler = insn->target, .parent = f->block, .height = f->height, .kind = kind };
    if (kind == B_FINALLY) {
        wanted.kind = finally_kind(v, f, insn->target);
    }
    if (wanted.kind == B_ASYNC) {
        // It may be None by the time the handler is entered, so it is no more than an object.
        v_check(v, f->height > f->floor && kind_is_obj(f->stack[f->height - 1]), "no context manager");
        f->stack[f->height - 1] = K_OBJ;
    }
    wanted.depth = f->block == 0 ? 1 : block_at(v, f->block)->depth + 1;
    v_check(v, wanted.depth <= f->prelude.n_exc, "exception stack overflow");
    f->block = make_block(v, f, &wanted);
    enter_handler(v, f, f->block, K_EXC);
    f->floor = f->height;
}

// May control pass from the current instruction to `to`, with the current chain?
void block_can_go(verifier_t *v, func_t *f, uint32_t to) {
    for (uint16_t ref = f->block; ref != 0; ref = block_at(v, ref)->parent) {
        func_work(v, f, 1);
        const block_t *block = block_at(v, ref);
        bool enters = ref == f->block && to == block->handler && block->kind != B_EXCEPT
            && !is_active(block, f->pc);
        v_check(v, enters || is_active(block, f->pc) == is_active(block, to), "jump across a handler's start");
    }
}

// A normal end of "async with": from [manager, None], standing before the handler, into it with the two
// exchanged. In between an exception may find None where the manager was: see block_setup.
bool block_leave_async(verifier_t *v, func_t *f) {
    if (f->block == 0) {
        return false;
    }
    const block_t *block = block_top(v, f);
    if (block->kind != B_ASYNC || is_active(block, f->pc) || f->height != block->height + 1u
        || f->stack[block->height] != K_NONE || !block_follows(f, f->pc + 1, MP_BC_JUMP)) {
        return false;
    }
    insn_t insn;
    insn_again(f, f->pc + 1, &insn);
    v_check(v, is_active(block, insn.target), "jump across a handler's start");
    f->stack[block->height] = f->stack[block->height - 1];
    f->stack[block->height - 1] = K_NONE;
    uint16_t ref = f->block;
    f->block = block->parent;
    block_can_go(v, f, insn.target);
    f->block = ref;
    state_record(v, f, insn.target);
    return true;
}

static bool has_value(func_t *f, uint32_t at, uint32_t height) {
    return at < height && kind_pending(f->stack[at]) != 0;
}

// RETURN_VALUE drops a slot or two for each active "finally" up to the first inactive one, whose handler it
// enters: what is dropped must be there. END_FINALLY takes up a pending return from there.
void block_return(verifier_t *v, func_t *f) {
    for (uint16_t ref = f->block; ref != 0; ref = block_at(v, ref)->parent) {
        func_work(v, f, 1);
        const block_t *block = block_at(v, ref);
        if (block->kind == B_EXCEPT) {
            continue;
        }
        if (!is_active(block, f->pc)) {
            enter_handler(v, f, ref, K_FIN + V_JUMP);
            return;
        }
        v_check(v, block->kind == B_FINALLY && has_value(f, block->height, f->height), "return from a broken finally");
    }
}

// One block of an UNWIND_JUMP: the height of the stack behind it.
static uint32_t unwind_one(verifier_t *v, func_t *f, uint16_t ref, uint32_t height) {
    const block_t *block = block_at(v, ref);
    if (block->kind == B_EXCEPT) {
        return height;
    }
    if (!is_active(block, f->pc)) {
        v_check(v, height == block->height, "unwinding at another stack height");
        enter_handler(v, f, ref, K_FIN + V_JUMP);
        return height - n_owned(block);
    }
    v_check(v, block->kind == B_FINALLY && height == block->height + 1u
        && has_value(f, block->height, height), "unwinding a broken finally");
    return block->height;
}

static uint32_t without_iterator(verifier_t *v, func_t *f, uint32_t height) {
    v_check(v, height >= f->floor + VERIFY_ITER_SLOTS, "no iterator");
    for (unsigned i = 0; i < VERIFY_ITER_SLOTS; ++i) {
        v_check(v, f->stack[height - VERIFY_ITER_SLOTS + i] == K_ITER0 + i, "no iterator");
    }
    return height - VERIFY_ITER_SLOTS;
}

static void cut(func_t *f, uint32_t height) {
    while (f->height > height) {
        f->wide -= kind_is_wide(f->stack[--f->height]);
    }
}

// The number of blocks and, as bit 7, whether an iterator goes too.
void block_unwind(verifier_t *v, func_t *f, const insn_t *insn) {
    state_room(v, f, 2);
    uint32_t height = f->height;
    for (unsigned n = insn->extra & 0x7f; n > 0; --n) {
        func_work(v, f, 1);
        const block_t *block = block_top(v, f);
        height = unwind_one(v, f, f->block, height);
        f->block = block->parent;
    }
    block_refresh(v, f);
    if (insn->extra & 0x80) {
        height = without_iterator(v, f, height);
    }
    v_check(v, height >= f->floor, "stack underflow");
    func_work(v, f, f->height - height);
    cut(f, height);
    flow_go(v, f, insn->target);
}

// True if control may go on behind it.
bool block_end_finally(verifier_t *v, func_t *f) {
    const block_t *block = block_top(v, f);
    v_check(v, is_active(block, f->pc) && block->kind != B_WITH, "end of a handler that was not entered");
    uint32_t at = block->height - n_owned(block);
    v_check(v, f->height == at + 1, "end of a handler at another stack height");
    unsigned value = kind_pending(f->stack[at]);
    if (block->kind == B_EXCEPT) {
        v_check(v, value == V_EXC, "no exception to raise again");
        return false;
    }
    v_check(v, value != 0, "end of finally without its value");
    cut(f, at);
    block_pop(v, f);
    if (value & V_JUMP) {
        block_return(v, f);
    }
    return value & V_NONE;
}

// WITH_CLEANUP and the END_FINALLY behind it, as one instruction.
void block_with_cleanup(verifier_t *v, func_t *f, insn_t *insn) {
    const block_t *block = block_top(v, f);
    v_check(v, block->kind == B_WITH && f->pc == block->handler, "cleanup outside of a with block");
    v_check(v, f->height == block->height + 1u && has_value(f, block->height, f->height),
        "cleanup at another stack height");
    v_check(v, block_follows(f, f->pc + 1, MP_BC_END_FINALLY), "cleanup without end");
    unsigned value = kind_pending(f->stack[block->height]);
    cut(f, block->height - n_owned(block));
    block_pop(v, f);
    if (value & V_JUMP) {
        block_return(v, f);
    }
    insn->len = 2;
}
