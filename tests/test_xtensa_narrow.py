# SPDX-License-Identifier: MIT
"""Loads of bytes and half words that port/xtensa performs for the CPU, on real encodings."""

import random
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
CROSS = "xtensa-lx106-elf-"
SEED = 8266
SCALE = {"l8ui": 1, "l16ui": 2, "l16si": 2}
OTHERS = [
    ("l32i a{d}, a{b}, {o}", 4, 3),
    ("s8i a{d}, a{b}, {o}", 1, 3),
    ("s16i a{d}, a{b}, {o}", 2, 3),
    ("s32i a{d}, a{b}, {o}", 4, 3),
    ("addi a{d}, a{b}, 5", 1, 3),
    ("l32i.n a{d}, a{b}, 4", 1, 2),
    ("movi a{d}, 100", 1, 3),
]


def _program() -> tuple[str, str]:
    """Assembly text, and the cases that describe it."""
    rng = random.Random(SEED)
    text, cases, at = [".text", ".begin no-transform"], [], 0
    for number in range(3000):
        dest, base = rng.randrange(16), rng.randrange(16)
        if number % 4 == 3:
            form, scale, length = rng.choice(OTHERS)
            offset = rng.randrange(256) * scale
            text.append(form.format(d=dest, b=base, o=offset))
            cases.append(f"{at} {length} other {dest} {base} {offset}")
        else:
            kind = rng.choice(list(SCALE))
            offset, length = rng.randrange(256) * SCALE[kind], 3
            text.append(f"{kind} a{dest}, a{base}, {offset}")
            cases.append(f"{at} {length} {kind} {dest} {base} {offset}")
        at += length
    return "\n".join([*text, ""]), "\n".join([*cases, ""])


def test_narrow_loads_are_performed_as_the_cpu_would(tmp_path):
    text, cases = _program()
    (tmp_path / "code.s").write_text(text)
    (tmp_path / "cases").write_text(cases)
    subprocess.run([CROSS + "as", "-o", "code.o", "code.s"], cwd=tmp_path, check=True)
    copy = [CROSS + "objcopy", "-O", "binary", "-j", ".text", "code.o", "code.bin"]
    subprocess.run(copy, cwd=tmp_path, check=True)
    program = tmp_path / "xtensa_narrow"
    sources = [ROOT / "tests/native/xtensa_narrow.c", ROOT / "port/xtensa/narrow.c"]
    subprocess.run(["gcc", "-O1", "-I", ROOT, "-o", program, *sources], check=True)
    run = subprocess.run(
        [program, "code.bin", "cases"], cwd=tmp_path, capture_output=True, text=True
    )
    assert run.stdout == "ok 3000\n", f"{run.stdout}{run.stderr}"
