# SPDX-License-Identifier: MIT
"""Drivers of devices with a description, against a fake of it that does what it wants."""

import pytest
from fake_described import Described
from fake_virtio import Ref, started

FRAME = bytes(range(60))


def card():
    device = Described("e1000")
    words = iter((0x1111, 0x2222, 0x3333) * 2)
    device.reads["EERD"] = lambda: 1 << 4 | next(words) << 16 if device.EERD.value & 1 else 0
    word = {"now": 0}
    device.writes["EERD"] = lambda value: word.update(now=value >> 8 & 0xFF)
    device.reads["EERD"] = lambda: 1 << 4 | 0x1111 * (word["now"] + 1) << 16
    return device, started("e1000", device)


def test_e1000_gives_frames_away_and_posts_others():
    device, net = card()
    receive, ref = device.given["receive"], Ref()
    net.attach(ref)
    assert len(receive.posted) == 63 and net.info().result()["mac"] == b"\x11\x11\x22\x22\x33\x33"
    for _ in range(200):
        receive.finish(FRAME, EOP=1)
        net.interrupt()
        buffer, start, length = ref.mail.pop()
        assert buffer[start : start + length] == FRAME and len(receive.posted) == 63
        assert all(buffer is not one[1] for one in receive.posted)
        net.mail((buffer, 0, 0))
    assert net.info().result()["received"] == 200


@pytest.mark.parametrize(
    "entry", [(FRAME, {}), (FRAME, {"EOP": 1, "errors": 1}), (b"", {"EOP": 1})]
)
def test_e1000_does_not_pass_on_what_is_no_frame(entry):
    device, net = card()
    ref = Ref()
    net.attach(ref)
    device.given["receive"].finish(entry[0], **entry[1])
    net.interrupt()
    assert ref.mail == [] and net.info().result()["dropped"] == 1


def test_e1000_sends_until_the_ring_is_full_and_goes_on():
    device, net = card()
    transmit = device.given["transmit"]
    for _ in range(63):
        net.send(FRAME)
    with pytest.raises(OSError, match="11"):
        net.send(FRAME)
    assert transmit.finish() == FRAME
    net.send(FRAME)
    assert transmit.posted[0][4] == {"EOP": 1, "IFCS": 1}
    for length in (13, 1515):
        with pytest.raises(OSError, match="22"):
            net.send(bytes(length))


def test_ac97_plays_all_in_order_and_starts_once():
    device = Described("ac97")
    sound = started("ac97", device)
    ring = device.given["play"]
    pieces = [bytes([n]) * 400_000 for n in range(20)]
    results = [sound.write(piece) for piece in pieces[:2]]
    results += [sound.write(piece[:4000]) for piece in pieces[2:]]
    played = b""
    while ring.posted:
        played += ring.finish()
        sound.interrupt()
    assert played == b"".join(pieces[:2]) + b"".join(piece[:4000] for piece in pieces[2:])
    assert all(result.over for result in results) and sound.info().result()["waiting"] == 0
    assert [value for name, value in device.log if name == "PO_CR"] == [0b10101]
    with pytest.raises(OSError, match="22"):
        sound.write(b"123")


@pytest.mark.parametrize(
    ("mode", "hours", "wanted"),
    [(2, 0x23, 23), (6, 23, 23), (0, 0x12, 0), (0, 0x92, 12), (0, 0x81, 13), (4, 0x8B, 23)],
)
def test_cmos_knows_every_way_to_write_an_hour(mode, hours, wanted):
    device = Described("cmos")
    bcd = mode & 4 == 0
    memory = {10: 0, 11: mode, 0: 7, 2: 6, 4: hours, 7: 4, 8: 3, 9: 0x26 if bcd else 26}
    memory[0x32] = 0x20 if bcd else 20
    device.reads["DATA"] = lambda: memory[device.INDEX.value]
    device.writes["DATA"] = lambda value: memory.update({device.INDEX.value: value})
    clock = started("cmos", device)
    assert clock._now() == (2026, 3, 4, wanted, 6, 7)


def test_pl031_wakes_in_order():
    device = Described("pl031")
    now = [100]
    device.reads["DR"] = lambda: now[0]
    clock = started("pl031", device)
    late, soon, past = clock.alarm(120), clock.alarm(110), clock.alarm(90)
    assert past.over and not soon.over and device.MR.value == 110 and device.IMSC.value == 1
    now[0] = 115
    clock.interrupt()
    assert soon.over and not late.over and device.MR.value == 120
    now[0] = 120
    clock.interrupt()
    assert late.over and device.IMSC.value == 0


def test_pl061_tells_the_edge_once():
    device = Described("pl061")
    pins = started("pl061", device)
    waiting = pins.edge(3, pins.RISING)
    assert device.IE.value == 8 and device.IEV.value == 8 and device.IBE.value == 0
    device.reads["MIS"] = lambda: 8
    device.reads["DATA"] = lambda: 8
    pins.interrupt()
    assert waiting.over and waiting.result() == 1 and device.IE.value == 0
    for pin in (-1, 8):
        with pytest.raises(OSError, match="22"):
            pins.value(pin)


def test_i6300esb_unlocks_before_each_write():
    device = Described("i6300esb")
    dog = started("i6300esb", device)
    dog.begin(10_000)
    keys = [("RELOAD", 0x80), ("RELOAD", 0x86)]
    log = [one for one in device.log if one[0] in ("RELOAD", "TIMER1", "TIMER2")]
    ticks = 10_000 * 33_000 // (1 << 15) // 2
    wanted = [*keys, ("TIMER1", ticks), *keys, ("TIMER2", ticks), *keys, ("RELOAD", 0x100)]
    assert log == wanted and device.LOCK.value == 2


def test_uart_loses_what_nobody_reads_and_says_so():
    device = Described("uart16550")
    coming = list(b"x" * 5000)
    device.reads["LSR"] = lambda: 0x60 | bool(coming)
    device.reads["RBR"] = lambda: coming.pop()
    device.reads["IIR"] = lambda: 0 if coming else 1
    uart = started("uart16550", device)
    first = uart.read(10)
    uart.interrupt()
    assert first.result() == b"x" * 10
    info = uart.info().result()
    assert info["received"] + info["lost"] == 5000 and info["received"] >= 4096
    sending = uart.write(b"y" * 20)
    assert not sending.over and device.IER.EMPTY == 1
    device.reads["IIR"] = iter((2, 1)).__next__
    uart.interrupt()
    assert sending.over and device.IER.EMPTY == 0
