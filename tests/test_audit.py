# SPDX-License-Identifier: MIT
"""The audit in vm_ext/audit names every function that is compiled from the files that it covers."""

import re
import subprocess
from pathlib import Path

import pytest

from antaresia_tools import boards, building, paths

AUDIT = paths.ROOT / "vm_ext" / "audit"
TABLES = sorted(AUDIT.rglob("*.tsv"))
# Tables lie as the objects do; those of py/ lie on top.
FOLDERS = ("extmod", "lib", "py", "shared")
VERDICTS = {"safe", "closed", "unread"}


def rows(table: Path) -> list[list[str]]:
    lines = [line for line in table.read_text().splitlines() if not line.startswith("#")]
    return [line.split("\t") for line in lines[1:]]


@pytest.fixture(scope="module")
def objects() -> Path:
    board, _ = boards.find_machine("hosted", None, None)
    building.build(board)
    return board.build_dir()


def name_of(table: Path) -> str:
    name = str(table.relative_to(AUDIT).with_suffix(""))
    return name if "/" in name else f"py/{name}"


def functions(object_file: Path) -> set[str]:
    command = ["nm", object_file]
    symbols = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    # What the compiler makes of a function has its name and a suffix, such as .part.0.
    return set(re.findall(r" [tT] (\w+)", symbols))


@pytest.mark.parametrize("table", TABLES, ids=name_of)
def test_every_compiled_function_has_a_verdict(objects, table):
    listed = {row[0] for row in rows(table)}
    file = objects / f"{name_of(table)}.o"
    compiled = functions(file) if file.exists() else set()  # of other ports: test_audit_ports.py
    assert compiled <= listed, "read these functions and add them to the table"


@pytest.mark.parametrize("folder", FOLDERS)
def test_every_compiled_file_has_a_table(objects, folder):
    have = {name_of(table) for table in TABLES}
    for path in sorted((objects / folder).rglob("*.o")):
        name = str(path.relative_to(objects).with_suffix(""))
        assert name in have or not functions(path), f"read {name}.c and add a table of it"


@pytest.mark.parametrize("table", TABLES, ids=name_of)
def test_rows_are_complete(table):
    for row in rows(table):
        assert len(row) == 3 and row[1] in VERDICTS and row[2], row
    names = [row[0] for row in rows(table)]
    assert names == sorted(set(names))
