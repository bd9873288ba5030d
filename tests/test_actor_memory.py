# SPDX-License-Identifier: MIT
"""Pages and slabs of the actor runtime, under threads that take, pass on and free at random."""

import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
SOURCES = ["tests/native/memory_stress.c", "vm_ext/actor/pages.c", "vm_ext/actor/slab.c"]


@pytest.mark.parametrize(
    "sanitize,cores,threads,rounds",
    [("thread", 8, 4, 2000), ("address,undefined", 8, 4, 4000), ("address,undefined", 1, 1, 4000)],
)
def test_memory_stress(tmp_path, sanitize, cores, threads, rounds):
    program = tmp_path / "memory_stress"
    flags = ["-std=gnu11", "-g", "-O1", "-Wall", "-Wextra", "-Werror", "-Wno-unused-parameter"]
    flags += [f"-fsanitize={sanitize}", "-fno-sanitize-recover=all", f"-DRT_MAX_CORES={cores}"]
    flags += ["-I", ROOT, "-I", ROOT / "port/include", "-pthread"]
    subprocess.run(["gcc", *flags, "-o", program, *(ROOT / s for s in SOURCES)], check=True)
    for seed in (1, 2):
        command = [program, str(threads), str(rounds), str(seed)]
        run = subprocess.run(command, capture_output=True, text=True)
        assert run.returncode == 0, f"seed {seed}: {run.stdout}{run.stderr}"
