// SPDX-License-Identifier: MIT
// "async with" compiles to a handler that looks up BaseException to tell a pending return (two slots on the
// value stack) from an exception (one slot). A module that had a global of that name would make the VM take
// slots that are not there, so the name, read as a global, always means the type.
#include "py/runtime.h"

mp_obj_t __real_mp_load_global(qstr name);
mp_obj_t __wrap_mp_load_global(qstr name);

mp_obj_t __wrap_mp_load_global(qstr name) {
    if (name == MP_QSTR_BaseException) {
        return MP_OBJ_FROM_PTR(&mp_type_BaseException);
    }
    return __real_mp_load_global(name);
}
