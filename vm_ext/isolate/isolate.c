// SPDX-License-Identifier: MIT
// See isolate.h. Here: what upstream takes for one variable in ROM and is one in each isolate.
#include "py/runtime.h"

#include "vm_ext/isolate/isolate.h"

// Upstream's table of built-in modules names this one. Each isolate finds its own in sys.modules before it
// looks here; this is what is left when a program has removed that.
static const mp_rom_map_elem_t main_table[] = {
    {MP_ROM_QSTR(MP_QSTR___name__), MP_ROM_QSTR(MP_QSTR___main__)},
};
static MP_DEFINE_CONST_DICT(main_globals, main_table);

const mp_obj_module_t mp_module___main__ = {
    .base = {&mp_type_module},
    .globals = (mp_obj_dict_t *)&main_globals,
};

void isolate_init_main_module(void) {
    mp_obj_module_t *module = &isolate_cur()->main_module;
    module->base.type = &mp_type_module;
    module->globals = &MP_STATE_VM(dict_main);
    mp_obj_t modules = MP_OBJ_FROM_PTR(&MP_STATE_VM(mp_loaded_modules_dict));
    mp_obj_dict_store(modules, MP_OBJ_NEW_QSTR(MP_QSTR___main__), MP_OBJ_FROM_PTR(module));
}

void isolate_interrupt(isolate_t *isolate) {
    mp_state_vm_t *vm = &isolate->ctx.vm;
    vm->mp_kbd_exception.traceback_data = NULL;
    vm->mp_kbd_exception.args = (mp_obj_tuple_t *)&mp_const_empty_tuple_obj;
    isolate->ctx.thread.mp_pending_exception = MP_OBJ_FROM_PTR(&vm->mp_kbd_exception);
    if (vm->sched_state == MP_SCHED_IDLE) {
        vm->sched_state = MP_SCHED_PENDING;
    }
}
