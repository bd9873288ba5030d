// SPDX-License-Identifier: MIT
// Upstream's py/objrange.c, which computes with start, stop and step without looking for overflow. Here each
// is at most a quarter of what a word holds, so that no sum or difference of three overflows.
#include "py/runtime.h"
#include "py/smallint.h"

#define RANGE_INT_MAX (MP_SMALL_INT_MAX / 2)

static mp_int_t range_int(mp_obj_t value_in) {
    mp_int_t value = mp_obj_get_int(value_in);
    if (value > RANGE_INT_MAX || value < -RANGE_INT_MAX) {
        mp_raise_msg(&mp_type_OverflowError, MP_ERROR_TEXT("overflow converting long int to machine word"));
    }
    return value;
}

// A slice's step is multiplied by the range's.
static void slice_indexes(size_t len, mp_obj_t index, mp_bound_slice_t *slice, mp_int_t step) {
    mp_int_t product;
    mp_seq_get_fast_slice_indexes(len, index, slice);
    slice->step = MIN(MAX(slice->step, -(mp_int_t)len - 1), (mp_int_t)len + 1);
    if (__builtin_mul_overflow(slice->step, step, &product) || product > RANGE_INT_MAX || product < -RANGE_INT_MAX) {
        mp_raise_msg(&mp_type_OverflowError, MP_ERROR_TEXT("overflow converting long int to machine word"));
    }
}

#define mp_obj_get_int(value) range_int(value)
#define mp_seq_get_fast_slice_indexes(len, index, slice) slice_indexes(len, index, slice, self->step)

#include "py/objrange.c"
