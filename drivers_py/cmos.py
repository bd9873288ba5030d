# SPDX-License-Identifier: MIT
"""The clock of a PC (MC146818A).

await clock.datetime()                                  as machine.RTC: (year, month, day,
                                                        weekday, hours, minutes, seconds, 0)
await clock.datetime((2026, 3, 4, 0, 5, 6, 7, 0))       the weekday is found out
"""

import time

import driver

_SECONDS, _MINUTES, _HOURS, _WEEKDAY, _DAY, _MONTH, _YEAR, _CENTURY = 0, 2, 4, 6, 7, 8, 9, 0x32
_A, _B = 10, 11
_UPDATING, _SET, _BINARY, _24_HOURS, _PM = 0x80, 0x80, 4, 2, 0x80
_EINVAL = 22


class Cmos(driver.Driver):
    interface = 1
    matches = (("isa", "cmos"),)
    retries = ("datetime",)

    async def start(self, device):
        self._index, self._data = device.registers.INDEX, device.registers.DATA

    def _get(self, byte):
        self._index(byte)
        return self._data()

    def _put(self, byte, value):
        self._index(byte)
        self._data(value)

    def _read(self):
        while self._get(_A) & _UPDATING:
            pass
        bytes_ = (_YEAR, _MONTH, _DAY, _HOURS, _MINUTES, _SECONDS, _CENTURY)
        return [self._get(byte) for byte in bytes_]

    def _now(self):
        found, again = None, self._read()
        while found != again:  # it may have moved on in between
            found, again = again, self._read()
        mode = self._get(_B)
        pm = not mode & _24_HOURS and found[3] & _PM
        found[3] &= ~_PM if pm else 0xFF
        if not mode & _BINARY:
            found = [(value >> 4) * 10 + (value & 15) for value in found]
        year, month, day, hours, minutes, seconds, century = found
        if not mode & _24_HOURS:
            hours = hours % 12 + (12 if pm else 0)
        return (century or 20) * 100 + year, month, day, hours, minutes, seconds

    def _set(self, value):
        year, month, day, _, hours, minutes, seconds = value[:7]
        if not (
            2000 <= year < 2100
            and 1 <= month <= 12
            and 1 <= day <= 31
            and 0 <= hours < 24
            and 0 <= minutes < 60
            and 0 <= seconds < 60
        ):
            raise OSError(_EINVAL)
        weekday = time.gmtime(time.mktime((year, month, day, 0, 0, 0, 0, 0)))[6]
        mode = self._get(_B)
        self._put(_B, mode | _SET | _24_HOURS)  # it stands still
        pairs = (
            (_YEAR, year % 100),
            (_CENTURY, year // 100),
            (_MONTH, month),
            (_DAY, day),
            (_WEEKDAY, (weekday + 1) % 7 + 1),
            (_HOURS, hours),
            (_MINUTES, minutes),
            (_SECONDS, seconds),
        )
        for byte, number in pairs:
            self._put(byte, number if mode & _BINARY else number // 10 << 4 | number % 10)
        self._put(_B, mode & ~_SET | _24_HOURS)

    # --- for callers

    def datetime(self, value=None):
        if value is not None:
            self._set(value)
            return driver.now()
        year, month, day, hours, minutes, seconds = self._now()
        weekday = time.gmtime(time.mktime((year, month, day, 0, 0, 0, 0, 0)))[6]
        return driver.now((year, month, day, weekday, hours, minutes, seconds, 0))
