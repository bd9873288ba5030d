# SPDX-License-Identifier: MIT
"""A disk's driver is killed at random under writers that verify what is on the disk.

Short here; the long form is KILLS=1000 build/venv/bin/python -m pytest tests/test_driver_restart.py
"""

import os
from pathlib import Path

import pytest
from target import Target
from test_virtio_blk import MACHINES, extra, make_disk

GUEST = Path(__file__).with_name("kill_guest.py")
KILLS = int(os.environ.get("KILLS", "40"))
EXPECTED = """ends ['normal', 'normal', 'normal', 'normal']
restarts True
wrote True
actors True
devices have [0, 0, 0] 0
capabilities True
memory True
"""


@pytest.mark.parametrize("name", ["pci", "mmio"])
def test_no_acknowledged_write_is_lost(tmp_path, name):
    arch, machine, device = MACHINES[name]
    disk = make_disk(tmp_path / "disk.img")
    with Target(arch, machine, cores=2, extra=extra(disk, device)) as target:
        target.boot()
        program = GUEST.read_text().replace("KILLS = 40", f"KILLS = {KILLS}")
        out = target.check(program).replace("\r\n", "\n")
    print(out)
    results, _, figures = out.partition("figures ")
    assert results == EXPECTED, figures
