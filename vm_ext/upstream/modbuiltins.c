// SPDX-License-Identifier: MIT
// __build_class__ writes the new class into whatever the class body returned, taking it for a cell. It is a
// function that anyone can call, with any function as the body.
// round() negates the number of digits.
#include "py/runtime.h"
#include "py/smallint.h"

static void checked_cell_set(mp_obj_t cell, mp_obj_t value);
#define mp_obj_cell_set checked_cell_set

static mp_int_t negatable_int(mp_obj_t value) {
    return MAX(mp_obj_get_int(value), MP_SMALL_INT_MIN + 1);
}
#define mp_obj_get_int(value) negatable_int(value)

#include "py/modbuiltins.c"

#undef mp_obj_cell_set
#undef mp_obj_get_int

// The type of cells is private to py/objcell.c: a new cell shows it. Only bodies that use super() get here.
static void checked_cell_set(mp_obj_t cell, mp_obj_t value) {
    if (mp_obj_get_type(cell) != mp_obj_get_type(mp_obj_new_cell(MP_OBJ_NULL))) {
        mp_raise_TypeError(MP_ERROR_TEXT("class body returned a value"));
    }
    mp_obj_cell_set(cell, value);
}
