// SPDX-License-Identifier: MIT
// __build_class__ writes the new class into whatever the class body returned, taking it for a cell. It is a
// function that anyone can call, with any function as the body.
#include "py/runtime.h"

static void checked_cell_set(mp_obj_t cell, mp_obj_t value);
#define mp_obj_cell_set checked_cell_set

#include "py/modbuiltins.c"

#undef mp_obj_cell_set

// The type of cells is private to py/objcell.c: a new cell shows it. Only bodies that use super() get here.
static void checked_cell_set(mp_obj_t cell, mp_obj_t value) {
    if (mp_obj_get_type(cell) != mp_obj_get_type(mp_obj_new_cell(MP_OBJ_NULL))) {
        mp_raise_TypeError(MP_ERROR_TEXT("class body returned a value"));
    }
    mp_obj_cell_set(cell, value);
}
