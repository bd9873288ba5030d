# SPDX-License-Identifier: MIT
"""Every machine boots: banner, cores, memory, clocks, power."""

import re
import time
from pathlib import Path

import pytest
from target import all_machines

MACHINES = pytest.mark.parametrize("arch,name", all_machines())
SMP = pytest.mark.parametrize(
    "arch,name,cores",
    [
        ("x86_64", "q35", 2),
        ("x86_64", "q35", 8),
        ("x86_64", "microvm", 4),
        ("aarch64", "virt", 4),
        ("aarch64", "virt-gicv2", 4),
        ("aarch64", "raspi3b", 4),
        ("hosted", "process", 4),
    ],
)
INFO = "import antaresia; print(antaresia.info()[{!r}])"


@MACHINES
def test_banner_names_release_board_and_processor(machine, arch, name):
    target = machine(arch, name).boot()
    assert re.search(r"\nMicroPython v1\.25\.0 on [\d-]+; \S.* with \S", "\n" + target.banner)
    assert 'Type "help()"' in target.banner


@MACHINES
def test_info_and_names_tell_the_truth(machine, arch, name):
    target = machine(arch, name).boot()
    said = target.check(
        "import antaresia, sys, os, machine\n"
        "i = antaresia.info()\n"
        "s = sys.implementation\n"
        "print(i['arch'], i['cores'], sys.platform, s.name, s.version[:2])\n"
        "u = os.uname(); print(u.sysname == sys.platform, u.machine == s._machine)\n"
        "print(i['ram_free_bytes'] <= i['ram_bytes'], i['boot_us'] > 0, machine.freq() > 1000000)\n"
        "print(type(machine.unique_id()))\n"
    ).splitlines()
    cores = target.guest.cores
    assert said == [
        f"{arch} {cores} antaresia micropython (1, 25)",
        "True True",
        "True True True",
        "<class 'bytes'>",
    ]


@SMP
def test_all_cores_start(machine, arch, name, cores):
    target = machine(arch, name, cores=cores).boot()
    assert target.check(INFO.format("cores")) == f"{cores}\n"


@pytest.mark.parametrize(
    "arch,name,mib",
    [
        ("x86_64", "q35", 64),
        ("x86_64", "q35", 5120),
        ("aarch64", "virt", 64),
        ("aarch64", "virt", 5120),
    ],
)
def test_all_memory_is_usable(machine, arch, name, mib):
    """Blocks of an eighth of the memory are allocated, marked at both ends and read back."""
    target = machine(arch, name, memory=mib).boot()
    said = target.check(
        "import antaresia\n"
        "i = antaresia.info()\n"
        "ram = i['ram_bytes']\n"
        # not free: C stacks and the RAM disk, a sixteenth each, and the heap's first 4 MiB
        f"print(ram > {mib} * 1048576 * 0.97, i['ram_free_bytes'] > ram * 0.8 - (4 << 20))\n"
        f"size = {mib} * 1048576 // 8\n"
        "blocks = []\n"
        "try:\n"
        "    while True:\n"
        "        b = bytearray(size)\n"
        "        b[0] = b[-1] = len(blocks) + 1\n"
        "        blocks.append(b)\n"
        "except MemoryError:\n"
        "    pass\n"
        "print(len(blocks) >= 5, all(b[0] == b[-1] == i + 1 for i, b in enumerate(blocks)))\n"
    )
    assert said == "True True\nTrue True\n"


@MACHINES
def test_clock_runs_at_the_right_speed(machine, arch, name):
    """Two seconds of the machine's clock take about two of ours; held up, they take more."""
    target = machine(arch, name).boot()
    started = time.monotonic()
    slept = int(
        target.check("import time; t = time.ticks_us(); time.sleep(2); print(time.ticks_us() - t)")
    )
    took = time.monotonic() - started
    assert slept >= 2_000_000
    assert slept <= took * 1_000_000 * 1.05


@pytest.mark.parametrize(
    "arch,name",
    [("x86_64", "q35"), ("x86_64", "microvm"), ("aarch64", "virt"), ("hosted", "process")],
)
def test_calendar_is_the_hosts(machine, arch, name):
    target = machine(arch, name).boot()
    assert abs(int(target.check("import time; print(time.time())")) - time.time()) < 60


@MACHINES
def test_power_off_ends_with_status_0(machine, arch, name):
    target = machine(arch, name).boot()
    target.send("import antaresia; antaresia.power_off()\r")
    assert target.wait_end() == 0


@MACHINES
def test_reset_boots_again(machine, arch, name):
    target = machine(arch, name).boot()
    target.command("x = 1")
    target.send("import machine; machine.reset()\r")
    target.read_until('Type "help()"')
    target.expect_prompt()
    assert "NameError" in target.command("x")


@pytest.mark.parametrize("arch,name", [("x86_64", "q35"), ("aarch64", "virt"), ("xtensa", "lx60")])
def test_idle_machine_halts_its_processor(machine, arch, name):
    """Three idle seconds at the prompt cost QEMU little processor time, sleeping three likewise."""
    target = machine(arch, name).boot()

    def cpu_s() -> float:
        fields = Path(f"/proc/{target.guest.pid}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / 100

    before = cpu_s()
    time.sleep(3)
    assert cpu_s() - before < 1.0
    before = cpu_s()
    target.command("import time; time.sleep(3)")
    assert cpu_s() - before < 1.5
