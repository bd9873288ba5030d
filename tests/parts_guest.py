# SPDX-License-Identifier: MIT
# Runs on a machine with the devices that tests/test_parts.py gives it: each driver that has one.
import gc
import time

import actor
import description
import dma
import hardware
import service

WAIT = 20000
ALL = {one.name: one for one in hardware.find() if one.name}


def refused(function, *args):
    try:
        return function(*args)
    except Exception as error:
        return type(error).__name__ + " " + str(error).split("\n")[0].split(": Traceback")[0]


def started(name):
    return service.within(hardware.start(ALL[name]), WAIT)


def restarted(name, proxy):
    """After its death; whether it died as it was told to."""
    ref = service.actor_of(proxy)
    actor.kill(ref)
    down = actor.receive(lambda one: isinstance(one, actor.Down) and one.ref == ref)
    return started(name), down.reason


def cmos():
    clock = started("cmos")
    value = clock.datetime()
    print(value[:4], value[4], value[5] in (6, 7), value[7])
    clock.datetime((2031, 12, 31, 0, 23, 59, 30, 0))
    value = clock.datetime()
    print(value[:6], 30 <= value[6] < 60)
    print(refused(clock.datetime, (2031, 13, 1, 0, 0, 0, 0, 0)))
    clock, reason = restarted("cmos", clock)
    print(clock.datetime()[:4], reason)


def uart16550():
    uart = started("uart16550")
    print(uart.write(b"to the file\n" * 10), uart.any(), uart.write(b""))
    uart.loop(True)
    data = bytes(range(256)) * 4
    print(uart.write(data))
    got = b""
    while len(got) < len(data):
        got += uart.read(100)
    print(got == data, uart.any(), uart.info()["lost"])
    uart.init(9600, 7, 1, 2)
    print(refused(uart.init, 0), refused(uart.init, 9600, 9), refused(uart.read, 0))
    uart, reason = restarted("uart16550", uart)
    print(uart.write(b"after the restart\n"), reason)


def ac97():
    sound = started("ac97")
    print(sound.rate(48000), refused(sound.write, b"123"), refused(sound.rate, 1))
    samples = bytearray()
    for i in range(48000):
        left, right = i * 37 % 30011 - 15000, i * 91 % 20011 - 10000
        samples.extend(bytes((left & 255, left >> 8 & 255, right & 255, right >> 8 & 255)))
    print(sound.write(samples))
    print(sound.info())
    sound.volume(0)
    sound, reason = restarted("ac97", sound)
    print(sound.write(samples[:4000]), reason)
    ref = service.actor_of(sound)
    actor.spawn("wav:write", service.ref_of(sound), bytes(400000), modules=["wav"])
    while sound.info()["waiting"] == 0 and sound.info()["played"] == 4000:
        pass
    actor.kill(ref)
    actor.receive(lambda one: isinstance(one, actor.Down) and one.ref == ref)
    gc.collect()
    print("killed while it plays", dma.stats()[2])


def ac97_bare():
    """Without a driver: its registers, and nothing of memory is played that nobody posted."""
    device, _, _, _, memory, _ = ALL["ac97"].parts()
    print(*(refused(getattr, device, name).split()[0] for name in ("PO_BDBAR", "GLOB_CNT")))
    print(refused(device.PO_CR, 3), refused(device.PO_CIV, 1))
    device.PO_CR(RPBM=1)
    for _ in range(10):
        time.sleep_ms(20)
    ring = device.ring("play")
    out = dma.Buffer(memory, 8192)
    print(refused(ring.post, 1, out, 2, 100))
    print(refused(ring.post, 1, out, 0, 3))
    print(refused(ring.post, 1, out, 0, 8196))
    print(refused(lambda: ring.post(1, out, 0, 8, address=1)))
    print(description.text_of(device.dump()).split("\n")[0])
    device.release()


def i6300esb():
    dog = started("i6300esb")
    print(dog.running(), refused(dog.begin, 0), refused(dog.begin, 1 << 40))
    dog.begin(4000)
    print(dog.running())
    end = time.ticks_add(time.ticks_ms(), 6000)
    while time.ticks_diff(end, time.ticks_ms()) > 0:
        dog.feed()
    dog, reason = restarted("i6300esb", dog)
    print("fed", dog.running(), reason)


def pl031():
    clock = started("pl031")
    value = clock.datetime()
    print(value[:4], value[4], value[5] in (6, 7))
    clock.datetime((2031, 12, 31, 0, 23, 59, 30, 0))
    print(clock.datetime()[:6])
    now = clock.seconds()
    print(clock.alarm(now + 1) - now, clock.seconds() >= now + 1, clock.alarm(now) == now)
    clock, reason = restarted("pl031", clock)
    print(clock.datetime()[:4], reason)


def pl061():
    pins = started("pl061")
    print(pins.value(3), pins.mode(0, 1), pins.value(0, 1), pins.value(0))
    print(pins.value(0, 0), pins.value(0), refused(pins.value, 8), refused(pins.edge, 9))
    print("waiting")
    print(pins.edge(3, 8))


def e1000():
    net = started("e1000")
    print(net.info()["mac"], refused(net.send, bytes(13)), refused(net.send, bytes(1515)))
    for round in range(2):
        net.attach(actor.self())
        print("network", round)
        for _ in range(100):
            buffer, start, length = actor.receive(is_frame, timeout_ms=WAIT)
            buffer[start : start + 12] = bytes(buffer[start + 6 : start + 12]) + MAC
            if buffer[start + 14] & 1:
                net.send(buffer, start, length)
            else:
                net.send(bytes(buffer[start : start + length]))
        info = net.info()
        print(info["received"], info["sent"], info["refused"])
        net, reason = restarted("e1000", net)
    gc.collect()
    print(reason, dma.stats()[2])


def is_frame(message):
    return isinstance(message, tuple) and len(message) == 3


MAC = bytes((0x52, 0x54, 0, 0xA1, 0x1C, 0xE1))

for name in TESTS:  # noqa: F821 (what the test puts before)
    print("---", name)
    globals()[name]()
