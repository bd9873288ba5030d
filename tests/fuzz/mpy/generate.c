// SPDX-License-Identifier: MIT
// Compiled code that no compiler made: statements and expressions at random, of any opcode, put
// together by the verifier's rules (docs/verifier.md), so that most files pass and run. Not all:
// the frame is sometimes a slot too small, and made_change() does the rest.
#include <string.h>

#include "py/bc0.h"
#include "py/runtime0.h"

#include "tests/fuzz/mpy/make.h"

enum { CODE_MAX = 3000, LOCALS = 6, CHILDREN = 3, BLOCKS = 8, LABELS = 16, FUEL = 40, DEPTH = 3 };
enum { VARARGS = 4, VARKEYWORDS = 2, GENERATOR = 1, DEFKWARGS = 8 };

// How a parent makes a child.
typedef struct {
    unsigned n_closed;
    unsigned n_def;
    int has_kw_dict;
} child_t;

// One that code being generated is in: a loop, or what UNWIND_JUMP has to unwind.
typedef enum { IN_FOR, IN_BLOCK } inside_t;

typedef struct {
    made_t *made;
    uint8_t code[CODE_MAX];
    size_t len;
    unsigned height, highest;
    unsigned n_exc, most_exc;
    int fuel;
    unsigned depth; // of functions
    unsigned nesting;
    unsigned flags;
    unsigned n_closed;
    unsigned cell; // this local is a cell of its own, or none: LOCALS
    child_t children[CHILDREN];
    unsigned n_children;
    // Places to jump back to, in the statement list that is being generated.
    size_t labels[LABELS];
    unsigned n_labels, first_label;
    // Loops that may be left, innermost last, and where their jumps are to be patched.
    struct { size_t top; unsigned n_exc; size_t ends[4]; unsigned n_ends; } loops[BLOCKS];
    unsigned n_loops;
} fun_t;

// Names that programs may use: builtins and methods that read or print nothing and end nothing.
// Each file has the first ones, and some of the rest.
static const char *const names[] = {
    "case", "f", "x", "y", "manager", "range", "generator", "Thing", "thing", "BaseException",
    "len", "list", "dict", "set", "tuple", "str", "bytes", "int", "float", "bool", "object",
    "type", "super", "iter", "next", "isinstance", "sum", "sorted", "min", "max", "zip", "map",
    "filter", "enumerate", "reversed", "repr", "hash", "abs", "all", "any", "chr", "ord",
    "bytearray", "memoryview", "frozenset", "property", "Exception", "ValueError", "TypeError",
    "KeyError", "OSError", "StopIteration", "GeneratorExit", "append", "pop", "insert",
    "extend", "sort", "remove", "clear", "update", "items", "keys", "values", "get",
    "setdefault", "join", "split", "format", "replace", "find", "encode", "decode", "send",
    "throw", "close", "__init__", "__next__", "__iter__", "__class__", "__name__", "__enter__",
    "__exit__", "add", "union", "count", "index", "start", "stop", "step", "getattr", "setattr",
    "hasattr", "callable", "slice", "staticmethod", "__len__",
};
enum { N_ALL = sizeof(names) / sizeof(names[0]), N_ALWAYS = 10, N_NAMES = 24, NAME_MANAGER = 4 };
enum { N_OBJS = 6 };

static void expression(fun_t *f);
static void statements(fun_t *f, unsigned n);

static uint32_t rnd(fun_t *f, uint32_t below) {
    return made_random(f->made, below);
}

// --- code

static void byte(fun_t *f, unsigned value) {
    if (f->len < CODE_MAX) {
        f->code[f->len++] = value;
    }
}

static void number(fun_t *f, uint32_t value) {
    if (value >= 0x80) {
        byte(f, 0x80 | (value >> 7));
    }
    byte(f, value & 0x7f);
}

static void adjust(fun_t *f, int by) {
    f->height += by;
    if (f->height > f->highest) {
        f->highest = f->height;
    }
}

static void op(fun_t *f, unsigned code, int by) {
    byte(f, code);
    adjust(f, by);
}

static void op_number(fun_t *f, unsigned code, uint32_t value, int by) {
    op(f, code, by);
    number(f, value);
}

static void name(fun_t *f, unsigned code, int by) {
    op_number(f, code, rnd(f, N_NAMES), by);
}

// A jump whose target is patched later; UNWIND_JUMP has one byte more, which is not counted.
static size_t jump(fun_t *f, unsigned code, int by) {
    op(f, code, by);
    byte(f, 0x80);
    byte(f, 0);
    return f->len;
}

static void patch(fun_t *f, size_t end, size_t target) {
    if (end < 3 || f->len >= CODE_MAX) {
        return;
    }
    unsigned bias = f->code[end - 3] <= MP_BC_POP_JUMP_IF_FALSE ? 0x4000 : 0;
    unsigned offset = target - end + bias;
    f->code[end - 2] = 0x80 | (offset & 0x7f);
    f->code[end - 1] = offset >> 7;
}

// --- expressions

static int is_cell(fun_t *f, unsigned local) {
    return local < f->n_closed || local == f->cell;
}

static void load_local(fun_t *f) {
    unsigned local = rnd(f, LOCALS);
    if (is_cell(f, local)) {
        op_number(f, MP_BC_LOAD_DEREF, local, 1);
    } else if (rnd(f, 4) == 0) {
        op_number(f, MP_BC_LOAD_FAST_N, local, 1);
    } else {
        op(f, MP_BC_LOAD_FAST_MULTI + local, 1);
    }
}

static void store_local(fun_t *f) {
    unsigned local = rnd(f, LOCALS);
    if (is_cell(f, local)) {
        op_number(f, MP_BC_STORE_DEREF, local, -1);
    } else {
        op(f, MP_BC_STORE_FAST_MULTI + local, -1);
    }
}

static void simple(fun_t *f) {
    switch (rnd(f, 11)) {
        case 0:
            op(f, MP_BC_LOAD_CONST_FALSE + rnd(f, 3), 1);
            break;
        case 1:
            name(f, MP_BC_LOAD_CONST_STRING, 1);
            break;
        case 2:
            op_number(f, MP_BC_LOAD_CONST_OBJ, rnd(f, N_OBJS), 1);
            break;
        case 3:
            op_number(f, MP_BC_LOAD_CONST_SMALL_INT, rnd(f, 0x3fff), 1);
            break;
        case 4:
        case 5:
            name(f, MP_BC_LOAD_GLOBAL, 1);
            break;
        case 6:
            name(f, MP_BC_LOAD_NAME, 1);
            break;
        case 7:
            op(f, MP_BC_LOAD_CONST_SMALL_INT_MULTI + rnd(f, 64), 1);
            break;
        default:
            load_local(f);
            break;
    }
}

static void several(fun_t *f, unsigned n) {
    while (n-- > 0) {
        expression(f);
    }
}

static void operate(fun_t *f) {
    // Powers, products and shifts to the left make numbers that take too long to compute.
    unsigned which;
    do {
        which = rnd(f, MP_BINARY_OP_NUM_BYTECODE);
    } while (which == MP_BINARY_OP_POWER || which == MP_BINARY_OP_INPLACE_POWER
             || which == MP_BINARY_OP_LSHIFT || which == MP_BINARY_OP_INPLACE_LSHIFT
             || which == MP_BINARY_OP_MULTIPLY
             || which == MP_BINARY_OP_INPLACE_MULTIPLY);
    if (rnd(f, 4) == 0) {
        expression(f);
        op(f, MP_BC_UNARY_OP_MULTI + rnd(f, MP_UNARY_OP_NUM_BYTECODE), 0);
    } else {
        several(f, 2);
        op(f, MP_BC_BINARY_OP_MULTI + which, -1);
    }
}

static void build(fun_t *f) {
    unsigned n = rnd(f, 4);
    if (rnd(f, 4) == 0) {
        op_number(f, MP_BC_BUILD_MAP, n, 1);
        for (unsigned i = 0; i < n; i++) {
            several(f, 2);
            op(f, MP_BC_STORE_MAP, -2);
        }
        return;
    }
    static const uint8_t kinds[] = {
        MP_BC_BUILD_TUPLE, MP_BC_BUILD_LIST, MP_BC_BUILD_SET, MP_BC_BUILD_SLICE,
    };
    unsigned code = kinds[rnd(f, 4)];
    if (code == MP_BC_BUILD_SLICE) {
        n = 2 + rnd(f, 2);
    }
    several(f, n);
    op_number(f, code, n, 1 - (int)n);
}

// The function, and the slot that a method has below its arguments, are there.
static void arguments(fun_t *f, unsigned extra, unsigned code) {
    unsigned n_pos = rnd(f, 3), n_kw = rnd(f, 6) == 0, star = rnd(f, 8) == 0;
    several(f, n_pos);
    if (n_kw) {
        if (star && rnd(f, 2)) {
            op(f, MP_BC_LOAD_NULL, 1);
        } else {
            name(f, MP_BC_LOAD_CONST_STRING, 1);
        }
        expression(f);
    }
    if (star) {
        op(f, MP_BC_LOAD_CONST_SMALL_INT_MULTI + 16 + rnd(f, 4), 1);
    }
    op_number(f, code + star, n_kw << 8 | n_pos, -(int)(extra + n_pos + 2 * n_kw + star));
}

static void call(fun_t *f) {
    expression(f);
    if (rnd(f, 3) == 0) {
        arguments(f, 0, MP_BC_CALL_FUNCTION);
    } else if (rnd(f, 6) == 0) {
        several(f, 2);
        name(f, MP_BC_LOAD_SUPER_METHOD, -1);
        arguments(f, 1, MP_BC_CALL_METHOD);
    } else {
        name(f, MP_BC_LOAD_METHOD, 1);
        arguments(f, 1, MP_BC_CALL_METHOD);
    }
}

static void make_function(fun_t *f) {
    if (f->depth == DEPTH || f->n_children == CHILDREN) {
        simple(f);
        return;
    }
    unsigned number_of = f->n_children++;
    child_t *child = &f->children[number_of];
    *child = (child_t) { .n_closed = 0, .n_def = 0, .has_kw_dict = 0 };
    unsigned defaults = rnd(f, 3) == 0;
    if (defaults) {
        child->n_def = rnd(f, 3);
        several(f, child->n_def);
        op_number(f, MP_BC_BUILD_TUPLE, child->n_def, 1 - (int)child->n_def);
        child->has_kw_dict = rnd(f, 2);
        if (child->has_kw_dict) {
            op_number(f, MP_BC_BUILD_MAP, 0, 1);
        } else {
            op(f, MP_BC_LOAD_NULL, 1);
        }
    }
    unsigned own = f->n_closed > 0 ? 0 : f->cell;
    if (own < LOCALS && rnd(f, 2)) {
        child->n_closed = 1;
        op(f, MP_BC_LOAD_FAST_MULTI + own, 1);
        op_number(f, MP_BC_MAKE_CLOSURE + defaults, number_of, 0);
        byte(f, 1);
    } else {
        op_number(f, MP_BC_MAKE_FUNCTION + defaults, number_of, 1);
    }
    adjust(f, -2 * (int)defaults);
}

static void comprehension(fun_t *f) {
    unsigned kind = rnd(f, 3);
    static const uint8_t kinds[] = { MP_BC_BUILD_LIST, MP_BC_BUILD_MAP, MP_BC_BUILD_SET };
    op_number(f, kinds[kind], 0, 1);
    expression(f);
    op(f, MP_BC_GET_ITER_STACK, 3);
    size_t top = f->len;
    size_t end = jump(f, MP_BC_FOR_ITER, 1);
    store_local(f);
    unsigned n = kind == 1 ? 2 : 1;
    several(f, n);
    op_number(f, MP_BC_STORE_COMP, (n + 4) << 2 | kind, -(int)n);
    patch(f, jump(f, MP_BC_JUMP, 0), top);
    patch(f, end, f->len);
    adjust(f, -4);
}

static void choose(fun_t *f) {
    expression(f);
    size_t end = jump(f, MP_BC_JUMP_IF_TRUE_OR_POP + rnd(f, 2), -1);
    expression(f);
    patch(f, end, f->len);
}

static void shuffle(fun_t *f) {
    switch (rnd(f, f->flags & GENERATOR ? 5 : 3)) {
        case 0:
            expression(f);
            op(f, MP_BC_DUP_TOP, 1);
            op(f, MP_BC_ROT_TWO, 0);
            op_number(f, MP_BC_BUILD_TUPLE, 2, -1);
            break;
        case 1:
            several(f, 3);
            op(f, MP_BC_ROT_THREE, 0);
            op(f, MP_BC_STORE_SUBSCR, -3);
            load_local(f);
            break;
        case 2:
            several(f, 2);
            op(f, MP_BC_DUP_TOP_TWO, 2);
            op(f, MP_BC_LOAD_SUBSCR, -1);
            op_number(f, MP_BC_BUILD_LIST, 3, -2);
            break;
        case 3:
            expression(f);
            op(f, MP_BC_YIELD_VALUE, 0);
            break;
        default:
            expression(f);
            op(f, MP_BC_GET_ITER, 0);
            expression(f);
            op(f, MP_BC_YIELD_FROM, -1);
            break;
    }
}

// One object more on the stack.
static void expression(fun_t *f) {
    if (--f->fuel < 0 || f->len > CODE_MAX / 2) {
        simple(f);
        return;
    }
    switch (rnd(f, 14)) {
        case 0:
        case 1:
            operate(f);
            break;
        case 2:
            build(f);
            break;
        case 3:
        case 4:
            call(f);
            break;
        case 5:
            make_function(f);
            break;
        case 6:
            comprehension(f);
            break;
        case 7:
            choose(f);
            break;
        case 8:
            several(f, 2);
            op(f, MP_BC_LOAD_SUBSCR, -1);
            break;
        case 9:
            expression(f);
            name(f, MP_BC_LOAD_ATTR, 0);
            break;
        case 10:
            shuffle(f);
            break;
        default:
            simple(f);
            break;
    }
}

// --- statements

static void body(fun_t *f, unsigned n) {
    unsigned kept = f->first_label;
    f->first_label = f->n_labels;
    statements(f, n);
    f->n_labels = f->first_label;
    f->first_label = kept;
}

static void branch(fun_t *f) {
    expression(f);
    size_t other = jump(f, MP_BC_POP_JUMP_IF_TRUE + rnd(f, 2), -1);
    body(f, 2);
    size_t end = jump(f, MP_BC_JUMP, 0);
    patch(f, other, f->len);
    body(f, 1);
    patch(f, end, f->len);
}

static void loop(fun_t *f) {
    expression(f);
    op(f, MP_BC_GET_ITER_STACK, 3);
    size_t top = f->len;
    size_t end = jump(f, MP_BC_FOR_ITER, 1);
    store_local(f);
    int known = f->n_loops < BLOCKS;
    if (known) {
        f->loops[f->n_loops].top = top;
        f->loops[f->n_loops].n_exc = f->n_exc;
        f->loops[f->n_loops++].n_ends = 0;
    }
    body(f, 2);
    patch(f, jump(f, MP_BC_JUMP, 0), top);
    patch(f, end, f->len);
    adjust(f, -4);
    if (known) {
        f->n_loops--;
        for (unsigned i = 0; i < f->loops[f->n_loops].n_ends; i++) {
            patch(f, f->loops[f->n_loops].ends[i], f->len);
        }
    }
}

// break and continue, through whatever exception blocks are in between.
static void leave_loop(fun_t *f) {
    if (f->n_loops == 0) {
        return;
    }
    unsigned inner = f->n_loops - 1;
    unsigned n_exc = f->n_exc - f->loops[inner].n_exc;
    int leaves = rnd(f, 2) && f->loops[inner].n_ends < 4;
    if (n_exc == 0 && !leaves) {
        expression(f);
        patch(f, jump(f, MP_BC_POP_JUMP_IF_FALSE, -1), f->loops[inner].top);
        return;
    }
    expression(f);
    size_t over = jump(f, MP_BC_POP_JUMP_IF_FALSE, -1);
    adjust(f, 2);
    adjust(f, -2);
    size_t end = jump(f, MP_BC_UNWIND_JUMP, 0);
    byte(f, n_exc | (leaves ? 0x80 : 0));
    if (leaves) {
        f->loops[inner].ends[f->loops[inner].n_ends++] = end;
    } else {
        patch(f, end, f->loops[inner].top);
    }
    patch(f, over, f->len);
}

static void enter_block(fun_t *f) {
    if (++f->n_exc > f->most_exc) {
        f->most_exc = f->n_exc;
    }
}

static void try_except(fun_t *f) {
    size_t handler = jump(f, MP_BC_SETUP_EXCEPT, 0);
    enter_block(f);
    body(f, 2);
    size_t end = jump(f, MP_BC_POP_EXCEPT_JUMP, 0);
    patch(f, handler, f->len);
    adjust(f, 1);
    if (rnd(f, 2)) {
        op(f, MP_BC_DUP_TOP, 1);
        name(f, MP_BC_LOAD_GLOBAL, 1);
        op(f, MP_BC_BINARY_OP_MULTI + MP_BINARY_OP_EXCEPTION_MATCH, -1);
        size_t not = jump(f, MP_BC_POP_JUMP_IF_FALSE, -1);
        op(f, MP_BC_POP_TOP, -1);
        body(f, 1);
        size_t done = jump(f, MP_BC_POP_EXCEPT_JUMP, 0);
        patch(f, not, f->len);
        adjust(f, 1);
        op(f, MP_BC_END_FINALLY, -1);
        patch(f, done, f->len);
    } else {
        op(f, MP_BC_POP_TOP, -1);
        body(f, 1);
        size_t done = jump(f, MP_BC_POP_EXCEPT_JUMP, 0);
        patch(f, done, f->len);
    }
    patch(f, end, f->len);
    f->n_exc--;
}

static void try_finally(fun_t *f) {
    size_t handler = jump(f, MP_BC_SETUP_FINALLY, 0);
    enter_block(f);
    body(f, 2);
    op(f, MP_BC_LOAD_CONST_NONE, 1);
    patch(f, handler, f->len);
    adjust(f, 1); // a pending jump has two slots
    body(f, 1);
    adjust(f, -1);
    op(f, MP_BC_END_FINALLY, -1);
    f->n_exc--;
}

static void with(fun_t *f) {
    if (rnd(f, 3)) {
        op_number(f, MP_BC_LOAD_GLOBAL, NAME_MANAGER, 1);
    } else {
        expression(f);
    }
    size_t handler = jump(f, MP_BC_SETUP_WITH, 2);
    enter_block(f);
    store_local(f);
    body(f, 2);
    op(f, MP_BC_LOAD_CONST_NONE, 1);
    patch(f, handler, f->len);
    adjust(f, 3);
    adjust(f, -3);
    op(f, MP_BC_WITH_CLEANUP, 0);
    op(f, MP_BC_END_FINALLY, -3);
    f->n_exc--;
}

static void unpack(fun_t *f) {
    unsigned n = 1 + rnd(f, 3);
    expression(f);
    if (rnd(f, 3) == 0) {
        op_number(f, MP_BC_UNPACK_EX, 1 << 8 | n, n + 1);
        n += 2;
    } else {
        op_number(f, MP_BC_UNPACK_SEQUENCE, n, (int)n - 1);
    }
    while (n-- > 0) {
        store_local(f);
    }
}

static void store(fun_t *f) {
    switch (rnd(f, 6)) {
        case 0:
            several(f, 2);
            name(f, MP_BC_STORE_ATTR, -2);
            break;
        case 1:
            several(f, 3);
            op(f, MP_BC_STORE_SUBSCR, -3);
            break;
        case 2:
            expression(f);
            name(f, rnd(f, 2) ? MP_BC_STORE_GLOBAL : MP_BC_STORE_NAME, -1);
            break;
        case 3: {
            unsigned local = rnd(f, LOCALS);
            op_number(f, is_cell(f, local) ? MP_BC_DELETE_DEREF : MP_BC_DELETE_FAST, local, 0);
            break;
        }
        default:
            expression(f);
            store_local(f);
            break;
    }
}

static void go_back(fun_t *f) {
    unsigned n = f->n_labels - f->first_label;
    if (n > 0) {
        size_t target = f->labels[f->first_label + rnd(f, n)];
        expression(f);
        patch(f, jump(f, MP_BC_POP_JUMP_IF_TRUE, -1), target);
    }
}

static void end(fun_t *f) {
    expression(f);
    size_t over = jump(f, MP_BC_POP_JUMP_IF_TRUE, -1);
    if (rnd(f, 3) == 0) {
        op(f, MP_BC_RAISE_LAST, 0);
    } else {
        expression(f);
        op(f, rnd(f, 3) ? MP_BC_RETURN_VALUE : MP_BC_RAISE_OBJ, -1);
    }
    patch(f, over, f->len);
}

static void statement(fun_t *f) {
    void (*const kinds[])(fun_t *) = {
        store, store, store, store, unpack, branch, loop, try_except, try_finally, with, go_back,
        end, leave_loop,
    };
    unsigned n = f->fuel > 0 && f->nesting < BLOCKS ? sizeof(kinds) / sizeof(kinds[0]) : 5;
    f->nesting++;
    kinds[rnd(f, n)](f);
    f->nesting--;
}

static void statements(fun_t *f, unsigned n) {
    for (n = 1 + rnd(f, n); n > 0; n--) {
        if (f->n_labels < LABELS) {
            f->labels[f->n_labels++] = f->len;
        }
        statement(f);
    }
}

// --- functions

static void prelude(made_t *out, fun_t *f, unsigned s, unsigned a, unsigned k, unsigned d) {
    unsigned e = f->most_exc, g = f->flags;
    unsigned z = (s & 15) << 3 | (e & 1) << 2 | (a & 3);
    s >>= 4, e >>= 1, a >>= 2;
    while ((s | e | g | a | k | d) != 0) {
        made_byte(out, 0x80 | z);
        z = (g & 1) << 6 | (s & 3) << 4 | (k & 1) << 3 | (a & 1) << 2 | (e & 1) << 1 | (d & 1);
        s >>= 2, e >>= 1, g >>= 1, a >>= 1, k >>= 1, d >>= 1;
    }
    made_byte(out, z);
}

static void function(made_t *made, unsigned depth, const child_t *how) {
    static fun_t pool[DEPTH + 1]; // too large for a small stack
    fun_t *f = &pool[depth <= DEPTH ? depth : DEPTH];
    memset(f, 0, sizeof(*f));
    f->made = made;
    f->depth = depth;
    f->fuel = FUEL / (depth + 1);
    f->n_closed = how->n_closed;
    unsigned n_pos = depth == 0 ? 0 : how->n_closed + how->n_def + made_random(made, 2);
    unsigned n_kwonly = how->has_kw_dict ? made_random(made, 2) : 0;
    f->flags = depth == 0 ? 0 : (made_random(made, 3) == 0 ? GENERATOR : 0)
        | (made_random(made, 8) == 0 ? VARARGS : 0) | (made_random(made, 8) == 0 ? VARKEYWORDS : 0)
        | (how->has_kw_dict && made_random(made, 2) ? DEFKWARGS : 0);
    f->cell = made_random(made, 3) == 0 && f->n_closed == 0 ? made_random(made, LOCALS) : LOCALS;
    statements(f, 4);
    op(f, MP_BC_LOAD_CONST_NONE, 1);
    op(f, MP_BC_RETURN_VALUE, -1);

    // Rarely a slot too few. (One too many is what the compiler reserves.)
    unsigned more = made_random(made, 16) ? 1 : 0, less = made_random(made, 64) ? 0 : 1;
    unsigned n_state = LOCALS + f->highest + more - less;
    size_t has = f->n_children > 0 ? 4 : 0;
    // The prelude is written behind a guess of its length, and the whole then moved.
    static uint8_t data[CODE_MAX + 64];
    size_t start = made->len;
    prelude(made, f, n_state - 1, n_pos, n_kwonly, how->n_def);
    unsigned n_info = 1 + n_pos + n_kwonly, n_cell = f->cell < LOCALS;
    made_byte(made, n_info << 1 | n_cell);
    for (unsigned i = 0; i < n_info; i++) {
        made_byte(made, 1 + made_random(made, 4));
    }
    if (n_cell) {
        made_byte(made, f->cell);
    }
    for (size_t i = 0; i < f->len; i++) {
        made_byte(made, f->code[i]);
    }
    size_t len = made->len - start;
    if (made->len >= FILE_MAX || len > sizeof(data)) {
        return;
    }
    memcpy(data, made->bytes + start, len);
    made->len = start;
    made_uint(made, len << 3 | has);
    for (size_t i = 0; i < len; i++) {
        made_byte(made, data[i]);
    }
    if (has) {
        made_uint(made, f->n_children);
        for (unsigned i = 0; i < f->n_children; i++) {
            function(made, depth + 1, &f->children[i]);
        }
    }
}

// None, a text, bytes, a large integer, a float, a tuple of two.
static void constants(made_t *made) {
    static const uint8_t bytes[] = {
        1, 5, 2, 'a', 'b', 0, 6, 1, 0xff, 0, 7, 12, '1', '2', '3', '4', '5', '6', '7', '8', '9',
        '0', '1', '2', 8, 3, '1', '.', '5', 10, 2, 1, 5, 1, 'c', 0,
    };
    for (size_t i = 0; i < sizeof(bytes); i++) {
        made_byte(made, bytes[i]);
    }
}

void made_generate(made_t *made) {
    static const uint8_t header[] = { 'M', 6, 0, 30 };
    for (size_t i = 0; i < sizeof(header); i++) {
        made_byte(made, header[i]);
    }
    made_uint(made, N_NAMES);
    made_uint(made, N_OBJS);
    for (unsigned i = 0; i < N_NAMES; i++) {
        const char *text = names[i < N_ALWAYS ? i : N_ALWAYS + made_random(made, N_ALL - N_ALWAYS)];
        size_t len = strlen(text);
        made_uint(made, len << 1);
        for (size_t k = 0; k <= len; k++) {
            made_byte(made, text[k]);
        }
    }
    constants(made);
    made->first = made->len;
    static const child_t module = { 0 };
    function(made, 0, &module);
}
