# SPDX-License-Identifier: MIT
"""The verifier alone, as a program of the host under sanitizers, and what it says of files."""

import subprocess
from collections.abc import Iterable
from pathlib import Path

from antaresia_tools import deps, paths

NATIVE = paths.ROOT / "tests" / "native"


def _flags() -> list[str]:
    flags = ["-std=gnu11", "-O1", "-g", "-Wall", "-Werror"]
    flags += ["-fsanitize=address,undefined", "-fno-sanitize-recover=all"]
    return flags + [f"-I{paths.ROOT}", f"-I{deps.micropython_dir()}"]


def _sources() -> list[Path]:
    verifier = sorted((paths.ROOT / "vm_ext" / "verifier").glob("*.c"))
    return [p for p in verifier if p.name != "load.c"]


def build(folder: Path) -> Path:
    """Compiles it into the folder."""
    program = folder / "verify_files"
    command = ["gcc", *_flags(), NATIVE / "verify_files.c", *_sources(), "-o", program]
    subprocess.run(command, check=True)
    return program


def build_fuzzer(folder: Path) -> Path:
    """The same under a fuzzer, which the verifier's code tells what it reaches."""
    objects = []
    for source in _sources():
        objects.append(folder / f"{source.stem}.o")
        told = [*_flags(), "-fsanitize-coverage=trace-pc"]
        subprocess.run(["gcc", *told, "-c", source, "-o", objects[-1]], check=True)
    program = folder / "fuzz_verifier"
    command = ["gcc", *_flags(), NATIVE / "fuzz_verifier.c", *objects, "-o", program]
    subprocess.run(command, check=True)
    return program


def refusals(program: Path, files: Iterable[Path]) -> str:
    """What it says of the files that it refuses; "" where it takes all of them."""
    names = "\n".join(map(str, files))
    done = subprocess.run([program], input=names, capture_output=True, text=True)
    if done.returncode == 0:
        return ""
    return done.stdout + done.stderr or f"status {done.returncode}"
