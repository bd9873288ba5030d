# SPDX-License-Identifier: MIT
"""Drivers of real hardware's parts, on the devices of QEMU."""

import struct
import threading
from pathlib import Path

from frames import MAC, PEER_MAC, Peer
from target import Target

GUEST = Path(__file__).with_name("parts_guest.py").read_text()
DATE = "2026-03-04T05:06:07"
WAV = """
import service
def write(ref, data):
    service.connect(ref).write(data)
"""
PUT_WAV = f"with open('/wav.py', 'w') as file:\n    file.write({WAV!r})\n"

ON_A_PC = """--- cmos
(2026, 3, 4, 2) 5 True 0
(2031, 12, 31, 2, 23, 59) True
OSError [Errno 22] EINVAL
(2031, 12, 31, 2) killed
--- uart16550
120 0 0
1024
True 0 0
OSError [Errno 22] EINVAL OSError [Errno 22] EINVAL OSError [Errno 22] EINVAL
18 killed
--- ac97_bare
AttributeError AttributeError
OSError this register does not allow that OSError this register does not allow that
ValueError this ring does not take that start or length
ValueError this ring does not take that start or length
ValueError an entry is (dma.Buffer of yours, start, length) within it
TypeError an entry of this ring has no such field that is yours
EXTENDED     0x00000001 VRA=0x1
--- ac97
48000 OSError [Errno 22] EINVAL OSError [Errno 22] EINVAL
None
{'played': 192000, 'volume': 100, 'waiting': 0, 'rate': 48000}
None killed
killed while it plays 0
--- e1000
b'RT\\x00\\xa1\\x1c\\xe1' OSError [Errno 22] EINVAL OSError [Errno 22] EINVAL
network 0
100 100 0
network 1
100 100 0
killed 0
--- i6300esb
False OSError [Errno 22] EINVAL OSError [Errno 22] EINVAL
True
fed True killed
"""
ON_VIRT = """--- pl031
(2026, 3, 4, 2) 5 True
(2031, 12, 31, 2, 23, 59)
1 True True
(2031, 12, 31, 2) killed
--- pl061
0 None None 1
None 0 OSError [Errno 22] EINVAL OSError [Errno 22] EINVAL
waiting
1
--- e1000
b'RT\\x00\\xa1\\x1c\\xe1' OSError [Errno 22] EINVAL OSError [Errno 22] EINVAL
network 0
100 100 0
network 1
100 100 0
killed 0
"""


def guest(*names: str) -> str:
    return PUT_WAV + f"TESTS = {names!r}\n" + GUEST


def assert_played(wav: bytes) -> None:
    """The guest's 48000 pairs of samples, all and in order, and silence before. QEMU takes 8 of 31
    steps off, which is 0 dB of the card."""
    numbers = struct.unpack(f"<{len(wav[44:]) // 4 * 2}h", wav[44 : 44 + len(wav[44:]) // 4 * 4])
    start = next(i for i, number in enumerate(numbers) if number) // 2
    assert len(numbers) >= 2 * (start + 48000)
    for i in range(48000):
        heard = numbers[2 * (start + i) : 2 * (start + i) + 2]
        wanted = i * 37 % 30011 - 15000, i * 91 % 20011 - 10000
        assert all(abs(a - b * 190 / 255) <= 1 for a, b in zip(heard, wanted, strict=True)), (
            f"sample {i}: {heard}, not {wanted}"
        )


class Run(threading.Thread):
    """The guest's program, while the test does what it waits for."""

    def __init__(self, target: Target, *names: str) -> None:
        super().__init__()
        self.target, self.names = target, names
        self.out, self.error = "", None
        self.start()

    def run(self) -> None:
        try:
            self.out = self.target.check(guest(*self.names)).replace("\r\n", "\n")
        except Exception as error:
            self.error = error

    def wait(self, words: bytes) -> None:
        """Until it has said this, or is over."""
        while self.is_alive() and words not in self.target.log:
            self.join(0.05)

    def result(self) -> str:
        self.join()
        if self.error:
            raise self.error
        return self.out


def echo_all(run: Run, peer: Peer) -> None:
    """Each frame comes back, in order, to its sender."""
    for round in range(2):
        run.wait(b"network %d" % round)
        for number in range(100):
            data = bytes([number]) * (46 + number * 14)
            peer.send(MAC + PEER_MAC + b"\x88\xb5" + data)
            if not run.is_alive():
                return
            assert peer.receive() == PEER_MAC + MAC + b"\x88\xb5" + data


def test_on_a_pc(tmp_path):
    wav, line, peer = tmp_path / "out.wav", tmp_path / "line", Peer()
    extra = (
        *("-audiodev", f"wav,id=sound,path={wav},out.frequency=48000"),
        *("-device", "AC97,audiodev=sound,addr=5", "-device", "i6300esb"),
        *("-action", "watchdog=poweroff", "-rtc", f"base={DATE},clock=vm"),
        *("-chardev", f"file,id=second,path={line}", "-serial", "chardev:second"),
        *peer.options("e1000,addr=7"),
    )
    fds = (peer.far.fileno(),)
    with Target("x86_64", "q35", cores=2, extra=extra, fds=fds) as target:
        target.boot()
        run = Run(target, "cmos", "uart16550", "ac97_bare", "ac97", "e1000", "i6300esb")
        echo_all(run, peer)
        out = run.result()
        target.wait_end(60)  # nobody feeds the watchdog any more
    peer.close()
    assert out == ON_A_PC
    assert line.read_bytes() == b"to the file\n" * 10 + b"after the restart\n"
    assert_played(wav.read_bytes())


def test_on_virt():
    peer = Peer()
    extra = ("-rtc", f"base={DATE},clock=vm", *peer.options("e1000"))
    with Target("aarch64", "virt", cores=2, extra=extra, fds=(peer.far.fileno(),)) as target:
        target.boot()
        run = Run(target, "pl031", "pl061", "e1000")
        run.wait(b"waiting")
        target.guest.qmp("system_powerdown")  # presses the button on pin 3
        echo_all(run, peer)
        out = run.result()
    peer.close()
    assert out == ON_VIRT
