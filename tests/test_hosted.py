# SPDX-License-Identifier: MIT
"""What is particular to the hosted port: its process, its terminal, its instrumented builds."""

import os
import re
import select
import signal
import subprocess
import termios
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from target import Target

from antaresia_tools import boards, building

TIMEOUT_S = 60


@pytest.fixture(scope="module")
def image() -> Path:
    return building.build(boards.find_board("hosted"))


def _run(image: Path, typed: bytes, *options: str) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [image, *options],
        input=typed,
        capture_output=True,
        timeout=TIMEOUT_S,
    )


def test_end_of_input_is_the_end_with_status_0(image: Path) -> None:
    done = _run(image, b"print(6 * 7)\r")
    assert done.returncode == 0
    assert b"\r\n42\r\n" in done.stdout


def test_program_goes_on_after_the_end_of_input(image: Path) -> None:
    done = _run(image, b"import time; time.sleep(0.5); print('slept')\r")
    assert done.returncode == 0
    assert b"\r\nslept\r\n" in done.stdout


def test_machine_that_waits_for_nothing_ends_at_the_end_of_input(image: Path) -> None:
    assert _run(image, b"import machine; machine.lightsleep()\r").returncode == 0


@pytest.mark.parametrize(
    "options",
    [("--bogus",), ("--memory",), ("--memory", "x"), ("--cores", "65"), ("--memory", "0")],
)
def test_wrong_option_is_one_line_and_status_2(image: Path, options: tuple[str, ...]) -> None:
    done = _run(image, b"", *options)
    assert done.returncode == 2
    assert re.fullmatch(rb"antaresia: --\w+: .+\n", done.stderr)


def test_memory_and_cores_are_as_asked(image: Path) -> None:
    code = b"import antaresia; i = antaresia.info(); print(i['ram_bytes'] >> 20, i['cores'])\r"
    assert b"\r\n48 7\r\n" in _run(image, code, "--memory", "48", "--cores", "7").stdout


class Terminal:
    """The image on a terminal of its own, whose settings we know."""

    def __init__(self, image: Path, *options: str) -> None:
        self.user, self.theirs = os.openpty()
        self.before = termios.tcgetattr(self.theirs)
        self.process = subprocess.Popen([image, *options], stdin=self.theirs, stdout=self.theirs)
        self.wait_for(b">>> ")

    def wait_for(self, mark: bytes) -> None:
        text = b""
        deadline = time.monotonic() + TIMEOUT_S
        while mark not in text:
            assert time.monotonic() < deadline, text
            if select.select([self.user], [], [], 0.1)[0]:
                text += os.read(self.user, 4096)

    def type(self, text: bytes) -> None:
        os.write(self.user, text)

    @property
    def restored(self) -> bool:
        return termios.tcgetattr(self.theirs) == self.before

    def close(self) -> None:
        self.process.kill()
        self.process.wait()
        os.close(self.theirs)
        os.close(self.user)


Terminals = Callable[..., Terminal]


@pytest.fixture
def terminal(image: Path) -> Iterator[Terminals]:
    made: list[Terminal] = []

    def make(*options: str) -> Terminal:
        made.append(Terminal(image, *options))
        return made[-1]

    yield make
    for one in made:
        one.close()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGQUIT])
@pytest.mark.parametrize("busy", [False, True])
def test_signal_ends_it_and_restores_the_terminal(
    terminal: Terminals, number: signal.Signals, busy: bool
) -> None:
    shell = terminal()
    assert not shell.restored
    if busy:
        shell.type(b"while True: pass\r\r")
        shell.wait_for(b"... ")
    shell.process.send_signal(number)
    assert shell.process.wait(TIMEOUT_S) == -number
    assert shell.restored


@pytest.mark.parametrize(
    "code,status",
    [
        (b"import antaresia; antaresia.power_off()", 0),
        (b"import _fault; _fault.trigger('critical')", 67),
        (b"import _fault; _fault.trigger('interrupt')", 67),
    ],
)
def test_terminal_is_restored_at_each_end(terminal: Terminals, code: bytes, status: int) -> None:
    shell = terminal("--cores", "3")
    shell.type(code + b"\r")
    assert shell.process.wait(TIMEOUT_S) == status
    assert shell.restored


def test_reset_starts_again_in_the_same_process(terminal: Terminals) -> None:
    shell = terminal()
    shell.type(b"kept = 1\r")
    shell.wait_for(b">>> ")
    shell.type(b"import machine; machine.reset()\r")
    shell.wait_for(b"information.\r\n>>> ")
    shell.type(b"kept\r")
    shell.wait_for(b"NameError")
    shell.type(b"import antaresia; antaresia.power_off()\r")
    assert shell.process.wait(TIMEOUT_S) == 0
    assert shell.restored


def test_busy_program_ends_when_its_terminal_goes_away(image: Path) -> None:
    user, theirs = os.openpty()
    with subprocess.Popen([image], stdin=theirs, stdout=theirs) as process:
        os.close(theirs)
        os.write(user, b"while True: pass\r\r")
        time.sleep(0.5)
        os.close(user)
        assert process.wait(TIMEOUT_S) == 1


PROGRAM = """
import gc, json, io, time, antaresia
class Sink(io.IOBase):
    def write(self, buf):
        buf += buf
        return len(buf) // 2
json.dump(list(range(300)), Sink())
def deep(n):
    return deep(n + 1)
for _ in range(3):
    try:
        deep(0)
    except RuntimeError as e:
        print(e)
for _ in range(20):
    time.sleep_ms(1)
    gc.collect()
print(antaresia.info()['cores'])
"""


@pytest.mark.parametrize("sanitize", ["address", "thread"])
def test_instrumented_build_runs_without_a_report(
    machine: Callable[..., Target], sanitize: str
) -> None:
    target: Target = machine("hosted", sanitize=sanitize, cores=4, memory=32).boot()
    said = target.check(PROGRAM)
    assert said == "maximum recursion depth exceeded\n" * 3 + "4\n"
    target.send("\x02while True: pass\r\r")
    time.sleep(0.5)
    target.send("\x03")
    target.read_until("KeyboardInterrupt")
    target.read_until(">>> ")
    target.send("import antaresia; antaresia.power_off()\r")
    assert target.wait_end() == 0
    assert target.guest.stderr() == ""
