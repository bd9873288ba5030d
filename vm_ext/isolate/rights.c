// SPDX-License-Identifier: MIT
// See rights.h.
#include "py/mperrno.h"
#include "py/objmodule.h"
#include "py/runtime.h"

#include "vm_ext/isolate/isolate.h"
#include "vm_ext/isolate/rights.h"

static const struct {
    uint16_t name;
    uint8_t right;
} rights[] = {
    {MP_QSTR_machine, RIGHT_MACHINE}, {MP_QSTR_vfs, RIGHT_VFS}, {MP_QSTR_names, RIGHT_NAMES},
    {MP_QSTR_system, RIGHT_SYSTEM}, {MP_QSTR_console, RIGHT_CONSOLE},
};

bool rights_have(unsigned right) {
    return (isolate_cur()->rights & right) == right;
}

unsigned rights_named(qstr name) {
    for (size_t i = 0; i < MP_ARRAY_SIZE(rights); i++) {
        if (rights[i].name == name) {
            return rights[i].right;
        }
    }
    return 0;
}

static qstr name_of(unsigned right) {
    for (size_t i = 0; i < MP_ARRAY_SIZE(rights); i++) {
        if (rights[i].right == right) {
            return rights[i].name;
        }
    }
    return MP_QSTR_system;
}

void rights_need(unsigned right) {
    if (!rights_have(right)) {
        vstr_t text;
        vstr_init(&text, 16);
        vstr_printf(&text, "no right to '%q'", name_of(right));
        mp_obj_t args[] = {MP_OBJ_NEW_SMALL_INT(MP_EPERM), mp_obj_new_str_from_vstr(&text)};
        nlr_raise(mp_obj_new_exception_args(&mp_type_OSError, MP_ARRAY_SIZE(args), args));
    }
}

// A module is known by the name in its own table, which is constant, whatever it is imported as.
static unsigned right_to(mp_obj_t module) {
    if (!mp_obj_is_type(module, &mp_type_module)) {
        return 0;
    }
    mp_map_t *globals = &((mp_obj_module_t *)MP_OBJ_TO_PTR(module))->globals->map;
    mp_map_elem_t *name = mp_map_lookup(globals, MP_OBJ_NEW_QSTR(MP_QSTR___name__), MP_MAP_LOOKUP);
    if (name == NULL || !globals->is_fixed || !mp_obj_is_qstr(name->value)) {
        return 0;
    }
    switch (MP_OBJ_QSTR_VALUE(name->value)) {
        case MP_QSTR_machine:
        case MP_QSTR__fault: // it has a fault of the kernel, too, which ends the machine
        case MP_QSTR__stack:
            return RIGHT_MACHINE;
        case MP_QSTR_flash:
        case MP_QSTR_os:
        case MP_QSTR_vfs:
        case MP_QSTR_ramdisk:
            return RIGHT_VFS;
        default:
            return 0;
    }
}

void rights_check_module(mp_obj_t module) {
    unsigned right = right_to(module);
    if (right != 0 && !rights_have(right)) {
        qstr name = name_of(right);
        mp_raise_msg_varg(&mp_type_ImportError,
            MP_ERROR_TEXT("no right to '%q': it is for actors spawned with caps=['%q']"), name, name);
    }
}
