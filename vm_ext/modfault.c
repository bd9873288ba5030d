// SPDX-License-Identifier: MIT
// Module _fault: makes the CPU fault on purpose, so that tests can see what the system does then.
// It gives no access to memory: each kind is fixed, and harmless where it does not trap.
#include "py/mperrno.h"
#include "py/runtime.h"

#include "hal/fault.h"
#include "vm_ext/isolate/rights.h"

#if PORT_FAULT_MODULE

static const struct {
    qstr name;
    hal_fault_kind_t kind;
} kinds[] = {
    { MP_QSTR_divide, HAL_FAULT_DIVIDE },
    { MP_QSTR_illegal, HAL_FAULT_ILLEGAL },
    { MP_QSTR_unaligned, HAL_FAULT_UNALIGNED },
    { MP_QSTR_null_read, FAULT_NULL_READ },
    { MP_QSTR_null_write, FAULT_NULL_WRITE },
    { MP_QSTR_null_call, FAULT_NULL_CALL },
    { MP_QSTR_wild_read, FAULT_WILD_READ },
    { MP_QSTR_wild_write, FAULT_WILD_WRITE },
    { MP_QSTR_code_write, FAULT_CODE_WRITE },
    { MP_QSTR_const_write, FAULT_CONST_WRITE },
    { MP_QSTR_data_call, FAULT_DATA_CALL },
    { MP_QSTR_stack, FAULT_STACK },
    { MP_QSTR_critical, FAULT_CRITICAL },
    { MP_QSTR_interrupt, FAULT_INTERRUPT },
    { MP_QSTR_landing, FAULT_LANDING },
};

// trigger(kind): what each kind does is in hal/fault.h. It ends the program, "critical", "interrupt" and "landing"
// end the machine. Returns only by an exception: ValueError for another kind, OSError(EOPNOTSUPP) where the CPU
// does not trap it.
static mp_obj_t trigger(mp_obj_t kind_in) {
    qstr name = mp_obj_str_get_qstr(kind_in);
    for (size_t i = 0; i < MP_ARRAY_SIZE(kinds); ++i) {
        if (kinds[i].name == name) {
            if (kinds[i].kind >= FAULT_CRITICAL) {
                rights_need(RIGHT_MACHINE); // it is the machine's end
            }
            fault_trigger(kinds[i].kind);
            mp_raise_OSError(MP_EOPNOTSUPP);
        }
    }
    mp_raise_ValueError(MP_ERROR_TEXT("trigger(kind): a kind of hal/fault.h, such as null_read"));
}
static MP_DEFINE_CONST_FUN_OBJ_1(trigger_obj, trigger);

static const mp_rom_map_elem_t fault_module_globals_table[] = {
    { MP_ROM_QSTR(MP_QSTR___name__), MP_ROM_QSTR(MP_QSTR__fault) },
    { MP_ROM_QSTR(MP_QSTR_trigger), MP_ROM_PTR(&trigger_obj) },
};
static MP_DEFINE_CONST_DICT(fault_module_globals, fault_module_globals_table);

const mp_obj_module_t mp_module_fault = {
    .base = { &mp_type_module },
    .globals = (mp_obj_dict_t *)&fault_module_globals,
};
MP_REGISTER_MODULE(MP_QSTR__fault, mp_module_fault);

#endif
