// SPDX-License-Identifier: MIT
// C functions that walk the elements of a list by address and length, and indices that come from Python.
// Two rules (ld --wrap):
//  - An index or a slice's bound is an int. Upstream also asks an instance for its __int__(), which can
//    change the sequence between the look at its length and the access; CPython never does (an index
//    needs __index__, which MicroPython does not have), so TypeError here.
//  - What walks elements while Python can run takes each element once. Storage that a list has left
//    stays what it was (vm_ext/safe/memory.c), except that removed elements are empty there.
#include <string.h>

#include "py/bc.h"
#include "py/gc.h"
#include "py/mpstate.h"
#include "py/objlist.h"
#include "py/objmodule.h"
#include "py/objtype.h"
#include "py/runtime.h"

size_t __real_mp_get_index(const mp_obj_type_t *type, size_t len, mp_obj_t index, bool is_slice);
size_t __wrap_mp_get_index(const mp_obj_type_t *type, size_t len, mp_obj_t index, bool is_slice);
void __real_mp_obj_slice_indices(mp_obj_t self, mp_int_t len, mp_bound_slice_t *result);
void __wrap_mp_obj_slice_indices(mp_obj_t self, mp_int_t len, mp_bound_slice_t *result);
bool __wrap_mp_seq_cmp_objs(mp_uint_t op, const mp_obj_t *items1, size_t len1, const mp_obj_t *items2,
    size_t len2);
mp_obj_t __wrap_mp_seq_index_obj(const mp_obj_t *items, size_t len, size_t n_args, const mp_obj_t *args);
mp_obj_t __wrap_mp_seq_count_obj(const mp_obj_t *items, size_t len, mp_obj_t value);
void __real_mp_obj_get_array(mp_obj_t sequence, size_t *len, mp_obj_t **items);
void __wrap_mp_obj_get_array(mp_obj_t sequence, size_t *len, mp_obj_t **items);
void __real_mp_obj_get_array_fixed_n(mp_obj_t sequence, size_t len, mp_obj_t **items);
void __wrap_mp_obj_get_array_fixed_n(mp_obj_t sequence, size_t len, mp_obj_t **items);
void __real_mp_import_all(mp_obj_t module);
void __wrap_mp_import_all(mp_obj_t module);
mp_vm_return_kind_t __real_mp_execute_bytecode(mp_code_state_t *state, mp_obj_t exception);
mp_vm_return_kind_t __wrap_mp_execute_bytecode(mp_code_state_t *state, mp_obj_t exception);

// --- indices

static MP_NOINLINE void check_object(mp_obj_t index) {
    if (mp_obj_is_obj(index) && mp_obj_is_instance_type(mp_obj_get_type(index))) {
        mp_raise_msg_varg(&mp_type_TypeError, MP_ERROR_TEXT("indices must be integers, not %s"),
            mp_obj_get_type_str(index));
    }
}

static inline void check_index(mp_obj_t index) {
    if (!mp_obj_is_small_int(index) && index != mp_const_none) {
        check_object(index);
    }
}

// Small integers as upstream has them, all else and all errors in upstream's own words.
size_t __wrap_mp_get_index(const mp_obj_type_t *type, size_t len, mp_obj_t index, bool is_slice) {
    if (MP_LIKELY(mp_obj_is_small_int(index))) {
        mp_int_t i = MP_OBJ_SMALL_INT_VALUE(index);
        if (i < 0) {
            i += len;
        }
        if (MP_LIKELY((size_t)i < len)) {
            return i;
        }
    } else {
        check_index(index);
    }
    return __real_mp_get_index(type, len, index, is_slice);
}

void __wrap_mp_obj_slice_indices(mp_obj_t self, mp_int_t len, mp_bound_slice_t *result) {
    mp_obj_slice_t *slice = MP_OBJ_TO_PTR(self);
    check_index(slice->start);
    check_index(slice->stop);
    check_index(slice->step);
    if (len < 0) {
        mp_raise_ValueError(MP_ERROR_TEXT("length should not be negative"));
    }
    __real_mp_obj_slice_indices(self, len, result);
    // A step beyond the length takes one element, like the length itself, and added to a position it does
    // not wrap.
    mp_int_t far = MAX(len + 1, 2);
    if (MP_UNLIKELY(result->step > far || result->step < -far)) {
        result->step = result->step > 0 ? far : -far;
    }
}

// --- elements

static mp_obj_t element(const mp_obj_t *items, size_t i) {
    mp_obj_t item = items[i];
    if (item == MP_OBJ_NULL) {
        mp_raise_msg(&mp_type_RuntimeError, MP_ERROR_TEXT("list changed during comparison"));
    }
    return item;
}

bool __wrap_mp_seq_cmp_objs(mp_uint_t op, const mp_obj_t *items1, size_t len1, const mp_obj_t *items2,
    size_t len2) {
    if (op == MP_BINARY_OP_EQUAL && len1 != len2) {
        return false;
    }
    size_t len = MIN(len1, len2);
    for (size_t i = 0; i < len; i++) {
        mp_obj_t item1 = element(items1, i), item2 = element(items2, i);
        if (item1 == item2 && mp_obj_is_small_int(item1)) {
            continue;
        }
        if (!mp_obj_equal(item1, item2)) {
            return op != MP_BINARY_OP_EQUAL && mp_binary_op(op, item1, item2) == mp_const_true;
        }
    }
    switch (op) {
        case MP_BINARY_OP_LESS:
            return len1 < len2;
        case MP_BINARY_OP_LESS_EQUAL:
            return len1 <= len2;
        case MP_BINARY_OP_MORE:
            return len1 > len2;
        case MP_BINARY_OP_MORE_EQUAL:
            return len1 >= len2;
        default:
            return true;
    }
}

mp_obj_t __wrap_mp_seq_index_obj(const mp_obj_t *items, size_t len, size_t n_args, const mp_obj_t *args) {
    const mp_obj_type_t *type = mp_obj_get_type(args[0]);
    size_t start = n_args >= 3 ? __wrap_mp_get_index(type, len, args[2], true) : 0;
    size_t stop = n_args >= 4 ? __wrap_mp_get_index(type, len, args[3], true) : len;
    for (size_t i = start; i < stop; i++) {
        if (mp_obj_equal(element(items, i), args[1])) {
            return MP_OBJ_NEW_SMALL_INT(i);
        }
    }
    mp_raise_ValueError(MP_ERROR_TEXT("object not in sequence"));
}

mp_obj_t __wrap_mp_seq_count_obj(const mp_obj_t *items, size_t len, mp_obj_t value) {
    size_t count = 0;
    for (size_t i = 0; i < len; i++) {
        count += mp_obj_equal(element(items, i), value);
    }
    return MP_OBJ_NEW_SMALL_INT(count);
}

// A C function that is given a list works on its elements as they were at the call. (A tuple cannot change;
// the callers that run no Python meanwhile are excepted in vm_ext/safe/lifetime.mk.)
static void own_copy(mp_obj_t sequence, size_t len, mp_obj_t **items) {
    if (len != 0 && mp_obj_is_type(sequence, &mp_type_list)) {
        mp_obj_t *copy = m_new(mp_obj_t, len);
        memcpy(copy, *items, len * sizeof(mp_obj_t));
        *items = copy;
    }
}

void __wrap_mp_obj_get_array(mp_obj_t sequence, size_t *len, mp_obj_t **items) {
    __real_mp_obj_get_array(sequence, len, items);
    own_copy(sequence, *len, items);
}

void __wrap_mp_obj_get_array_fixed_n(mp_obj_t sequence, size_t len, mp_obj_t **items) {
    __real_mp_obj_get_array_fixed_n(sequence, len, items);
    own_copy(sequence, len, items);
}

// --- sys.modules can hold anything

void __wrap_mp_import_all(mp_obj_t module) {
    if (!mp_obj_is_type(module, &mp_type_module)) {
        mp_raise_TypeError(MP_ERROR_TEXT("not a module"));
    }
    __real_mp_import_all(module);
}

// --- no Python while memory is being collected
// An allocation can collect, and a collection runs finalisers: of files, for instance, whose file system
// may be written in Python. Code in the middle of an allocation does not expect its containers to change,
// and an object that is about to be freed could be stored somewhere.

mp_vm_return_kind_t __wrap_mp_execute_bytecode(mp_code_state_t *state, mp_obj_t exception) {
    if (MP_UNLIKELY(MP_STATE_THREAD(gc_lock_depth) & GC_COLLECT_FLAG)) {
        // As the interpreter ends with an exception: its callers have globals to restore.
        state->state[0] = mp_obj_new_exception_msg(&mp_type_RuntimeError, MP_ERROR_TEXT("Python in a finaliser"));
        return MP_VM_RETURN_EXCEPTION;
    }
    return __real_mp_execute_bytecode(state, exception);
}
