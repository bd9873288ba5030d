# SPDX-License-Identifier: MIT
"""The audit in vm_ext/audit names every function that is compiled from the files that it covers."""

import re
import subprocess
from pathlib import Path

import pytest

from antaresia_tools import boards, building, paths

AUDIT = paths.ROOT / "vm_ext" / "audit"
TABLES = sorted(AUDIT.glob("*.tsv"))
VERDICTS = {"safe", "closed", "unread"}


def rows(table: Path) -> list[list[str]]:
    lines = [line for line in table.read_text().splitlines() if not line.startswith("#")]
    return [line.split("\t") for line in lines[1:]]


@pytest.fixture(scope="module")
def objects() -> Path:
    board, _ = boards.find_machine("hosted", None, None)
    building.build(board)
    return board.build_dir() / "py"


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.stem)
def test_every_compiled_function_has_a_verdict(objects, table):
    listed = {row[0] for row in rows(table)}
    symbols = subprocess.run(
        ["nm", objects / f"{table.stem}.o"], capture_output=True, text=True, check=True
    ).stdout
    # What the compiler makes of a function has its name and a suffix, such as .part.0.
    compiled = set(re.findall(r" [tT] (\w+)", symbols))
    assert compiled <= listed, "read these functions and add them to the table"


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.stem)
def test_rows_are_complete(table):
    for row in rows(table):
        assert len(row) == 3 and row[1] in VERDICTS and row[2], row
    names = [row[0] for row in rows(table)]
    assert names == sorted(set(names))
