// SPDX-License-Identifier: MIT
// Upstream's py/objexcept.c for exceptions in any state: an instance whose native constructor has not run
// (object.__new__, or raised within its own __init__) is completed before upstream looks into it. And the
// traceback stops growing before its length, half a word, could wrap; sys.tracebacklimit is an int. What close()
// throws into a generator is a constant, which Python gets to see: it is never written to.
#include <stdarg.h>

#include "py/objexcept.h"
#include "py/runtime.h"

#include "vm_ext/safe/types.h"

#define TRACEBACK_WORDS_MAX (3 * 4096)

#define mp_alloc_emergency_exception_buf upstream_alloc_buf
#define mp_obj_exception_get_value upstream_get_value
#define mp_obj_exception_clear_traceback upstream_clear_traceback
#define mp_obj_exception_add_traceback upstream_add_traceback
#define mp_obj_exception_get_traceback upstream_get_traceback

mp_obj_t upstream_alloc_buf(mp_obj_t size);
mp_obj_t upstream_get_value(mp_obj_t self);
void upstream_clear_traceback(mp_obj_t self);
void upstream_add_traceback(mp_obj_t self, qstr file, size_t line, qstr block);
void upstream_get_traceback(mp_obj_t self, size_t *n, size_t **values);

static bool is_constant(mp_obj_t self) {
    return self == MP_OBJ_FROM_PTR(&mp_const_GeneratorExit_obj);
}

static qstr traceback_attribute(mp_obj_t self) {
    return is_constant(self) ? MP_QSTRnull : MP_QSTR___traceback__;
}
#define MP_QSTR___traceback__ traceback_attribute(self_in)

#include "py/objexcept.c"

#undef mp_alloc_emergency_exception_buf
#undef MP_QSTR___traceback__
#undef mp_obj_exception_get_value
#undef mp_obj_exception_clear_traceback
#undef mp_obj_exception_add_traceback
#undef mp_obj_exception_get_traceback

mp_obj_t mp_alloc_emergency_exception_buf(mp_obj_t size) {
    if (MP_STATE_VM(mp_emergency_exception_buf) != NULL) {
        return mp_const_none;
    }
    return upstream_alloc_buf(size);
}

mp_obj_t mp_obj_exception_get_value(mp_obj_t self) {
    safe_build_exception(self);
    return upstream_get_value(self);
}

void mp_obj_exception_clear_traceback(mp_obj_t self) {
    if (is_constant(self)) {
        return;
    }
    safe_build_exception(self);
    upstream_clear_traceback(self);
}

void mp_obj_exception_add_traceback(mp_obj_t self, qstr file, size_t line, qstr block) {
    if (is_constant(self)) {
        return;
    }
    safe_build_exception(self);
    #if MICROPY_PY_SYS_TRACEBACKLIMIT
    mp_obj_t *limit = &MP_STATE_VM(sys_mutable[MP_SYS_MUTABLE_TRACEBACKLIMIT]);
    if (!mp_obj_is_small_int(*limit) || MP_OBJ_SMALL_INT_VALUE(*limit) > TRACEBACK_WORDS_MAX) {
        *limit = MP_OBJ_NEW_SMALL_INT(1000);
    }
    #endif
    mp_obj_exception_t *native = get_native_exception(self);
    if (native->traceback_data == NULL || native->traceback_len < TRACEBACK_WORDS_MAX) {
        upstream_add_traceback(self, file, line, block);
    }
}

void mp_obj_exception_get_traceback(mp_obj_t self, size_t *n, size_t **values) {
    safe_build_exception(self);
    upstream_get_traceback(self, n, values);
}
