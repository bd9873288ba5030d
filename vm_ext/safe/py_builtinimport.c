// SPDX-License-Identifier: MIT
// Upstream's py/builtinimport.c, which adds the lengths of two names that Python chooses in 32 bits, and
// copies them to a buffer of that size. An import uses more of the C stack than the check's margin has. A built-in
// module is for those who have a right to it.
#include "py/builtin.h"
#include "py/objmodule.h"
#include "py/persistentcode.h"
#include "py/runtime.h"

#include "vm_ext/isolate/rights.h"
#include "vm_ext/safe/cstack.h"

static mp_obj_t builtin_by_right(qstr name, bool extensible) {
    mp_obj_t module = mp_module_get_builtin(name, extensible);
    if (module != MP_OBJ_NULL) {
        rights_check_module(module);
    }
    return module;
}

#define uint size_t
#define mp_module_get_builtin builtin_by_right
#define mp_builtin___import___default upstream_import
static mp_obj_t upstream_import(size_t n_args, const mp_obj_t *args);

#include "py/builtinimport.c"

#undef mp_builtin___import___default

mp_obj_t mp_builtin___import___default(size_t n_args, const mp_obj_t *args) {
    safe_stack_need(SAFE_STACK_IMPORT);
    return upstream_import(n_args, args);
}
