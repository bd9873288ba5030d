// SPDX-License-Identifier: MIT
// Module _fault: makes the CPU fault on purpose, so that tests can see what the system does then.
// It gives no access to memory: each kind is one fixed instruction that is certain to trap.
#include "py/mperrno.h"
#include "py/runtime.h"

#include "hal/fault.h"

#if PORT_FAULT_MODULE

static const struct {
    qstr name;
    hal_fault_kind_t kind;
} kinds[] = {
    { MP_QSTR_divide, HAL_FAULT_DIVIDE },
    { MP_QSTR_null_read, HAL_FAULT_NULL_READ },
    { MP_QSTR_wild_write, HAL_FAULT_WILD_WRITE },
    { MP_QSTR_code_write, HAL_FAULT_CODE_WRITE },
    { MP_QSTR_illegal, HAL_FAULT_ILLEGAL },
    { MP_QSTR_stack, HAL_FAULT_STACK },
};

// trigger(kind): kind is "divide", "null_read", "wild_write", "code_write", "illegal" or "stack".
// Returns only by an exception: ValueError for another kind, OSError(EOPNOTSUPP) where the CPU does not trap it.
static mp_obj_t fault_trigger(mp_obj_t kind_in) {
    qstr name = mp_obj_str_get_qstr(kind_in);
    for (size_t i = 0; i < MP_ARRAY_SIZE(kinds); ++i) {
        if (kinds[i].name == name) {
            hal_fault_trigger(kinds[i].kind);
            mp_raise_OSError(MP_EOPNOTSUPP);
        }
    }
    mp_raise_ValueError(MP_ERROR_TEXT("trigger(kind): divide, null_read, wild_write, code_write, illegal or stack"));
}
static MP_DEFINE_CONST_FUN_OBJ_1(fault_trigger_obj, fault_trigger);

static const mp_rom_map_elem_t fault_module_globals_table[] = {
    { MP_ROM_QSTR(MP_QSTR___name__), MP_ROM_QSTR(MP_QSTR__fault) },
    { MP_ROM_QSTR(MP_QSTR_trigger), MP_ROM_PTR(&fault_trigger_obj) },
};
static MP_DEFINE_CONST_DICT(fault_module_globals, fault_module_globals_table);

const mp_obj_module_t mp_module_fault = {
    .base = { &mp_type_module },
    .globals = (mp_obj_dict_t *)&fault_module_globals,
};
MP_REGISTER_MODULE(MP_QSTR__fault, mp_module_fault);

#endif
