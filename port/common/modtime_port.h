// SPDX-License-Identifier: MIT
// Included by upstream's extmod/modtime.c: where the calendar comes from.
#include "shared/timeutils/timeutils.h"

#include "common.h"

static mp_uint_t seconds_since_epoch(void) {
    return timeutils_seconds_since_epoch_from_nanoseconds_since_1970(common_unix_ns());
}

static void mp_time_localtime_get(timeutils_struct_time_t *tm) {
    timeutils_seconds_since_epoch_to_struct_time(seconds_since_epoch(), tm);
}

static mp_obj_t mp_time_time_get(void) {
    return mp_obj_new_int_from_uint(seconds_since_epoch());
}
