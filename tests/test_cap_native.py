# SPDX-License-Identifier: MIT
"""Capabilities without an image: threads that use what another revokes, under ThreadSanitizer."""

import subprocess
from pathlib import Path

import pytest

from antaresia_tools import debian, paths

FLAGS = ["-std=gnu11", "-g", "-O1", "-Wall", "-Wextra", "-Wundef", "-Werror", "-pthread"]
FLAGS += ["-Wno-unused-parameter", "-Wno-sign-compare", "-Wno-missing-field-initializers"]
# GCC's ThreadSanitizer knows no fences; what they order here is only who waits for whom.
SANITIZERS = {
    "thread": ["-fsanitize=thread", "-Wno-tsan"],
    "address": ["-fsanitize=address,undefined"],
}
SOURCE = paths.ROOT / "vm_ext" / "cap"


def stress(folder: Path, sanitizer: str, rounds: int) -> subprocess.CompletedProcess[str]:
    """Builds with folder before the tree's own files, and runs."""
    debian.ensure(["gcc", "libc6-dev"])
    program = folder / "cap_stress"
    cap = folder / "vm_ext" / "cap" / "cap.c"
    sources = [cap if cap.exists() else SOURCE / "cap.c", "tests/native/cap_stress.c"]
    command = ["gcc", f"-I{folder}", "-I.", "-Iport/include", *FLAGS, *SANITIZERS[sanitizer]]
    done = subprocess.run(
        [*command, "-o", program, *sources], cwd=paths.ROOT, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    return subprocess.run([program, "3", str(rounds)], capture_output=True, text=True, timeout=120)


@pytest.mark.parametrize("sanitizer", SANITIZERS)
def test_nobody_uses_what_was_revoked(tmp_path, sanitizer):
    done = stress(tmp_path, sanitizer, 2000)
    assert (done.returncode, done.stdout) == (0, "ok\n"), done.stdout + done.stderr


BREAKS = {
    "no wait": ("cap.c", "    wait();\n", "    (void)wait;\n"),
    "no key": ("cap.h", "at_load_acq(&cap.node->key) == cap.key", "at_load(&cap.node->key) & 1"),
    "relaxed leave": (
        "cap.h",
        "at_store_rel(&cap_hazards[core].node, NULL)",
        "at_store(&cap_hazards[core].node, NULL)",
    ),
}


@pytest.mark.parametrize("name", BREAKS)
def test_broken_capabilities_are_found_out(tmp_path, name):
    file, line, other = BREAKS[name]
    copy = tmp_path / "vm_ext" / "cap"
    copy.mkdir(parents=True)
    for path in SOURCE.glob("cap.[ch]"):
        text = path.read_text()
        if path.name == file:
            assert text.count(line) == 1
            text = text.replace(line, other)
        (copy / path.name).write_text(text)
    assert stress(tmp_path, "thread", 2000).returncode != 0
