// SPDX-License-Identifier: MIT
// __build_class__ writes the new class into whatever the class body returned, taking it for a cell. It is a
// function that anyone can call, with any function as the body.
// An exception in a class body left the class's names in the place of the module's: what the module assigned
// after that, it did not find again. pow() with a modulus of 0 gave a number.
// round() negates the number of digits.
#include "py/objint.h"
#include "py/runtime.h"
#include "py/smallint.h"

static void checked_cell_set(mp_obj_t cell, mp_obj_t value);
#define mp_obj_cell_set checked_cell_set

static mp_int_t negatable_int(mp_obj_t value) {
    return MAX(mp_obj_get_int(value), MP_SMALL_INT_MIN + 1);
}
#define mp_obj_get_int(value) negatable_int(value)

static mp_obj_t call_body(mp_obj_t body, mp_obj_dict_t *locals) {
    nlr_jump_callback_node_globals_locals_t restore = { .globals = mp_globals_get(), .locals = locals };
    nlr_push_jump_callback(&restore.callback, mp_globals_locals_set_from_nlr_jump_callback);
    mp_obj_t cell = mp_call_function_0(body);
    nlr_pop_jump_callback(false);
    return cell;
}
#define mp_call_function_0(body) call_body(body, old_locals)

#if MICROPY_PY_BUILTINS_POW3
static mp_obj_t checked_pow3(mp_obj_t base, mp_obj_t exponent, mp_obj_t modulus) {
    if (modulus == MP_OBJ_NEW_SMALL_INT(0)) {
        mp_raise_ValueError(MP_ERROR_TEXT("modulus is 0"));
    }
    // With an exponent of 0 it is 1 by the modulus; upstream's was 1, or 0 for a base of 0.
    if (exponent == MP_OBJ_NEW_SMALL_INT(0) && mp_obj_is_int(base) && mp_obj_is_int(modulus)) {
        return mp_binary_op(MP_BINARY_OP_MODULO, MP_OBJ_NEW_SMALL_INT(1), modulus);
    }
    return mp_obj_int_pow3(base, exponent, modulus);
}
#define mp_obj_int_pow3(base, exponent, modulus) checked_pow3(base, exponent, modulus)
#endif

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
