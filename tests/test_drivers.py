# SPDX-License-Identifier: MIT
"""Which drivers a machine starts, where, and from which files: the configuration of tools/run
--drivers, vendors' files, and what happens to those that are wrong."""

import subprocess
from pathlib import Path

import pytest
from mpy_asm import Fun, mpy, op
from target import Target
from test_virtio_blk import MACHINES, extra, make_disk

from antaresia_tools import driverconf, paths

FILES = Path(__file__).parent / "drivers"
BAD = """
import driver
class Bad(driver.Driver):
    matches = (("virtio", 2),)
    interface = 99
"""
DIES = """
import driver
class Dies(driver.Driver):
    matches = (("pci-class", 0x060000),)
    async def start(self, device):
        raise ValueError("not today")
"""
FOREVER = """
while True:
    pass
"""
VENDOR = """
others = "leave"

[driver.acme_disk]              # compiled, and without its source
file = "vendor/acme_disk.mpy"
quota = 1_000_000
restart = "on-error"

[driver.hostile]
file = "hostile.mpy"

[driver.future]
file = "future.py"

[driver.forever]
file = "forever.py"
"""
VENDOR_GUEST = """
import hardware
MINE = "acme_disk", "virtio_blk"
disk = hardware.open("acme_disk")
info = disk.info()
print(info["sectors"], info["magic"], info["reads"])
disk.write(5, b"vendor!!" + bytes(504))
print(bytes(disk.read(5, 512)[:8]), disk.info()["reads"])
import asyncio
async def main():
    found = await asyncio.gather(*(disk.read(n, 512) for n in (0, 5)))
    return [bytes(one[:8]) for one in found]
print(asyncio.run(main()))
print([row[1:6] for row in hardware.manager().devices() if row[2] in MINE])
hardware.manager().stop("acme_disk.0")
print([row[1:6] for row in hardware.manager().devices() if row[2] in MINE])
try:
    disk.info()
except OSError as error:
    print(error.errno)
hardware.manager().restart("acme_disk.0")
print(disk.info()["reads"])
"""
VENDOR_SAYS = """\
drivers: forever.py: no answer in 5 s
drivers: future.py: future is written for version 99 of the driver interface; this system has 1 to 1
drivers: hostile.mpy: bad .mpy: f+0x0: stack underflow
"""
VENDOR_EXPECTED = """8192 b'first...' 0
b'vendor!!' 1
[b'first...', b'vendor!!']
[('acme_disk.0', 'acme_disk', 'isolated', 'running', 0)]
[('acme_disk.0', 'acme_disk', 'isolated', 'stopped', 0)]
19
0
"""


def write_vendor(folder: Path) -> Path:
    (folder / "vendor").mkdir()
    (folder / "vendor/acme_disk.mpy").write_bytes((FILES / "acme_disk.mpy").read_bytes())
    (folder / "hostile.mpy").write_bytes(mpy(Fun(op("RETURN_VALUE"))))
    (folder / "future.py").write_text(BAD)
    (folder / "forever.py").write_text(FOREVER)
    file = folder / "drivers.toml"
    file.write_text(VENDOR)
    return file


def test_a_vendors_file_runs_and_a_hostile_one_does_not(tmp_path):
    arch, machine, device = MACHINES["pci"]
    disk = make_disk(tmp_path / "disk.img")
    program = driverconf.program(str(write_vendor(tmp_path)))
    with Target(arch, machine, extra=extra(disk, device)) as target:
        target.boot()
        assert target.check(program).replace("\r\n", "\n") == VENDOR_SAYS
        assert target.check(VENDOR_GUEST).replace("\r\n", "\n") == VENDOR_EXPECTED


STORE = """
class Store:
    def __init__(self, disk):
        self.disk = disk

    async def put(self, n, text):
        await self.disk.write(n, text + bytes(512 - len(text)))

    async def get(self, n):
        data = await self.disk.read(n, 512)
        return bytes(data).rstrip(b"\\0")

    async def both(self, n):
        return await self.get(n) + await self.get(n + 1)

    async def fall(self):
        import actor
        actor.exit("fell")
"""
LINKED = """
[service.store]
class = "store:Store"
file = "store.py"
[driver.virtio_blk]
place = "linked:store"
"""
LINKED_GUEST = """
import actor, hardware
MINE = "acme_disk", "virtio_blk"
store = hardware.open("store")
for n in range(8):
    store.put(n, b"%d," % n)
print([store.get(n) for n in range(8)], store.both(3))
try:
    store.fall()
except actor.ActorDead as error:
    print(error.args)
print(store.get(5))
print([row[1:6] for row in hardware.manager().devices() if row[2] in MINE])
print(sum("virtio" in str(one) for one in actor.list()), hardware.manager().reports())
"""
LINKED_EXPECTED = """[b'0,', b'1,', b'2,', b'3,', b'4,', b'5,', b'6,', b'7,'] b'3,4,'
('fell', "store ended, nothing is known of its 'fall'")
b'5,'
[('store', 'virtio_blk', 'linked:store', 'running', 1)]
0 []
"""
# Wrong configurations, which the machine finds itself, too.
REFUSED = """
import actor, hardware
for config in ({"driver": {"x": {"plac": 1}}}, {"disks": {}}, {"driver": {"x": {"quota": True}}}):
    try:
        hardware.boot(config)
    except ValueError as error:
        print(error.args[0])
print(actor.whereis("devices"))
"""
REFUSED_EXPECTED = """driver.x.plac is no key of a driver; there are: \
enabled, file, max_restarts, memory, period_ms, place, quota, restart
disks is no section; there are: [driver.NAME], [service.NAME] and others
driver.x.quota is no whole number; give a number of at least 65536
None
"""


def test_the_same_driver_linked_into_a_service(tmp_path):
    arch, machine, device = MACHINES["mmio"]
    disk = make_disk(tmp_path / "disk.img")
    (tmp_path / "store.py").write_text(STORE)
    (tmp_path / "drivers.toml").write_text(LINKED)
    program = driverconf.program(str(tmp_path / "drivers.toml"))
    with Target(arch, machine, extra=extra(disk, device)) as target:
        target.boot()
        assert target.check(REFUSED).replace("\r\n", "\n") == REFUSED_EXPECTED
        assert target.check(program) == ""
        assert target.check(LINKED_GUEST).replace("\r\n", "\n") == LINKED_EXPECTED


WRONG = {
    "key": ('[driver.d]\nplac = "x"', ":2: driver.d.plac is no key of a driver"),
    "section": ("[drivers.d]", ":1: drivers is no section"),
    "place": ('[driver.d]\nplace = "linked:store"', ":2: driver.d.place names no service"),
    "number": ('[driver.d]\n\nquota = "4M"', ":3: driver.d.quota is no whole number"),
    "restart": ('[driver.d]\nrestart = "maybe"', ":2: driver.d.restart is not possible"),
    "class": ("[service.s]", ":1: service.s has no class"),
    "file": ('[driver.d]\nfile = "d.py"', ":2: d.py: no such file or directory"),
    "module": ('[driver.d]\nfile = "e.py"', ":2: driver.d.file is not named as its module"),
    "taken": ('[driver.actor]\nfile = "actor.py"', "has the name of a module of the system"),
    "toml": ("[driver.d]\nplace = linked", ":2: invalid value"),
}


@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_file_is_one_line_and_a_hint(tmp_path, name):
    text, says = WRONG[name]
    file = tmp_path / "drivers.toml"
    file.write_text(text)
    command = [paths.ROOT / "tools/run", "--no-build", "--drivers", file]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    error, hint = done.stderr.splitlines()
    assert done.returncode == 2
    assert error.startswith(f"error: {file}:") and says in error
    assert hint.startswith("hint: ")


def test_run_starts_them_with_devices_that_it_is_given(tmp_path):
    disk = make_disk(tmp_path / "disk.img")
    command = [paths.ROOT / "tools/run", "--drivers", "default", "--qemu"]
    command += [f"-drive file={disk},if=none,id=d,format=raw -device virtio-blk-pci,drive=d"]
    command += ["--exec", "import hardware; print(hardware.open('virtio_blk').info()['sectors'])"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)
    assert (done.stdout, done.returncode) == ("8192\n", 0), done.stderr


def test_devices_lists_what_is_there(tmp_path):
    command = [paths.ROOT / "tools/devices", "--registers", "--qemu", "-device e1000"]
    command += ["--qemu", "-device edu"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert lines[0].split() == ["device", "driver", "place", "state", "restarts"]
    card = next(n for n, line in enumerate(lines) if "8086:100e" in line)
    assert lines[card].split()[-4:] == ["e1000.0", "isolated", "running", "0"]
    assert any(line.startswith("    STATUS ") and "LU=0x1" in line for line in lines[card:])
    other = next(line for line in lines if "1234:11e8" in line)
    assert other.split()[-5:] == ["-", "-", "no", "driver", "0"]


def test_the_documented_configuration_is_right(tmp_path):
    text = (paths.ROOT / "docs/drivers.md").read_text().split("## Configuration")[1]
    file = tmp_path / "drivers.toml"
    file.write_text(text.split("```toml\n")[1].split("```")[0])
    (tmp_path / "vendor").mkdir()
    for name in ("vendor/acme_disk.mpy", "store.py"):
        (tmp_path / name).write_text("")
    assert "acme_disk.mpy" in driverconf.program(str(file))


def test_the_tutorials_driver(tmp_path):
    """docs/drivers.md: its files, then what it types."""
    text = (paths.ROOT / "docs/drivers.md").read_text()
    for name in ("edu.py", "drivers.toml"):
        source = text.split(f"# {name}\n")[1].split("```")[0]
        (tmp_path / name).write_text(source)
    program = driverconf.program(str(tmp_path / "drivers.toml"))
    typed = text.split("--qemu '-device edu'\n")[1].split("\n\n")[0].splitlines()
    with Target("x86_64", "q35", extra=("-device", "edu")) as target:
        target.boot()
        assert target.check(program) == ""
        shown = ""
        for line in typed:
            if line.startswith("    >>> "):
                assert shown == ""
                shown = target.command(line[8:].partition("  #")[0])
            else:
                assert shown.strip() == line.strip()
                shown = ""
