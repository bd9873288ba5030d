# SPDX-License-Identifier: MIT
"""What goes wrong ends the program with a fresh VM, or the machine, or is an exception."""

import re

import pytest
from target import Target, all_machines

# The kinds that end the program; and where the CPU does not trap one, so that the call raises.
KINDS = [
    "divide",
    "illegal",
    "unaligned",
    "null_read",
    "null_write",
    "null_call",
    "wild_read",
    "wild_write",
    "code_write",
    "const_write",
    "data_call",
    "stack",
]
NOT_TRAPPED = {
    "x86_64": {"unaligned"},
    "hosted": {"unaligned"},
    "aarch64": {"unaligned", "divide"},  # gives 0 by definition (Arm ARM, UDIV)
    # Region protection has neither a read-only nor a no-execute attribute for RAM.
    "xtensa": {"code_write", "const_write", "data_call"},
}
# What the line says; for some ports only parts of it are known.
WORDS = {
    "null_read": r"read of 0x[0-9a-f]+ \(null page\)",
    "null_write": r"write to 0x10 \(null page\)",
    "null_call": r"jump to 0x0 \(null page\)",
    "wild_read": r" 0x[0-9a-f]+",
    "wild_write": r"write to 0x[0-9a-f]+",
    "code_write": r"write to 0x[0-9a-f]+ \(code\)",
    "const_write": r"write to 0x[0-9a-f]+",
    "data_call": r"jump to 0x[0-9a-f]+",
    "stack": r"^CPUFault: (C )?stack overflow",
    "divide": r"divide error",
    "illegal": r"undefined instruction|illegal instruction|invalid opcode",
    "unaligned": r"unaligned",
}
LAST_LINE = r"CPUFault: .* at pc 0x[0-9a-f]+.*; the VM was restarted"

# A program that must not notice: it would write a file.
GREEDY = """\
import _fault, os
class Context:
    def __enter__(self):
        return self
    def __exit__(self, *args):
        open('noticed', 'w').close()
        return True
def f(kind):
    with Context():
        try:
            try:
                {trigger}
            except BaseException:
                open('noticed', 'w').close()
        finally:
            open('noticed', 'w').close()
f('null_read')
"""
TRIGGERS = {
    "try": "_fault.trigger(kind)",
    "sort": "[3, 1, 2].sort(key=lambda x: _fault.trigger(kind))",
    "generator": "list(_fault.trigger(kind) for _ in range(3))",
    "compare": """type('C', (), {'__eq__': lambda a, b: _fault.trigger(kind)})() in [1]""",
}


def say(target: Target, line: str) -> str:
    """What a line typed at the prompt prints, with a fresh VM's banner."""
    target.send(line + "\r")
    return target.expect_prompt()


def soft_reset(target: Target) -> str:
    target.send("\x04")
    return target.expect_prompt()


def assert_fresh(target: Target) -> None:
    assert "NameError" in target.command("_fault")
    assert target.command("6 * 7") == "42"


@pytest.mark.parametrize("arch,name", all_machines())
def test_fault_ends_the_program(machine, arch, name):
    target: Target = machine(arch, name).boot()
    for kind in KINDS:
        said = say(target, f"import _fault; _fault.trigger({kind!r})").replace("\r", "")
        if kind in NOT_TRAPPED[arch]:
            assert "EOPNOTSUPP" in said, kind
            continue
        lines = said.splitlines()
        start = lines.index("Traceback (most recent call last):")
        assert lines[start + 1] == '  File "<stdin>", line 1, in <module>', said
        assert re.fullmatch(r"  in C, return address candidates( 0x[0-9a-f]+)+", lines[start + 2])
        assert re.fullmatch(LAST_LINE, lines[start + 3]), said
        assert re.search(WORDS[kind], lines[start + 3]), said
        assert "MicroPython v" in lines[start + 4], "no fresh prompt"
        assert_fresh(target)


@pytest.mark.parametrize("arch,name", all_machines())
def test_program_cannot_catch_a_fault(machine, arch, name):
    target: Target = machine(arch, name).boot()
    for place, trigger in TRIGGERS.items():
        output = target.run(GREEDY.format(trigger=trigger))
        assert output.status == 1, place
        assert re.fullmatch(LAST_LINE, output.stderr.splitlines()[-1]), output
        assert target.check("import os; print('noticed' in os.listdir())") == "False\n", place


@pytest.mark.parametrize("arch,name", all_machines())
def test_traceback_names_the_running_calls(machine, arch, name):
    target: Target = machine(arch, name).boot()
    output = target.run(
        "import _fault\n"
        "def gone(n):\n    return n and gone(n - 1)\n"
        "def gen():\n    yield 1\n    _fault.trigger('null_read')\n"
        "class A:\n    def method(self):\n        gone(5)\n        return max(gen())\n"
        "print('before')\n"
        "A().method()\n"
    )
    assert output.stdout == "before\n"
    calls = re.findall(r'^  File "(.*)", line (\d+), in (\S+)$', output.stderr, re.MULTILINE)
    assert calls[-3:] == [
        ("test.py", "12", "<module>"),
        ("test.py", "10", "method"),
        ("test.py", "6", "gen"),
    ]


IMPORT = "import actor, gc, os; gc.collect()"
# Memory outside of heaps; blocks of files.
HEAPS = "sum(actor.info(ref)['memory'] for ref in actor.list())"
USED = f"print(actor.counts()['memory'] - {HEAPS}, os.statvfs('/')[3])"


@pytest.mark.parametrize("arch,name", all_machines())
def test_faults_leak_nothing(machine, arch, name):
    target: Target = machine(arch, name).boot()
    soft_reset(target)

    def used():
        target.command(IMPORT)
        return target.command(USED)

    first = used()

    source = "import _fault; l = [bytearray(100) for _ in range(50)]; _fault.trigger({!r})"
    for i in range(50):
        said = say(target, source.format(["null_read", "illegal", "stack"][i % 3]))
        assert re.search(LAST_LINE, said), said
    assert used() == first
    soft_reset(target)
    assert used() == first


@pytest.mark.parametrize("arch,name", all_machines())
def test_state_of_the_dead_vm_is_gone(machine, arch, name):
    """Locks of the collector, interrupts, scheduled calls, mounts, Ctrl-C, the emergency buffer."""
    target: Target = machine(arch, name).boot()
    output = target.run(
        "import _fault, micropython, sys\n"
        "micropython.kbd_intr(-1)\n"
        "sys.path.append('x')\n"
        "micropython.schedule(print, 'scheduled')\n"
        "micropython.heap_lock()\n"
        "_fault.trigger('null_read')\n"
    )
    assert "CPUFault" in output.stderr
    said = target.check("import sys\nx = [0] * 100\nprint(len(x), 'x' in sys.path)")
    assert said == "100 False\n"
    target._leave_raw()
    target.send("exec('print(6 * 7)\\nwhile True: pass')\r")
    target.read_until("42\r\n")
    target.send("\x03")
    assert "KeyboardInterrupt" in target.expect_prompt()


@pytest.mark.parametrize("arch", ["x86_64", "aarch64", "xtensa", "hosted"])
def test_raw_repl_stays_in_step(machine, arch):
    """Byte for byte what a program that raises looks like, wherever in it the fault is."""
    target: Target = machine(arch).boot()
    target.repl.enter_from_prompt()
    trigger = b"_fault.trigger('null_read')"
    programs = {
        b"print(7); " + trigger: rb"OK7\r\n\x04Traceback .*CPUFault: [^\n]*restarted\r\n\x04>",
        b"raise ValueError(type('S', (), {'__str__': lambda self: " + trigger + b"})())": (
            rb"OK\x04Traceback .*Traceback .*CPUFault: [^\n]*restarted\r\n\x04>"
        ),
    }
    for program, answer in programs.items():
        for _ in range(2):
            target.send(b"import _fault; " + program + b"\x04")
            said = target.repl.read_until(b"restarted\r\n\x04>", 60)
            assert re.fullmatch(answer, said, re.DOTALL), said
            target.send(b"print('next')\x04")
            assert target.repl.read_until(b"\x04>", 60) == b"OKnext\r\n\x04\x04>"


@pytest.mark.parametrize("arch", ["x86_64", "aarch64", "xtensa", "hosted"])
@pytest.mark.parametrize("file", ["boot.py", "main.py"])
def test_startup_file_that_faults(machine, arch, file):
    target: Target = machine(arch).boot()
    code = 'import _fault; _fault.trigger("illegal")'
    target.check(f"with open({file!r}, 'w') as f:\n    f.write({code!r})")
    target._leave_raw()
    said = soft_reset(target)
    assert re.search(LAST_LINE, said)
    assert file in said
    assert target.command("6 * 7") == "42"
    # A fault at the prompt runs boot.py again, and that one faults and is left out.
    said = say(target, "import _fault; _fault.trigger('null_read')")
    assert said.count("CPUFault") == (2 if file == "boot.py" else 1)
    assert target.command("6 * 7") == "42"


@pytest.mark.parametrize("kind", ["critical", "interrupt", "landing"])
@pytest.mark.parametrize("arch,name", all_machines())
def test_fault_of_the_kernel_is_a_panic(machine, arch, name, kind):
    target: Target = machine(arch, name).boot()
    target.send(f"import _fault; _fault.trigger({kind!r})\r")
    text = target.expect_panic()
    first = text.splitlines()[0]
    assert re.search(r"at pc 0x[0-9a-f]+.*read of 0x[0-9a-f]+ \(null page\), core 0$", first)
    assert len(re.findall(r"\w+ 0x[0-9a-f]{8,16}\b", text)) >= 16, "no registers"
    # A handler may run on a stack of its own, which is not read.
    calls = re.findall(r"^  0x[0-9a-f]+$", text, re.MULTILINE)
    assert len(calls) >= (1 if kind == "interrupt" else 3), "no backtrace"


def test_other_cores_stop_in_a_panic(machine):
    target = machine("x86_64", cores=4).boot()
    target.send("import _fault; _fault.trigger('critical')\r")
    target.expect_panic()


@pytest.mark.parametrize("arch,name", all_machines())
def test_python_recursion_is_an_exception(machine, arch, name):
    target = machine(arch, name).boot()
    said = target.check(
        "def f(n):\n    return f(n + 1)\n"
        "for _ in range(3):\n"
        "    try:\n        f(0)\n    except RuntimeError as e:\n        print(e)\n"
    )
    assert said == "maximum recursion depth exceeded\n" * 3


@pytest.mark.parametrize("arch,name", all_machines())
def test_memory_exhaustion_is_an_exception(machine, arch, name):
    target = machine(arch, name, **({} if arch != "x86_64" else {"memory": 64})).boot()
    said = target.check(
        "import antaresia, gc\n"
        "size = max(4096, antaresia.info()['ram_bytes'] // 64)\n"
        "def fill():\n"
        "    l = []\n"
        "    try:\n        while True: l.append(bytearray(size))\n"
        "    except MemoryError:\n        l = None\n        print('full')\n"
        "for _ in range(3):\n    fill(); gc.collect()\n"
        "print(sum(range(1000)))\n"
    )
    assert said == "full\n" * 3 + "499500\n"
