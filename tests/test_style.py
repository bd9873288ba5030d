# SPDX-License-Identifier: MIT
"""What every file has in common: form, types, licence, and that dependencies point down only."""

import re
import subprocess
from pathlib import Path

import c_format
import pytest

from antaresia_tools import boards, paths

MAX_COLUMNS = {".py": 100, ".c": 100, ".h": 100, ".S": 100}
VM_EXT_COLUMNS = 120
ARCH_MACROS = re.compile(
    r"\b(__x86_64__|__i386__|__aarch64__|__arm__|__XTENSA__|__xtensa__|__riscv)\b"
)


def files(*patterns: str) -> list[Path]:
    """The project's own files: those that git tracks or would track."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", *patterns],
        cwd=paths.ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    return [
        paths.ROOT / name for name in listed.split("\0") if name and (paths.ROOT / name).exists()
    ]


def c_files() -> list[Path]:
    return files("*.c", "*.h")


def name(path: Path) -> str:
    return str(path.relative_to(paths.ROOT))


def has_python_line(path: Path) -> bool:
    with path.open("rb") as file:
        return file.readline().startswith(b"#!/usr/bin/env python3")


def python_files() -> list[Path]:
    scripts = [
        f for f in files("tools/*", "bench/*", ".ci/*") if not f.suffix and has_python_line(f)
    ]
    return files("*.py") + scripts


def program(*args: object) -> None:
    """Runs a checker of build/venv; its words are the failure's."""
    command = [str(arg) for arg in args]
    command[0] = str(paths.VENV / "bin" / command[0])
    done = subprocess.run(command, cwd=paths.ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


def test_python_lint():
    program("ruff", "check", *python_files())


def test_python_format():
    program("ruff", "format", "--check", *python_files())


def test_python_types():
    program("mypy")


@pytest.mark.parametrize("path", c_files(), ids=name)
def test_c_format(path):
    assert c_format.complaints(path) == []


def test_lines_are_short_and_clean():
    bad = []
    for path in files("*.c", "*.h", "*.S", "*.py", "*.ld", "*.mk", "*.toml", "port/Makefile"):
        in_vm_ext = "vm_ext" in path.parts
        limit = VM_EXT_COLUMNS if in_vm_ext else MAX_COLUMNS.get(path.suffix, 200)
        text = path.read_text()
        if text and not text.endswith("\n"):
            bad.append(f"{name(path)}: no newline at the end")
        for number, line in enumerate(text.splitlines(), 1):
            too_long = len(line) > limit
            if line != line.rstrip() or "\t" in line and path.suffix in (".c", ".h", ".py"):
                bad.append(f"{name(path)}:{number}: white space")
            # Outside of port/ a line with a string may be one that cannot be broken.
            elif too_long and ("port" in path.parts or '"' not in line):
                bad.append(f"{name(path)}:{number}: {len(line)} columns")
    assert bad == []


def test_every_file_has_its_licence():
    kinds = (
        "*.c",
        "*.h",
        "*.S",
        "*.ld",
        "*.mk",
        "*.sh",
        "port/Makefile",
        ".ci/*",
        "pyproject.toml",
    )
    host_python = [path for path in python_files() if "drivers_py" not in path.parts]
    missing = [
        name(path)
        for path in {*files(*kinds, "port/*.toml", "tests/*.toml"), *host_python}
        if "SPDX-License-Identifier: MIT" not in path.read_text()[:400]
    ]
    assert sorted(missing) == []


def includes(path: Path) -> list[str]:
    return re.findall(r'^\s*#\s*include\s+[<"]([^>"]+)[>"]', path.read_text(), re.MULTILINE)


def test_arch_macros_stay_in_their_ports():
    outside = [
        name(path)
        for path in [*c_files(), *files("*.S")]
        if path.relative_to(paths.ROOT).parts[:2] not in [("port", a) for a in boards.arches()]
        and ARCH_MACROS.search(path.read_text())
    ]
    assert outside == []


def test_contract_knows_no_vm():
    bad = [
        f"{name(path)} includes {what}"
        for path in files("port/include/*")
        for what in includes(path)
        if what.startswith(("py/", "extmod/", "shared/"))
    ]
    assert bad == []


def test_ports_know_no_other_port():
    bad = []
    for arch in boards.arches():
        others = [other for other in boards.arches() if other != arch]
        for path in files(f"port/{arch}/*"):
            if path.suffix in (".c", ".h", ".S"):
                bad += [
                    f"{name(path)} includes {what}"
                    for what in includes(path)
                    if any(other in Path(what).parts for other in others)
                ]
    assert bad == []


def test_what_is_above_the_contract_knows_no_port():
    bad = []
    for path in [*files("vm_ext/*.c", "vm_ext/*.h"), *files("port/common/*.c", "port/common/*.h")]:
        for what in includes(path):
            if any(f"port/{arch}/" in what for arch in boards.arches()):
                bad.append(f"{name(path)} includes {what}")
    assert bad == []


def test_python_layers_point_down():
    """drivers_py does not import apps, and nothing in the machine imports the host's tools."""
    bad = []
    for path in files("drivers_py/*.py", "apps/*.py"):
        for module in re.findall(r"^\s*(?:import|from)\s+([\w.]+)", path.read_text(), re.MULTILINE):
            if module.startswith(("antaresia_tools", "apps")):
                bad.append(f"{name(path)} imports {module}")
    assert bad == []
