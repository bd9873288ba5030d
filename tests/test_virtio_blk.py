# SPDX-License-Identifier: MIT
"""A disk in QEMU and its driver: what it does, how it dies, what a hostile one cannot do."""

from pathlib import Path

import pytest
from target import Target

GUEST = Path(__file__).with_name("blk_guest.py")
SECTORS = 8192
MACHINES = {
    "pci": ("x86_64", "q35", "virtio-blk-pci,drive=disk"),
    "mmio": ("aarch64", "virt", "virtio-blk-device,drive=disk"),
    "intx": ("aarch64", "virt", "virtio-blk-pci,drive=disk"),
}

EXPECTED = """disks 1
('VirtioBlk', 1, ['discard', 'flush', 'info', 'read', 'write'])
8192 False
b'first...' b'last....'
True
past the end OSError OSError
odd OSError OSError AttributeError TypeError
events AttributeError AttributeError AttributeError
foreign ValueError ValueError
too much MemoryError
large True
moved 131072 b'back0008'
read into b'00000009'
discard None
together True
restarted 0 True
linked 8192 b'00000200' 22
many True
many True
many True
in place b'00000100' b'00000101'
unlinked 0
('send while posted', 'ValueError: a device has this Buffer')
('ask while posted', 'ValueError: a device has this Buffer')
('plain buffer', 'ValueError: a part is (dma.Buffer of yours, start, length) within it')
('bytearray', 'TypeError: a part is of a dma.Buffer')
('address', 'TypeError: a part is of a dma.Buffer')
('past the end', 'ValueError: a part is (dma.Buffer of yours, start, length) within it')
('start past the end', 'ValueError: a part is (dma.Buffer of yours, start, length) within it')
('negative start', 'ValueError: a part is (dma.Buffer of yours, start, length) within it')
('negative length', 'ValueError: a part is (dma.Buffer of yours, start, length) within it')
('overflow', 'ValueError: a part is (dma.Buffer of yours, start, length) within it')
('wraps', 'ValueError: a part is (dma.Buffer of yours, start, length) within it')
('zero', 'ValueError: a part is (dma.Buffer of yours, start, length) within it')
('readable', 'ValueError: a request has 1 to 32 parts: buffer, start, length')
('stale', 'ValueError: a part is (dma.Buffer of yours, start, length) within it')
('full', 'OSError: [Errno 11] EAGAIN')
('second queue', 'OSError: 16')
('no such queue', 'OSError: [Errno 19] ENODEV')
('big queue', 'ValueError: index is below 16, size 1 to 256')
('registers', "AttributeError: 'Device' object has no attribute 'queue_desc'")
('narrow', 'TypeError: a Device has no parts')
('config', 'ValueError: offset is a multiple of the width, within the Region')
('done', '')
True
('post', 'Revoked: this capability was revoked')
('kick', 'Revoked: this capability was revoked')
('take', 'Revoked: this capability was revoked')
('negotiate', 'Revoked: this capability was revoked')
('buffer', 'MemoryError: memory allocation failed, allocating 64 bytes')
('own memory', 'NOT REFUSED')
True
('after reset', 'OSError: the device was reset', 'OSError: the device was reset')
('again', 'u', 0, b'first...')
True
('device in use', 'OSError: 16', 'OSError: 16')
('line in use', 'OSError: 16')
True 0
True 0
True 0
True 0
True 0
('collected', 't', 0, 1, 0)
True
left True 0
b'00000008'
"""


def make_disk(path: Path) -> Path:
    data = bytearray(SECTORS * 512)
    data[:8], data[-512:-504] = b"first...", b"last...."
    path.write_bytes(data)
    return path


def extra(disk: Path, device: str) -> tuple[str, ...]:
    drive = f"file={disk},if=none,id=disk,format=raw,discard=unmap"
    modern = ("-global", "virtio-mmio.force-legacy=false")
    return ("-drive", drive, "-device", device, *modern)


@pytest.mark.parametrize("name", MACHINES)
def test_a_disk(tmp_path, name):
    arch, machine, device = MACHINES[name]
    disk = make_disk(tmp_path / "disk.img")
    with Target(arch, machine, cores=2, extra=extra(disk, device)) as target:
        target.boot()
        out = target.check(GUEST.read_text()).replace("\r\n", "\n")
    assert out == EXPECTED
    data = disk.read_bytes()
    assert all(data[n * 512 :].startswith(b"%08d" % n) for n in range(8, 200))
