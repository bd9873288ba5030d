# SPDX-License-Identifier: MIT
"""A FAT file system as bytes, made by Debian's mtools: no root, no mounting."""

import os
import subprocess
import tempfile
from collections.abc import Mapping
from pathlib import Path

from antaresia_tools.errors import ToolError

SECTOR_BYTES = 512


def make(files: Mapping[str, bytes], size_bytes: int, label: str) -> bytes:
    """FAT32 with the files, whose names may have folders in front."""
    with tempfile.TemporaryDirectory(prefix="fat-") as name:
        folder = Path(name)
        image = folder / "image"
        with image.open("wb") as file:
            file.truncate(size_bytes)
        sectors = str(size_bytes // SECTOR_BYTES)
        # One sector a cluster: FAT32 must have 65525 of them.
        _mtools("mformat", image, "-F", "-c", "1", "-T", sectors, "-v", label, "::")
        made: set[str] = set()
        for path, data in files.items():
            parts = path.split("/")
            for depth in range(1, len(parts)):
                above = "/".join(parts[:depth])
                if above not in made:
                    _mtools("mmd", image, f"::{above}")
                    made.add(above)
            source = folder / "file"
            source.write_bytes(data)
            _mtools("mcopy", image, str(source), f"::{path}")
        return image.read_bytes()


def read(image: Path, offset: int) -> dict[str, bytes]:
    """The files at the top of the FAT file system that begins at `offset` of a file or device."""
    with tempfile.TemporaryDirectory(prefix="fat-") as name:
        _mtools("mcopy", f"{image}@@{offset}", "-n", "-m", "::*", name, may_fail=True)
        return {path.name: path.read_bytes() for path in Path(name).iterdir() if path.is_file()}


def _mtools(program: str, image: object, *args: str, may_fail: bool = False) -> None:
    command = [program, "-i", str(image), *args]
    environment = {**os.environ, "MTOOLS_SKIP_CHECK": "1", "LC_ALL": "C.UTF-8"}
    done = subprocess.run(
        command, stdin=subprocess.DEVNULL, capture_output=True, text=True, env=environment
    )
    if done.returncode and not may_fail:
        words = (done.stderr.strip() or "no reason given").splitlines()[-1]
        raise ToolError(f"{program}: {words}", "is there room in the temporary folder?")
