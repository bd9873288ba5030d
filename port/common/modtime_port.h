// SPDX-License-Identifier: MIT
// Included by upstream's extmod/modtime.c: where the calendar comes from, and sleep().
#include "py/mphal.h"
#include "shared/timeutils/timeutils.h"

#include "port/common/common.h"

static mp_obj_t mp_time_time_get(void) {
    return mp_obj_new_int_from_ull(
        timeutils_seconds_since_epoch_from_nanoseconds_since_1970(common_unix_ns()));
}

// localtime() without an argument: the 8-tuple of now; the clock is in UTC.
static mp_obj_t mp_time_localtime_get(void) {
    timeutils_struct_time_t tm;
    timeutils_seconds_since_epoch_to_struct_time(
        timeutils_seconds_since_epoch_from_nanoseconds_since_1970(common_unix_ns()), &tm);
    mp_obj_t fields[8] = {
        MP_OBJ_NEW_SMALL_INT(tm.tm_year), MP_OBJ_NEW_SMALL_INT(tm.tm_mon),
        MP_OBJ_NEW_SMALL_INT(tm.tm_mday), MP_OBJ_NEW_SMALL_INT(tm.tm_hour),
        MP_OBJ_NEW_SMALL_INT(tm.tm_min), MP_OBJ_NEW_SMALL_INT(tm.tm_sec),
        MP_OBJ_NEW_SMALL_INT(tm.tm_wday), MP_OBJ_NEW_SMALL_INT(tm.tm_yday),
    };
    return mp_obj_new_tuple(8, fields);
}

#define SLEEP_STEP_US (1000000000000ull) // milliseconds of it fit in 32 bits

// sleep(seconds): negative raises, as in CPython; upstream's own would wait for half an eternity.
static void mp_time_sleep(mp_obj_t seconds_in) {
    mp_float_t us = mp_obj_get_float(seconds_in) * 1000000;
    if (!(us >= 0) || us >= MICROPY_FLOAT_CONST(1e15)) {
        mp_raise_ValueError(MP_ERROR_TEXT("sleep(seconds): 0 to 1e9"));
    }
    uint64_t whole_us = us;
    for (; whole_us > SLEEP_STEP_US; whole_us -= SLEEP_STEP_US) {
        mp_hal_delay_ms(SLEEP_STEP_US / 1000);
    }
    mp_hal_delay_ms(whole_us / 1000);
    mp_hal_delay_us(whole_us % 1000);
}
