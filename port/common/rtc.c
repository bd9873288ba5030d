// SPDX-License-Identifier: MIT
// machine.RTC: the calendar, kept as an offset to the monotonic clock. It is read from the
// machine's clock at boot, where there is one, and is not written back.
#include "lib/oofatfs/ff.h"
#include "py/runtime.h"
#include "shared/timeutils/timeutils.h"

#include "port/common/common.h"

typedef struct {
    mp_obj_base_t base;
} machine_rtc_obj_t;

extern const mp_obj_type_t machine_rtc_type;
static const machine_rtc_obj_t machine_rtc_obj = {{&machine_rtc_type}};

// RTC(): the machine's one clock.
static mp_obj_t machine_rtc_make_new(const mp_obj_type_t *type, size_t n_args, size_t n_kw,
    const mp_obj_t *args) {
    mp_arg_check_num(n_args, n_kw, 0, 1, false);
    return MP_OBJ_FROM_PTR(&machine_rtc_obj);
}

static mp_obj_t rtc_get(void) {
    uint64_t ns = common_unix_ns();
    timeutils_struct_time_t tm;
    timeutils_seconds_since_epoch_to_struct_time(
        timeutils_seconds_since_epoch_from_nanoseconds_since_1970(ns), &tm);
    mp_obj_t fields[8] = {
        MP_OBJ_NEW_SMALL_INT(tm.tm_year), MP_OBJ_NEW_SMALL_INT(tm.tm_mon),
        MP_OBJ_NEW_SMALL_INT(tm.tm_mday), MP_OBJ_NEW_SMALL_INT(tm.tm_wday),
        MP_OBJ_NEW_SMALL_INT(tm.tm_hour), MP_OBJ_NEW_SMALL_INT(tm.tm_min),
        MP_OBJ_NEW_SMALL_INT(tm.tm_sec), MP_OBJ_NEW_SMALL_INT(ns / 1000 % 1000000),
    };
    return mp_obj_new_tuple(8, fields);
}

static mp_int_t field_in_range(mp_obj_t obj, mp_int_t min, mp_int_t max, const char *name) {
    mp_int_t value = mp_obj_get_int(obj);
    if (value < min || value > max) {
        mp_raise_msg_varg(&mp_type_ValueError, MP_ERROR_TEXT("%s must be %d..%d"),
            name, (int)min, (int)max);
    }
    return value;
}

// RTC.datetime([(year, month, day, weekday, hours, minutes, seconds, subseconds)]): get or set;
// subseconds are microseconds, the weekday is ignored when setting.
static mp_obj_t machine_rtc_datetime(size_t n_args, const mp_obj_t *args) {
    if (n_args == 1) {
        return rtc_get();
    }
    mp_obj_t *items;
    mp_obj_get_array_fixed_n(args[1], 8, &items);
    mp_int_t year = field_in_range(items[0], 2000, 2199, "year");
    mp_int_t month = field_in_range(items[1], 1, 12, "month");
    mp_int_t day = field_in_range(items[2], 1, 31, "day");
    mp_int_t hours = field_in_range(items[4], 0, 23, "hours");
    mp_int_t minutes = field_in_range(items[5], 0, 59, "minutes");
    mp_int_t seconds = field_in_range(items[6], 0, 59, "seconds");
    uint64_t since_2000 = timeutils_seconds_since_2000(year, month, day, hours, minutes, seconds);
    uint64_t us = field_in_range(items[7], 0, 999999, "subseconds");
    common_set_unix_ns((since_2000 + TIMEUTILS_SECONDS_1970_TO_2000) * 1000000000ULL + us * 1000);
    return mp_const_none;
}
static MP_DEFINE_CONST_FUN_OBJ_VAR_BETWEEN(machine_rtc_datetime_obj, 1, 2, machine_rtc_datetime);

// RTC.init(datetime): set, as datetime(...) does.
static mp_obj_t machine_rtc_init(mp_obj_t self, mp_obj_t datetime) {
    mp_obj_t args[2] = {self, datetime};
    return machine_rtc_datetime(2, args);
}
static MP_DEFINE_CONST_FUN_OBJ_2(machine_rtc_init_obj, machine_rtc_init);

static const mp_rom_map_elem_t machine_rtc_locals_dict_table[] = {
    { MP_ROM_QSTR(MP_QSTR_init), MP_ROM_PTR(&machine_rtc_init_obj) },
    { MP_ROM_QSTR(MP_QSTR_datetime), MP_ROM_PTR(&machine_rtc_datetime_obj) },
};
static MP_DEFINE_CONST_DICT(machine_rtc_locals_dict, machine_rtc_locals_dict_table);

MP_DEFINE_CONST_OBJ_TYPE(
    machine_rtc_type,
    MP_QSTR_RTC,
    MP_TYPE_FLAG_NONE,
    make_new, machine_rtc_make_new,
    locals_dict, &machine_rtc_locals_dict
    );

// The time stamp that FatFs gives a file: see its application note for f_open.
DWORD get_fattime(void) {
    timeutils_struct_time_t tm;
    timeutils_seconds_since_epoch_to_struct_time(
        timeutils_seconds_since_epoch_from_nanoseconds_since_1970(common_unix_ns()), &tm);
    return (DWORD)(tm.tm_year - 1980) << 25 | tm.tm_mon << 21 | tm.tm_mday << 16
           | tm.tm_hour << 11 | tm.tm_min << 5 | tm.tm_sec / 2;
}
