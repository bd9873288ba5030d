// SPDX-License-Identifier: MIT
// Which sums of constants are done when they are compiled: those with small results, as in CPython. A power or a
// shift of a few characters can be the work of hours, and that is for who calls the function, not who imports it.
#ifndef VM_EXT_SAFE_FOLD_H
#define VM_EXT_SAFE_FOLD_H

#include "py/objint.h"
#include "py/runtime0.h"

enum { FOLD_BITS_MAX = 1024 };

// At least as many as the number has.
static inline size_t fold_bits(mp_obj_t number) {
    if (mp_obj_is_small_int(number)) {
        mp_int_t value = MP_OBJ_SMALL_INT_VALUE(number);
        mp_uint_t size = value < 0 ? -(mp_uint_t)value : (mp_uint_t)value;
        size_t bits = 0;
        for (; size != 0; size >>= 1) {
            bits++;
        }
        return bits;
    }
    return ((const mp_obj_int_t *)MP_OBJ_TO_PTR(number))->mpz.len * (size_t)MPZ_DIG_SIZE;
}

static inline bool fold_is_small(mp_binary_op_t op, mp_obj_t lhs, mp_obj_t rhs) {
    size_t bits = fold_bits(lhs);
    if (op == MP_BINARY_OP_MULTIPLY) {
        return bits + fold_bits(rhs) <= FOLD_BITS_MAX;
    }
    if (op != MP_BINARY_OP_POWER && op != MP_BINARY_OP_LSHIFT) {
        return true;
    }
    if (!mp_obj_is_small_int(rhs) || MP_OBJ_SMALL_INT_VALUE(rhs) > FOLD_BITS_MAX) {
        return false;
    }
    size_t count = MP_OBJ_SMALL_INT_VALUE(rhs); // not negative
    return (op == MP_BINARY_OP_POWER ? bits * count : bits + count) <= FOLD_BITS_MAX;
}

#endif
