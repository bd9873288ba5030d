# SPDX-License-Identifier: MIT
"""What goes wrong is reported and stops the machine with its own status, or is an exception."""

import re

import pytest
from target import Target, all_machines

KINDS = ["divide", "null_read", "wild_write", "code_write", "illegal", "stack"]
# What a CPU does not trap; there the call raises instead.
NOT_TRAPPED = {
    "aarch64": {"divide"},  # gives 0 by definition (Arm ARM, UDIV)
    "xtensa": {"code_write"},  # region protection has no read-only attribute
}
WORDS = {
    "x86_64": {
        "divide": "divide error",
        "null_read": "page fault",
        "wild_write": "page fault",
        "code_write": "page fault",
        "illegal": "invalid opcode",
        "stack": "C stack overflow",
    },
}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("arch,name", all_machines())
def test_cpu_exception_is_reported(machine, arch, name, kind):
    target: Target = machine(arch, name).boot()
    target.send(f"import _fault; _fault.trigger({kind!r})\r")
    if kind in NOT_TRAPPED.get(arch, ()):
        assert "EOPNOTSUPP" in target.expect_prompt()
        return
    text = target.expect_panic()
    first = text.splitlines()[0]
    assert WORDS.get(arch, {}).get(kind, "") in first
    assert re.search(r"at pc 0x[0-9a-f]+.*, core 0$", first)
    assert len(re.findall(r"\w+ 0x[0-9a-f]{8,16}\b", text)) >= 16, "no registers"
    assert len(re.findall(r"^  0x[0-9a-f]+$", text, re.MULTILINE)) >= 3, "no backtrace"


def test_other_cores_stop_in_a_panic(machine):
    target = machine("x86_64", cores=4).boot()
    target.send("import _fault; _fault.trigger('illegal')\r")
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
