// SPDX-License-Identifier: MIT
// First look at a function's code, in the order of addresses: every instruction known, complete, with its
// indices in range; jumps marked and found to meet instructions. Unreachable code too.
#include "py/bc0.h"
#include "py/runtime0.h"

#include "vm_ext/verifier/verifier.h"

enum { CALL_ARGS_MAX = 0xffff, UINT_BYTES_MAX = (sizeof(size_t) * 8 + 6) / 7 };

static bool is_known(unsigned op) {
    return (op >= MP_BC_LOAD_CONST_SMALL_INT_MULTI && op < MP_BC_UNARY_OP_MULTI + MP_BC_UNARY_OP_MULTI_NUM)
           || (op >= MP_BC_LOAD_CONST_STRING && op <= MP_BC_IMPORT_FROM)
           || (op >= MP_BC_MAKE_CLOSURE && op <= MP_BC_CALL_METHOD_VAR_KW)
           || op == MP_BC_UNWIND_JUMP
           || (op >= MP_BC_JUMP && op <= MP_BC_FOR_ITER)
           || (op >= MP_BC_LOAD_CONST_FALSE && op <= MP_BC_GET_ITER_STACK)
           || (op >= MP_BC_STORE_MAP && op <= MP_BC_IMPORT_STAR)
           || (op >= MP_BC_BINARY_OP_MULTI && op < MP_BC_BINARY_OP_MULTI + MP_BC_BINARY_OP_MULTI_NUM);
}

static unsigned code_byte(verifier_t *v, func_t *f, uint32_t at) {
    v_check(v, at < f->len, "instruction incomplete");
    return f->code[at];
}

static uint32_t decode_uint(verifier_t *v, func_t *f, uint32_t at, insn_t *insn) {
    // The value of a small integer is of no concern, its end is.
    bool keep = insn->op != MP_BC_LOAD_CONST_SMALL_INT;
    unsigned n = 0;
    unsigned c;
    do {
        v_check(v, n < UINT_BYTES_MAX && (!keep || insn->arg >> 24 == 0), "number too large");
        c = code_byte(v, f, at + n++);
        insn->arg = insn->arg << 7 | (c & 0x7f);
    } while (c & 0x80);
    return n;
}

// Jumps count from the end of the offset itself: for UNWIND_JUMP that is before its last byte.
static uint32_t decode_offset(verifier_t *v, func_t *f, uint32_t at, insn_t *insn) {
    bool is_signed = insn->op <= MP_BC_POP_JUMP_IF_FALSE;
    uint32_t offset = code_byte(v, f, at);
    uint32_t bias = 0x40;
    unsigned n = 1;
    if (offset & 0x80) {
        offset = (offset & 0x7f) | code_byte(v, f, at + 1) << 7;
        bias = 0x4000;
        n = 2;
    }
    insn->target = at + n + offset - (is_signed ? bias : 0);
    v_check(v, insn->target < f->len, "jump out of the code");
    return n;
}

// Opcode and operands at `pc`; the operands' meaning is not looked at.
static void decode(verifier_t *v, func_t *f, uint32_t pc, insn_t *insn) {
    unsigned op = f->code[pc];
    v_check(v, is_known(op), "unknown opcode");
    *insn = (insn_t) { .op = op };
    uint32_t at = pc + 1;
    unsigned format = MP_BC_FORMAT(op);
    if (format == MP_BC_FORMAT_OFFSET) {
        at += decode_offset(v, f, at, insn);
    } else if (format != MP_BC_FORMAT_BYTE) {
        at += decode_uint(v, f, at, insn);
    }
    if ((op & MP_BC_MASK_EXTRA_BYTE) == 0) {
        insn->extra = code_byte(v, f, at++);
    }
    insn->len = at - pc;
}

static void use_local(verifier_t *v, func_t *f, uint32_t local) {
    v_check(v, local < f->prelude.n_state, "local out of range");
    if (local >= f->n_locals) {
        f->n_locals = local + 1;
    }
}

static void check_number(verifier_t *v, func_t *f, const insn_t *insn) {
    unsigned op = insn->op;
    if (op == MP_BC_LOAD_CONST_OBJ) {
        v_check(v, insn->arg < v->n_obj, "constant index out of range");
    } else if (op >= MP_BC_LOAD_FAST_N && op <= MP_BC_DELETE_DEREF) {
        use_local(v, f, insn->arg);
    } else if (op == MP_BC_MAKE_CLOSURE || op == MP_BC_MAKE_CLOSURE_DEFARGS
               || op == MP_BC_MAKE_FUNCTION || op == MP_BC_MAKE_FUNCTION_DEFARGS) {
        v_check(v, insn->arg < f->n_children, "function index out of range");
    } else if (op == MP_BC_UNPACK_EX || (op >= MP_BC_CALL_FUNCTION && op <= MP_BC_CALL_METHOD_VAR_KW)) {
        v_check(v, insn->arg <= CALL_ARGS_MAX, "number too large");
    } else if (op == MP_BC_BUILD_MAP) {
        // Room for so many entries is reserved, and each takes an instruction to fill.
        v_check(v, insn->arg <= f->len, "number too large");
    } else if (op == MP_BC_BUILD_SLICE) {
        v_check(v, insn->len == 2 && (insn->arg == 2 || insn->arg == 3), "malformed slice");
    }
}

static void check_operand(verifier_t *v, func_t *f, const insn_t *insn) {
    unsigned op = insn->op;
    switch (MP_BC_FORMAT(op)) {
        case MP_BC_FORMAT_BYTE:
            if (op >= MP_BC_LOAD_FAST_MULTI && op < MP_BC_UNARY_OP_MULTI) {
                use_local(v, f, op & 0xf);
            }
            break;
        case MP_BC_FORMAT_QSTR:
            v_check(v, insn->arg < v->n_qstr, "string index out of range");
            break;
        case MP_BC_FORMAT_OFFSET:
            bit_set(f->targeted, insn->target);
            break;
        default:
            check_number(v, f, insn);
            break;
    }
}

// Every instruction, and marks. The bitmaps are indexed by offset.
static void sweep(verifier_t *v, func_t *f) {
    insn_t insn;
    for (f->pc = 0; f->pc < f->len; f->pc += insn.len) {
        decode(v, f, f->pc, &insn);
        check_operand(v, f, &insn);
        bit_set(f->starts, f->pc);
    }
}

// Numbers the targets: rank[] lets state.c find a target's number in constant time.
static void number_targets(verifier_t *v, func_t *f, uint32_t n_words) {
    uint32_t n = 0;
    for (uint32_t i = 0; i < n_words; ++i) {
        f->rank[i] = n;
        uint32_t astray = f->targeted[i] & ~f->starts[i];
        f->pc = i * 32;
        v_check(v, astray == 0, "jump into an instruction");
        n += __builtin_popcount(f->targeted[i]);
        v_check(v, n < UINT16_MAX - 1, "too complex");
    }
    f->pc = 0;
    f->targets = v_alloc(v, n * sizeof(target_t));
    f->pending = v_alloc(v, (n / 32 + 1) * 4);
}

static void mark_cells(verifier_t *v, func_t *f) {
    for (unsigned i = 0; i < f->prelude.n_cell; ++i) {
        unsigned local = f->prelude.cells[i];
        use_local(v, f, local);
        v_check(v, local >= f->n_closed, "cell of a cell");
    }
    f->cell_local = v_alloc(v, f->n_locals / 8 + 1);
    for (unsigned i = 0; i < f->prelude.n_cell; ++i) {
        f->cell_local[f->prelude.cells[i] >> 3] |= 1 << (f->prelude.cells[i] & 7);
    }
    for (unsigned i = 0; i < f->n_closed; ++i) {
        f->cell_local[i >> 3] |= 1 << (i & 7);
    }
}

void decode_check(verifier_t *v, func_t *f) {
    uint32_t n_words = f->len / 32 + 1;
    f->starts = v_alloc(v, n_words * 4);
    f->targeted = v_alloc(v, n_words * 4);
    f->rank = v_alloc(v, n_words * 2);
    sweep(v, f);
    number_targets(v, f, n_words);
    mark_cells(v, f);
    f->limit = f->prelude.n_state - f->n_locals;
}
