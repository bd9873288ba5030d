# SPDX-License-Identifier: MIT
"""The arithmetic that port/xtensa brings along, against the host's, bit by bit."""

import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SOURCES = ["convert.c", "float32.c", "multiply.c"]
SEED = 20240607


def test_arith_agrees_with_host(tmp_path):
    program = tmp_path / "xtensa_arith"
    sources = [ROOT / "tests/native/xtensa_arith.c"]
    sources += [ROOT / "port/xtensa/arith" / name for name in SOURCES]
    # The sanitizer, because a shift by the width of a word is a bug on the target as well.
    flags = ["-O1", "-fsanitize=undefined", "-fno-sanitize-recover=all"]
    subprocess.run(["gcc", *flags, "-o", program, *sources, "-lm"], check=True)
    run = subprocess.run([program, "2000000", str(SEED)], capture_output=True, text=True)
    assert run.returncode == 0, f"seed {SEED}: {run.stdout}{run.stderr}"
