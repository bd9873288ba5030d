// SPDX-License-Identifier: MIT
// Upstream's py/modsys.c, where argv and modules, which each isolate has its own of, are answered like path and
// the other attributes that can change, and not by a table in ROM.
#include "py/builtin.h"
#include "py/objlist.h"
#include "py/objmodule.h"
#include "py/runtime.h"

#undef MICROPY_PY_SYS_ARGV
#define MICROPY_PY_SYS_ARGV (0)
#undef MICROPY_PY_SYS_MODULES
#define MICROPY_PY_SYS_MODULES (0)
#define mp_module_sys_attr upstream_module_sys_attr

#include "py/modsys.c"

#undef mp_module_sys_attr

void mp_module_sys_attr(mp_obj_t self_in, qstr attr, mp_obj_t *dest) {
    if (dest[0] == MP_OBJ_NULL && attr == MP_QSTR_argv) {
        dest[0] = mp_sys_argv;
    } else if (dest[0] == MP_OBJ_NULL && attr == MP_QSTR_modules) {
        dest[0] = MP_OBJ_FROM_PTR(&MP_STATE_VM(mp_loaded_modules_dict));
    } else {
        upstream_module_sys_attr(self_in, attr, dest);
    }
}
