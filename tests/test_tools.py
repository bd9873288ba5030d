# SPDX-License-Identifier: MIT
"""tools/ as a user meets them: what they print, how they end, and what they leave behind."""

import contextlib
import os
import re
import select
import signal
import socket
import subprocess
import sys
import termios
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from antaresia_tools import boards, building, debian, deps, paths
from antaresia_tools.errors import ToolError

TOOLS = [
    "build",
    "debug",
    "describe",
    "devices",
    "disasm",
    "flash",
    "repl",
    "run",
    "size",
    "symbols",
    "test",
    "trace",
    "upstream-tests",
]
TIMEOUT_S = 120


@pytest.fixture(scope="module", autouse=True)
def image():
    return building.build(boards.find_board("x86_64"))


def tool(name: str, *args: str, stdin: str = "", **env: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [paths.ROOT / "tools" / name, *args],
        input=stdin,
        capture_output=True,
        text=True,
        timeout=TIMEOUT_S,
        cwd="/",
        env={**os.environ, **env},
    )


def run(*args: str, stdin: str = "", **env: str) -> subprocess.CompletedProcess[str]:
    return tool("run", "--no-build", *args, stdin=stdin, **env)


def assert_error(done, status: int, words: str) -> None:
    """One line that says what, one that says what to try, and no traceback."""
    assert done.returncode == status, done.stderr
    error, *rest = done.stderr.splitlines()
    assert error.startswith("error: ") and words in error
    assert len(rest) == 1 and rest[0].startswith("hint: ")


# --- usage


@pytest.mark.parametrize("name", TOOLS)
def test_help_says_what_a_tool_does(name):
    done = tool(name, "--help")
    assert done.returncode == 0 and f"Usage: tools/{name}" in done.stdout


@pytest.mark.parametrize(
    ("args", "words"),
    [
        (["--arch", "vax"], "no architecture 'vax'"),
        (["--board", "toaster"], "no board 'toaster' of x86_64"),
        (["--machine", "toaster"], "no machine 'toaster' of x86_64"),
        (["--cores", "200"], "cores"),
        (["--serial", "carrier-pigeon"], "no serial line 'carrier-pigeon'"),
        (["--serial", "rfc2217:65536"], "no TCP port 65536"),
        (["no-such-file.py"], "no-such-file.py: no such file"),
        (["--exec", "1", "no-such-file.py"], "both --exec and files"),
        (["--exec", "1", "--serial", "pty"], "--serial"),
        (["--arch", "x86_64", "--no-such-option"], "--no-such-option"),
    ],
)
def test_wrong_usage_is_one_line_a_hint_and_status_2(args, words):
    assert_error(run(*args), 2, words)


def test_wrong_arch_is_an_error_of_every_tool():
    for args in (["build"], ["size"], ["symbols"], ["disasm", "main"], ["upstream-tests"]):
        assert_error(tool(args[0], "--arch", "vax", *args[1:]), 2, "no architecture 'vax'")


def test_sanitize_is_for_hosted_only():
    assert_error(tool("build", "--sanitize", "address"), 2, "hosted")


def test_port_in_use():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        assert_error(run("--serial", f"rfc2217:{port}"), 1, f"port {port} cannot be used")


# --- something is missing


def test_missing_programs_are_named(tmp_path):
    (tmp_path / "python3").symlink_to(sys.executable)
    (tmp_path / "env").symlink_to("/usr/bin/env")
    done = run("--exec", "1", PATH=str(tmp_path))
    assert_error(done, 3, "missing programs: qemu-system-x86_64")


def test_without_root_the_apt_line_is_the_hint(monkeypatch):
    monkeypatch.setattr(debian, "_become_root", lambda: None)
    with pytest.raises(ToolError) as caught:
        debian.install(["gcc", "make"])
    assert caught.value.status == 3
    assert "apt-get install --no-install-recommends gcc make" in caught.value.hint


def test_x86_64_needs_no_other_toolchain():
    wanted = " ".join(debian.TO_BUILD["x86_64"] + debian.TO_RUN["x86_64"])
    assert not re.search("arm|aarch64|xtensa", wanted)


def test_micropython_dir_that_is_none(tmp_path):
    done = tool("build", MICROPYTHON_DIR=str(tmp_path / "absent"))
    assert_error(done, 3, "no MicroPython source tree")


def test_micropython_dir_of_another_version(tmp_path):
    (tmp_path / "py").mkdir()
    (tmp_path / "py" / "mpconfig.h").write_text(
        "#define MICROPY_VERSION_MAJOR 1\n#define MICROPY_VERSION_MINOR 24\n"
        "#define MICROPY_VERSION_MICRO 1\n#define MICROPY_VERSION_PRERELEASE 0\n"
    )
    assert_error(tool("build", MICROPYTHON_DIR=str(tmp_path)), 3, "is MicroPython 1.24.1")


# --- where MicroPython comes from


def test_mirror_is_taken_from_one_line_sources(tmp_path):
    (tmp_path / "sources.list").write_text(
        "# deb http://commented.example/debian bookworm main\n"
        "deb http://security.example/debian-security bookworm-security main\n"
        "deb [arch=amd64 signed-by=/usr/share/keyrings/k.gpg] http://m.example/debian/ bookworm "
        "main contrib # words\n"
    )
    (entry,) = deps.source_entries(tmp_path)
    assert "URIs: http://m.example/debian/\n" in entry
    assert "Types: deb-src\n" in entry and "Suites: trixie\n" in entry
    assert "Signed-By: /usr/share/keyrings/k.gpg\n" in entry


def test_mirror_is_taken_from_deb822_sources(tmp_path):
    folder = tmp_path / "sources.list.d"
    folder.mkdir()
    (folder / "a.sources").write_text(
        "Types: deb\nURIs: http://other.example/apt\nSuites: stable\nComponents: main\n\n"
        "Enabled: no\nTypes: deb\nURIs: http://off.example/debian\nSuites: sid\nComponents: main\n"
    )
    (folder / "debian.sources").write_text(
        "Types: deb\n# a comment\nURIs: http://m.example/debian\n"
        "Suites: bookworm bookworm-updates\nComponents: main\n"
        "Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg\n\n"
        "Types: deb\nURIs: http://m.example/debian-security\nSuites: bookworm-security\n"
        "Components: main\n"
    )
    first, second = deps.source_entries(tmp_path)
    assert "http://m.example/debian\n" in first and "debian-archive-keyring" in first
    assert "http://other.example/apt\n" in second


# --- programs


def test_exec_prints_and_ends_with_0():
    done = run("--exec", "print('one')", "--exec", "print('two')")
    assert (done.returncode, done.stdout, done.stderr) == (0, "one\ntwo\n", "")


def test_output_is_exact_whatever_it_holds():
    code = r"import sys; sys.stdout.write('\x04>\x04\x1e\x03é\r*** PANIC: no\n' * 3)"
    with started("run", "--no-build", "--exec", code) as process:
        stdout, _ = process.communicate(timeout=TIMEOUT_S)
    assert stdout == "\x04>\x04\x1e\x03é\r*** PANIC: no\n".encode() * 3


def test_output_comes_while_the_program_runs():
    code = "import time\nprint('now')\ntime.sleep(1000)"
    with started("run", "--no-build", "--exec", code) as process:
        assert process.stdout.readline() == b"now\n"


def test_large_program_arrives_whole(tmp_path):
    file = tmp_path / "large.py"
    file.write_text("x = 0\n" + "x += 1  # padding padding padding\n" * 10000 + "print(x)\n")
    assert run(str(file)).stdout == "10000\n"


def test_traceback_goes_to_stderr_with_the_file_name(tmp_path):
    file = tmp_path / "bad.py"
    file.write_text("def f():\n    return 1 // 0\nprint('before')\nf()\n")
    done = run(str(file))
    assert (done.returncode, done.stdout) == (1, "before\n")
    assert f'  File "{file}", line 2, in f\nZeroDivisionError: ' in done.stderr
    assert "<stdin>" not in done.stderr


def test_syntax_error_names_the_file(tmp_path):
    file = tmp_path / "bad.py"
    file.write_text("x =\n")
    done = run(str(file))
    assert done.returncode == 1 and f'File "{file}", line 1' in done.stderr


def test_first_failing_program_is_the_last():
    done = run("--exec", "raise ValueError", "--exec", "print('never')")
    assert (done.returncode, done.stdout) == (1, "")


@pytest.mark.parametrize(
    ("argument", "status", "words"),
    [("", 0, ""), ("3", 3, ""), ("None", 0, ""), ("'words'", 1, "words\n"), ("256 + 5", 5, "")],
)
def test_sys_exit_is_the_exit_status(argument, status, words):
    done = run("--exec", f"import sys\nsys.exit({argument})")
    assert (done.returncode, done.stderr) == (status, words)


def test_program_from_stdin():
    assert run("-", stdin="print('from stdin')").stdout == "from stdin\n"


def test_program_may_switch_off_or_reset():
    for code in ("import antaresia; antaresia.power_off()", "import machine; machine.reset()"):
        done = run("--exec", f"print('bye')\n{code}")
        assert (done.returncode, done.stdout, done.stderr) == (0, "bye\n", "")


def test_cpu_exception_is_an_error_of_the_program():
    done = run("--exec", "print('before'); import _fault; _fault.trigger('illegal')")
    assert (done.returncode, done.stdout) == (1, "before\n")
    lines = done.stderr.splitlines()
    assert lines[:2] == [
        "Traceback (most recent call last):",
        '  File "<exec>", line 1, in <module>',
    ]
    assert lines[-1].startswith("CPUFault: invalid opcode at pc 0x")
    assert "hal_fault_trigger" in tool("symbols", stdin=done.stderr).stdout


def test_panic_is_shown_with_status_4():
    done = run("--exec", "print('before'); import _fault; _fault.trigger('critical')")
    assert done.returncode == 4
    assert "before" in done.stdout and "PANIC" not in done.stdout
    assert "*** PANIC: " in done.stderr and "*** end of panic" in done.stderr
    error, hint = done.stderr.splitlines()[-2:]
    assert error == "error: the machine panicked" and hint.startswith("hint: ")
    named = tool("symbols", stdin=done.stderr)
    assert "fault_trigger" in named.stdout


def test_hosted_runs_programs_the_same_way():
    done = tool("run", "--arch", "hosted", "--exec", "print('hosted')\nraise SystemExit(9)")
    assert (done.returncode, done.stdout) == (9, "hosted\n"), done.stderr


# --- what ends a tool, and what it leaves behind


@contextlib.contextmanager
def started(name: str, *args: str, **options) -> Iterator[subprocess.Popen[bytes]]:
    process = subprocess.Popen(
        [paths.ROOT / "tools" / name, *args],
        stdin=options.pop("stdin", subprocess.DEVNULL),
        stdout=options.pop("stdout", subprocess.PIPE),
        stderr=options.pop("stderr", subprocess.PIPE),
        **options,
    )
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def children(pid: int) -> list[int]:
    text = Path(f"/proc/{pid}/task/{pid}/children").read_text()
    return [int(child) for child in text.split()]


def wait_until_gone(pids: list[int]) -> None:
    deadline = time.monotonic() + 10
    while any(Path(f"/proc/{pid}").exists() for pid in pids):
        assert time.monotonic() < deadline, "a process is left"
        time.sleep(0.05)


def test_ctrl_c_interrupts_the_program():
    code = "print('looping')\nwhile True: pass"
    with started("run", "--no-build", "--exec", code) as process:
        assert process.stdout.readline() == b"looping\n"
        left = children(process.pid)
        process.send_signal(signal.SIGINT)
        _, stderr = process.communicate(timeout=TIMEOUT_S)
        assert process.returncode == 130
        assert stderr.decode().splitlines()[-1] == "KeyboardInterrupt: "
        wait_until_gone(left)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGKILL])
@pytest.mark.parametrize("serial", ["stdio", "pty", "rfc2217:0"])
def test_nothing_is_left_after_a_signal(number, serial, tmp_path):
    env = {**os.environ, "TMPDIR": str(tmp_path)}
    with started(
        "run", "--no-build", "--serial", serial, stdin=subprocess.PIPE, env=env
    ) as process:
        assert process.stdout.readline()
        left = children(process.pid)
        assert left
        process.send_signal(number)
        process.wait(TIMEOUT_S)
        wait_until_gone(left)
        assert process.returncode == (-9 if number == signal.SIGKILL else 128 + number)
    assert list(tmp_path.iterdir()) == []


class Terminal:
    """A terminal in which a tool runs."""

    def __init__(self, *args: str) -> None:
        self.master, self.slave = os.openpty()
        self.before = termios.tcgetattr(self.slave)
        self.output = b""
        self.process = subprocess.Popen(
            [paths.ROOT / "tools" / "run", "--no-build", *args],
            stdin=self.slave,
            stdout=self.slave,
            stderr=self.slave,
            start_new_session=True,
        )

    def expect(self, text: bytes) -> None:
        deadline = time.monotonic() + TIMEOUT_S
        while text not in self.output:
            assert time.monotonic() < deadline, self.output
            if select.select([self.master], [], [], 0.1)[0]:
                self.output += os.read(self.master, 65536)
        self.output = self.output.partition(text)[2]

    def type(self, text: bytes) -> None:
        os.write(self.master, text)

    def restored(self) -> bool:
        return termios.tcgetattr(self.slave) == self.before

    def __enter__(self) -> "Terminal":
        return self

    def __exit__(self, *_: object) -> None:
        self.process.kill()
        self.process.wait()
        os.close(self.master)
        os.close(self.slave)


def test_prompt_in_a_terminal():
    with Terminal() as terminal:
        terminal.expect(b">>> ")
        assert not terminal.restored()
        terminal.type(b"6 * 7\r")
        terminal.expect(b"42\r\n>>> ")
        terminal.type(b"while True: pass\r\r")
        time.sleep(1)
        terminal.type(b"\x03")
        terminal.expect(b"KeyboardInterrupt")
        terminal.expect(b">>> ")
        left = children(terminal.process.pid)
        terminal.type(b"\x1d")
        assert terminal.process.wait(TIMEOUT_S) == 0
        assert terminal.restored()
        wait_until_gone(left)


def test_guest_reset_comes_back_to_the_prompt():
    with Terminal() as terminal:
        terminal.expect(b">>> ")
        terminal.type(b"import machine; machine.reset()\r")
        terminal.expect(b"MicroPython v1.25.0")
        terminal.expect(b">>> ")


def test_guest_power_off_ends_the_tool():
    with Terminal() as terminal:
        terminal.expect(b">>> ")
        terminal.type(b"import antaresia; antaresia.power_off()\r")
        assert terminal.process.wait(TIMEOUT_S) == 0
        assert terminal.restored()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGKILL])
def test_terminal_is_restored_after_a_signal(number):
    with Terminal() as terminal:
        terminal.expect(b">>> ")
        left = children(terminal.process.pid)
        terminal.process.send_signal(number)
        terminal.process.wait(TIMEOUT_S)
        wait_until_gone(left)
        assert terminal.restored()


# --- mpremote


def mpremote(*args: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [paths.VENV / "bin" / "mpremote", *args],
        capture_output=True,
        text=True,
        timeout=TIMEOUT_S,
        stdin=subprocess.DEVNULL,
    )


@pytest.mark.parametrize("serial", ["pty", "rfc2217:0"])
def test_mpremote_line_works_again_and_again(serial):
    with started("run", "--no-build", "--serial", serial) as process:
        assert process.stdout.readline().startswith(b"serial line: ")
        words = process.stdout.readline().decode().split()
        assert words[:2] == ["mpremote", "connect"]
        for number in range(3):
            done = mpremote(*words[1:], "exec", f"print({number})")
            assert (done.returncode, done.stdout) == (0, f"{number}\n"), done.stderr


@pytest.mark.parametrize("serial", ["pty", "rfc2217:0"])
def test_file_of_256_kib_arrives_and_returns_whole(serial, tmp_path):
    data = os.urandom(256 * 1024)
    (tmp_path / "there").write_bytes(data)
    with started("run", "--no-build", "--serial", serial) as process:
        process.stdout.readline()
        connect = process.stdout.readline().decode().split()[1:]
        there, back = str(tmp_path / "there"), str(tmp_path / "back")
        done = mpremote(*connect, "cp", there, ":f", "+", "cp", ":f", back)
        assert done.returncode == 0, done.stdout + done.stderr
        assert (tmp_path / "back").read_bytes() == data


# --- images


def test_size_lists_what_is_built():
    header, *rows = tool("size").stdout.splitlines()
    assert header.split() == ["board", "text", "data", "bss", "image"]
    (pc,) = [row.split() for row in rows if row.startswith("x86_64 pc ")]
    assert 200_000 < int(pc[2]) < 1 << 20


def test_symbols_name_an_address_and_its_line():
    listing = tool("symbols", "--count", "100000").stdout
    assert re.search(r"func +mp_execute_bytecode\n", listing)
    nm = subprocess.run(
        ["nm", building.build(boards.find_board("x86_64"))], capture_output=True, text=True
    )
    address = re.search(r"^(\w+) T common_main$", nm.stdout, re.MULTILINE)[1]
    named = tool("symbols", address, "0x1").stdout.splitlines()
    assert re.fullmatch(r"0x\w+  common_main\+0x0  port/common/main\.c:\d+", named[0])
    assert "not in this image" in named[1]


def test_disasm_shows_one_function_and_suggests_near_names():
    assert "common_main" in tool("disasm", "common_main").stdout.splitlines()[0]
    assert_error(tool("disasm", "comon_main"), 2, "no function 'comon_main'")


def test_debug_stops_before_the_first_instruction():
    done = tool("debug", "--no-build", "-ex", "info registers rip", "-ex", "quit")
    assert "0xfff0" in done.stdout, done.stderr
