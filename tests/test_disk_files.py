# SPDX-License-Identifier: MIT
"""Files on a virtio disk: FAT and littlefs, there again after a reboot, and through mpremote."""

import pytest
from target import Target
from test_mpremote import Line
from test_virtio_blk import MACHINES, extra

MIB = 1 << 20
MOUNT = """
import blockdev, hardware, vfs
one = [found for found in hardware.find() if found.name == "virtio_blk"][0]
disk = blockdev.Disk(hardware.start(one), {block})
"""
WRITE = """
vfs.{kind}.mkfs(disk)
vfs.mount(vfs.{kind}(disk), "/disk")
import os
os.mkdir("/disk/folder")
for i in range(20):
    with open("/disk/folder/%d.txt" % i, "w") as file:
        file.write("line %d\\n" % i * 200)
with open("/disk/large.bin", "wb") as file:
    for i in range(64):
        file.write(bytes([i]) * 4096)
os.umount("/disk")
"""
READ = """
vfs.mount(vfs.{kind}(disk), "/disk")
import os
print(sorted(os.listdir("/disk")), len(os.listdir("/disk/folder")))
print(all(open("/disk/folder/%d.txt" % i).read() == "line %d\\n" % i * 200 for i in range(20)))
with open("/disk/large.bin", "rb") as file:
    print(all(file.read(4096) == bytes([i]) * 4096 for i in range(64)))
os.rename("/disk/large.bin", "/disk/renamed.bin")
os.remove("/disk/folder/3.txt")
print(sorted(os.listdir("/disk")), len(os.listdir("/disk/folder")))
"""
EXPECTED = """['folder', 'large.bin'] 20
True
True
['folder', 'renamed.bin'] 19
"""


@pytest.mark.parametrize("kind", ["VfsFat", "VfsLfs2"])
@pytest.mark.parametrize("name", ["pci", "mmio"])
def test_files_are_there_after_a_reboot(tmp_path, name, kind):
    arch, machine, device = MACHINES[name]
    disk = tmp_path / "disk.img"
    disk.write_bytes(bytes(4 * MIB))
    mount = MOUNT.format(block=4096 if kind == "VfsLfs2" else 512)
    for program in (WRITE, READ):
        with Target(arch, machine, extra=extra(disk, device)) as target:
            target.boot()
            out = target.check(mount + program.format(kind=kind)).replace("\r\n", "\n")
    assert out == EXPECTED


def test_mpremote_copies_to_a_disk_that_keeps_it(tmp_path):
    arch, machine, device = MACHINES["pci"]
    disk, source, back = (tmp_path / name for name in ("disk.img", "source.bin", "back.bin"))
    disk.write_bytes(bytes(4 * MIB))
    source.write_bytes(bytes(range(256)) * 500)
    mount = MOUNT.format(block=512)
    prepare = mount + "vfs.VfsFat.mkfs(disk); vfs.mount(vfs.VfsFat(disk), '/disk')"
    again = mount + "vfs.mount(vfs.VfsFat(disk), '/disk')"
    for program, copies in (
        (prepare, (source, ":/disk/kept.bin")),
        (again, (":/disk/kept.bin", back)),
    ):
        line = Line(arch, machine, extra(disk, device))
        try:
            line.mpremote("resume", "exec", program, "fs", "cp", *copies)
            assert "128000 kept.bin" in line.mpremote("resume", "fs", "ls", ":/disk")
        finally:
            line.close()
    assert back.read_bytes() == source.read_bytes()
