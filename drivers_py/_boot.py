"""Start-up of every VM, before boot.py: mounts the files at /.

They are in the board's flash where it has one, else in a RAM disk, which survives a soft reset.
Flash is formatted only when it is erased: what cannot be mounted may be somebody's files.
"""

import vfs


def _ram_disk():
    import antaresia
    import ramdisk

    free = antaresia.info()["ram_free_bytes"]
    # A sixteenth of the memory, at most 16 MiB.
    return ramdisk.RAMDisk(max(8 * 1024, min(free // 16, 16 * 1024 * 1024)))


def _is_erased(disk):
    # littlefs keeps copies of its first entry at the start of blocks 0 and 1.
    head = bytearray(32)
    for block in range(2):
        disk.readblocks(block, head, 0)
        if any(byte != 0xFF for byte in head):
            return False
    return True


def _mount():
    try:
        from flash import Flash
    except ImportError:
        Flash = None
    disk = Flash() if Flash else _ram_disk()
    try:
        fs = vfs.VfsLfs2(disk)
    except OSError:
        if Flash and not _is_erased(disk):
            print("The files in flash cannot be mounted. To start with none, type:")
            print("import vfs, flash; vfs.VfsLfs2.mkfs(flash.Flash())   and press Ctrl-D")
            return
        vfs.VfsLfs2.mkfs(disk)
        fs = vfs.VfsLfs2(disk)
    vfs.mount(fs, "/")


_mount()
