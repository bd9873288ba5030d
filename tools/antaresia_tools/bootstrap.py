# SPDX-License-Identifier: MIT
"""From `python3` and nothing else to a tool that runs: makes build/venv, then becomes its Python.

A program in tools/ calls start(). Outside build/venv that checks the environment, which costs one
comparison when it is complete, and executes the same program again with the venv's Python; inside,
it runs the command. Standard library only.

Invariant: build/venv/.ready-* exists only when the installation that its content names is
complete, so an interrupted one is done again.
"""

import sys

if sys.version_info < (3, 11):  # noqa: UP036 (here is where it is enforced)
    print("error: Python", sys.version.split()[0], "is too old", file=sys.stderr)
    print("hint: put a python3 of 3.11 or newer first in PATH", file=sys.stderr)
    sys.exit(3)

# ruff: noqa: E402 (the older Python above cannot read what follows)
import hashlib
import importlib
import importlib.util
import json
import os
import shutil
import subprocess
import tomllib
from pathlib import Path

from antaresia_tools import debian, paths
from antaresia_tools.errors import INTERRUPTED, MISSING, ToolError, report
from antaresia_tools.locking import locked
from antaresia_tools.progress import Progress

# The commands that need more than the base dependencies: extras of pyproject.toml.
EXTRAS = {"test": ["test"]}


def start(name: str) -> None:
    """Runs the command `name` and ends the process with its status."""
    try:
        if Path(sys.prefix) != paths.VENV:
            ensure_environment(EXTRAS.get(name, []))
            python = str(paths.VENV_PYTHON)
            os.execv(python, [python, str(paths.ROOT / "tools" / name), *sys.argv[1:]])
    except ToolError as error:
        report(error)
        sys.exit(error.status)
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)
    module = importlib.import_module(f"antaresia_tools.commands.{name.replace('-', '_')}")
    from antaresia_tools.cli import run_command

    run_command(module.command, name)


def ensure_environment(extras: list[str]) -> None:
    """Makes build/venv hold what pyproject.toml pins: the base and the given extras."""
    if _is_ready("base") and all(map(_is_ready, extras)):
        return
    with locked(paths.BUILD / ".venv.lock", "installing the Python tools"):
        if not _is_ready("base"):
            _make_venv()
            _pip_install("base")
        for extra in extras:
            if not _is_ready(extra):
                _pip_install(extra)


def _requirements(group: str) -> list[str]:
    project = tomllib.loads((paths.ROOT / "pyproject.toml").read_text())["project"]
    found = project["dependencies"] if group == "base" else project["optional-dependencies"][group]
    return list(found)


def _digest(group: str) -> str:
    wanted = json.dumps([_requirements(group), str(paths.VENV)])
    return hashlib.sha256(wanted.encode()).hexdigest()


def _marker(group: str) -> Path:
    return paths.VENV / f".ready-{group}"


def _is_ready(group: str) -> bool:
    try:
        ready = _marker(group).read_text() == _digest(group)
    except OSError:
        return False
    # The interpreter that the venv was made of may have been removed since.
    return ready and paths.VENV_PYTHON.exists()


def _make_venv() -> None:
    base = sys.executable
    if importlib.util.find_spec("ensurepip") is None or importlib.util.find_spec("venv") is None:
        if not Path("/usr/share/python-wheels").is_dir():
            debian.install(["python3-venv"])
        base = "/usr/bin/python3"
    shutil.rmtree(paths.VENV, ignore_errors=True)
    command = [base, "-m", "venv", str(paths.VENV)]
    made = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True)
    if made.returncode != 0 and "ensurepip" in made.stdout + made.stderr:
        # Debian's python3 has the module but not the wheels, which are in python3-venv.
        debian.install(["python3-venv"])
        shutil.rmtree(paths.VENV, ignore_errors=True)
        made = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True)
    if made.returncode != 0:
        reason = (made.stdout + made.stderr).strip().splitlines()[-1:]
        raise ToolError(f"cannot make build/venv: {''.join(reason)}", f"try: {' '.join(command)}")


def _pip_install(group: str) -> None:
    wanted = _requirements(group)
    progress = Progress(f"Installing {len(wanted)} Python tools into build/venv")
    log = paths.LOGS / f"pip-{group}.log"
    log.parent.mkdir(parents=True, exist_ok=True)
    command = [str(paths.VENV_PYTHON), "-m", "pip", "install", "--progress-bar", "off"]
    with (
        log.open("w") as out,
        subprocess.Popen(
            [*command, "--disable-pip-version-check", *wanted],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        ) as pip,
    ):
        assert pip.stdout
        for line in pip.stdout:
            out.write(line)
            if line.startswith(("Collecting", "Installing", "Building")):
                progress.step(line.strip())
    progress.clear()
    if pip.returncode != 0:
        errors = [line for line in log.read_text().splitlines() if "ERROR" in line]
        raise ToolError(
            f"pip failed: {errors[0] if errors else 'see build/logs'}",
            f"is there a network? All of pip's words are in {log.relative_to(paths.ROOT)}",
            MISSING,
        )
    temporary = _marker(group).with_suffix(".new")
    temporary.write_text(_digest(group))
    temporary.replace(_marker(group))
    progress.done()
