// SPDX-License-Identifier: MIT
// Which Python functions were running, told from the words of a C stack that nobody will return to.
// The VM keeps no list of its calls. A call of a Python function has a mp_code_state_t, on the C
// stack or, for generators and large frames, in a heap block that some frame points at; it is known
// by its function, whose type is known, and by its pointers, which stay in their ranges. What is
// left over from a call that has returned looks the same, but has no nlr_buf_t below it:
// mp_execute_bytecode() holds one for each call that still runs. A generator that runs says so
// itself.
#include "py/bc.h"
#include "py/mpstate.h"
#include "py/objfun.h"
#include "py/objtype.h"

#include "port/common/common.h"
#include "vm_ext/safe/blocks.h"

enum { CALLS_MAX = 12, BYTECODE_MAX = 1 << 16, NAME_CHARS = 48 };

// As py/objgenerator.c has it.
typedef struct {
    mp_obj_base_t base;
    mp_obj_t pend_exc; // MP_OBJ_NULL: it runs
    mp_code_state_t code_state;
} generator_t;

typedef struct {
    uintptr_t sp, top;
    const nlr_buf_t *nlr;           // the innermost that no call has been found for
    const mp_code_state_t *calls[CALLS_MAX]; // innermost first
    unsigned n_calls;
} search_t;

static bool is_aligned(const void *ptr) {
    return (uintptr_t)ptr % sizeof(uintptr_t) == 0;
}

static bool is_call(const mp_code_state_t *call) {
    const mp_obj_fun_bc_t *fun = call->fun_bc;
    if (fun == NULL || safe_block_head((uintptr_t)fun) != fun) {
        return false;
    }
    if (fun->base.type != &mp_type_fun_bc && fun->base.type != &mp_type_gen_wrap) {
        return false;
    }
    return (size_t)(call->ip - fun->bytecode) < BYTECODE_MAX
        && call->sp + 1 >= call->state && call->sp < call->state + call->n_state;
}

// Whether an exception handler lies between the last call that was found and this one.
static bool takes_handler(search_t *search, uintptr_t call) {
    bool taken = false;
    while ((uintptr_t)search->nlr >= search->sp && (uintptr_t)search->nlr < call) {
        search->nlr = search->nlr->prev;
        taken = true;
    }
    return taken;
}

static void remember(search_t *search, const mp_code_state_t *call) {
    unsigned kept = 0;
    for (unsigned i = 0; i < search->n_calls; ++i) {
        if (search->calls[i] != call) {
            search->calls[kept++] = search->calls[i];
        }
    }
    search->n_calls = kept; // the outermost place counts: deeper ones are saved registers
    if (kept < CALLS_MAX) {
        search->calls[search->n_calls++] = call;
    }
}

static bool runs_on_heap(const mp_code_state_t *call) {
    void *head = safe_block_head((uintptr_t)call);
    if (head == NULL || head == call) {
        return head != NULL && is_call(call);
    }
    const generator_t *generator = head;
    return &generator->code_state == call
        && generator->base.type == &mp_type_gen_instance && generator->pend_exc == MP_OBJ_NULL
        && is_call(call);
}

static void search_stack(search_t *search) {
    uintptr_t end = search->top - sizeof(mp_code_state_t);
    for (uintptr_t at = search->sp; at < end; at += sizeof(uintptr_t)) {
        const mp_code_state_t *word = *(const mp_code_state_t *const *)at;
        if (is_call((const mp_code_state_t *)at)) {
            if (takes_handler(search, at)) {
                remember(search, (const mp_code_state_t *)at);
            }
        } else if (is_aligned(word) && runs_on_heap(word)) {
            remember(search, word);
        }
    }
}

// A name can be any bytes, and those that the console gives a meaning are not for it.
static void say_name(qstr name) {
    char text[NAME_CHARS + 1];
    const char *from = qstr_str(name);
    unsigned len = 0;
    for (; len < NAME_CHARS && from[len] != 0; ++len) {
        text[len] = from[len] >= ' ' && from[len] < 0x7f ? from[len] : '?';
    }
    text[len] = 0;
    fault_say("%s", text);
}

static void say_call(const mp_code_state_t *call) {
    const byte *ip = call->fun_bc->bytecode;
    MP_BC_PRELUDE_SIG_DECODE(ip);
    MP_BC_PRELUDE_SIZE_DECODE(ip);
    const byte *lines_end = ip + n_info;
    size_t offset = call->ip - (lines_end + n_cell);
    const mp_module_constants_t *constants = &call->fun_bc->context->constants;
    qstr name = constants->qstr_table[mp_decode_uint_value(ip)];
    for (size_t i = 0; i < 1 + n_pos_args + n_kwonly_args; ++i) {
        ip = mp_decode_uint_skip(ip);
    }
    fault_say("  File \"");
    say_name(constants->qstr_table[0]);
    fault_say("\", line %u, in ", (unsigned)mp_bytecode_get_source_line(ip, lines_end, offset));
    say_name(name);
    fault_say("\r\n");
}

void vmtrace_say(uintptr_t sp, uintptr_t stack_top) {
    search_t search = { .sp = sp, .top = stack_top, .nlr = MP_STATE_THREAD(nlr_top) };
    search_stack(&search);
    if (search.n_calls == CALLS_MAX) {
        fault_say("  (outer calls are left out)\r\n");
    }
    for (unsigned i = search.n_calls; i-- > 0;) {
        say_call(search.calls[i]);
    }
}
