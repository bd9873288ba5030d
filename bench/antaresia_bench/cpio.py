# SPDX-License-Identifier: MIT
"""Writes an initramfs: a cpio archive in the "newc" form that Linux unpacks at boot.

The form is Linux's Documentation/driver-api/early-userspace/buffer-format.rst: per entry a header
of 6 magic and 13 times 8 hex digits, the name with its NUL, the content, each padded to 4 bytes,
and an entry TRAILER!!! at the end. Owner and times are zero, so equal content gives equal bytes.
"""

import stat


def _padded(data: bytes) -> bytes:
    return data + bytes(-len(data) % 4)


def _entry(number: int, name: str, mode: int, content: bytes, rdev: tuple[int, int]) -> bytes:
    raw_name = name.encode() + b"\0"
    # inode, mode, uid, gid, links, mtime, size, dev major/minor, rdev major/minor, name size, check
    fields = (number, mode, 0, 0, 1, 0, len(content), 0, 0, *rdev, len(raw_name), 0)
    header = b"070701" + b"".join(b"%08x" % field for field in fields)
    return _padded(header + raw_name) + _padded(content)


class Archive:
    """Collects entries; parents of a path are added as they are needed."""

    def __init__(self) -> None:
        self._entries: list[bytes] = []
        self._known: set[str] = set()

    def _add(self, path: str, mode: int, content: bytes, rdev: tuple[int, int] = (0, 0)) -> None:
        path = path.strip("/")
        parent = path.rpartition("/")[0]
        if parent and parent not in self._known:
            self.folder(parent)
        self._known.add(path)
        self._entries.append(_entry(len(self._entries) + 1, path, mode, content, rdev))

    def folder(self, path: str) -> None:
        self._add(path, stat.S_IFDIR | 0o755, b"")

    def file(self, path: str, content: bytes, executable: bool = False) -> None:
        self._add(path, stat.S_IFREG | (0o755 if executable else 0o644), content)

    def char_device(self, path: str, major: int, minor: int) -> None:
        self._add(path, stat.S_IFCHR | 0o600, b"", (major, minor))

    def to_bytes(self) -> bytes:
        return b"".join(self._entries) + _entry(0, "TRAILER!!!", 0, b"", (0, 0))
