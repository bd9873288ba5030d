# SPDX-License-Identifier: MIT
"""A network card in QEMU, its driver, and what answers pings; the test is the network."""

import random
import threading
from pathlib import Path

import frames
import pytest
from frames import Peer
from target import Target

from antaresia_tools import paths

PARTS = Path(__file__).with_name("net_guest.py").read_text().split("# ---\n")
MACHINES = {
    "pci": ("x86_64", "q35", "virtio-net-pci"),
    "mmio": ("aarch64", "virt", "virtio-net-device"),
    "intx": ("aarch64", "virt", "virtio-net-pci"),
}
WINDOW, PINGS = 50, 1000

PART = "ValueError: a part is (dma.Buffer of yours, start, length) within it"
HOSTILE = f"""('receive past the end', '{PART}')
('receive before', '{PART}')
('send past the end', '{PART}')
('send a string', 'TypeError: a part is of a dma.Buffer')
('moves while posted', 'ValueError: a device has this Buffer')
('stale', '{PART}')
('a queue twice', 'OSError: 16')
('too many', 'OSError: [Errno 11] EAGAIN')
killed 0
posted
killed 0
"""


def put(name: str, text: str) -> str:
    return f"with open({name!r}, 'w') as file:\n    file.write({text!r})\n"


def wrong_frames() -> list[bytes]:
    """Nothing of this is to be answered."""
    good = frames.echo_request(1)
    arp = frames.arp_request()
    generator = random.Random(3)
    return [
        good[:13],
        good[:41],
        good[:60],
        good[:14] + b"\x46" + good[15:],
        good[:20] + b"\x20" + good[21:],
        good[:23] + b"\x11" + good[24:],
        good[:24] + b"\0\0" + good[26:],
        good[:34] + b"\0" + good[35:],
        b"\xff" * 6 + good[6:],
        frames.echo_request(2, to="192.0.2.3"),
        frames.arp_request("192.0.2.3"),
        arp[:21] + b"\2" + arp[22:],
        arp[:14] + b"\0\2" + arp[16:],
        *(generator.randbytes(generator.randrange(1, 1514)) for _ in range(50)),
        *(frames.MAC + frames.PEER_MAC + b"\x08\0" + generator.randbytes(60) for _ in range(50)),
        bytes(1514),
    ]


def ping_many(peer: Peer, count: int) -> None:
    """With WINDOW requests under way, each answered once and rightly."""
    data = bytes(n * 7 & 255 for n in range(1400))
    open_, sent = set(), 0
    while sent < count or open_:
        while sent < count and len(open_) < WINDOW:
            peer.send(frames.echo_request(sent, data))
            open_.add(sent)
            sent += 1
            open_ -= {frames.echo_number(frame, data) for frame in peer.drain()}
        if open_:
            number = frames.echo_number(peer.receive(), data)
            assert number is not None
            open_.discard(number)


class Traffic(threading.Thread):
    """Pings as fast as answers come, or are lost, until stop()."""

    def __init__(self, peer: Peer) -> None:
        super().__init__()
        self.peer, self.answered, self.wrong, self._over = peer, 0, 0, threading.Event()
        self.start()

    def run(self) -> None:
        number = 0
        while not self._over.is_set():
            for _ in range(8):
                number += 1
                self.peer.send(frames.echo_request(number))
            try:
                while True:
                    good = frames.echo_number(self.peer.receive(0.05)) is not None
                    self.answered += good
                    self.wrong += not good
            except TimeoutError:
                pass

    def stop(self) -> None:
        self._over.set()
        self.join(60)
        assert not self.is_alive() and self.wrong == 0


@pytest.mark.parametrize("name", MACHINES)
def test_a_card(name):
    arch, machine, device = MACHINES[name]
    peer = Peer()
    parts = iter(PARTS)
    fds = (peer.far.fileno(),)
    with Target(arch, machine, cores=2, extra=peer.options(device), fds=fds) as target:
        target.boot()

        def part(before: str = "") -> str:
            return target.check(before + next(parts))

        source = (paths.ROOT / "apps" / "ping.py").read_text()
        out = part(put("ping.py", source))
        assert out == "cards 1 525400a11ce1 1500 True\n"
        peer.send(frames.arp_request())
        assert frames.is_arp_reply(peer.receive())
        ping_many(peer, PINGS)
        for frame in wrong_frames():
            peer.send(frame)
        peer.send(frames.echo_request(7))
        assert frames.echo_number(peer.receive()) == 7
        assert part() == f"answered {PINGS + 2}\nmemory True 0\n"

        target.guest.qmp("set_link", name="card", up=False)
        link = next(parts)
        assert target.check(link) == "link False\n"
        target.guest.qmp("set_link", name="card", up=True)
        assert target.check(link) == "link True\n"
        peer.ping(8)

        assert part() == (
            "send OSError OSError TypeError\n"
            "calls AttributeError AttributeError AttributeError\n"
            "refused 7\nsent 1\n"
        )
        assert peer.receive()[12:] == b"\x88\xb5a frame of bytes"
        assert part() == ""
        for number in range(6000):
            peer.send(frames.echo_request(number))
        assert part() == "kept True normal\n"
        peer.ping(9)

        traffic = Traffic(peer)
        try:
            out = part()
        finally:
            traffic.stop()
        assert out == "killed 40\n" and traffic.answered > 0
        assert part() == "linked up\n"
        peer.drain()
        for number in range(100):
            peer.ping(number)
        assert part() == "answered True\n"
        peer.ping(10)
        assert part() == HOSTILE
        peer.ping(11)
        traffic = Traffic(peer)
        try:
            assert part() == "spoiled 0\n"
        finally:
            traffic.stop()
        peer.ping(12)
        assert part() == "answers True\nleft 0 0\n"
    peer.close()
