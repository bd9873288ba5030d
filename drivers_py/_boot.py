"""Start-up of every VM, before boot.py: mounts the RAM disk at /.

The disk survives a soft reset, so it is formatted only when it cannot be mounted.
"""

import antaresia
import ramdisk
import vfs


def _mount():
    free = antaresia.info()["ram_free_bytes"]
    # A sixteenth of the memory, at most 16 MiB; little boards keep what they have for programs.
    disk = ramdisk.RAMDisk(max(8 * 1024, min(free // 16, 16 * 1024 * 1024)))
    try:
        fs = vfs.VfsLfs2(disk)
    except OSError:
        vfs.VfsLfs2.mkfs(disk)
        fs = vfs.VfsLfs2(disk)
    vfs.mount(fs, "/")


_mount()
