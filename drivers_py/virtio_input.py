# SPDX-License-Identifier: MIT
"""A keyboard, mouse or tablet: virtio-input (Virtio 1.1, 5.8).

    await keyboard.read()       the next events, (type, code, value) each, as Linux counts them
    await keyboard.text()       the next text that is typed, by the US layout
    await keyboard.name()       the device's own

Events that nobody reads are kept, the last thousand of them.
"""

import struct

import dma
import driver

_EVENT_BYTES, _POSTED = 8, 64
_KEPT_MAX = 1000
_SELECT, _SUBSELECT, _SIZE, _DATA = 0, 1, 2, 8  # configuration, 5.8.4
_NAME = 1
KEY, _UP = 1, 0
# By code, from 1: the keys of a PC's main field.
_PLAIN = "\x1b1234567890-=\b\tqwertyuiop[]\n\0asdfghjkl;'`\0\\zxcvbnm,./\0*\0 "
_SHIFTED = '\x1b!@#$%^&*()_+\b\tQWERTYUIOP{}\n\0ASDFGHJKL:"~\0|ZXCVBNM<>?\0*\0 '
_SHIFTS, _CAPS = (42, 54), 58


class Keys:
    """Text of key events."""

    def __init__(self):
        self.shifts, self.caps = set(), False

    def letter(self, code, value):
        """What this event types: a letter or nothing."""
        if code in _SHIFTS:
            (self.shifts.discard if value == _UP else self.shifts.add)(code)
        elif code == _CAPS and value == 1:
            self.caps = not self.caps
        elif value != _UP and 1 <= code <= len(_PLAIN):
            plain = _PLAIN[code - 1]
            shifted = bool(self.shifts) != (self.caps and plain.isalpha())
            letter = _SHIFTED[code - 1] if shifted else plain
            return "" if letter == "\0" else letter
        return ""


class Request(driver.Pending):
    def __init__(self, as_text):
        self.as_text = as_text


class VirtioInput(driver.Driver):
    interface = 1
    matches = (("virtio", 18),)

    async def start(self, device):
        self._queues, self._config = device.queues, device.config
        self._needs_ack = device.vector is None
        self._queues.negotiate(0)
        self._queue = self._queues.queue(0, _POSTED, device.vector)
        self._events = dma.Buffer(device.memory, _POSTED * _EVENT_BYTES)
        self._keys, self._kept, self._readers = Keys(), [], []
        for slot in range(self._queue.size):
            self._post(slot * _EVENT_BYTES)
        self._queues.ready()
        self._queue.kick()

    async def stop(self):
        self._queues.reset()

    def _post(self, at):
        self._queue.post(at, 0, self._events, at, _EVENT_BYTES)

    def interrupt(self):
        if self._needs_ack:
            self._queues.ack()
        done = []
        at = self._queue.take()
        while at is not None:
            self._kept.append(struct.unpack_from("<HHi", self._events, at))
            done.append(at)
            at = self._queue.take()
        for at in done:
            self._post(at)
        if done:
            self._queue.kick()
        if len(self._kept) > _KEPT_MAX:
            del self._kept[:-_KEPT_MAX]
        self._serve()

    def _serve(self):
        while self._readers and self._kept:
            as_text = self._readers[0].as_text
            events, self._kept = self._kept, []
            if as_text:
                letter = self._keys.letter
                events = "".join(letter(code, value) for kind, code, value in events if kind == KEY)
                if not events:
                    continue
            self._readers.pop(0).done(events)

    def _read(self, as_text):
        request = Request(as_text)
        self._readers.append(request)
        self._serve()
        return request

    def read(self):
        return self._read(False)

    def text(self):
        return self._read(True)

    def name(self):
        config = self._config
        config.write8(_SELECT, _NAME)
        config.write8(_SUBSELECT, 0)
        count = min(config.read8(_SIZE), 128)
        name = bytes(config.read8(_DATA + i) for i in range(count))
        return driver.now(str(name, "utf-8").rstrip("\0"))
