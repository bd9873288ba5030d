# SPDX-License-Identifier: MIT
# Runs on a machine with a virtio network card and ping.py, for tests/test_virtio_net.py. Parts are
# divided by lines of ---; between them the test sends frames.
import gc
import random

import actor
import dma
import hardware
import ping
import service

WAIT = 20000
ME = actor.self()
found = [one for one in hardware.find() if one.name == "virtio_net"]
gc.collect()
base = dma.stats()
net, responder = ping.main("192.0.2.2")


def info(what):
    return service.within(net, WAIT).info()[what]


def failure(name, *arguments):
    try:
        return getattr(service.within(net, WAIT), name)(*arguments)
    except Exception as error:
        return type(error).__name__


def ended(ref):
    down = actor.receive(
        lambda one: isinstance(one, actor.Down) and one.ref == ref, timeout_ms=WAIT
    )
    return down.reason


print("cards", len(found), info("mac").hex(), info("mtu"), info("link"))
# ---
print("answered", responder.ask(None, timeout_ms=WAIT))
print("memory", dma.stats()[1] <= base[1] + 256 * 4096, dma.stats()[2])
# ---
print("link", info("link"))
# ---
# What applications may do wrong
print("send", failure("send", b"short"), failure("send", bytes(1515)), failure("send", 1))
print("calls", failure("interrupt"), failure("nothing"), failure("_post", 1))
before = info("refused")
for wrong in (
    None,
    (1, 2, 3),
    (actor.Buffer(64), 0, 64),
    (actor.Buffer(2048), 0, 0),
    (b"bytes", 0, 5),
    ("tuple",),
    {},
):
    service.actor_of(net).send(wrong)
print("refused", info("refused") - before)
sent = info("sent")
net.send(b"\2\0\0\0\0\1RT\0\xa1\x1c\xe1\x88\xb5" + b"a frame of bytes")
print("sent", info("sent") - sent)
# ---
# An application that keeps every frame: the driver goes on, and has its Buffers back in the end
HOARDER = """
import actor
import service
def main(parent, net):
    service.connect(net).attach(actor.self())
    parent.send("attached")
    kept = []
    while True:
        message = actor.receive()
        if message is None:
            break
        kept.append(message)
    parent.send(len(kept))
"""
with open("/hoarder.py", "w") as file:
    file.write(HOARDER)
hoarder = actor.spawn("hoarder:main", ME, service.ref_of(net), mailbox=64 * 1024, monitor=True)
assert actor.receive(timeout_ms=WAIT) == "attached"
# ---
hoarder.send(None)
print("kept", actor.receive(timeout_ms=WAIT) > 0, ended(hoarder))
net.attach(responder)
# ---
# Killed at any moment of the traffic, and started again
random.seed(5)
for round in range(40):
    for _ in range(random.randrange(20)):
        info("sent")
    one = (service.actor_of(net), responder)[round % 4 == 3]
    actor.kill(one)
    reason = ended(one)
    assert reason == "killed", reason
    if one is not responder:
        actor.kill(responder)
        ended(responder)
        net = hardware.start(found[0])
    responder = ping.answer(net, "192.0.2.2")
print("killed", 40)
# ---
# In place
LINKED = """
import actor, asyncio, hardware, ping
async def main(parent):
    responder = await ping.linked("192.0.2.2")
    parent.send("up")
    call = await actor.receive()
    call.reply(responder.answered)
    await actor.receive()
"""
with open("/linked.py", "w") as file:
    file.write(LINKED)
for one in (responder, service.actor_of(net)):
    actor.kill(one)
    ended(one)
linked = actor.spawn("linked:main", ME, modules=["ping"], caps="all", monitor=True)
print("linked", actor.receive(timeout_ms=WAIT))
# ---
print("answered", linked.ask(None, timeout_ms=WAIT) >= 100)
actor.kill(linked)
ended(linked)
net, responder = ping.main("192.0.2.2")
# ---
# Hostile drivers
HOSTILE = """
import actor
import dma
def refused(function, *args):
    try:
        function(*args)
    except Exception as error:
        return type(error).__name__ + ': ' + str(error)
    return 'NOT REFUSED'
def begin(parts):
    device, config, lines, vector, memory, name = parts
    lines[0].open()
    device.negotiate(-1)
    return device, memory, device.queue(0, 256, vector), device.queue(1, 256, vector)
def lies(parent, parts):
    device, memory, rx, tx = begin(parts)
    device.ready()
    say = parent.send
    buffer, gone = dma.Buffer(memory, 2048), dma.Buffer(memory, 2048)
    say(('receive past the end', refused(rx.post, 1, 0, buffer, 0, 2049)))
    say(('receive before', refused(rx.post, 1, 0, buffer, -12, 2048)))
    say(('send past the end', refused(tx.post, 1, 1, buffer, 2040, 64)))
    say(('send a string', refused(tx.post, 1, 1, 'text', 0, 4)))
    rx.post('a', 0, buffer, 0, 2048)
    say(('moves while posted', refused(parent.send, buffer)))
    parent.send(gone)
    say(('stale', refused(rx.post, 1, 0, gone, 0, 2048)))
    say(('a queue twice', refused(device.queue, 0)))
    say(('too many', refused(lambda: [tx.post(i, 1, buffer, 0, 64) for i in range(300)])))
    actor.receive()
def broken(parent, parts):
    # What the device itself refuses: it is broken until it is reset.
    device, memory, rx, tx = begin(parts)
    control = device.queue(2, 64, parts[3])
    device.ready()
    buffer = dma.Buffer(memory, 4096)
    tx.post('nothing to send', 0, buffer, 0, 64) # of a byte QEMU makes an assertion that fails
    tx.kick()
    control.post('garbage', 1, buffer, 0, 1, buffer, 8, 1)
    control.kick()
    rx.post('short', 0, buffer, 0, 1)
    rx.kick()
    parent.send('posted')
    actor.receive()
def dies(parent, parts):
    device, memory, rx, tx = begin(parts)
    device.ready()
    for i in range(64):
        buffer = dma.Buffer(memory, 2048)
        rx.post(buffer, 0, buffer, 0, 2048)
    rx.kick()
    parent.send('posted')
    while True:
        rx.take()
"""
with open("/hostile.py", "w") as file:
    file.write(HOSTILE)
for one in (responder, service.actor_of(net)):
    actor.kill(one)
    ended(one)
parts = found[0].parts()


def hostile(name):
    return actor.spawn("hostile:" + name, ME, parts, monitor=True)


ref = hostile("lies")
for _ in range(9):
    message = actor.receive(timeout_ms=WAIT)
    if isinstance(message, tuple):
        print(message)
actor.kill(ref)
print(ended(ref), dma.stats()[2])
ref = hostile("broken")
print(actor.receive(timeout_ms=WAIT))
actor.kill(ref)
print(ended(ref), dma.stats()[2])
net, responder = ping.main("192.0.2.2")
# ---
# Killed while the device fills its Buffers: nobody who has that memory next sees a frame.
for one in (responder, service.actor_of(net)):
    actor.kill(one)
    ended(one)
spoiled, zeros = 0, bytes(2048)
for _ in range(15):
    ref = hostile("dies")
    while actor.receive(timeout_ms=WAIT) != "posted":
        pass
    for _ in range(random.randrange(2000)):
        pass
    actor.kill(ref)
    reason = ended(ref)
    mine = [dma.Buffer(parts[4], 2048) for _ in range(128)]
    for _ in range(3):
        spoiled += sum(bytes(buffer) != zeros for buffer in mine)
    for buffer in mine:
        buffer.close()
print("spoiled", spoiled)
mine = buffer = message = None
net, responder = ping.main("192.0.2.2")
# ---
print("answers", responder.ask(None, timeout_ms=WAIT) > 0)
for one in (responder, service.actor_of(net)):
    actor.kill(one)
    ended(one)
one = None
gc.collect()
print("left", dma.stats()[0] - base[0], dma.stats()[2])
