# SPDX-License-Identifier: MIT
"""A serial line: 16550.

await uart.init(115200)              bits=8, parity=None (0 even, 1 odd), stop=1
await uart.write(b"..")              returns when the last byte is in the queue
await uart.read(100)                 what has come, at least a byte, at most so many
await uart.any()                     how many bytes have come
await uart.loop(True)                what is sent comes back
await uart.info()                    {"received": .., "sent": .., "lost": ..}
"""

import driver

_CLOCK_HZ, _QUEUE = 115200, 16
_KEPT_BYTES = 4096  # that nobody has read yet
_EINVAL = 22


class Sending(driver.Pending):
    def __init__(self, data):
        self.data, self.at = data, 0


class Receiving(driver.Pending):
    def __init__(self, count):
        self.count = count


class Uart16550(driver.Driver):
    interface = 1
    matches = (("isa", "com2"),)

    async def start(self, device):
        self._registers = device.registers
        self._input = bytearray()
        self._readers, self._writers = [], []
        self._received = self._sent = self._lost = 0
        self._set(115200, 8, None, 1)

    async def stop(self):
        self._registers.IER(0)

    def _set(self, baud, bits, parity, stop):
        divisor = _CLOCK_HZ // baud if baud > 0 else 0
        if not 1 <= divisor <= 0xFFFF or not 5 <= bits <= 8 or stop not in (1, 2):
            raise OSError(_EINVAL)
        registers = self._registers
        registers.IER(0)
        registers.LCR(DLAB=1)
        registers.THR(divisor & 0xFF)
        registers.DLH(divisor >> 8)
        parity = 0 if parity is None else 1 if parity else 3
        registers.LCR(BITS=bits - 5, STOP2=stop - 1, PARITY=parity, BREAK=0, DLAB=0)
        registers.FCR(ON=1, CLEAR_IN=1, CLEAR_OUT=1, AT=2)
        registers.MCR(DTR=1, RTS=1, OUT1=0, OUT2=1, LOOP=0)
        registers.IER(RECEIVED=1, LINE=1, EMPTY=0, MODEM=0)

    def interrupt(self):
        registers = self._registers
        while not registers.IIR.NONE:  # an edge: all that it has to say, or it never comes again
            self._receive()
            self._transmit()
            registers.MSR()

    def _receive(self):
        status, byte = self._registers.LSR, self._registers.RBR
        found = self._input
        now = status()
        while now & 1:
            self._lost += now >> 1 & 1
            value = byte()
            if len(found) < _KEPT_BYTES:
                found.append(value)
                self._received += 1
            else:
                self._lost += 1
            now = status()
        while found and self._readers:
            reader = self._readers.pop(0)
            reader.done(self._take(reader.count))

    def _take(self, count):
        data = bytes(self._input[:count])
        self._input = self._input[count:]
        return data

    def _transmit(self):
        registers = self._registers
        if self._writers and registers.LSR.THRE:  # a queue's worth, then what came is looked at
            one = self._writers[0]
            send = registers.THR
            for byte in one.data[one.at : one.at + _QUEUE]:
                send(byte)
                one.at += 1
                self._sent += 1
            if one.at == len(one.data):
                self._writers.pop(0)
                one.done(one.at)
        registers.IER.EMPTY = 1 if self._writers else 0

    # --- for callers

    def init(self, baud=115200, bits=8, parity=None, stop=1):
        self._set(baud, bits, parity, stop)
        return driver.now()

    def write(self, data):
        sending = Sending(bytes(data))
        if not sending.data:
            return driver.now(0)
        self._writers.append(sending)
        self._transmit()
        return sending

    def read(self, count):
        if count <= 0:
            raise OSError(_EINVAL)
        self._receive()
        if self._input:
            return driver.now(self._take(count))
        reading = Receiving(count)
        self._readers.append(reading)
        return reading

    def any(self):
        self._receive()
        return driver.now(len(self._input))

    def loop(self, on):
        self._registers.MCR.LOOP = bool(on)
        return driver.now()

    def info(self):
        return driver.now({"received": self._received, "sent": self._sent, "lost": self._lost})
