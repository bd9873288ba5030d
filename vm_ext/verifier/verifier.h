// SPDX-License-Identifier: MIT
// The verifier of .mpy files: docs/verifier.md is its specification. Every file is checked whole before any
// of it reaches the VM; a file that passes cannot leave the frame of any of its functions.
//
// Plain C without the VM: the file, one scratch block and nothing else is touched. Invariant: no byte outside
// [v->pos, v->end) is read from the file, and nothing is written outside the scratch block.
//
//   file.c     header, strings, constants, tree of functions
//   number.c   texts of constants: UTF-8, integers, floats
//   prelude.c  what stands before a function's code
//   decode.c   every instruction known and complete, jump targets marked
//   state.c    states of the abstract machine at jump targets, and their joins
//   block.c    exception blocks, and what unwinding does with them
//   flow.c     the abstract machine: a rule for each opcode
#ifndef ANTARESIA_VM_EXT_VERIFIER_H
#define ANTARESIA_VM_EXT_VERIFIER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// What depends on the VM that will run the code.
typedef struct {
    unsigned version;           // byte 1 of the header
    unsigned small_int_bits;    // of this VM
    unsigned qstr_last_static;  // highest id that a file may name without its text
    unsigned qstr_base_exc;     // id of "BaseException"
    unsigned qstr_bytes_max;    // length of the longest interned string
    bool has_float;
    bool has_complex;
} verify_config_t;

typedef enum {
    VERIFY_OK,
    VERIFY_BAD,          // the report says what
    VERIFY_MORE_SCRATCH, // again, with a larger block
} verify_result_t;

typedef struct {
    const char *why;
    uint32_t offset;       // in the function's code, or in the file where there is no function
    const char *name;      // of the function, not terminated; NULL where there is none
    size_t name_len;
    unsigned name_static;  // the name as a static id, or 0
    bool foreign;          // not damaged: made for another version or with machine code
} verify_report_t;

verify_result_t mpy_verify(const verify_config_t *config, const uint8_t *file, size_t len,
    void *scratch, size_t scratch_len, verify_report_t *report);

// --- from here on: inside the verifier

enum {
    VERIFY_MAX_DEPTH = 32,     // of functions in functions, and of tuples in tuples
    VERIFY_ITER_SLOTS = 4,
    VERIFY_UNIT = 4,           // scratch is handed out and referred to in units
    VERIFY_WORK_PER_BYTE = 64, // steps of the abstract machine
    VERIFY_WORK_BASE = 4096,
};

// What stands on the value stack. A pending return or jump is one entry here and two slots at run time.
enum {
    K_OBJ,    // some object
    K_NONE,   // None
    K_QSTR,   // an interned string
    K_SMALL,  // a small integer
    K_LIST,   // a list, dict, set under construction
    K_DICT,
    K_SET,
    K_EXC,    // an exception, as the VM pushes it at a handler
    K_CELL,   // a closed-over variable's cell
    K_NULL,   // no object
    K_SELF,   // an object or none: what LOAD_METHOD pushes second
    K_ITER0,  // the slots of an iterator, lowest first
    K_ITER1,
    K_ITER2,
    K_ITER3,
    // K_FIN + a sum of V_*: what a finally handler may find, where that is more than one thing or a pending jump.
    K_FIN = 16,
    K_TUPLE = 32, // K_TUPLE + n: a tuple of n items
    K_TUPLE_MAX = 223,
};

// The value with which a handler is entered, a set.
enum {
    V_NONE = 1, // None: nothing pending
    V_EXC = 2,  // an exception
    V_JUMP = 4, // a value or address, and a small integer: two slots
};

typedef struct {
    uint16_t n_state;
    uint16_t n_exc;
    uint8_t flags;
    uint16_t n_pos;
    uint16_t n_kwonly;
    uint16_t n_def;
    uint16_t n_cell;
    uint32_t name;
    const uint8_t *cells;
    const uint8_t *code;
    const uint8_t *code_end;
} prelude_t;

// How the parent makes a child: all places must agree.
typedef struct {
    uint8_t seen;
    uint8_t n_closed;
    uint8_t n_def;
    uint8_t has_kw_dict;
} child_t;

// One instruction. `target` is set for those that name another one.
typedef struct {
    uint8_t op;
    uint8_t extra;
    uint16_t len;
    uint32_t arg;
    uint32_t target;
} insn_t;

typedef enum { B_EXCEPT, B_FINALLY, B_WITH, B_ASYNC } block_kind_t;

// An exception block on the abstract machine's chain. Made once per SETUP instruction.
typedef struct {
    uint32_t handler;
    uint16_t parent;
    uint16_t depth;
    uint16_t height; // of the value stack where the handler's value goes
    uint8_t kind;
} block_t;

typedef struct {
    uint16_t block;
    uint16_t height;
    uint8_t kinds[];
} state_t;

typedef struct {
    uint16_t state; // reference to the recorded state, 0: none yet
    uint16_t next;  // in the list of targets to visit, 0: not in it
} target_t;

// The function that is being checked.
typedef struct {
    const uint8_t *code;
    uint32_t len;
    prelude_t prelude;
    uint32_t n_children;
    child_t *children;
    unsigned n_closed;
    uint32_t n_locals;   // highest local used + 1
    uint32_t limit;      // slots for the value stack
    uint32_t work;       // steps left
    uint32_t *starts;    // bitmaps by code offset
    uint32_t *targeted;
    uint16_t *rank;      // number of targets before each word of `targeted`
    target_t *targets;
    uint32_t *pending;   // bitmap by target number
    uint8_t *cell_local; // bitmap by local
    uint8_t *base;       // of the references to states and blocks
    uint16_t to_visit;
    uint16_t last_state;
    // the current state
    uint8_t *stack;
    uint32_t pc;
    uint32_t height;
    uint32_t wide;       // entries that take two slots
    uint32_t floor;      // entries below belong to a block that is not active
    uint16_t block;
} func_t;

typedef struct {
    const verify_config_t *config;
    const uint8_t *file;
    const uint8_t *pos;
    const uint8_t *end;
    const uint8_t *qstrs; // where the table of strings begins
    uint8_t *scratch;
    size_t scratch_len;
    size_t scratch_used;
    size_t n_qstr;
    size_t n_obj;
    size_t base_exc;      // index of "BaseException" among the strings, SIZE_MAX: absent
    func_t *func;         // NULL outside of functions
    verify_report_t *report;
    void *bail[5];         // of __builtin_setjmp: bare metal has no setjmp.h
    verify_result_t result;
} verifier_t;

#define NORETURN_V __attribute__((noreturn))

void v_leave(verifier_t *v, verify_result_t result) NORETURN_V;
// Gives up on the file. `offset` counts from the start of the function's code, or of the file.
void v_bad(verifier_t *v, const char *why, size_t offset) NORETURN_V;
// The same at the instruction or the byte that is being looked at.
void v_bad_here(verifier_t *v, const char *why) NORETURN_V;
static inline void v_check(verifier_t *v, bool good, const char *why) {
    if (!good) {
        v_bad_here(v, why);
    }
}

// A block of zeros.
void *v_alloc(verifier_t *v, size_t bytes);
// References to states and blocks are in units from the function's base, so that 16 bits reach 256 KiB.
static inline void *v_at(verifier_t *v, unsigned ref) {
    return v->func->base + (size_t)ref * VERIFY_UNIT;
}
unsigned v_ref(verifier_t *v, const void *at);

unsigned v_byte(verifier_t *v);
const uint8_t *v_bytes(verifier_t *v, size_t len);
uint32_t v_uint(verifier_t *v);

bool text_is_utf8(const uint8_t *text, size_t len);
bool text_is_int(const uint8_t *text, size_t len);
bool text_is_float(const uint8_t *text, size_t len, bool imaginary);

void prelude_check(verifier_t *v, func_t *f, const uint8_t *data, size_t len);

void insn_again(func_t *f, uint32_t pc, insn_t *insn);
void decode_check(verifier_t *v, func_t *f);
static inline bool bit_get(const uint32_t *bits, uint32_t n) {
    return bits[n >> 5] >> (n & 31) & 1;
}
static inline void bit_set(uint32_t *bits, uint32_t n) {
    bits[n >> 5] |= (uint32_t)1 << (n & 31);
}

void func_work(verifier_t *v, func_t *f, uint32_t steps);
static inline bool kind_is_wide(unsigned kind) {
    return kind >= K_FIN + V_JUMP && kind < K_TUPLE;
}
// The set of V_* that a kind is, or none.
static inline unsigned kind_pending(unsigned kind) {
    return kind == K_NONE ? V_NONE : kind == K_EXC ? V_EXC : kind >= K_FIN && kind < K_TUPLE ? kind - K_FIN : 0;
}
static inline bool kind_is_obj(unsigned kind) {
    return kind <= K_EXC || kind >= K_TUPLE;
}
void state_room(verifier_t *v, func_t *f, uint32_t more);
target_t *state_target(func_t *f, uint32_t pc);
void state_record(verifier_t *v, func_t *f, uint32_t pc);
bool state_next(verifier_t *v, func_t *f, uint32_t after);

void block_refresh(verifier_t *v, func_t *f);
void block_setup(verifier_t *v, func_t *f, const insn_t *insn, block_kind_t kind);
block_t *block_top(verifier_t *v, func_t *f);
void block_pop(verifier_t *v, func_t *f);
void block_can_go(verifier_t *v, func_t *f, uint32_t to);
void block_return(verifier_t *v, func_t *f);
bool block_leave_async(verifier_t *v, func_t *f);
void block_unwind(verifier_t *v, func_t *f, const insn_t *insn);
bool block_end_finally(verifier_t *v, func_t *f);
void block_with_cleanup(verifier_t *v, func_t *f, insn_t *insn);
bool block_is_async(verifier_t *v, func_t *f, uint32_t pc, uint32_t *narrow, uint32_t *wide);
bool block_follows(func_t *f, uint32_t pc, unsigned op);

void flow_go(verifier_t *v, func_t *f, uint32_t to);
void flow_check(verifier_t *v, func_t *f);

#endif
