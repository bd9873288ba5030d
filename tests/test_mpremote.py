# SPDX-License-Identifier: MIT
"""mpremote, as its users run it, against the serial line of a booted machine.

One machine per architecture serves all tests of this file; each test leaves it at its prompt.
"""

import contextlib
import functools
import hashlib
import http.server
import json
import os
import re
import select
import subprocess
import threading
import time
import tty
from collections.abc import Iterator
from pathlib import Path

import pytest
from target import TIMEOUT_S, Target

from antaresia_tools import boards, lines, paths

MPREMOTE = paths.VENV / "bin" / "mpremote"
LEAVE = b"\x1d"  # Ctrl-]


class Line:
    """A booted machine whose serial line is a pty."""

    def __init__(self, arch: str, machine: str | None = None, extra: tuple[str, ...] = ()) -> None:
        self.target = Target(arch, machine, extra=extra).boot()
        self.pty = lines.Pty()
        arguments = (self.target.guest.serial, self.pty, True)
        self._joined = threading.Thread(target=lines.join, args=arguments, daemon=True)
        self._joined.start()

    def close(self) -> None:
        self.target.stop()
        self._joined.join(10)
        self.pty.close()

    def command(self, *args: str | Path) -> list[str]:
        return [str(arg) for arg in (MPREMOTE, "connect", self.pty.path, *args)]

    def mpremote(self, *args: str | Path, status: int = 0, editor: str = "") -> str:
        """Runs mpremote with its exit status checked; what it prints."""
        done = subprocess.run(
            self.command(*args),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=TIMEOUT_S,
            env={**os.environ, "EDITOR": editor},
        )
        text = done.stdout.decode(errors="replace").replace("\r\n", "\n")
        assert done.returncode == status, text
        return text


@pytest.fixture(scope="module", params=boards.arches())
def line(request: pytest.FixtureRequest) -> Iterator[Line]:
    made = Line(request.param)
    yield made
    made.close()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder of the host with a little of everything."""
    (tmp_path / "text.txt").write_text("line one\nline two\nline three\n")
    (tmp_path / "data.bin").write_bytes(bytes(range(256)) * 40)
    (tmp_path / "mod_host.py").write_text("VALUE = 'from the host'\n")
    (tmp_path / "pkg").mkdir()
    (tmp_path / "pkg" / "__init__.py").write_text("from pkg.inner import x\n")
    (tmp_path / "pkg" / "inner.py").write_text("x = 31\n" + "# filling\n" * 200)
    return tmp_path


def test_eval_exec_and_run(line: Line, tmp_path: Path) -> None:
    assert line.mpremote("eval", "6 * 7") == "42\n"
    assert line.mpremote("exec", "for i in range(3): print(i)") == "0\n1\n2\n"
    program = tmp_path / "program.py"
    program.write_text("import sys\nprint('runs on', sys.implementation.name)\n")
    assert line.mpremote("run", program) == "runs on micropython\n"


def test_exception_is_shown_and_fails(line: Line) -> None:
    said = line.mpremote("exec", "1 // 0", status=1)
    assert "ZeroDivisionError" in said


def test_cpu_exception_fails_and_the_next_program_runs(line: Line) -> None:
    for verb in ("exec", "resume", "resume"):
        exec_verb = (verb, "exec") if verb == "resume" else (verb,)
        said = line.mpremote(
            *exec_verb, "print(1); import _fault; _fault.trigger('null_read')", status=1
        )
        assert said.startswith("1\n") and re.search(r"CPUFault: .*the VM was restarted", said)
    assert (
        line.mpremote("resume", "exec", "print('again', '_fault' in globals())") == "again False\n"
    )
    assert line.mpremote("exec", "print('reset')") == "reset\n"


def test_large_program_by_raw_paste(line: Line, tmp_path: Path) -> None:
    program = tmp_path / "large.py"
    program.write_text("s = 0\n" + "".join(f"s += {i}\n" for i in range(500)) + "print(s)\n")
    assert line.mpremote("run", program) == f"{sum(range(500))}\n"


def test_soft_reset_and_resume(line: Line) -> None:
    line.mpremote("exec", "kept = 5")
    assert line.mpremote("resume", "eval", "kept") == "5\n"
    line.mpremote("resume", "soft-reset")
    said = line.mpremote("resume", "eval", "kept", status=1)
    assert "NameError" in said


def test_files(line: Line, folder: Path) -> None:
    data = folder / "data.bin"
    line.mpremote("fs", "mkdir", ":d")
    line.mpremote("fs", "cp", data, folder / "text.txt", ":d/")
    listing = line.mpremote("fs", "ls", ":d")
    assert re.search(r"10240 data\.bin\n", listing) and "text.txt" in listing
    assert line.mpremote("fs", "cat", ":d/text.txt") == (folder / "text.txt").read_text()
    digest = hashlib.sha256(data.read_bytes()).hexdigest()
    assert digest in line.mpremote("fs", "sha256sum", ":d/data.bin")
    back = folder / "back.bin"
    line.mpremote("fs", "cp", ":d/data.bin", back)
    assert back.read_bytes() == data.read_bytes()
    assert "data.bin" in line.mpremote("fs", "tree", ":d")
    line.mpremote("fs", "rm", ":d/text.txt")
    assert "text.txt" not in line.mpremote("fs", "ls", ":d")
    line.mpremote("fs", "rm", ":d/data.bin")
    line.mpremote("fs", "rmdir", ":d")
    assert "No such file" in line.mpremote("fs", "ls", ":d", status=1)


def test_recursive_copy_and_remove(line: Line, folder: Path) -> None:
    line.mpremote("fs", "cp", "-r", folder / "pkg", ":")
    assert line.mpremote("exec", "import pkg; print(pkg.x)") == "31\n"
    line.mpremote("fs", "rm", "-r", ":pkg")
    assert "pkg" not in line.mpremote("fs", "ls")


def test_df(line: Line) -> None:
    said = line.mpremote("df")
    size, used, available = map(int, re.findall(r" (\d+)", said)[:3])
    assert size >= 8192 and used + available == size, said


def test_edit(line: Line, tmp_path: Path) -> None:
    line.mpremote("exec", "open('/edited.txt', 'w').write('before')")
    editor = tmp_path / "editor"
    editor.write_text('#!/bin/sh\nprintf after > "$1"\n')
    editor.chmod(0o755)
    line.mpremote("edit", ":/edited.txt", editor="true")
    assert line.mpremote("fs", "cat", ":/edited.txt") == "before"
    line.mpremote("edit", ":/edited.txt", editor=str(editor))
    assert line.mpremote("fs", "cat", ":/edited.txt") == "after"
    line.mpremote("fs", "rm", ":/edited.txt")


class _Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:
        pass


@contextlib.contextmanager
def _http(folder: Path) -> Iterator[str]:
    handler = functools.partial(_Quiet, directory=str(folder))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def test_mip_from_an_index(line: Line, tmp_path: Path) -> None:
    source = b"def hello():\n    return 'hello from mip'\n"
    digest = hashlib.sha256(source).hexdigest()
    short = digest[:8]
    (tmp_path / "file" / short[:2]).mkdir(parents=True)
    (tmp_path / "file" / short[:2] / short).write_bytes(source)
    package = {"v": 1, "version": "1.0", "hashes": [["greet.py", short]], "deps": []}
    for flavour in ("py", "6"):
        (tmp_path / "package" / flavour / "greet").mkdir(parents=True)
        (tmp_path / "package" / flavour / "greet" / "latest.json").write_text(json.dumps(package))
    with _http(tmp_path) as url:
        said = line.mpremote("mip", "install", "--index", url, "greet")
        assert "Done" in said
        again = line.mpremote("mip", "install", "--index", url, "greet")
        assert "Exists: /lib/greet.py" in again
    assert line.mpremote("exec", "import greet; print(greet.hello())") == "hello from mip\n"
    line.mpremote("fs", "rm", "-r", ":/lib")


def test_rtc(line: Line) -> None:
    before = time.gmtime()
    line.mpremote("rtc", "--set")
    said = line.mpremote("rtc")
    now = eval(said.strip())  # a tuple of numbers
    assert now[0] in (time.localtime().tm_year, before.tm_year)
    assert line.mpremote("exec", "import time; print(time.localtime()[0])") == f"{now[0]}\n"


def test_mount_reads_files_of_the_host(line: Line, folder: Path) -> None:
    digest = hashlib.sha256((folder / "data.bin").read_bytes()).hexdigest()
    program = folder / "program.py"
    program.write_text(
        "import os, hashlib\n"
        "print(os.getcwd(), sorted(os.listdir()))\n"
        "with open('data.bin', 'rb') as f:\n"
        "    print(hashlib.sha256(f.read()).digest().hex())\n"
        "    print(f.seek(250), list(f.read(10)))\n"
        "    print(f.seek(-6, 2), list(f.read()))\n"
        "    b = bytearray(7)\n"
        "    print(f.seek(3), f.readinto(b), list(b))\n"
        "for line in open('text.txt'):\n"
        "    print(repr(line))\n"
        "print(os.stat('text.txt')[6])\n"
        "import mod_host, pkg\n"
        "print(mod_host.VALUE, pkg.x)\n"
        "try:\n    open('not there')\nexcept OSError as e:\n    print(e.errno)\n"
    )
    said = line.mpremote("mount", folder, "run", program)
    names = sorted(path.name for path in folder.iterdir())
    assert said.splitlines()[1:] == [
        f"/remote {names}",
        digest,
        f"250 {[250, 251, 252, 253, 254, 255, 0, 1, 2, 3]}",
        "10234 [250, 251, 252, 253, 254, 255]",
        "3 7 [3, 4, 5, 6, 7, 8, 9]",
        "'line one\\n'",
        "'line two\\n'",
        "'line three\\n'",
        "29",
        "from the host 31",
        "2",
    ]


def test_mount_writes_files_of_the_host(line: Line, folder: Path) -> None:
    said = line.mpremote(
        "mount",
        folder,
        "exec",
        "import os, json\n"
        "with open('out.json', 'w') as f: json.dump({'a': [1, 2]}, f); print('x', file=f)\n"
        "with open('out.bin', 'wb') as f: print(f.write(bytes(range(256)) * 20))\n"
        "os.mkdir('made'); os.rename('out.bin', 'made/moved.bin'); os.remove('text.txt')\n",
        "umount",
        "exec",
        "print(os.listdir('/').count('remote'))",
    )
    assert said.splitlines()[1:] == ["5120", "0"]
    assert (folder / "out.json").read_text() == '{"a": [1, 2]}x\n'
    assert (folder / "made" / "moved.bin").read_bytes() == bytes(range(256)) * 20
    assert not (folder / "text.txt").exists()


def _read_until(fd: int, mark: bytes) -> bytes:
    text = b""
    deadline = time.monotonic() + TIMEOUT_S
    while mark not in text:
        assert time.monotonic() < deadline, text
        if select.select([fd], [], [], 0.1)[0]:
            text += os.read(fd, 4096)
    return text


@contextlib.contextmanager
def _repl(line: Line) -> Iterator[int]:
    """mpremote's own prompt; the terminal that it is used from."""
    user, theirs = os.openpty()
    tty.setraw(theirs)  # mpremote does so itself, but after it has said that it is ready
    repl = subprocess.Popen(line.command("repl"), stdin=theirs, stdout=theirs, stderr=theirs)
    os.close(theirs)
    try:
        yield user
        os.write(user, LEAVE)
        assert repl.wait(TIMEOUT_S) == 0
    finally:
        repl.kill()
        repl.wait()
        os.close(user)


def test_repl_with_ctrl_keys(line: Line) -> None:
    with _repl(line) as user:
        _read_until(user, b"Use Ctrl-]")
        os.write(user, b"\r")
        _read_until(user, b">>> ")
        os.write(user, b"print(6 * 111)\r")
        _read_until(user, b"666\r\n>>> ")
        os.write(user, b"while True: pass\r\r")
        time.sleep(1)  # into the loop
        os.write(user, b"\x03")
        _read_until(user, b"KeyboardInterrupt")
        os.write(user, b"\x04")
        _read_until(user, b"soft reboot")


def test_reset(line: Line) -> None:
    line.mpremote("exec", "open('/gone', 'w').close()")
    line.mpremote("reset")
    time.sleep(2)  # mpremote resets after 100 ms; a Ctrl-C before that would prevent it
    said = line.mpremote("exec", "import os; print('gone' in os.listdir('/'))")
    assert said == "False\n"  # a reset empties the RAM disk
