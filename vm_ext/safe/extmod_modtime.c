// SPDX-License-Identifier: MIT
// Upstream's extmod/modtime.c, which takes any object for ticks, and whose mktime() counts days one month
// at a time: -2**62 of them took centuries. Ticks are small integers here, or TypeError; fields of a time are
// bounded, or OverflowError, as in CPython.
#include "py/runtime.h"
#include "shared/timeutils/timeutils.h"

#define FIELD_FAR ((int64_t)INT32_MAX)
#define DAYS_FAR  (10 * 1000 * 1000)

static inline mp_int_t ticks_value(mp_obj_t ticks) {
    if (!mp_obj_is_small_int(ticks)) {
        mp_raise_TypeError(MP_ERROR_TEXT("ticks must be int"));
    }
    return MP_OBJ_SMALL_INT_VALUE(ticks);
}

static inline mp_int_t in_range(mp_int_t value, int64_t far) {
    if (value > far || value < -far) {
        mp_raise_msg(&mp_type_OverflowError, MP_ERROR_TEXT("mktime argument out of range"));
    }
    return value;
}

static inline uint64_t checked_mktime(mp_int_t year, mp_int_t month, mp_int_t day, mp_int_t hours, mp_int_t minutes,
    mp_int_t seconds) {
    return timeutils_mktime(in_range(year, FIELD_FAR), in_range(month, FIELD_FAR), in_range(day, DAYS_FAR),
        in_range(hours, FIELD_FAR), in_range(minutes, FIELD_FAR), in_range(seconds, FIELD_FAR));
}

#undef timeutils_mktime
#define timeutils_mktime checked_mktime
#undef MP_OBJ_SMALL_INT_VALUE
#define MP_OBJ_SMALL_INT_VALUE(ticks) ticks_value(ticks)

#include "extmod/modtime.c"
