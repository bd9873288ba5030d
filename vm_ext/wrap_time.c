// SPDX-License-Identifier: MIT
// A date in a FAT directory can be of month 0 or 15, for which upstream reads beside its table of months.
#include "py/obj.h"
#include "shared/timeutils/timeutils.h"

mp_uint_t __real_timeutils_seconds_since_2000(mp_uint_t year, mp_uint_t month, mp_uint_t date, mp_uint_t hour,
    mp_uint_t minute, mp_uint_t second);
mp_uint_t __wrap_timeutils_seconds_since_2000(mp_uint_t year, mp_uint_t month, mp_uint_t date, mp_uint_t hour,
    mp_uint_t minute, mp_uint_t second);

mp_uint_t __wrap_timeutils_seconds_since_2000(mp_uint_t year, mp_uint_t month, mp_uint_t date, mp_uint_t hour,
    mp_uint_t minute, mp_uint_t second) {
    month = month < 1 ? 1 : month > 12 ? 12 : month;
    return __real_timeutils_seconds_since_2000(year, month, date, hour, minute, second);
}
