# SPDX-License-Identifier: MIT
"""PCIe's hot-plug ports (PCIe 4.0, 6.7): devices come and go while the machine runs.

    ports = hotplug.ports(bus)
    for port in ports:
        what = port.poll()      # CAME: it has power now; LEAVES: somebody wants it back; GONE; None
    port.release()              # after the drivers of what leaves have ended: it loses its power

Ports are looked at a few times a second: that is three reads of the configuration space, and
people and QMP are not faster. So they need no interrupt.

Trusted: only for who may import _hw.
"""

CAME, LEAVES, GONE = "came", "leaves", "gone"
PERIOD_MS = 200
_PCIE = 0x10  # the capability (7.5.3)
_FLAGS, _SLOT, _CONTROL, _STATUS = 0x02, 0x14, 0x18, 0x1A  # in it
_HAS_SLOT = 1 << 8
_HOTPLUG = 1 << 6  # of _SLOT
_INDICATOR, _INDICATOR_ON, _INDICATOR_OFF, _POWER_OFF = 3 << 8, 1 << 8, 3 << 8, 1 << 10
_BUTTON, _CHANGED, _PRESENT, _LINK_CHANGED = 1 << 0, 1 << 3, 1 << 6, 1 << 8


class Port:
    def __init__(self, bridge, at):
        self.bridge, self._at = bridge, at
        self.is_on = self._present() and not self._read(_CONTROL) & _POWER_OFF
        self.leaving = False
        if not self.is_on:
            self._power(False)

    def __repr__(self):
        return f"<port to bus {self.bridge.behind()}, {'on' if self.is_on else 'off'}>"

    def _read(self, offset):
        return self.bridge.read(self._at + offset, 2)

    def _present(self):
        return bool(self._read(_STATUS) & _PRESENT)

    def _power(self, on):
        control = self._read(_CONTROL) & ~(_POWER_OFF | _INDICATOR)
        control |= _INDICATOR_ON if on else _POWER_OFF | _INDICATOR_OFF
        self.bridge.write(self._at + _CONTROL, 2, control)
        self.is_on = on

    def poll(self):
        status = self._read(_STATUS)
        events = status & (_BUTTON | _CHANGED | _LINK_CHANGED)
        if events:
            self.bridge.write(self._at + _STATUS, 2, events)
        if status & _PRESENT and not self.is_on:
            self._power(True)
            return CAME
        if self.is_on and not status & _PRESENT:
            self._power(False)
            return self._hide(GONE)
        if self.is_on and status & _BUTTON and not self.leaving:
            return self._hide(LEAVES)
        return None

    def _hide(self, what):
        """It is not found any more."""
        self.leaving = True
        self.bridge.bus.hidden.add(self.bridge.behind())
        return what

    def release(self):
        bus = self.bridge.behind()
        if self.is_on:
            self._power(False)
        self.leaving = False
        self.bridge.bus.gone(bus)
        self.bridge.bus.hidden.discard(bus)


def ports(bus):
    """Those of its bridges that devices can be plugged into."""
    found = []
    for bridge in bus.functions():
        for kind, at in bridge.capabilities() if bridge.is_bridge() else ():
            slot = kind == _PCIE and bridge.read(at + _FLAGS, 2) & _HAS_SLOT
            if slot and bridge.read(at + _SLOT, 4) & _HOTPLUG:
                found.append(Port(bridge, at))
    return found
