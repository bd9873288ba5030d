// SPDX-License-Identifier: MIT
// What stands before a function's code: sizes of its frame, arguments, names, line numbers, cells (py/bc.h).
// The VM decodes it again at every call and trusts each field.
#include "vm_ext/verifier/verifier.h"

enum { FLAG_VARKEYWORDS = 2, FLAG_VARARGS = 4 };
enum { MAX_SIG_BYTES = 13, MAX_SIZE_BYTES = 9, MAX_ARGS = 255 };

typedef struct {
    verifier_t *v;
    const uint8_t *start;
    const uint8_t *at;
    const uint8_t *end;
} cursor_t;

static void need(cursor_t *c, bool good, const char *why) {
    if (!good) {
        v_bad(c->v, why, c->at - c->start);
    }
}

static unsigned next(cursor_t *c) {
    need(c, c->at < c->end, "prelude ends early");
    return *c->at++;
}

// xSSSSEAA, then xFSSKAED as long as x is set.
static void read_signature(cursor_t *c, prelude_t *p) {
    unsigned z = next(c);
    uint32_t n_state = z >> 3 & 0xf;
    uint32_t n_exc = z >> 2 & 1;
    uint32_t flags = 0;
    p->n_pos = z & 3;
    p->n_kwonly = p->n_def = 0;
    for (unsigned n = 0; z & 0x80; ++n) {
        need(c, n < MAX_SIG_BYTES - 1, "signature too long");
        z = next(c);
        n_state |= (z & 0x30) << (2 * n);
        n_exc |= (z & 0x02) << n;
        flags |= (z >> 6 & 1) << n;
        p->n_pos |= (z & 0x04) << n;
        p->n_kwonly |= (z >> 3 & 1) << n;
        p->n_def |= (z & 1) << n;
    }
    // 65,535 stands for "native" where the VM keeps the depth of the exception stack.
    need(c, n_state < UINT16_MAX && n_exc < UINT16_MAX - 1, "frame too large");
    need(c, flags <= 0xf, "unknown flag");
    need(c, p->n_pos <= MAX_ARGS && p->n_kwonly <= MAX_ARGS, "too many arguments");
    need(c, p->n_def <= p->n_pos, "more default values than arguments");
    p->n_state = n_state + 1;
    p->n_exc = n_exc;
    p->flags = flags;
}

// xIIIIIIC as long as x is set.
static uint32_t read_sizes(cursor_t *c, prelude_t *p) {
    uint32_t n_info = 0;
    unsigned z;
    unsigned n = 0;
    p->n_cell = 0;
    do {
        need(c, n < MAX_SIZE_BYTES, "sizes too long");
        z = next(c);
        need(c, n < 4 || (z & 0x7e) == 0, "sizes too long");
        p->n_cell |= (z & 1) << n;
        n_info |= n < 4 ? (uint32_t)(z >> 1 & 0x3f) << (6 * n) : 0;
        ++n;
    } while (z & 0x80);
    return n_info;
}

static uint32_t read_name(cursor_t *c) {
    uint32_t value = 0;
    unsigned z;
    do {
        need(c, value >> 24 == 0, "number too large");
        z = next(c);
        value = value << 7 | (z & 0x7f);
    } while (z & 0x80);
    need(c, value < c->v->n_qstr, "string index out of range");
    return value;
}

static void read_info(cursor_t *c, prelude_t *p) {
    p->name = read_name(c);
    for (unsigned i = 0; i < (unsigned)p->n_pos + p->n_kwonly; ++i) {
        read_name(c);
    }
    while (c->at < c->end) {
        if (next(c) & 0x80) {
            next(c);
        }
    }
}

static unsigned n_arg_slots(const prelude_t *p) {
    return p->n_pos + p->n_kwonly + !!(p->flags & FLAG_VARARGS) + !!(p->flags & FLAG_VARKEYWORDS);
}

void prelude_check(verifier_t *v, func_t *f, const uint8_t *data, size_t len) {
    prelude_t *p = &f->prelude;
    cursor_t c = { .v = v, .start = data, .at = data, .end = data + len };
    read_signature(&c, p);
    uint32_t n_info = read_sizes(&c, p);
    need(&c, n_info <= (size_t)(c.end - c.at), "prelude ends early");
    c.end = c.at + n_info;
    read_info(&c, p);
    c.end = data + len;
    need(&c, p->n_cell < (size_t)(c.end - c.at), "no code");
    p->cells = c.at;
    p->code = c.at + p->n_cell;
    p->code_end = c.end;
    f->code = p->code;
    f->len = c.end - p->code;
    f->n_locals = n_arg_slots(p);
    need(&c, f->n_locals <= p->n_state, "frame smaller than its arguments");
}
