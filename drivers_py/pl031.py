# SPDX-License-Identifier: MIT
"""A clock: ARM PL031.

await clock.datetime()           as machine.RTC: (year, month, day, weekday, h, m, s, 0)
await clock.datetime((2026, 3, 4, 0, 5, 6, 7, 0))
await clock.seconds()            since 1970
await clock.alarm(seconds)       returns when the clock is there
"""

import time

import driver

_EINVAL = 22


class Pl031(driver.Driver):
    interface = 1
    matches = (("tree", "arm,pl031"),)
    retries = ("datetime", "seconds")

    async def start(self, device):
        self._registers = registers = device.registers
        self._alarms = []  # (second, Pending), the next one first
        registers.ICR(1)
        registers.IMSC(0)
        if not registers.CR.START:
            registers.CR.START = 1

    async def stop(self):
        self._registers.IMSC(0)

    def interrupt(self):
        self._registers.ICR(1)
        self._look()

    def _look(self):
        """Wakes whose time has come, and has the next one told."""
        registers, alarms = self._registers, self._alarms
        while alarms:
            second, pending = alarms[0]
            registers.MR(second)
            registers.IMSC(1)
            if registers.DR() < second:
                return
            alarms.pop(0)
            pending.done(second)
        registers.IMSC(0)

    # --- for callers

    def seconds(self):
        return driver.now(self._registers.DR())

    def datetime(self, value=None):
        if value is None:
            year, month, day, hours, minutes, seconds, weekday = time.gmtime(self._registers.DR())[
                :7
            ]
            return driver.now((year, month, day, weekday, hours, minutes, seconds, 0))
        year, month, day, _, hours, minutes, seconds = value[:7]
        if not (1970 <= year < 2106 and 1 <= month <= 12 and 1 <= day <= 31 and 0 <= hours < 24):
            raise OSError(_EINVAL)
        self._registers.LR(int(time.mktime((year, month, day, hours, minutes, seconds, 0, 0))))
        self._look()
        return driver.now()

    def alarm(self, second):
        pending = driver.Pending()
        self._alarms.append((second, pending))
        self._alarms.sort(key=lambda one: one[0])
        self._look()
        return pending
