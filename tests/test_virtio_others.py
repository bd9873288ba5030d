# SPDX-License-Identifier: MIT
"""virtio's random numbers, console and keyboard in QEMU; and what gets no driver."""

import socket
from pathlib import Path

import pytest
from target import Target

PARTS = Path(__file__).with_name("virtio_guest.py").read_text().split("# ---\n")
MACHINES = {"pci": ("x86_64", "q35", "pci"), "mmio": ("aarch64", "virt", "device")}
NAMES = ["virtio_console", "virtio_input", "virtio_rng"]


def press(target: Target, *keys: str) -> None:
    codes = [{"type": "qcode", "data": key} for key in keys]
    target.guest.qmp("send-key", keys=codes)


def receive(line: socket.socket, count: int) -> bytes:
    data = b""
    while len(data) < count:
        more = line.recv(count - len(data))
        assert more
        data += more
    return data


@pytest.mark.parametrize("name", MACHINES)
def test_small_devices(name):
    arch, machine, bus = MACHINES[name]
    near, far = socket.socketpair()
    near.settimeout(30)
    extra = (
        *("-global", "virtio-mmio.force-legacy=false"),
        *("-device", f"virtio-rng-{bus}"),
        *("-chardev", f"socket,id=wire,fd={far.fileno()}"),
        *("-device", f"virtio-serial-{bus}", "-device", "virtconsole,chardev=wire"),
        *("-device", f"virtio-keyboard-{bus}"),
        *("-device", f"virtio-balloon-{bus}", "-device", f"virtio-gpu-{bus}"),
    )
    parts = iter(PARTS)
    near.sendall(b"world")
    with Target(arch, machine, cores=2, extra=extra, fds=(far.fileno(),)) as target:
        target.boot()

        def part() -> str:
            return target.check(next(parts))

        assert part() == (
            f"{NAMES}\n"
            "no driver [(None, 'OSError')]\nno driver [(None, 'OSError')]\n"
            "rng 64 True True 4096 1\nValueError ValueError TypeError\nmany 60\nagain 16\n"
            "line b'world'\n"
        )
        assert receive(near, 6) == b"hello\n"
        assert part() == "written OSError None\n"
        assert receive(near, 256 * 512 + 3) == bytes(range(256)) * 512 + b"end"
        near.sendall(bytes(i * 7 & 255 for i in range(20000)))
        assert part() == "read 20000 True\n"
        assert part() == "QEMU Virtio Keyboard\n"
        press(target, "a")
        out = part()
        assert out.startswith("events [(1, 30, 1), (0, 0, 0)") and "(1, 30, 0)" not in out[:30]
        for keys in (("h",), ("shift", "i"), ("comma",), ("shift", "1"), ("spc",), ("7",)):
            press(target, *keys)
        assert part() == "text hI,! 7\n"
        assert part() == "left 0 0\n"
    near.close()
    far.close()
