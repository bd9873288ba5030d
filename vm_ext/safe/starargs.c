// SPDX-License-Identifier: MIT
// Calls with * and ** arguments. Upstream adds up the lengths first and then trusts the sum while it runs
// the iterators, which can lengthen a list or dict that comes later, and trusts what __len__() says. Here
// (ld --wrap) the array of arguments grows by what is really appended.
#include <string.h>

#include "py/objstr.h"
#include "py/runtime.h"

mp_obj_t __wrap_mp_call_method_n_kw_var(bool have_self, size_t n_args_n_kw, const mp_obj_t *args);

typedef struct {
    mp_obj_t *items;
    size_t len;
    size_t alloc;
} args_t;

static void append_all(args_t *args, size_t len, const mp_obj_t *items) {
    if (len > args->alloc - args->len) {
        size_t alloc = args->alloc * 2 + len;
        args->items = m_renew(mp_obj_t, args->items, args->alloc, alloc);
        args->alloc = alloc;
    }
    mp_seq_copy(args->items + args->len, items, len, mp_obj_t);
    args->len += len;
}

static void append_star(args_t *args, mp_obj_t sequence) {
    if (mp_obj_is_type(sequence, &mp_type_tuple) || mp_obj_is_type(sequence, &mp_type_list)) {
        size_t len;
        mp_obj_t *items;
        mp_obj_get_array(sequence, &len, &items); // read at once, before anything else can run
        append_all(args, len, items);
        return;
    }
    mp_obj_iter_buf_t iter_buf;
    mp_obj_t iter = mp_getiter(sequence, &iter_buf);
    mp_obj_t item;
    while ((item = mp_iternext(iter)) != MP_OBJ_STOP_ITERATION) {
        append_all(args, 1, &item);
    }
}

static void append_keyword(args_t *args, mp_obj_t key, mp_obj_t value) {
    mp_obj_t pair[2] = {mp_obj_is_qstr(key) ? key : mp_obj_str_intern_checked(key), value};
    append_all(args, 2, pair);
}

static void append_double_star(args_t *args, mp_obj_t mapping) {
    if (mp_obj_is_type(mapping, &mp_type_dict)) {
        mp_map_t *map = mp_obj_dict_get_map(mapping);
        for (size_t i = 0; i < map->alloc; i++) {
            if (mp_map_slot_is_filled(map, i)) {
                append_keyword(args, map->table[i].key, map->table[i].value);
            }
        }
        return;
    }
    mp_obj_t method[3];
    mp_load_method(mapping, MP_QSTR_keys, method);
    mp_obj_t iter = mp_getiter(mp_call_method_n_kw(0, 0, method), NULL);
    mp_obj_t key;
    while ((key = mp_iternext(iter)) != MP_OBJ_STOP_ITERATION) {
        mp_load_method(mapping, MP_QSTR___getitem__, method);
        method[2] = mp_obj_is_qstr(key) ? key : mp_obj_str_intern_checked(key);
        append_keyword(args, method[2], mp_call_method_n_kw(1, 0, method));
    }
}

// args: function, self or nothing, positional arguments, pairs of keyword and value (no keyword: a **
// argument), and last a bit mask of which positional arguments have a star.
mp_obj_t __wrap_mp_call_method_n_kw_var(bool have_self, size_t n_args_n_kw, const mp_obj_t *args) {
    size_t n_pos = n_args_n_kw & 0xff, n_kw = (n_args_n_kw >> 8) & 0xff;
    const mp_obj_t *pos = args + 1 + have_self, *kw = pos + n_pos;
    mp_uint_t stars = MP_OBJ_SMALL_INT_VALUE(kw[2 * n_kw]);

    args_t all = {.alloc = have_self + n_pos + 2 * n_kw + 4};
    all.items = m_new(mp_obj_t, all.alloc);
    append_all(&all, have_self && args[1] != MP_OBJ_NULL, args + 1);
    for (size_t i = 0; i < n_pos; i++) {
        bool star = i < 8 * sizeof(stars) && (stars >> i) & 1;
        if (star) {
            append_star(&all, pos[i]);
        } else {
            append_all(&all, 1, &pos[i]);
        }
    }
    size_t n_all_pos = all.len;
    for (size_t i = 0; i < n_kw; i++) {
        if (kw[2 * i] == MP_OBJ_NULL) {
            append_double_star(&all, kw[2 * i + 1]);
        } else {
            append_all(&all, 2, &kw[2 * i]);
        }
    }
    mp_obj_t result = mp_call_function_n_kw(args[0], n_all_pos, (all.len - n_all_pos) / 2, all.items);
    m_del(mp_obj_t, all.items, all.alloc);
    return result;
}
