# SPDX-License-Identifier: MIT
"""Where a C file's form differs from clang-format's, in what is not left to the author.

MicroPython is formatted by uncrustify, which leaves line breaks and column alignment as they are;
clang-format cannot. So the two texts are compared twice: as tokens with or without space before
them, whatever the line breaks; and by the indentation of those lines that are broken alike.
"""

import difflib
import re
import subprocess
from pathlib import Path

from antaresia_tools import paths

_TOKEN = re.compile(
    r"""(\s*)("(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'|//[^\n]*|/\*.*?\*/|\w+|.)""", re.S
)


def complaints(file: Path) -> list[str]:
    text = file.read_text()
    formatted = subprocess.run(
        [paths.VENV / "bin" / "clang-format", "--style=file", file],
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    return _spacing(text, formatted) + _indentation(text, formatted)


def _tokens(text: str) -> list[tuple[str, int]]:
    """Tokens, a leading space standing for any white space, and their line numbers."""
    text = text.replace("\\\n", "\n ").rstrip()
    found = []
    for match in _TOKEN.finditer(text):
        space = " " if match[1] else ""
        line = text.count("\n", 0, match.start(2)) + 1
        found.append((space + match[2], line))
    return found


def _loose(tokens: list[tuple[str, int]]) -> list[str]:
    """Without the space that MicroPython has and clang-format has not, or that a line break is."""
    words = [token for token, _ in tokens]
    loose = [words[0].strip()]
    for before, word in zip(words, words[1:], strict=False):
        last = before.strip()
        free = last in ("volatile", "__asm", "{", "(", ":") or last[0] in "\"'/\\"
        free |= word.strip() in ("}", ")", ":", "{") or word.strip()[0] in "/\\"
        loose.append(word.strip() if free else word)
    return loose


def _spacing(text: str, formatted: str) -> list[str]:
    ours = _tokens(text)
    theirs = _loose(_tokens(formatted))
    matcher = difflib.SequenceMatcher(None, _loose(ours), theirs, autojunk=False)
    found = []
    for kind, start, end, other_start, other_end in matcher.get_opcodes():
        if kind != "equal":
            had = "".join(token for token, _ in ours[max(start - 2, 0) : end + 1]).strip()
            wanted = "".join(theirs[max(other_start - 2, 0) : other_end + 1]).strip()
            found.append(f"{ours[min(start, len(ours) - 1)][1]}: `{had}`, not `{wanted}`")
    return found


def _indentation(text: str, formatted: str) -> list[str]:
    ours, theirs = text.splitlines(), formatted.splitlines()
    matcher = difflib.SequenceMatcher(
        None, [line.strip() for line in ours], [line.strip() for line in theirs], autojunk=False
    )
    # Preprocessor lines, comments and the parts of an expression stand where the author put them.
    free = ("#", "//", ":", "?", "&&", "||")
    return [
        f"{block.a + i + 1}: indented otherwise: {ours[block.a + i].strip()}"
        for block in matcher.get_matching_blocks()
        for i in range(block.size)
        if ours[block.a + i] != theirs[block.b + i]
        and not ours[block.a + i].lstrip().startswith(free)
        and not ours[block.a + i].endswith("\\")
        and not ours[block.a + i - 1].endswith("\\")
    ]


if __name__ == "__main__":
    import sys

    for name in sys.argv[1:]:
        for words in complaints(Path(name)):
            print(f"{name}:{words}")
