#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Writes a copy of one of upstream's files with a few places changed: apply.py CHANGES SOURCE COPY

The last resort, for a function that no switch, macro or link-time wrap can reach. CHANGES holds:

    # why
    <<<
    text as upstream has it, whole lines, exactly once in the file
    ===
    text in its place
    >>>

Text that is not there exactly once fails the build: upstream has changed, so the reason must be
read again. Lines keep their numbers in messages by way of #line.
"""

import re
import sys
from pathlib import Path

BLOCK = re.compile(r"(?:^#[^\n]*\n)+<<<\n(.*?)^===\n(.*?)^>>>\n", re.MULTILINE | re.DOTALL)


def changed(changes: str, source: str, name: str) -> str:
    blocks = BLOCK.findall(changes)
    rest = BLOCK.sub("", changes)
    if not blocks or any(line and not line.startswith("#") for line in rest.splitlines()):
        raise ValueError("no blocks, or text outside of them; each needs a reason before it")
    for old, new in blocks:
        if source.count("\n" + old) != 1:
            raise ValueError(f"{name} has changed: not there exactly once:\n{old}")
        at = source.index("\n" + old) + 1
        line = source.count("\n", 0, at + len(old)) + 1
        source = source[:at] + new + f'#line {line} "{name}"\n' + source[at + len(old) :]
    return f'#line 1 "{name}"\n' + source


def main() -> int:
    changes, source, copy = map(Path, sys.argv[1:])
    try:
        text = changed(changes.read_text(), source.read_text(), str(source))
    except ValueError as error:
        print(f"{changes}: {error}", file=sys.stderr)
        return 1
    copy.parent.mkdir(parents=True, exist_ok=True)
    copy.write_text(text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
