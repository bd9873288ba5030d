# SPDX-License-Identifier: MIT
"""Programs that try to reach another actor's memory or to stop the machine: each ends alone.

ANTARESIA_KILLS=10000 tools/test tests/test_red_team.py     # the long form
"""

import os
import re
from pathlib import Path

import pytest
from target import Target

GUEST = Path(__file__).with_name("red_team_guest.py")
LONG = "ANTARESIA_KILLS" in os.environ
KILLS = int(os.environ.get("ANTARESIA_KILLS", "40"))
MACHINES: list[tuple[str, str, str | None, int]] = [("hosted", "process", None, 2)]
if LONG:
    MACHINES += [
        ("hosted", "process", "address", 2),
        ("hosted", "process", "thread", 4),
        ("x86_64", "q35", None, 1),
        ("x86_64", "q35", None, 4),
        ("x86_64", "q35", None, 2),
        ("aarch64", "virt", None, 1),
        ("aarch64", "virt", None, 4),
    ]
ENDS = {
    "views": "normal",
    "keepers": "normal",
    "pending": "normal",
    "resized": "normal",
    "recursion": "nomem MemoryError|error (RuntimeError|SyntaxError)",
    "huge": "normal|nomem MemoryError|error OverflowError",
    "finalisers": "normal",
    "flood": "normal",
    "messages": "normal",
    "rude": "error .*",
    "dying": "over",
    "bomb": "killed",
}
PROGRAM = f"""
for name, end in attacks():
    print(name, ":", end)
kills(20, 6, 0)
before = at_rest()
for name, end in attacks():
    pass
print("attacks settle", settles(before))
print("kills", kills({KILLS}, 6, 1))
print("kills settle", settles(before))
"""


@pytest.mark.parametrize("arch,name,sanitize,cores", MACHINES)
def test_attacks_end_alone_and_leave_nothing(arch, name, sanitize, cores):
    with Target(arch, name, cores=cores, sanitize=sanitize) as target:
        target.boot()
        said = target.check(GUEST.read_text() + PROGRAM).splitlines()
        assert target.command("6 * 7") == "42"
        assert target.guest.stderr() == ""
    ends = [line.split(" : ") for line in said if " : " in line]
    assert {name.split()[0] for name, _ in ends} == set(ENDS)
    for attack, end in ends:
        assert re.fullmatch(ENDS[attack.split()[0]], end), (attack, end)
    assert said[-3:] == [
        "attacks settle True",
        f"kills {{'killed': {KILLS}}}",
        "kills settle True",
    ]


@pytest.mark.parametrize("arch,name", [("hosted", "process")])
def test_the_shell_and_its_supervisor_come_back(arch, name):
    with Target(arch, name, cores=2, memory=32) as target:
        target.boot()
        for victim in ("actor.self()", "actor.whereis('system')", "actor.whereis('shell')"):
            target.send(f"import actor, time; actor.kill({victim}); time.sleep(9)\r")
            target.expect_line(r"The shell has ended: killed; it was started again")
            target.expect_prompt()
            assert "NameError" in target.command("actor")
        # No memory is left for the prompt itself.
        target.send("l = []\r")
        target.expect_prompt()
        fill = "n=65536\nwhile n:\n try:\n  while 1: l.append(bytearray(n))\n"
        fill += " except MemoryError: n//=8\n"
        target.send(f"exec({fill!r})\r")
        target.expect_prompt()
        target.send("#" * 300 + "\r")
        target.expect_prompt()
        # The prompt says so each time and stays; a soft reset gives it a heap again.
        target.send("\x04")
        target.expect_line(r"MPY: soft reboot")
        target.expect_prompt()
        assert target.command("6 * 7") == "42"
