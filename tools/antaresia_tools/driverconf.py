# SPDX-License-Identifier: MIT
"""The file of `tools/run --drivers`: read, checked, and as a program that gives it to the machine.

What may be in it is checked by drivers_py/bootconf.py, which the machine does again.
"""

import importlib.util
import re
import tomllib
from pathlib import Path
from types import ModuleType
from typing import Any

from antaresia_tools import paths
from antaresia_tools.errors import USAGE, ToolError

DEFAULT = "default"

_PROGRAM = """
try:
    import hardware
except ImportError:
    raise OSError('this board has no drivers in Python: leave --drivers out')
hardware.boot({config!r}, {files!r})
for line in hardware.settled():
    print('drivers:', line)
"""


def program(name: str) -> str:
    """What has the machine start its drivers as this file says."""
    if name == DEFAULT:
        return _PROGRAM.format(config={}, files={})
    config = _read(Path(name))
    files = {Path(file).name: _bytes(Path(name), config, file) for file in _checker().files(config)}
    return _PROGRAM.format(config=config, files=files)


def _checker() -> ModuleType:
    spec = importlib.util.spec_from_file_location(
        "bootconf", paths.ROOT / "drivers_py" / "bootconf.py"
    )
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def _read(path: Path) -> dict[str, Any]:
    try:
        text = path.read_text()
        config = tomllib.loads(text)
    except OSError as error:
        reason = (error.strerror or "").lower()
        hint = f"give a TOML file, or {DEFAULT}; docs/drivers.md says what is in it"
        raise ToolError(f"{path}: {reason}", hint, USAGE) from error
    except UnicodeDecodeError as error:
        raise ToolError(f"{path}: not UTF-8 text", "give a TOML file", USAGE) from error
    except tomllib.TOMLDecodeError as error:
        line = re.search(r" \(at line (\d+),.*\)| \(at end of document\)", str(error))
        where = f"{path}:{line[1]}" if line and line[1] else str(path)
        words = str(error)[: line.start()] if line else str(error)
        hint = 'TOML: [driver.NAME], then key = value; texts in "'
        raise ToolError(f"{where}: {words[:1].lower()}{words[1:]}", hint, USAGE) from error
    for keys, what, hint in _checker().check(config):
        where = f"{path}:{_line_of(text, keys)}"
        raise ToolError(f"{where}: {'.'.join(keys)} {what}", hint, USAGE)
    return config


def _line_of(text: str, keys: tuple[str, ...]) -> int:
    """Where a key is; where its section is if it is not found."""
    best, section = 1, ""
    wanted = ".".join(keys)
    for number, line in enumerate(text.splitlines(), 1):
        header = re.match(r"\s*\[+\s*([^\]]*?)\s*\]+", line)
        key = re.match(r"\s*([\w.\"'-]+)\s*=", line)
        if header:
            section = header[1].replace(" ", "")
        found = section if header else ""
        if key:
            found = f"{section}.{key[1]}" if section else key[1]
        found = found.replace('"', "").replace("'", "")
        if found == wanted:
            return number
        if found and wanted.startswith(found + "."):
            best = number
    return best


def _bytes(path: Path, config: dict[str, Any], file: str) -> bytes:
    try:
        return (path.parent / file).read_bytes()
    except OSError as error:
        for kind, sections in config.items():
            for name, section in sections.items() if isinstance(sections, dict) else ():
                if section.get("file") == file:
                    line = _line_of(path.read_text(), (kind, name, "file"))
                    raise ToolError(
                        f"{path}:{line}: {file}: {(error.strerror or '').lower()}",
                        f"its path begins at the folder of {path.name}",
                        USAGE,
                    ) from error
        raise
