# SPDX-License-Identifier: MIT
"""What is particular to aarch64: code generation, interrupt controllers, memory sizes."""

import re
import subprocess

import pytest

from antaresia_tools import boards, building, debian

# b8..v15, however wide: what the procedure call standard calls callee-saved in part.
FP_SAVED = re.compile(r"\b[bhsdqv](?:[89]|1[0-5])\b")
OPERAND = re.compile(r",(?![^\[{]*[\]}])")


def _disassembly(board_name: str) -> str:
    board = boards.find_board("aarch64", board_name)
    debian.ensure(debian.TO_BUILD.get("aarch64", []))
    elf = building.build(board).parent / "antaresia.elf"
    return subprocess.run(
        ["aarch64-linux-gnu-objdump", "-d", "--no-show-raw-insn", elf],
        capture_output=True,
        check=True,
        text=True,
    ).stdout


def _reads_across_calls(text: str) -> tuple[set[str], set[str]]:
    """Functions that use d8-d15, and those that read one that nothing wrote since the last call.

    Goes through the code in the order of its addresses, so it may suspect a function wrongly, but a
    function that keeps a value across a call cannot escape: it reads before it writes.
    """
    users: set[str] = set()
    suspects: set[str] = set()
    function = ""
    written: set[str] = set()
    for line in text.splitlines():
        if start := re.match(r"[0-9a-f]+ <(.*)>:", line):
            function, written = start[1], set()
            continue
        instruction = re.match(r"\s+[0-9a-f]+:\s+(\S+)\s*([^/]*)", line)
        if not instruction:
            continue
        name, operands = instruction[1], OPERAND.split(instruction[2])
        if name in ("bl", "blr"):
            written = set()
        targets = 0 if name.startswith(("st", "fcmp")) else 2 if name.startswith("ldp") else 1
        for operand in operands[targets:]:
            numbers = {match[0][1:] for match in FP_SAVED.finditer(operand)}
            if numbers - written:
                suspects.add(function)
        for operand in operands[:targets]:
            written |= {match[0][1:] for match in FP_SAVED.finditer(operand)}
        if FP_SAVED.search(instruction[2]):
            users.add(function)
    return users, suspects


@pytest.mark.parametrize("board", ["virt", "raspi3b", "raspi4b"])
def test_no_value_is_in_d8_to_d15_across_a_call(board):
    users, suspects = _reads_across_calls(_disassembly(board))
    assert len(users) > 5, "nothing uses these registers: the test looks for the wrong thing"
    assert suspects == {"irq_sp0"}  # which saves them all, for the code that it interrupted


@pytest.mark.parametrize("name", ["virt", "virt-gicv2"])
@pytest.mark.parametrize("memory_mib,cores", [(64, 2), (8192, 8)])
def test_memory_and_cores_of_the_device_tree_are_used(machine, name, memory_mib, cores):
    target = machine("aarch64", name, cores=cores, memory=memory_mib).boot()
    said = target.check(
        "import antaresia, gc\n"
        "i = antaresia.info()\n"
        "used = i['ram_bytes'] - i['ram_free_bytes']\n"
        # C stacks, the RAM disk, the heap's start and what the kernel is
        "most = i['ram_bytes'] // 16 + (24 << 20)\n"
        "print(i['cores'], i['ram_bytes'] >> 20, used < most)\n"
    )
    assert said == f"{cores} {memory_mib} True\n"


def test_memory_beyond_four_gib_holds_data(machine):
    target = machine("aarch64", "virt", memory=8192).boot()
    said = target.check(
        "b = [bytearray(1 << 30) for _ in range(5)]\n"
        "for i, a in enumerate(b):\n"
        "    a[0] = a[-1] = i + 1\n"
        "print([(a[0], a[-1], sum(a[-4096:])) for a in b])\n"
    )
    assert said == f"{[(i, i, i) for i in range(1, 6)]}\n"


def test_uuid_of_the_machine_is_its_unique_id(machine):
    uuid = "12345678-9abc-def0-1122-334455667788"
    target = machine("aarch64", "virt", extra=("-uuid", uuid)).boot()
    said = target.check("import machine; print(machine.unique_id().hex())")
    assert said == uuid.replace("-", "") + "\n"
