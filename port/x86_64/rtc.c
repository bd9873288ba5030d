// SPDX-License-Identifier: MIT
// The calendar from the CMOS clock (Motorola MC146818A), read once; firmware keeps it in UTC here.
#include "hal/time.h"
#include "x86.h"

enum { CMOS_INDEX = 0x70, CMOS_DATA = 0x71 };
enum { REG_SECONDS = 0, REG_MINUTES = 2, REG_HOURS = 4, REG_DAY = 7, REG_MONTH = 8, REG_YEAR = 9 };
enum { REG_A = 10, REG_B = 11 };
enum { A_UPDATING = 0x80, B_BINARY = 4, B_24H = 2, HOURS_PM = 0x80 };

typedef struct {
    uint8_t seconds, minutes, hours, day, month, year;
} cmos_time_t;

static uint8_t get(unsigned reg) {
    x86_outb(CMOS_INDEX, reg);
    return x86_inb(CMOS_DATA);
}

static cmos_time_t read_once(void) {
    while (get(REG_A) & A_UPDATING) {
    }
    return (cmos_time_t) {
        get(REG_SECONDS), get(REG_MINUTES), get(REG_HOURS),
        get(REG_DAY), get(REG_MONTH), get(REG_YEAR),
    };
}

static bool same(const cmos_time_t *a, const cmos_time_t *b) {
    return a->seconds == b->seconds && a->minutes == b->minutes && a->hours == b->hours
           && a->day == b->day && a->month == b->month && a->year == b->year;
}

static unsigned decode(uint8_t value, uint8_t mode) {
    return mode & B_BINARY ? value : (value >> 4) * 10 + (value & 15);
}

// Days since 1970-01-01 of a date in the Gregorian calendar, by counting years from March.
static uint64_t days_since_1970(unsigned year, unsigned month, unsigned day) {
    unsigned y = month <= 2 ? year - 1 : year;
    unsigned m = month <= 2 ? month + 9 : month - 3;
    return 365ul * y + y / 4 - y / 100 + y / 400 + (153 * m + 2) / 5 + day - 1 - 719468;
}

uint64_t hal_time_unix_s(void) {
    cmos_time_t now = read_once(), again = read_once();
    while (!same(&now, &again)) { // an update fell between two registers
        now = again;
        again = read_once();
    }
    uint8_t mode = get(REG_B);
    unsigned hours = decode(now.hours & ~HOURS_PM, mode);
    if (!(mode & B_24H)) {
        hours = hours % 12 + (now.hours & HOURS_PM ? 12 : 0);
    }
    uint64_t days = days_since_1970(2000 + decode(now.year, mode), decode(now.month, mode),
        decode(now.day, mode));
    return ((days * 24 + hours) * 60 + decode(now.minutes, mode)) * 60 + decode(now.seconds, mode);
}
