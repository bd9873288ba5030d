// SPDX-License-Identifier: MIT
// The abstract machine: runs every reachable instruction of a function once for each state in which it can be
// entered, on kinds of values in place of values. The table in docs/verifier.md gives the rule of each opcode.
#include "py/bc0.h"
#include "py/runtime0.h"

#include "vm_ext/verifier/verifier.h"

enum { FLAG_GENERATOR = 1 };

static void push(verifier_t *v, func_t *f, unsigned kind) {
    state_room(v, f, 1);
    f->stack[f->height++] = kind;
}

// Takes one entry off, of whatever kind, but not one that belongs to a block.
static unsigned pop_any(verifier_t *v, func_t *f) {
    v_check(v, f->height > f->floor, "stack underflow");
    return f->stack[--f->height];
}

static unsigned pop_obj(verifier_t *v, func_t *f) {
    unsigned kind = pop_any(v, f);
    v_check(v, kind_is_obj(kind), "not an object");
    return kind;
}

static void pop_kind(verifier_t *v, func_t *f, unsigned kind, const char *why) {
    v_check(v, pop_any(v, f) == kind, why);
}

static void pop_objs(verifier_t *v, func_t *f, uint32_t n) {
    v_check(v, n <= f->height - f->floor, "stack underflow");
    func_work(v, f, n);
    while (n-- > 0) {
        pop_obj(v, f);
    }
}

static unsigned peek(verifier_t *v, func_t *f, uint32_t depth) {
    v_check(v, depth < f->height, "stack underflow");
    return f->stack[f->height - 1 - depth];
}

static void push_objs(verifier_t *v, func_t *f, uint32_t n) {
    v_check(v, n <= f->limit, "stack overflow");
    func_work(v, f, n);
    while (n-- > 0) {
        push(v, f, K_OBJ);
    }
}

static void effect(verifier_t *v, func_t *f, uint32_t n_pop, uint32_t n_push) {
    pop_objs(v, f, n_pop);
    push_objs(v, f, n_push);
}

// An object, or none where something is to be deleted.
static void pop_stored(verifier_t *v, func_t *f) {
    unsigned kind = pop_any(v, f);
    v_check(v, kind_is_obj(kind) || kind == K_NULL, "not an object");
}

static bool is_cell(func_t *f, uint32_t local) {
    return f->cell_local[local >> 3] >> (local & 7) & 1;
}

static void use_fast(verifier_t *v, func_t *f, uint32_t local) {
    v_check(v, !is_cell(f, local), "local is a cell");
}

static void use_deref(verifier_t *v, func_t *f, uint32_t local) {
    v_check(v, is_cell(f, local), "local is not a cell");
}

static void load_fast(verifier_t *v, func_t *f, uint32_t local) {
    push(v, f, is_cell(f, local) ? K_CELL : K_OBJ);
}

static void store_fast(verifier_t *v, func_t *f, uint32_t local) {
    use_fast(v, f, local);
    pop_obj(v, f);
}

// --- shuffling

static bool can_move(unsigned kind) {
    return kind_is_obj(kind) || kind == K_NULL || kind == K_SELF;
}

static void rotate(verifier_t *v, func_t *f, unsigned n) {
    v_check(v, n <= f->height - f->floor, "stack underflow");
    uint8_t *top = &f->stack[f->height - 1];
    uint8_t kind = *top;
    for (unsigned i = 0; i < n; ++i) {
        v_check(v, can_move(*(top - i)), "not an object");
    }
    for (unsigned i = 1; i < n; ++i) {
        top[1 - (int)i] = top[-(int)i];
    }
    top[1 - (int)n] = kind;
}

// "async with" moves its pending return or jump, which is two slots, by rotating twice.
static void rotate_three(verifier_t *v, func_t *f, insn_t *insn) {
    if (f->height < 2 || f->stack[f->height - 1] != K_FIN + V_JUMP) {
        rotate(v, f, 3);
        return;
    }
    v_check(v, block_follows(f, f->pc + 1, MP_BC_ROT_THREE), "half of a pending jump");
    v_check(v, f->height - f->floor >= 2 && kind_is_obj(f->stack[f->height - 2]), "not an object");
    f->stack[f->height - 1] = f->stack[f->height - 2];
    f->stack[f->height - 2] = K_FIN + V_JUMP;
    insn->len = 2;
}

// The handler of "async with" finds out what it was entered with.
static bool split_pending(verifier_t *v, func_t *f, insn_t *insn) {
    uint32_t narrow, wide;
    if (f->block == 0 || block_top(v, f)->kind != B_ASYNC || block_top(v, f)->handler != f->pc) {
        return false;
    }
    block_is_async(v, f, f->pc, &narrow, &wide);
    state_room(v, f, 2); // the copy and BaseException
    uint8_t *top = &f->stack[f->height - 1];
    unsigned value = kind_pending(*top);
    v_check(v, (value & V_NONE) == 0 && (value & V_EXC) != 0, "end of async with in the wrong place");
    if (value & V_JUMP) {
        *top = K_FIN + V_JUMP;
        flow_go(v, f, wide);
        --f->wide;
    }
    *top = K_EXC;
    insn->len = narrow - f->pc;
    return true;
}

static void dup_top(verifier_t *v, func_t *f, insn_t *insn) {
    unsigned kind = peek(v, f, 0);
    if (!split_pending(v, f, insn)) {
        v_check(v, kind_is_obj(kind), "not an object");
        push(v, f, kind);
    }
}

static void dup_top_two(verifier_t *v, func_t *f) {
    v_check(v, kind_is_obj(peek(v, f, 0)) && kind_is_obj(peek(v, f, 1)), "not an object");
    push(v, f, peek(v, f, 1));
    push(v, f, peek(v, f, 1));
}

static void pop_top(verifier_t *v, func_t *f) {
    v_check(v, !kind_is_wide(pop_any(v, f)), "half of a pending jump");
}

// --- iteration

static void push_iterator(verifier_t *v, func_t *f) {
    for (unsigned i = 0; i < VERIFY_ITER_SLOTS; ++i) {
        push(v, f, K_ITER0 + i);
    }
}

// An iterator in its slots, or one that a generator expression made by hand: no object, then the iterator.
static void for_iter(verifier_t *v, func_t *f, const insn_t *insn) {
    v_check(v, f->height - f->floor >= VERIFY_ITER_SLOTS, "stack underflow");
    const uint8_t *slot = &f->stack[f->height - VERIFY_ITER_SLOTS];
    bool own = slot[0] == K_ITER0 && slot[1] == K_ITER1 && slot[2] == K_ITER2 && slot[3] == K_ITER3;
    bool by_hand = slot[0] == K_NULL && kind_is_obj(slot[1]) && slot[2] == K_NULL && slot[3] == K_NULL;
    v_check(v, own || by_hand, "no iterator");
    uint8_t kept[VERIFY_ITER_SLOTS] = { slot[0], slot[1], slot[2], slot[3] };
    f->height -= VERIFY_ITER_SLOTS;
    flow_go(v, f, insn->target);
    for (unsigned i = 0; i < VERIFY_ITER_SLOTS; ++i) {
        f->stack[f->height++] = kept[i];
    }
    push(v, f, K_OBJ);
}

static void yield(verifier_t *v, func_t *f, unsigned n) {
    v_check(v, f->prelude.flags & FLAG_GENERATOR, "yield outside of a generator");
    effect(v, f, n, 1);
}

// --- containers

static void build_tuple(verifier_t *v, func_t *f, uint32_t n) {
    pop_objs(v, f, n);
    push(v, f, n <= K_TUPLE_MAX ? K_TUPLE + n : K_OBJ);
}

static void build(verifier_t *v, func_t *f, uint32_t n, unsigned kind) {
    pop_objs(v, f, n);
    push(v, f, kind);
}

static void store_map(verifier_t *v, func_t *f) {
    pop_objs(v, f, 2);
    v_check(v, f->height > f->floor && peek(v, f, 0) == K_DICT, "not a dict");
}

// The container stands some slots down; it is what was built for this comprehension.
static void store_comp(verifier_t *v, func_t *f, uint32_t arg) {
    static const uint8_t kinds[] = { K_LIST, K_DICT, K_SET };
    unsigned which = arg & 3;
    uint32_t depth = arg >> 2;
    unsigned n = which == 1 ? 2 : 1;
    v_check(v, which <= 2 && depth >= n, "malformed comprehension");
    func_work(v, f, 2);
    v_check(v, f->wide == 0, "half of a pending jump");
    v_check(v, peek(v, f, depth) == kinds[which], "not the comprehension's container");
    pop_objs(v, f, n);
}

// --- calls

static void pop_keywords(verifier_t *v, func_t *f, uint32_t n, bool star) {
    v_check(v, 2 * n <= f->height - f->floor, "stack underflow");
    func_work(v, f, 2 * n);
    while (n-- > 0) {
        pop_obj(v, f);
        unsigned key = pop_any(v, f);
        v_check(v, key == K_QSTR || (star && key == K_NULL), "keyword is not a name");
    }
}

static void call(verifier_t *v, func_t *f, uint32_t arg, bool star, bool method) {
    if (star) {
        pop_kind(v, f, K_SMALL, "no bitmap of arguments");
    }
    pop_keywords(v, f, arg >> 8, star);
    pop_objs(v, f, arg & 0xff);
    if (method) {
        unsigned self = pop_any(v, f);
        v_check(v, kind_is_obj(self) || self == K_SELF || self == K_NULL, "not an object");
    }
    effect(v, f, 1, 1);
}

static void pop_defaults(verifier_t *v, func_t *f, child_t *made) {
    unsigned dict = pop_any(v, f);
    v_check(v, dict == K_DICT || dict == K_NULL, "keyword defaults are not a dict");
    unsigned tuple = pop_any(v, f);
    v_check(v, tuple >= K_TUPLE || tuple == K_NULL, "defaults are not a tuple");
    made->has_kw_dict = dict == K_DICT;
    made->n_def = tuple == K_NULL ? 0 : tuple - K_TUPLE;
}

static void make(verifier_t *v, func_t *f, const insn_t *insn, bool closure, bool defaults) {
    child_t made = { .seen = true };
    if (closure) {
        v_check(v, insn->extra >= 1, "closure without cells");
        made.n_closed = insn->extra;
        func_work(v, f, insn->extra);
        for (unsigned i = 0; i < insn->extra; ++i) {
            pop_kind(v, f, K_CELL, "not a cell");
        }
    }
    if (defaults) {
        pop_defaults(v, f, &made);
    }
    child_t *child = &f->children[insn->arg];
    v_check(v, !child->seen || (child->n_closed == made.n_closed && child->n_def == made.n_def
        && child->has_kw_dict == made.has_kw_dict), "function made in two ways");
    *child = made;
    push(v, f, K_OBJ);
}

static void load_method(verifier_t *v, func_t *f, unsigned n) {
    effect(v, f, n, 1);
    push(v, f, K_SELF);
}

// --- control

static void setup_with(verifier_t *v, func_t *f, const insn_t *insn) {
    load_method(v, f, 1);
    block_setup(v, f, insn, B_WITH);
    push(v, f, K_OBJ);
}

static void jump_or_pop(verifier_t *v, func_t *f, const insn_t *insn) {
    unsigned kind = pop_obj(v, f);
    ++f->height;
    f->stack[f->height - 1] = kind;
    flow_go(v, f, insn->target);
    --f->height;
}

static void pop_except_jump(verifier_t *v, func_t *f, const insn_t *insn) {
    v_check(v, block_top(v, f)->kind == B_EXCEPT, "not an except block");
    block_pop(v, f);
    flow_go(v, f, insn->target);
}

// A class body returns its cell to __build_class__; anywhere else a cell is an object with no operations.
static void return_value(verifier_t *v, func_t *f) {
    unsigned kind = pop_any(v, f);
    v_check(v, kind_is_obj(kind) || kind == K_CELL, "not an object");
    block_return(v, f);
}

// The current state, at another instruction.
void flow_go(verifier_t *v, func_t *f, uint32_t to) {
    block_can_go(v, f, to);
    state_record(v, f, to);
}

static void step_multi(verifier_t *v, func_t *f, unsigned op) {
    if (op < MP_BC_LOAD_FAST_MULTI) {
        push(v, f, K_SMALL);
    } else if (op < MP_BC_STORE_FAST_MULTI) {
        load_fast(v, f, op - MP_BC_LOAD_FAST_MULTI);
    } else if (op < MP_BC_UNARY_OP_MULTI) {
        store_fast(v, f, op - MP_BC_STORE_FAST_MULTI);
    } else {
        effect(v, f, op < MP_BC_BINARY_OP_MULTI ? 1 : 2, 1);
    }
}

// One instruction. True: control may go on behind it.
static bool step(verifier_t *v, func_t *f, insn_t *insn) {
    uint32_t arg = insn->arg;
    switch (insn->op) {
        case MP_BC_LOAD_CONST_NONE:
            push(v, f, K_NONE);
            break;
        case MP_BC_LOAD_CONST_SMALL_INT:
            push(v, f, K_SMALL);
            break;
        case MP_BC_LOAD_CONST_STRING:
            push(v, f, K_QSTR);
            break;
        case MP_BC_LOAD_NULL:
            push(v, f, K_NULL);
            break;
        case MP_BC_LOAD_CONST_FALSE:
        case MP_BC_LOAD_CONST_TRUE:
        case MP_BC_LOAD_CONST_OBJ:
        case MP_BC_LOAD_NAME:
        case MP_BC_LOAD_GLOBAL:
        case MP_BC_LOAD_BUILD_CLASS:
            push(v, f, K_OBJ);
            break;
        case MP_BC_LOAD_FAST_N:
            load_fast(v, f, arg);
            break;
        case MP_BC_STORE_FAST_N:
            store_fast(v, f, arg);
            break;
        case MP_BC_DELETE_FAST:
            use_fast(v, f, arg);
            break;
        case MP_BC_LOAD_DEREF:
            use_deref(v, f, arg);
            push(v, f, K_OBJ);
            break;
        case MP_BC_STORE_DEREF:
            use_deref(v, f, arg);
            pop_obj(v, f);
            break;
        case MP_BC_DELETE_DEREF:
            use_deref(v, f, arg);
            break;
        case MP_BC_DELETE_NAME:
        case MP_BC_DELETE_GLOBAL:
            break;
        case MP_BC_STORE_NAME:
        case MP_BC_STORE_GLOBAL:
        case MP_BC_IMPORT_STAR:
            pop_obj(v, f);
            break;
        case MP_BC_LOAD_ATTR:
        case MP_BC_GET_ITER:
            effect(v, f, 1, 1);
            break;
        case MP_BC_LOAD_SUBSCR:
        case MP_BC_IMPORT_NAME:
            effect(v, f, 2, 1);
            break;
        case MP_BC_IMPORT_FROM:
            effect(v, f, 1, 2);
            break;
        case MP_BC_STORE_ATTR:
            pop_obj(v, f);
            pop_stored(v, f);
            break;
        case MP_BC_STORE_SUBSCR:
            pop_objs(v, f, 2);
            pop_stored(v, f);
            break;
        case MP_BC_LOAD_METHOD:
            load_method(v, f, 1);
            break;
        case MP_BC_LOAD_SUPER_METHOD:
            load_method(v, f, 3);
            break;
        case MP_BC_DUP_TOP:
            dup_top(v, f, insn);
            break;
        case MP_BC_DUP_TOP_TWO:
            dup_top_two(v, f);
            break;
        case MP_BC_POP_TOP:
            pop_top(v, f);
            break;
        case MP_BC_ROT_TWO:
            if (block_leave_async(v, f)) {
                return false;
            }
            rotate(v, f, 2);
            break;
        case MP_BC_ROT_THREE:
            rotate_three(v, f, insn);
            break;
        case MP_BC_JUMP:
            flow_go(v, f, insn->target);
            return false;
        case MP_BC_POP_JUMP_IF_TRUE:
        case MP_BC_POP_JUMP_IF_FALSE:
            pop_obj(v, f);
            flow_go(v, f, insn->target);
            break;
        case MP_BC_JUMP_IF_TRUE_OR_POP:
        case MP_BC_JUMP_IF_FALSE_OR_POP:
            jump_or_pop(v, f, insn);
            break;
        case MP_BC_UNWIND_JUMP:
            block_unwind(v, f, insn);
            return false;
        case MP_BC_SETUP_WITH:
            setup_with(v, f, insn);
            break;
        case MP_BC_SETUP_EXCEPT:
            block_setup(v, f, insn, B_EXCEPT);
            break;
        case MP_BC_SETUP_FINALLY:
            block_setup(v, f, insn, B_FINALLY);
            break;
        case MP_BC_POP_EXCEPT_JUMP:
            pop_except_jump(v, f, insn);
            return false;
        case MP_BC_WITH_CLEANUP:
            block_with_cleanup(v, f, insn);
            break;
        case MP_BC_END_FINALLY:
            return block_end_finally(v, f);
        case MP_BC_GET_ITER_STACK:
            pop_obj(v, f);
            push_iterator(v, f);
            break;
        case MP_BC_FOR_ITER:
            for_iter(v, f, insn);
            break;
        case MP_BC_BUILD_TUPLE:
            build_tuple(v, f, arg);
            break;
        case MP_BC_BUILD_LIST:
            build(v, f, arg, K_LIST);
            break;
        case MP_BC_BUILD_MAP:
            push(v, f, K_DICT);
            break;
        case MP_BC_BUILD_SET:
            build(v, f, arg, K_SET);
            break;
        case MP_BC_BUILD_SLICE:
            build(v, f, arg, K_OBJ);
            break;
        case MP_BC_STORE_MAP:
            store_map(v, f);
            break;
        case MP_BC_STORE_COMP:
            store_comp(v, f, arg);
            break;
        case MP_BC_UNPACK_SEQUENCE:
            effect(v, f, 1, arg);
            break;
        case MP_BC_UNPACK_EX:
            effect(v, f, 1, (arg & 0xff) + (arg >> 8) + 1);
            break;
        case MP_BC_MAKE_FUNCTION:
        case MP_BC_MAKE_FUNCTION_DEFARGS:
            make(v, f, insn, false, insn->op == MP_BC_MAKE_FUNCTION_DEFARGS);
            break;
        case MP_BC_MAKE_CLOSURE:
        case MP_BC_MAKE_CLOSURE_DEFARGS:
            make(v, f, insn, true, insn->op == MP_BC_MAKE_CLOSURE_DEFARGS);
            break;
        case MP_BC_CALL_FUNCTION:
        case MP_BC_CALL_FUNCTION_VAR_KW:
            call(v, f, arg, insn->op == MP_BC_CALL_FUNCTION_VAR_KW, false);
            break;
        case MP_BC_CALL_METHOD:
        case MP_BC_CALL_METHOD_VAR_KW:
            call(v, f, arg, insn->op == MP_BC_CALL_METHOD_VAR_KW, true);
            break;
        case MP_BC_RETURN_VALUE:
            return_value(v, f);
            return false;
        case MP_BC_RAISE_LAST:
            return false;
        case MP_BC_RAISE_OBJ:
            pop_obj(v, f);
            return false;
        case MP_BC_RAISE_FROM:
            pop_objs(v, f, 2);
            return false;
        case MP_BC_YIELD_VALUE:
            yield(v, f, 1);
            break;
        case MP_BC_YIELD_FROM:
            yield(v, f, 2);
            break;
        default:
            step_multi(v, f, insn->op);
            break;
    }
    return true;
}

// An instruction that the sweep (decode.c) has checked: all of it is there, and its target is in the code.
void insn_again(func_t *f, uint32_t pc, insn_t *insn) {
    const uint8_t *at = f->code + pc;
    unsigned op = *at++;
    unsigned format = MP_BC_FORMAT(op);
    uint32_t arg = 0;
    insn->op = op;
    insn->extra = 0;
    if (format == MP_BC_FORMAT_OFFSET) {
        unsigned bias = op <= MP_BC_POP_JUMP_IF_FALSE ? 0x40 : 0;
        insn->target = *at++;
        if (insn->target & 0x80) {
            insn->target = (insn->target & 0x7f) | *at++ << 7;
            bias <<= 8;
        }
        insn->target += at - f->code - bias;
    } else if (format != MP_BC_FORMAT_BYTE) {
        do {
            arg = arg << 7 | (*at & 0x7f);
        } while (*at++ & 0x80);
    }
    insn->arg = arg;
    if ((op & MP_BC_MASK_EXTRA_BYTE) == 0) {
        insn->extra = *at++;
    }
    insn->len = at - f->code - pc;
}

// Straight on until control ends or meets a jump target.
static uint32_t run(verifier_t *v, func_t *f) {
    for (;;) {
        insn_t insn;
        func_work(v, f, 1);
        insn_again(f, f->pc, &insn);
        bool goes_on = step(v, f, &insn);
        uint32_t next = f->pc + insn.len;
        if (!goes_on) {
            return next;
        }
        v_check(v, next < f->len, "code without end");
        if (bit_get(f->targeted, next)) {
            flow_go(v, f, next);
            return next;
        }
        f->pc = next;
    }
}

void flow_check(verifier_t *v, func_t *f) {
    f->stack = v_alloc(v, f->limit + 1);
    f->base = v_alloc(v, VERIFY_UNIT);
    f->work = f->len * VERIFY_WORK_PER_BYTE + VERIFY_WORK_BASE;
    f->to_visit = UINT16_MAX;
    f->pc = 0;
    uint32_t after;
    do {
        after = run(v, f);
    } while (state_next(v, f, after));
}
