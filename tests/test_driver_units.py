# SPDX-License-Identifier: MIT
"""Drivers against a device that is slow, short of room, or does not tell the truth."""

import pytest
from fake_virtio import Buffer, Device, Ref, started

F_MAC = 1 << 5
MAC = bytes.fromhex("525400a11ce1")
HEADER = bytes(12)


def net(rx: int = 256, tx: int = 256):
    device = Device((rx, tx), MAC + b"\1\0\0\0\xdc\5", F_MAC)
    return device, started("virtio_net", device)


def test_net_gives_frames_away_and_posts_others():
    device, card = net()
    rx = device.rings[0]
    ref = Ref()
    card.attach(ref)
    assert len(rx.posted) == 64 and device.is_ready and card.mac == MAC
    for number in range(1000):
        rx.fill(HEADER + b"frame %d" % number)
        card.interrupt()
        buffer, start, length = ref.mail.pop()
        assert buffer[start : start + length] == b"frame %d" % number
        assert all(buffer is not one[0] for one in rx.posted) and len(rx.posted) == 64
        card.mail((buffer, 0, 0))
    assert device.memory.left > 800_000 and card.received == 1000 and card.dropped == 0


def test_net_without_memory_or_room_drops():
    device, card = net()
    rx, ref = device.rings[0], Ref(5)
    card.attach(ref)
    device.memory.left = 0
    for _ in range(50):
        rx.fill(HEADER + b"frame")
        card.interrupt()
        assert len(rx.posted) == 64
    assert len(ref.mail) == 5 and card.dropped == 45
    ref.mail, ref.room = [], 1000
    for _ in range(50):
        rx.fill(HEADER + b"frame")
        card.interrupt()
    assert len(rx.posted) == 64 and len(ref.mail) == 3  # as many as there were to spare


@pytest.mark.parametrize("claims", [0, 11, 12])
def test_net_does_not_pass_on_what_is_no_frame(claims):
    device, card = net()
    ref = Ref()
    card.attach(ref)
    device.rings[0].fill(b"", claims)
    card.interrupt()
    assert ref.mail == [] and card.dropped == 1 and len(device.rings[0].posted) == 64


def test_net_sends_until_the_queue_is_full_and_goes_on():
    device, card = net(tx=8)
    tx = device.rings[1]
    for number in range(4):
        card.send(b"a frame of bytes %d" % number)
    with pytest.raises(OSError):
        card.send(b"a frame of bytes")
    assert [tx.finish(0) for _ in range(4)] == [
        HEADER + b"a frame of bytes %d" % number for number in range(4)
    ]
    for _ in range(4):
        card.send(b"a frame of bytes")
    assert not tx.told and card.sent == 8


def test_net_keeps_nothing_that_devices_cannot_use():
    device, card = net()
    spare = list(card.spare)
    for wrong in (None, (Buffer(2048), 0, 0), (Buffer(2048), 0, 100), (b"", 0, 0), ("", 1), 5):
        card.mail(wrong)
    assert card.refused == 6 and card.spare == spare and device.rings[1].posted == []


def test_net_linked_handler_may_fail():
    device, card = net()

    def handler(buffer, start, length):
        raise ValueError

    card.attach(handler)
    device.rings[0].fill(HEADER + b"frame")
    card.interrupt()
    assert card.dropped == 1 and len(device.rings[0].posted) == 64


def test_rng_asks_again_for_what_is_missing():
    device = Device((16,))
    rng = started("virtio_rng", device)
    queue = device.rings[0]
    request = rng.read(10)
    queue.fill(b"abcd")
    rng.interrupt()
    assert not request.over
    queue.fill(b"efghij", claims=1 << 30)  # more than it was asked for
    rng.interrupt()
    assert request.result() == b"abcdefghij" and queue.posted == []
    request = rng.read(1)
    queue.fill(b"")
    rng.interrupt()
    with pytest.raises(OSError):
        request.result()


def test_rng_with_more_calls_than_room():
    device = Device((4,))
    rng = started("virtio_rng", device)
    requests = [rng.read(2) for _ in range(30)]
    for number in range(30):
        assert len(device.rings[0].posted) == min(4, 30 - number)
        device.rings[0].fill(b"%02d" % number)
        rng.interrupt()
    assert [request.result() for request in requests] == [b"%02d" % i for i in range(30)]


def test_console_gives_bytes_in_order():
    device = Device((64, 64))
    line = started("virtio_console", device)
    incoming = device.rings[0]
    first, second = line.read(3), line.read(100)
    incoming.fill(b"abcdef")
    line.interrupt()
    assert first.result() == b"abc" and second.result() == b"def" and len(incoming.posted) == 8
    for number in range(8):
        incoming.fill(b"%d" % number)
    line.interrupt()
    assert incoming.posted == []  # nobody reads: the sender waits
    assert b"".join(line.read(1).result() for _ in range(8)) == b"01234567"
    assert len(incoming.posted) == 8
    incoming.fill(b"x" * 1024, claims=1 << 20)
    line.interrupt()
    assert line.read(5000).result() == b"x" * 1024


def test_console_writes_wait_for_room():
    device = Device((64, 2))
    line = started("virtio_console", device)
    requests = [line.write(b"%d" % number) for number in range(5)]
    seen = []
    while not all(request.over for request in requests):
        seen.append(device.rings[1].finish(0))
        line.interrupt()
    assert seen == [b"%d" % number for number in range(5)]
    with pytest.raises(TypeError):
        line.write(5)


def event(kind: int, code: int, value: int) -> bytes:
    return kind.to_bytes(2, "little") + code.to_bytes(2, "little") + value.to_bytes(4, "little")


def test_input_types_and_forgets_the_oldest():
    device = Device((64,), b"\0" * 136)
    keyboard = started("virtio_input", device)
    queue = device.rings[0]
    text = keyboard.text()
    for code, value in ((42, 1), (30, 1), (30, 0), (42, 0), (30, 1), (30, 2), (200, 1)):
        queue.fill(event(1, code, value))
    keyboard.interrupt()
    assert text.result() == "Aaa"
    for number in range(1500):
        queue.fill(event(1, 30, number))
        keyboard.interrupt()
    events = keyboard.read().result()
    assert len(events) == 1000 and events[-1] == (1, 30, 1499) and len(queue.posted) == 64


class Display(Device):
    """Registers that are written are kept."""

    def __init__(self, lines: int) -> None:
        super().__init__((), bytes(lines * 1280))
        self.values: dict[str, int] = {}
        for name in ("ENABLE", "XRES", "YRES", "BPP", "VIRT_WIDTH", "Y_OFFSET"):
            setattr(self, name, lambda value, name=name: self.values.update({name: value}))

    def shown(self) -> list[str]:
        """The text's lines, as FrameBuffer of fake_virtio leaves them."""
        top = self.values["Y_OFFSET"]
        starts = [(top + row * 10) * 1280 for row in range(48)]
        rows = [bytes(self.config.data[start : start + 80]) for start in starts]
        return [row.rstrip(b"\0").decode() for row in rows]


def test_display_scrolls_and_begins_again():
    device = Display(600)
    screen = started("bochs_display", device)
    assert device.values["ENABLE"] == 0x41
    for number in range(200):
        screen.write(f"line {number}\n")
        wanted = [f"line {n}" for n in range(max(0, number - 46), number + 1)]
        assert device.shown() == wanted + [""] * (48 - len(wanted))
    screen.write("\n".join(str(n) for n in range(100)))
    assert device.shown() == [str(n) for n in range(52, 100)]
