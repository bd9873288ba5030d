// SPDX-License-Identifier: MIT
// Imports, where sys.modules can hold anything (ld --wrap). Upstream takes the __name__ of what has a __path__
// for a string, and copies it to the C stack; and it loads a file into what it finds under the file's name, if a
// file system in Python puts something there while it is asked for the file. sys.path, ps1 and ps2 can be set to
// anything, but not deleted: that made them null. A module is complete before sys.modules names it: for want of
// memory it had a name there, and null behind it.
#include <string.h>

#include "py/bc.h"
#include "py/objmodule.h"
#include "py/objstr.h"
#include "py/runtime.h"

#include "vm_ext/isolate/isolate.h"

#define DOTTED_MAX (255) // as long as an interned string gets

mp_obj_t __wrap_mp_import_from(mp_obj_t module, qstr name);
void __real_mp_module_generic_attr(qstr attr, mp_obj_t *dest, const uint16_t *keys, mp_obj_t *values);
void __wrap_mp_module_generic_attr(qstr attr, mp_obj_t *dest, const uint16_t *keys, mp_obj_t *values);
mp_obj_t __wrap_mp_obj_new_module(qstr name);

static bool has_attribute(mp_obj_t object, qstr name, mp_obj_t *value) {
    mp_obj_t dest[2];
    mp_load_method_maybe(object, name, dest);
    *value = dest[0];
    return dest[0] != MP_OBJ_NULL && dest[1] == MP_OBJ_NULL;
}

static mp_obj_t import_submodule(mp_obj_t package_name, qstr name) {
    char dotted[DOTTED_MAX];
    size_t package_len, len;
    const char *package = mp_obj_str_get_data(package_name, &package_len);
    const byte *last = qstr_data(name, &len);
    if (package_len + 1 + len > DOTTED_MAX) {
        mp_raise_msg(&mp_type_ImportError, MP_ERROR_TEXT("name too long"));
    }
    memcpy(dotted, package, package_len);
    dotted[package_len] = '.';
    memcpy(dotted + package_len + 1, last, len);
    // A list of names that is not empty: the result is the last module of the path.
    return mp_import_name(qstr_from_strn(dotted, package_len + 1 + len), mp_const_true, MP_OBJ_NEW_SMALL_INT(0));
}

mp_obj_t __wrap_mp_import_from(mp_obj_t module, qstr name) {
    mp_obj_t value;
    if (has_attribute(module, name, &value)) {
        return value;
    }
    mp_obj_t path;
    if (value == MP_OBJ_NULL && has_attribute(module, MP_QSTR___path__, &path)
        && has_attribute(module, MP_QSTR___name__, &value)) {
        return import_submodule(value, name);
    }
    mp_raise_msg_varg(&mp_type_ImportError, MP_ERROR_TEXT("can't import name %q"), name);
}

mp_obj_t __wrap_mp_obj_new_module(qstr name) {
    mp_module_context_t *context = m_new0(mp_module_context_t, 1);
    context->module.base.type = &mp_type_module;
    context->module.globals = MP_OBJ_TO_PTR(mp_obj_new_dict(MICROPY_MODULE_DICT_SIZE));
    mp_obj_t module = MP_OBJ_FROM_PTR(context);
    mp_obj_t globals = MP_OBJ_FROM_PTR(context->module.globals);
    mp_obj_t loaded = MP_OBJ_FROM_PTR(&MP_STATE_VM(mp_loaded_modules_dict));
    mp_obj_dict_store(globals, MP_OBJ_NEW_QSTR(MP_QSTR___name__), MP_OBJ_NEW_QSTR(name));
    mp_obj_dict_store(loaded, MP_OBJ_NEW_QSTR(name), module);
    isolate_cur()->has_asyncio |= name == MP_QSTR_asyncio_dot_core;
    return module;
}

void __wrap_mp_module_generic_attr(qstr attr, mp_obj_t *dest, const uint16_t *keys, mp_obj_t *values) {
    bool is_delete = dest[0] != MP_OBJ_NULL && dest[1] == MP_OBJ_NULL;
    #if MICROPY_PY_SYS_TRACEBACKLIMIT
    is_delete = is_delete && attr != MP_QSTR_tracebacklimit; // vm_ext/safe/py_objexcept.c
    #endif
    if (!is_delete) {
        __real_mp_module_generic_attr(attr, dest, keys, values);
    }
}
