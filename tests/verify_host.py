# SPDX-License-Identifier: MIT
"""The verifier alone, as a program of the host under sanitizers, and what it says of files."""

import subprocess
from collections.abc import Iterable
from pathlib import Path

from antaresia_tools import deps, paths


def build(folder: Path) -> Path:
    """Compiles it into the folder."""
    program = folder / "verify_files"
    verifier = sorted((paths.ROOT / "vm_ext" / "verifier").glob("*.c"))
    sources = [p for p in verifier if p.name != "load.c"]
    flags = ["-std=gnu11", "-O1", "-g", "-Wall", "-Werror"]
    flags += ["-fsanitize=address,undefined", "-fno-sanitize-recover=all"]
    flags += [f"-I{paths.ROOT}", f"-I{deps.micropython_dir()}"]
    main = paths.ROOT / "tests" / "native" / "verify_files.c"
    subprocess.run(["gcc", *flags, main, *sources, "-o", program], check=True)
    return program


def refusals(program: Path, files: Iterable[Path]) -> str:
    """What it says of the files that it refuses; "" where it takes all of them."""
    names = "\n".join(map(str, files))
    done = subprocess.run([program], input=names, capture_output=True, text=True)
    if done.returncode == 0:
        return ""
    return done.stdout + done.stderr or f"status {done.returncode}"
