# SPDX-License-Identifier: MIT
# Runs on the machine: capabilities as Python sees them, for tests/test_cap.py.
import gc
import struct

import _hw
import actor
import cap
import dma

PROGRAMS = """
import actor
import cap
def use(parent, region):
    parent.send(region.read32(0))
    while True:
        message = actor.receive()
        if message == 'stop':
            return
        try:
            parent.send(region.read32(0))
        except cap.Revoked as error:
            parent.send(str(error))
def lend_on(parent, region, to):
    to.send(cap.narrow(region, 0, 4))
    actor.receive()
def borrower():
    kept = []
    while True:
        call = actor.receive()
        if isinstance(call, actor.Call):
            kept.append(call.msg)
            call.reply((call.msg.read32(0), [cap.alive(one) for one in kept]))
        else:
            actor_ref, region = call
            actor_ref.send(cap.alive(region))
def greedy(parent):
    for name in ('region', 'memory', 'line', 'ports', 'windows', 'pci', 'message', 'devices'):
        try:
            import _hw
            getattr(_hw, name)(*((0,) if name in ('memory', 'line') else
                                 (0, 4) if name == 'region' else ()))
            parent.send(name)
        except (OSError, ImportError):
            pass
    try:
        cap.list()
        parent.send('list')
    except OSError:
        pass
    parent.send('done')
"""
with open("/prog.py", "w") as file:
    file.write(PROGRAMS)
WAIT = 20000
ME = actor.self()


def refused(function, *args, **kwargs):
    try:
        function(*args, **kwargs)
    except Exception as error:
        return type(error).__name__
    return "no"


base, length = _hw.windows()[-1]
root = _hw.region(base, min(length, 4096))
same = root.read32(0)
print("beyond", refused(_hw.region, base + length, 4), refused(_hw.region, base, length + 1))
print("ram", refused(_hw.region, 0x100000, 4096), refused(_hw.region, -4096, 8192))

# bounds, widths
for offset in (-1, -4, 2, 4093, 4096, 1 << 40, -(1 << 62), 1 << 62):
    assert refused(root.read32, offset) in ("ValueError", "OverflowError"), offset
    assert refused(root.write32, offset, 0) in ("ValueError", "OverflowError"), offset
print("widths", refused(root.read64, 4), refused(root.read16, 1), refused(root.read8, 4096))
print(
    "types", refused(root.read32, "0"), refused(root.read32, 0.0), refused(type(root).read32, 1, 0)
)
part = cap.narrow(root, 0, 8, readonly=True)
print(len(part), part.read32(0) == same, refused(part.read32, 8), refused(part.write32, 0, 0))
print("read only", refused(cap.narrow(part, 0, 4).write8, 0, 0))
print("wider", refused(cap.narrow, part, 0, 9), refused(cap.narrow, part, 8, 1))
into = bytearray(8)
part.readinto(0, into)
print("bulk", struct.unpack("<I", into)[0] == same, refused(part.readinto, 4, into))
print("bulk to", refused(part.writefrom, 0, into), refused(root.readinto, 0, bytearray(3)))

# lending
lent = cap.narrow(root, 0, 64, readonly=True)
user = actor.spawn("prog:use", ME, lent)
assert actor.receive(timeout_ms=WAIT) == same
third = actor.spawn("prog:use", ME, actor.self())
print("third", actor.info(third) is not None)
actor.kill(third)
middle = actor.spawn("prog:lend_on", ME, lent, ME)
onwards = actor.receive(timeout_ms=WAIT)
print("lent on", len(onwards), onwards.read32(0) == same, len(cap.list()) >= 5)
actor.kill(middle)
while middle.alive():
    pass
print("its lender died", cap.alive(onwards), cap.alive(lent))
user.send("again")
assert actor.receive(timeout_ms=WAIT) == same
cap.recall(lent)
user.send("again")
print(actor.receive(timeout_ms=WAIT), cap.alive(lent))
user.send("stop")

# for one call
borrower = actor.spawn("prog:borrower")
for _ in range(2):
    value, alive = borrower.ask(cap.loan(lent), timeout_ms=WAIT)
    print("loan", value == same, alive)
borrower.send((ME, cap.loan(lent)))
print("loan without a call", actor.receive(timeout_ms=WAIT))
actor.kill(borrower)

# what nobody reads
sink = actor.spawn("prog:borrower")
actor.kill(sink)
for _ in range(100):
    sink.send(cap.narrow(lent, 0, 4))
gc.collect()
before = len(cap.list())
for _ in range(6):
    cap.narrow(lent, 0, 4)
gc.collect()
gc.collect()
print("dropped", len(cap.list()) <= before + 2)
print("too many", refused(lambda: [cap.narrow(lent, 0, 4) for _ in range(5000)]))
gc.collect()
cap.revoke(root)
print("all over", cap.alive(root), cap.alive(part), cap.alive(lent), refused(root.read8, 0))
actor.spawn("prog:greedy", ME)
print("greedy", actor.receive(timeout_ms=WAIT))

# memory for devices
allowance = _hw.memory(64 * 1024)
gc.collect()
buffers, in_use, orphans = dma.stats()
buffer = dma.Buffer(allowance, 10000)
buffer[:4] = b"abcd"
print("dma", len(buffer), bytes(buffer[2:6]), dma.stats()[1] - in_use)
print("over", refused(dma.Buffer, allowance, 60000), refused(dma.Buffer, allowance, -1))
view = memoryview(buffer)
user = actor.spawn("prog:borrower")
user.send(buffer)
print("sent", refused(lambda: buffer[0]), refused(lambda: view[0]))
actor.kill(user)
while user.alive():
    pass
cap.revoke(allowance)
print("revoked", refused(dma.Buffer, allowance, 1))
gc.collect()
