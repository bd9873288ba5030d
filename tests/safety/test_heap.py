# SPDX-License-Identifier: MIT
"""The collector never gives away memory that is in use."""

import pytest
from target import all_machines

SIZED = [("x86_64", "q35"), ("aarch64", "virt")]  # whose memory is what a test says


@pytest.mark.parametrize("arch,name", [m for m in all_machines() if m[0] != "xtensa"])
def test_area_whose_only_used_block_is_its_first_stays(machine, arch, name):
    """Upstream's sweep takes such an area for empty; then another object owns the list's items."""
    target = machine(arch, name, **({"memory": 64} if (arch, name) in SIZED else {})).boot()
    said = target.check(
        "import gc\n"
        "l = [None] * 1200000\n"  # larger than any first area: it starts an area of its own
        "while len(l) > 2: l.pop()\n"  # and shrinks to one block, in place
        "l[0] = 'first'; l[1] = 'second'\n"
        "gc.collect()\n"
        "more = [bytearray(b'A' * 4000000) for i in range(3)]\n"
        "print(l)\n"
    )
    assert said == "['first', 'second']\n"


FILL = """
kept = []
n = 1 << 26
while n > 512:
    try:
        kept = [kept, bytearray(n)]
    except MemoryError:
        n //= 2
"""


@pytest.mark.parametrize(
    "arch,name", [*SIZED, ("hosted", "process"), ("xtensa", "lx60"), ("xtensa", "lx60-small")]
)
def test_prompt_outlives_a_heap_that_is_locked_or_full(machine, arch, name):
    target = machine(arch, name, memory=None if arch == "xtensa" else 64).boot()
    lock = "import micropython; getattr(micropython, 'heap_lock', int)()"
    target.run(lock)
    assert target.check("print([1] * 3)") == "[1, 1, 1]\n"
    target.command(lock)
    assert target.command("[1] * 3") == "[1, 1, 1]"
    target.run(FILL)
    assert "MemoryError" in target.run("print('long')" + "#" * 9000).stderr
    target.command("'" + "x" * 300 + "'")
    target.send("\x04")
    target.expect_line("MPY: soft reboot")
    target.expect_prompt()
    assert target.command("1 + 1") == "2"
