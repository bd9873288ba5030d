# SPDX-License-Identifier: MIT
"""The audit in vm_ext/audit also names what only other ports than the hosted one compile.

Those are libm, the jumps in assembler, and functions that a compiler for size does not inline.
Apart from test_audit.py since it needs the images of all ports.
"""

import pytest
from test_audit import FOLDERS, TABLES, functions, name_of, rows

from antaresia_tools import boards, building

BOARDS = [
    (arch, board.name) for arch in ("x86_64", "aarch64", "xtensa") for board in boards.boards(arch)
]


@pytest.mark.parametrize("arch,name", BOARDS)
def test_every_compiled_function_has_a_verdict(arch, name):
    board = next(board for board in boards.boards(arch) if board.name == name)
    building.build(board)
    listed = {name_of(table): {row[0] for row in rows(table)} for table in TABLES}
    objects = board.build_dir()
    unread = {}
    for folder in FOLDERS:
        for path in sorted((objects / folder).rglob("*.o")):
            file = str(path.relative_to(objects).with_suffix(""))
            missing = functions(path) - listed.get(file, set())
            if missing:
                unread[file] = missing
    assert unread == {}
