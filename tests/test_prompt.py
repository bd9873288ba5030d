# SPDX-License-Identifier: MIT
"""The prompt: its control keys, start-up files, soft reset, and a line that never drops a byte."""

import hashlib
import random
import time

import pytest
from target import Target, all_machines

MACHINES = pytest.mark.parametrize("arch,name", all_machines())


@MACHINES
def test_ctrl_c_interrupts_loop_and_sleep(machine, arch, name):
    target: Target = machine(arch, name).boot()
    for line in (
        "while True: pass",
        "import time; time.sleep(1000)",
        "import sys; sys.stdin.read(1)",
    ):
        target.send(line + "\r")
        if line.startswith("while"):
            target.send("\r")
        target.read_until("\n")
        time.sleep(0.5)  # let it get into the loop or the wait
        target.send("\x03")
        assert "KeyboardInterrupt" in target.expect_prompt()
    assert target.command("1 + 1") == "2"


@MACHINES
def test_paste_mode_and_raw_mode(machine, arch, name):
    target: Target = machine(arch, name).boot()
    target.send("\x05")
    target.read_until("=== ")
    target.send("for i in range(3):\r    print('p', i)\r\x04")
    assert "p 0\np 1\np 2" in target.expect_prompt()
    target.send("\x01")
    target.read_until("raw REPL; CTRL-B to exit\r\n>")
    target.send("print('raw')\x04")
    target.read_until("OKraw\r\n\x04\x04>")
    target.send("\x02")
    target.expect_prompt()


@MACHINES
def test_files_and_startup_scripts_survive_a_soft_reset(machine, arch, name):
    target: Target = machine(arch, name).boot()
    target.check(
        "open('/boot.py', 'w').write('print(\"boot ran\")')\n"
        "open('/main.py', 'w').write('print(\"main ran\"); m = 5')\n"
    )
    target.command("y = 1")
    target.send("\x04")
    said = target.expect_prompt()
    assert "MPY: soft reboot\nboot ran\nmain ran\n" in said
    assert target.command("m") == "5"
    assert "NameError" in target.command("y")


@MACHINES
def test_soft_reset_gives_all_memory_back(machine, arch, name):
    target: Target = machine(arch, name).boot()

    def used() -> str:  # of memory outside of heaps
        target.command("import actor, gc; gc.collect()")
        heaps = "sum(actor.info(ref)['memory'] for ref in actor.list())"
        return target.command(f"print(actor.counts()['memory'] - {heaps})")

    first = used()
    for _ in range(20):
        target.command("l = [bytearray(4000) for _ in range(4)]")
        target.send("\x04")
        target.expect_prompt()
    assert used() == first


@MACHINES
def test_main_that_fails_or_exits_leaves_a_prompt(machine, arch, name):
    target: Target = machine(arch, name).boot()
    target.check("open('/main.py', 'w').write('1 // 0')")
    target.command("pass")
    target.send("\x04")
    assert "ZeroDivisionError" in target.expect_prompt()
    assert target.command("2 + 2") == "4"


@MACHINES
def test_line_rate_input_is_never_dropped(machine, arch, name):
    """A MiB in one go, while the machine reads it in bursts and pauses."""
    size = 1 << 20
    data = bytes(random.Random(7).choices(range(256), k=size))
    target: Target = machine(arch, name).boot()
    target.command("import sys, hashlib, micropython, time")
    for line in (
        "def take(n):",
        "    micropython.kbd_intr(-1)",
        "    print('ready')",
        "    h = hashlib.sha256(); b = bytearray(1024); got = 0",
        "    while got < n:",
        "        k = sys.stdin.buffer.readinto(b, min(1024, n - got))",
        "        h.update(memoryview(b)[:k]); got += k",
        "        if got % 131072 == 0: time.sleep_ms(50)",
        "    micropython.kbd_intr(3)",
        "    print('digest', ''.join('%02x' % x for x in h.digest()))",
    ):
        target.send(line + "\r")
        target.read_until("\n")
    target.send("\r\r\r")
    target.command("pass")
    target.send(f"take({size})\r")
    target.read_until("ready\r\n")
    target.send(data)
    target.read_until("digest ")
    assert target.read_until("\r\n").decode() == hashlib.sha256(data).hexdigest()


@MACHINES
def test_help_lists_modules(machine, arch, name):
    target: Target = machine(arch, name).boot()
    modules = target.command("help('modules')")
    for module in (
        "antaresia",
        "asyncio/__init__",
        "hashlib",
        "json",
        "machine",
        "os",
        "random",
        "re",
        "struct",
        "time",
        "vfs",
    ):
        assert module in modules.split()
    assert "Antaresia" in target.command("help()")


@MACHINES
def test_dangerous_modules_are_absent(machine, arch, name):
    target: Target = machine(arch, name).boot()
    for module in ("uctypes", "marshal", "ffi", "_thread"):
        assert "ImportError" in target.command(f"import {module}")
    assert "SyntaxError" in target.command("exec('@micropython.viper\\ndef f(): pass')")
    assert "SyntaxError" in target.command("exec('@micropython.native\\ndef f(): pass')")
