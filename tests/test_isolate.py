# SPDX-License-Identifier: MIT
"""What an isolate is: a VM state of its own, and nothing of it outside."""

import re
import subprocess
from pathlib import Path

import pytest

from antaresia_tools import boards, building, paths

STATICS = paths.ROOT / "vm_ext" / "isolate" / "statics.tsv"
PORTS = [("hosted", None), ("x86_64", None), ("aarch64", None), ("xtensa", "lx60")]


def allowed() -> set[tuple[str, str]]:
    lines = [line for line in STATICS.read_text().splitlines() if not line.startswith("#")]
    rows = [line.split("\t") for line in lines[1:]]
    assert all(len(row) == 3 and row[2] for row in rows)
    return {(row[0], row[1]) for row in rows}


def variables(build: Path) -> set[tuple[str, str]]:
    """Each variable that can change, with its object; the port's own and the scheduler's aside."""
    found = set()
    for object_file in build.rglob("*.o"):
        name = str(object_file.relative_to(build).with_suffix(""))
        # modstack.c is the ports' own test of their C stacks.
        if name.startswith(("port/", "vm_ext/actor/", "vm_ext/modstack")):
            continue
        symbols = subprocess.run(["nm", object_file], capture_output=True, text=True, check=True)
        for symbol in re.findall(r" [bBdDcC] (\w+)", symbols.stdout):
            found.add((re.sub(r"^build/deps/[^/]*/", "", name), symbol))
    return found


@pytest.mark.parametrize(("arch", "machine"), PORTS)
def test_no_variable_is_shared_unseen(arch, machine):
    board, _ = boards.find_machine(arch, None, machine)
    building.build(board)
    left = variables(board.build_dir()) - allowed()
    assert not left, "each isolate needs its own, or a reason in statics.tsv"


def test_every_reason_is_about_something():
    board, _ = boards.find_machine("hosted", None, None)
    building.build(board)
    assert allowed() <= variables(board.build_dir())
