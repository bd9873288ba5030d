// SPDX-License-Identifier: MIT
// The file around the functions: bounded reading, header, strings, constants, the tree of functions.
// Counts are compared with what is left of the file before anything is multiplied by them.
#include <string.h>

#include "vm_ext/verifier/verifier.h"

// As in py/persistentcode.h.
enum { OBJ_NONE = 1, OBJ_ELLIPSIS = 4, OBJ_STR, OBJ_BYTES, OBJ_INT, OBJ_FLOAT, OBJ_COMPLEX, OBJ_TUPLE };

enum { FLAG_DEFKWARGS = 8 };

static bool skip_qstr(const uint8_t **at, uint32_t *len) {
    uint32_t value = 0;
    uint8_t c;
    do {
        c = *(*at)++;
        value = value << 7 | (c & 0x7f);
    } while (c & 0x80);
    *len = value >> 1;
    return value & 1;
}

// The table is in order by now, so it can be walked again for the one name that is wanted.
static void report_name(verifier_t *v, uint32_t index) {
    const uint8_t *at = v->qstrs;
    for (uint32_t i = 0; index < v->n_qstr; ++i) {
        uint32_t len;
        bool is_static = skip_qstr(&at, &len);
        if (i == index) {
            v->report->name_static = is_static ? len : 0;
            v->report->name = (const char *)at;
            v->report->name_len = len;
            return;
        }
        at += is_static ? 0 : len + 1;
    }
}

void v_leave(verifier_t *v, verify_result_t result) {
    v->result = result;
    __builtin_longjmp(v->bail, 1);
}

void v_bad(verifier_t *v, const char *why, size_t offset) {
    v->report->why = why;
    v->report->offset = offset;
    if (v->func != NULL) {
        report_name(v, v->func->prelude.name);
    }
    v_leave(v, VERIFY_BAD);
}

void v_bad_here(verifier_t *v, const char *why) {
    v_bad(v, why, v->func != NULL ? v->func->pc : (size_t)(v->pos - v->file));
}

void *v_alloc(verifier_t *v, size_t bytes) {
    size_t left = v->scratch_len - v->scratch_used;
    bytes = (bytes + VERIFY_UNIT - 1) & ~(size_t)(VERIFY_UNIT - 1);
    if (bytes > left) {
        v_leave(v, VERIFY_MORE_SCRATCH);
    }
    void *block = v->scratch + v->scratch_used;
    v->scratch_used += bytes;
    return memset(block, 0, bytes);
}

unsigned v_ref(verifier_t *v, const void *at) {
    size_t ref = ((const uint8_t *)at - v->func->base) / VERIFY_UNIT;
    v_check(v, ref <= UINT16_MAX, "too complex");
    return ref;
}

unsigned v_byte(verifier_t *v) {
    v_check(v, v->pos < v->end, "file ends early");
    return *v->pos++;
}

const uint8_t *v_bytes(verifier_t *v, size_t len) {
    v_check(v, len <= (size_t)(v->end - v->pos), "file ends early");
    const uint8_t *at = v->pos;
    v->pos += len;
    return at;
}

uint32_t v_uint(verifier_t *v) {
    uint32_t value = 0;
    for (;;) {
        unsigned c = v_byte(v);
        v_check(v, value >> 24 == 0, "number too large");
        value = value << 7 | (c & 0x7f);
        if (c < 0x80) {
            return value;
        }
    }
}

static void check_header(verifier_t *v) {
    const uint8_t *header = v->file;
    bool same = v->end - v->file >= 4 && header[0] == 'M' && header[1] == v->config->version
        && header[3] <= v->config->small_int_bits;
    if (!same || header[2] >> 2 != 0) {
        v->report->foreign = true;
        v_bad_here(v, same ? "native code in .mpy unsupported" : "incompatible .mpy file");
    }
    v->pos += 4;
}

static void check_terminator(verifier_t *v) {
    v_check(v, v_byte(v) == 0, "string without end");
}

static void check_qstr(verifier_t *v, uint32_t index) {
    uint32_t len = v_uint(v);
    if (len & 1) {
        if (len >> 1 == v->config->qstr_base_exc) {
            v->base_exc = index;
        }
        v_check(v, len >> 1 >= 1 && len >> 1 <= v->config->qstr_last_static, "unknown static string");
        return;
    }
    len >>= 1;
    v_check(v, len <= v->config->qstr_bytes_max, "name too long");
    v_check(v, text_is_utf8(v_bytes(v, len), len), "string not UTF-8");
    check_terminator(v);
}

static void check_number(verifier_t *v, unsigned kind, uint32_t len) {
    const uint8_t *text = v_bytes(v, len);
    bool good = kind == OBJ_INT ? text_is_int(text, len)
        : kind == OBJ_FLOAT ? v->config->has_float && text_is_float(text, len, false)
        : v->config->has_complex && text_is_float(text, len, true);
    v_check(v, good, "malformed number");
}

static void check_obj(verifier_t *v, unsigned depth) {
    unsigned kind = v_byte(v);
    v_check(v, kind >= OBJ_NONE && kind <= OBJ_TUPLE, "unknown constant");
    if (kind <= OBJ_ELLIPSIS) {
        return;
    }
    uint32_t len = v_uint(v);
    if (kind == OBJ_TUPLE) {
        v_check(v, depth < VERIFY_MAX_DEPTH, "constants nested too deep");
        v_check(v, len <= (size_t)(v->end - v->pos), "count beyond the file");
        for (uint32_t i = 0; i < len; ++i) {
            check_obj(v, depth + 1);
        }
    } else if (kind == OBJ_STR || kind == OBJ_BYTES) {
        const uint8_t *text = v_bytes(v, len);
        v_check(v, kind == OBJ_BYTES || text_is_utf8(text, len), "string not UTF-8");
        check_terminator(v);
    } else {
        check_number(v, kind, len);
    }
}

// What the parent does when it makes this function must be what the function expects of its caller.
static void check_expected(verifier_t *v, const prelude_t *p, const child_t *made) {
    v_check(v, made->n_closed <= p->n_pos, "more cells than arguments");
    v_check(v, made->n_def == p->n_def, "other number of default values than given");
    v_check(v, made->has_kw_dict || !(p->flags & FLAG_DEFKWARGS), "no keyword defaults given");
}

static void check_function(verifier_t *v, func_t *f, const uint8_t *data, size_t len, const child_t *made) {
    v->func = f;
    prelude_check(v, f, data, len);
    if (made->seen) {
        check_expected(v, &f->prelude, made);
        f->n_closed = made->n_closed;
    }
    decode_check(v, f);
    // A function that no instruction can make does not run: nothing is known about its caller.
    if (made->seen) {
        flow_check(v, f);
    }
    v->func = NULL;
}

// Upstream's loader recurses here as well: the bound is for its stack.
static void check_tree(verifier_t *v, const child_t *made, unsigned depth) {
    v_check(v, depth < VERIFY_MAX_DEPTH, "functions nested too deep");
    uint32_t kind_len = v_uint(v);
    v_check(v, (kind_len & 3) == 0, "machine code");
    const uint8_t *data = v_bytes(v, kind_len >> 3);
    uint32_t n_children = kind_len & 4 ? v_uint(v) : 0;
    v_check(v, n_children <= (size_t)(v->end - v->pos), "count beyond the file");

    size_t mark = v->scratch_used;
    child_t *children = v_alloc(v, n_children * sizeof(child_t));
    // After the children's records, which are smaller than a pointer.
    v->scratch_used = (v->scratch_used + sizeof(void *) - 1) & ~(sizeof(void *) - 1);
    size_t mark_func = v->scratch_used;
    func_t *f = v_alloc(v, sizeof(func_t));
    f->n_children = n_children;
    f->children = children;
    check_function(v, f, data, kind_len >> 3, made);
    v->scratch_used = mark_func;
    for (uint32_t i = 0; i < n_children; ++i) {
        check_tree(v, &children[i], depth + 1);
    }
    v->scratch_used = mark;
}

static void check_file(verifier_t *v) {
    check_header(v);
    uint32_t n_qstr = v_uint(v);
    uint32_t n_obj = v_uint(v);
    v_check(v, n_qstr >= 1, "no file name");
    v_check(v, n_qstr <= (size_t)(v->end - v->pos) && n_obj <= (size_t)(v->end - v->pos), "count beyond the file");
    v->qstrs = v->pos;
    v->base_exc = SIZE_MAX;
    for (uint32_t i = 0; i < n_qstr; ++i) {
        check_qstr(v, i);
    }
    v->n_qstr = n_qstr;
    for (uint32_t i = 0; i < n_obj; ++i) {
        check_obj(v, 0);
    }
    v->n_obj = n_obj;
    static const child_t module = { .seen = true };
    check_tree(v, &module, 0);
    v_check(v, v->pos == v->end, "data after the end");
}

verify_result_t mpy_verify(const verify_config_t *config, const uint8_t *file, size_t len,
    void *scratch, size_t scratch_len, verify_report_t *report) {
    verifier_t *v = scratch;
    memset(report, 0, sizeof(*report));
    if (scratch_len < sizeof(*v)) {
        return VERIFY_MORE_SCRATCH;
    }
    memset(v, 0, sizeof(*v));
    v->config = config;
    v->file = v->pos = file;
    v->end = file + len;
    v->report = report;
    v->scratch = scratch;
    v->scratch_len = scratch_len;
    v->scratch_used = (sizeof(*v) + sizeof(void *) - 1) & ~(sizeof(void *) - 1);
    if (__builtin_setjmp(v->bail) == 0) {
        check_file(v);
    }
    return v->result;
}
