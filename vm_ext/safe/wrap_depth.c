// SPDX-License-Identifier: MIT
// C recursion through Python objects ends in RuntimeError. Upstream checks the C stack where Python code is
// entered and where objects are printed, not where C calls itself through objects of C: calls through
// chains of bound methods and instances with __call__, hashes and comparisons of nested containers.
// Each such cycle passes one of the functions here. Cycles through the interpreter are checked where it is
// entered, so that py/vm.c calls upstream's functions themselves (port/Makefile): most calls come from there.
// Also here, since every C loop over an iterator passes mp_iternext(), and every walk through data that holds
// itself many times over passes one of the others: Ctrl-C.
#include "py/runtime.h"

#include <string.h>

#include "vm_ext/safe/interrupt.h"

mp_obj_t __real_mp_call_function_n_kw(mp_obj_t fun, size_t n_args, size_t n_kw, const mp_obj_t *args);
mp_obj_t __wrap_mp_call_function_n_kw(mp_obj_t fun, size_t n_args, size_t n_kw, const mp_obj_t *args);
mp_obj_t __real_mp_unary_op(mp_unary_op_t op, mp_obj_t arg);
mp_obj_t __wrap_mp_unary_op(mp_unary_op_t op, mp_obj_t arg);
mp_obj_t __real_mp_binary_op(mp_binary_op_t op, mp_obj_t lhs, mp_obj_t rhs);
mp_obj_t __wrap_mp_binary_op(mp_binary_op_t op, mp_obj_t lhs, mp_obj_t rhs);
mp_obj_t __real_mp_iternext(mp_obj_t iter);
mp_obj_t __wrap_mp_iternext(mp_obj_t iter);
bool __real_mp_obj_equal(mp_obj_t o1, mp_obj_t o2);
bool __wrap_mp_obj_equal(mp_obj_t o1, mp_obj_t o2);
void __wrap_mp_seq_multiply(const void *items, size_t item_sz, size_t len, size_t times, void *dest);

void __real_mp_obj_print_helper(const mp_print_t *print, mp_obj_t o_in, mp_print_kind_t kind);
void __wrap_mp_obj_print_helper(const mp_print_t *print, mp_obj_t o_in, mp_print_kind_t kind);

// mp_cstack_check() without the calls, and Ctrl-C.
static inline void check_depth(void) {
    safe_poll_interrupt();
    mp_uint_t used = MP_STATE_THREAD(stack_top) - (char *)__builtin_frame_address(0);
    if (MP_UNLIKELY(used >= MP_STATE_THREAD(stack_limit))) {
        mp_raise_recursion_depth();
    }
}

mp_obj_t __wrap_mp_call_function_n_kw(mp_obj_t fun, size_t n_args, size_t n_kw, const mp_obj_t *args) {
    check_depth();
    return __real_mp_call_function_n_kw(fun, n_args, n_kw, args);
}

mp_obj_t __wrap_mp_unary_op(mp_unary_op_t op, mp_obj_t arg) {
    if (mp_obj_is_obj(arg)) {
        check_depth();
    }
    return __real_mp_unary_op(op, arg);
}

mp_obj_t __wrap_mp_binary_op(mp_binary_op_t op, mp_obj_t lhs, mp_obj_t rhs) {
    if (mp_obj_is_obj(lhs)) {
        check_depth();
    }
    return __real_mp_binary_op(op, lhs, rhs);
}

bool __wrap_mp_obj_equal(mp_obj_t o1, mp_obj_t o2) {
    if (mp_obj_is_obj(o1)) {
        check_depth();
    } else {
        safe_poll_interrupt(); // py/runtime.c walks iterators by upstream's mp_iternext(), and compares
    }
    return __real_mp_obj_equal(o1, o2);
}

void __wrap_mp_obj_print_helper(const mp_print_t *print, mp_obj_t o_in, mp_print_kind_t kind) {
    safe_poll_interrupt();
    __real_mp_obj_print_helper(print, o_in, kind);
}

mp_obj_t __wrap_mp_iternext(mp_obj_t iter) {
    safe_poll_interrupt();
    return __real_mp_iternext(iter);
}

NORETURN void safe_raise_pending(void) {
    mp_obj_t pending = MP_STATE_THREAD(mp_pending_exception);
    MP_STATE_THREAD(mp_pending_exception) = MP_OBJ_NULL;
    nlr_raise(pending);
}

// The caller has allocated len * times items, which may have wrapped; nothing is written before this. What is
// there is doubled: upstream copies `times` times, also if there is nothing to copy.
void __wrap_mp_seq_multiply(const void *items, size_t item_sz, size_t len, size_t times, void *dest) {
    size_t bytes, once = item_sz * len;
    if (__builtin_mul_overflow(once, times, &bytes) || bytes > SIZE_MAX / 2) {
        m_malloc_fail(SIZE_MAX / 2);
    }
    if (bytes == 0) {
        return;
    }
    memcpy(dest, items, once);
    for (size_t done = once; done < bytes;) {
        size_t more = MIN(done, bytes - done);
        memcpy((char *)dest + done, dest, more);
        done += more;
    }
}
