# SPDX-License-Identifier: MIT
"""A watchdog: Intel 6300ESB. It resets the machine if it is not fed in time.

    await watchdog.begin(5000)       from now on, within so many milliseconds
    await watchdog.feed()
    await watchdog.end()

It outlives its driver: one that is started anew finds it running, and feeds it once.
"""

import driver

_TICKS_IN_MS = 33000 / (1 << 15)  # 33 MHz divided
_EINVAL = 22


class I6300Esb(driver.Driver):
    interface = 1
    matches = (("pci", 0x8086, 0x25AB),)
    retries = ("feed",)

    async def start(self, device):
        self._registers = device.registers
        if self._registers.LOCK.ENABLE:
            self._feed()

    def _unlocked(self, write):
        reload = self._registers.RELOAD
        reload(0x80)
        reload(0x86)
        write()

    def _feed(self):
        self._unlocked(lambda: self._registers.RELOAD(0x100))

    # --- for callers

    def begin(self, timeout_ms):
        ticks = int(timeout_ms * _TICKS_IN_MS) // 2  # two stages
        if not 1 <= ticks < 1 << 20:
            raise OSError(_EINVAL)
        registers = self._registers
        registers.CONFIG(INTERRUPT=3, FAST=0, QUIET=0)
        self._unlocked(lambda: registers.TIMER1(ticks))
        self._unlocked(lambda: registers.TIMER2(ticks))
        registers.LOCK(ENABLE=1, FREE=0, LOCK=0)
        self._feed()
        return driver.now()

    def feed(self):
        self._feed()
        return driver.now()

    def end(self):
        self._registers.LOCK.ENABLE = 0
        return driver.now()

    def running(self):
        return driver.now(bool(self._registers.LOCK.ENABLE))
