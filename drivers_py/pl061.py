# SPDX-License-Identifier: MIT
"""Pins: ARM PL061. They have numbers from 0 to 7.

await pins.mode(3, pins.OUT)     or pins.IN
await pins.value(3)              0 or 1
await pins.value(3, 1)
await pins.edge(3, pins.RISING)  waits for an edge: RISING, FALLING or both; the pin's value then
"""

import driver

_EINVAL = 22


class Pl061(driver.Driver):
    interface = 1
    matches = (("tree", "arm,pl061"),)
    retries = ("mode", "value")
    IN, OUT = 0, 1
    FALLING, RISING = 4, 8  # as machine.Pin.IRQ_FALLING and IRQ_RISING on the RP2

    async def start(self, device):
        self._registers = registers = device.registers
        self._waiting = [None] * 8
        registers.IE(0)
        registers.IS(0)
        registers.IC(0xFF)

    async def stop(self):
        self._registers.IE(0)

    def interrupt(self):
        registers = self._registers
        raised = registers.MIS() & 0xFF
        registers.IC(raised)
        registers.IE(registers.IE() & ~raised)
        data = registers.DATA()
        for pin in range(8):
            pending = self._waiting[pin]
            if raised >> pin & 1 and pending is not None:
                self._waiting[pin] = None
                pending.done(data >> pin & 1)

    def _change(self, register, pin, on):
        if not 0 <= pin < 8:
            raise OSError(_EINVAL)
        value = register() & 0xFF
        register(value | 1 << pin if on else value & ~(1 << pin))

    # --- for callers

    def mode(self, pin, direction):
        self._change(self._registers.DIR, pin, direction == self.OUT)
        return driver.now()

    def value(self, pin, value=None):
        data = self._registers.DATA
        if value is not None:
            self._change(data, pin, value)
            return driver.now()
        if not 0 <= pin < 8:
            raise OSError(_EINVAL)
        return driver.now(data() >> pin & 1)

    def edge(self, pin, which=8):
        registers = self._registers
        if not 0 <= pin < 8 or which not in (4, 8, 12) or self._waiting[pin] is not None:
            raise OSError(_EINVAL)
        self._waiting[pin] = pending = driver.Pending()
        self._change(registers.IBE, pin, which == 12)
        self._change(registers.IEV, pin, which == self.RISING)
        registers.IC(1 << pin)
        self._change(registers.IE, pin, True)
        return pending
