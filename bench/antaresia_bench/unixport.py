# SPDX-License-Identifier: MIT
"""The peer program: upstream's unix port, its standard variant, built unmodified.

It is built from a copy under build/peer, because a build writes into its own tree and the
dependency's is never written to. Left out is only what needs further libraries: btree, ffi, TLS.
"""

import re
import shutil
import subprocess
from pathlib import Path

from antaresia_bench.linuxguest import PEER_DIR
from antaresia_tools import debian, deps
from antaresia_tools.errors import ToolError
from antaresia_tools.progress import Progress

_MAKE_OPTIONS = ("MICROPY_PY_BTREE=0", "MICROPY_PY_FFI=0", "MICROPY_PY_SSL=0", "FROZEN_MANIFEST=")


def unix_port() -> Path:
    """The binary, built on first use."""
    tree = PEER_DIR / "micropython-unix"
    binary = tree / "ports" / "unix" / "build-standard" / "micropython"
    if binary.is_file():
        return binary
    debian.ensure(debian.TO_BUILD["hosted"])
    progress = Progress("Building the peer, upstream's unix port")
    if not tree.is_dir():
        shutil.copytree(deps.micropython_dir(), tree, symlinks=True)
    log = PEER_DIR / "micropython-unix.log"
    with log.open("wb") as output:
        args = ["make", "-C", str(tree / "ports" / "unix"), "-j2", *_MAKE_OPTIONS]
        status = subprocess.run(args, stdout=output, stderr=subprocess.STDOUT).returncode
    if status != 0:
        raise ToolError("the unix port did not build", f"see {log}")
    progress.done()
    return binary


def with_libraries(binary: Path) -> dict[str, bytes]:
    """The binary as /bin/micropython and the shared libraries it names, each at its own path."""
    listing = subprocess.run(["ldd", str(binary)], capture_output=True, text=True).stdout
    libraries = re.findall(r"(/\S+) \(0x", listing)
    files = {path: Path(path).read_bytes() for path in libraries}
    files["/bin/micropython"] = binary.read_bytes()
    return files
