# SPDX-License-Identifier: MIT
# Runs on a machine with two e1000 cards on one hub, for tests/test_rings.py: rings of descriptors,
# and what a hostile driver comes to that has nothing but its Device.
import gc

import _hw
import actor
import cap
import described
import description
import dma
import pci

WAIT = 20000
PROGRAM = """
import time
import actor
import cap
import dma
def refused(function, *args, **kwargs):
    try:
        function(*args, **kwargs)
    except Exception as error:
        return type(error).__name__ + ': ' + str(error)
    return 'NOT REFUSED'
def wait_for(ring):
    end = time.ticks_add(time.ticks_ms(), 20000)
    while time.ticks_diff(end, time.ticks_ms()) > 0:
        token = ring.take()
        if token is not None:
            return token
    raise OSError(110)
def begin(device, memory):
    device.reset()
    receive, transmit = device.ring('receive'), device.ring('transmit')
    device.CTRL(SLU=1, ASDE=1)
    device.RCTL(EN=1, UPE=1, BAM=1)
    device.TCTL(EN=1, PSP=1, CT=15, COLD=64)
    return receive, transmit
def frame(text):
    return b'\\xff' * 6 + b'\\x02' + bytes(5) + b'\\x88\\xb5' + text
def idle():
    while True:
        actor.receive()
def serve(parent, parts):
    device, memory = parts
    receive, transmit = begin(device, memory)
    for i in range(8):
        receive.post(dma.Buffer(memory, 2048), dma.Buffer(memory, 2048), 0, 2048)
    receive.kick()
    parent.send('ready')
    while True:
        call = actor.receive()
        if call == 'drop':
            device.reset()
            return
        kind, data = call.msg
        if kind == 'send':
            buffer = dma.Buffer(memory, 2048)
            buffer[: len(data)] = data
            transmit.post(buffer, buffer, 0, len(data), EOP=1, IFCS=1)
            transmit.kick()
            wait_for(transmit)
            call.reply(len(data))
        elif kind == 'receive':
            wait_for(receive)
            call.reply((receive.written, receive.EOP, receive.errors))
"""


def refused(function, *args, **kwargs):
    try:
        function(*args, **kwargs)
    except Exception as error:
        return type(error).__name__ + ": " + str(error)
    return "NOT REFUSED"


with open("/hostile.py", "w") as file:
    file.write(PROGRAM)
import hostile  # noqa: E402

cards = [one for one in pci.Bus().functions() if one.vendor == 0x8086 and one.device == 0x100E]
print("cards", len(cards), described.name_of([("pci", 0x8086, 0x100E)]))
parts = [described.pci_parts(card) for card in cards[:2]]
first, second = (one[0] for one in parts)
memory = _hw.memory(1 << 20)

# registers and fields
print(first.STATUS.LU in (0, 1), refused(setattr, first.STATUS, "LU", 1))
print(refused(first.STATUS, 1), refused(getattr, first.CTRL, "RST"))
print(refused(first.CTRL, 1 << 26), refused(setattr, first.CTRL, "RST", 1))
print(refused(first.RCTL, BSIZE=1), refused(first.RCTL, EN=2), refused(first.IMC))
print(refused(getattr, first, "TDBAL"), refused(getattr, first, "TDT"))
first.CTRL.SLU = 1
first.TCTL(CT=15, COLD=64)
print(hex(first.TCTL()), first.TCTL.CT, first.TCTL.COLD, first.CTRL.SLU)
first.RAH0(HIGH=0x1234)
dump = first.dump()
print(sorted(dump), dump["TCTL"][1]["CT"], dump["RAH0"][1]["HIGH"] == 0x1234)
print([line for line in description.text_of(dump).split("\n") if line.startswith("TCTL")])

# a packet from one card to the other
receive, transmit = hostile.begin(first, memory)
receive2, transmit2 = hostile.begin(second, memory)
print(transmit.size, receive.size, refused(first.ring, "transmit"), refused(first.ring, "other"))
buffers = [dma.Buffer(memory, 4096) for _ in range(4)]
for i, buffer in enumerate(buffers[:3]):
    receive2.post(i, buffer, 2048 * (i & 1), 2048)
receive2.kick()
out = dma.Buffer(memory, 4096)
for round in range(3):
    data = hostile.frame(b"packet %d" % round * (round + 10))
    out[100 : 100 + len(data)] = data
    transmit.post("t" + str(round), out, 100, len(data), EOP=1, IFCS=1)
    transmit.kick()
    token, got = hostile.wait_for(transmit), hostile.wait_for(receive2)
    length = receive2.written
    start = 2048 * (got & 1)
    same = bytes(buffers[got][start : start + len(data)]) == data
    print(token, got, length - len(data) in (0, 4), same, receive2.EOP, receive2.errors)
print("nothing more", receive2.take(), transmit.take())
# round the ring some times, with many under way
count = 0
for i in range(400):
    if i % 4 == 0:
        for buffer in buffers:
            receive2.post(buffer, buffer, 0, 2048)
        receive2.kick()
        for j in range(4):
            out[20] = i + j & 255
            transmit.post(j, out, 0, 64 + j, EOP=1, IFCS=1)
            transmit.kick()
        for j in range(4):
            hostile.wait_for(transmit)
            buffer = hostile.wait_for(receive2)
            count += buffer[20] == i + j & 255
print("in order", count)

# hostile: each is refused
post = transmit.post
say = lambda name, *args, **kwargs: print(name, "|", refused(post, *args, **kwargs))  # noqa: E731
plain = actor.Buffer(4096)
say("plain buffer", 1, plain, 0, 64)
say("bytearray", 1, bytearray(64), 0, 64)
say("address", 1, 0x100000, 0, 64)
say("past the end", 1, out, 4095, 2)
say("start past the end", 1, out, 4096, 1)
say("negative start", 1, out, -1, 64)
say("negative length", 1, out, 0, -1)
say("zero", 1, out, 0, 0)
say("wraps", 1, out, 64, 1 << 62)
say("long", 1, dma.Buffer(memory, 70000), 0, 65536)
say("address as a field", 1, out, 0, 64, address=0x100000)
say("length as a field", 1, out, 0, 64, length=9)
say("owner as a field", 1, out, 0, 64, DD=1)
say("preset as a field", 1, out, 0, 64, RS=0)
say("wide field", 1, out, 0, 64, EOP=2)
say("negative field", 1, out, 0, 64, EOP=-1)
say("odd field", 1, out, 0, 64, EOP=None)
print("short", refused(receive.post, 1, out, 0, 2047), refused(receive.post, 1, out, 2049, 2047))
sent = dma.Buffer(memory, 64)
sink = actor.spawn("hostile:idle")
sink.send(sent)
say("stale", 1, sent, 0, 64)
print("edit", refused(lambda: setattr(transmit, "EOP", 0)), refused(lambda: transmit[0]))
print("view", refused(memoryview, transmit), refused(bytearray, transmit))
receive.post("posted", buffers[0], 0, 2048)
print("sent while posted", refused(sink.send, buffers[0]))
print("full", refused(lambda: [receive.post(i, out, 0, 2048) for i in range(64)]))
first.reset()
print("after reset", refused(post, 1, out, 0, 64), refused(transmit.kick), refused(receive.take))
sink.send(buffers[0])
print("sent now", refused(lambda: buffers[0][0]))
print("narrow", refused(cap.narrow, first, 0, 1))
actor.kill(sink)
while sink.alive():
    pass
receive2 = transmit2 = receive = transmit = None

# a driver that is killed while its card has buffers, under traffic: nothing is left, no harm done
cap.revoke(second)
second = described.pci_parts(cards[1])[0]
receive, transmit = hostile.begin(first, memory)
gc.collect()
before = dma.stats()
data = hostile.frame(bytes(1000))
out[: len(data)] = data
for round in range(10):
    card = actor.spawn("hostile:serve", actor.self(), (second, memory))
    assert actor.receive(lambda message: message == "ready", timeout_ms=WAIT)
    if round == 0:
        print("in use", refused(second.reset), refused(setattr, second.CTRL, "SLU", 1))
    for i in range(20):
        transmit.post(i, out, 0, len(data), EOP=1, IFCS=1)
        transmit.kick()
        if i == 4:
            assert card.ask(("receive", None), timeout_ms=WAIT)[1:] == (1, 0)
        if i == 8:
            actor.kill(card)
        hostile.wait_for(transmit)
    while card.alive():
        pass
gc.collect()
after = dma.stats()
print("left", after[0] - before[0], after[2])
cap.recall(second)
cap.revoke(first)
print(refused(post, 1, out, 0, 64), refused(transmit.take), refused(first.STATUS))
gc.collect()
print("orphans", dma.stats()[2])
