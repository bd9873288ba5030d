// SPDX-License-Identifier: MIT
// Upstream's extmod/modheapq.c, where a comparison may be Python: if it changed the heap's length or moved
// its items, the indexes in hand mean nothing, and that is RuntimeError.
#include "py/objlist.h"
#include "py/runtime.h"

static mp_obj_t compare(const mp_obj_list_t *heap, mp_obj_t left, mp_obj_t right) {
    size_t len = heap->len;
    const mp_obj_t *items = heap->items;
    if (left == MP_OBJ_NULL || right == MP_OBJ_NULL) {
        mp_raise_msg(&mp_type_RuntimeError, MP_ERROR_TEXT("heap changed"));
    }
    mp_obj_t result = mp_binary_op(MP_BINARY_OP_LESS, left, right);
    if (heap->len != len || heap->items != items) {
        mp_raise_msg(&mp_type_RuntimeError, MP_ERROR_TEXT("heap changed"));
    }
    return result;
}

#define mp_binary_op(op, left, right) compare(heap, left, right)

#include "extmod/modheapq.c"
