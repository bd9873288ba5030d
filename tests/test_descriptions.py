# SPDX-License-Identifier: MIT
"""Descriptions: each is right, wrong ones are refused in words, their page is current."""

import sys

import pytest
from target import Target

from antaresia_tools import paths
from antaresia_tools.commands import describe

sys.path.insert(0, str(describe.DRIVERS))

import description  # noqa: E402
from description import Address, Device, Field, Register, Ring, Until, Write  # noqa: E402

GUEST = paths.ROOT / "tests/description_guest.py"
NAMES = describe.names()


def make(registers=(), rings=(), reset=()) -> Device:
    return Device(
        "widget",
        "Widget",
        ids=(("pci", 1, 2),),
        windows=(("bar", 0),),
        registers=registers,
        rings=rings,
        reset=reset,
    )


KERNEL = tuple(Register(name, 4 * i, 32, "kernel") for i, name in enumerate(("BASE", "TAIL")))
RESET = (Write("BASE", 0),)
ENTRY = (Field("address", (31, 0), "address"), Field("length", (47, 32), "length"))
DONE = Field("done", 63, "done=1")


def ring(entry=(*ENTRY, DONE), **other) -> Ring:
    given = {"stride": 8, "count": 8, "base": "BASE", "tail": "TAIL", "entry": entry}
    return Ring("ring", **{**given, **other})


BAD = {
    "register A: field B: bits 32..32 are not within 0..31": lambda: make(
        [Register("A", 0, fields=[Field("B", 32)])]
    ),
    "register A: field C lies over another": lambda: make(
        [Register("A", 0, fields=[Field("B", (3, 0)), Field("C", 3)])]
    ),
    "widget: two of register A": lambda: make([Register("A", 0), Register("A", 4)]),
    "register A: two of field B": lambda: make(
        [Register("A", 0, fields=[Field("B", 0), Field("B", 1)])]
    ),
    "register A: 32 bits at 0x2: not 8, 16, 32 or 64, or not aligned": lambda: make(
        [Register("A", 2)]
    ),
    "register A: there is no window 1": lambda: make([Register("A", 0, window=1)]),
    "register A: access is one of": lambda: make([Register("A", 0, 32, "rx")]),
    "register reset: that is a method's name": lambda: make([Register("reset", 0)]),
    "'1A' is no name": lambda: make([Register("1A", 0)]),
    "address register A: 32 or 64 bits": lambda: make([Address("A", 0, 16, needs=1)], (), RESET),
    "it uses memory, so it has a reset": lambda: make([Address("A", 0, needs=1)]),
    "reset: there is no register X": lambda: make([], (), [Write("X", 0)]),
    "register A has no field X": lambda: make([Register("A", 0)], (), [Until("A", X=0)]),
    "A.B has 2 bits: not 4": lambda: make(
        [Register("A", 0, fields=[Field("B", (1, 0))])], (), [Write("A", B=4)]
    ),
    "ring ring: there is no register NO": lambda: make(KERNEL, [ring(base="NO")], RESET),
    "ring ring: a driver can write its TAIL": lambda: make(
        [KERNEL[0], Register("TAIL", 4)], [ring()], RESET
    ),
    "ring ring: a stride of 4 to 32 bytes": lambda: make(KERNEL, [ring(stride=6)], RESET),
    "ring ring: field done lies over another": lambda: make(
        KERNEL, [ring((*ENTRY, Field("done", 47, "done=1")))], RESET
    ),
    "ring ring: one field of an entry is its address": lambda: make(
        KERNEL, [ring((ENTRY[1], DONE))], RESET
    ),
    "ring ring: an entry has a length": lambda: make(KERNEL, [ring((ENTRY[0], DONE))], RESET),
    "a field or a head says what the device is done with": lambda: make(
        KERNEL, [ring(ENTRY)], RESET
    ),
    "ring ring: post is a method's name": lambda: make(
        KERNEL, [ring((*ENTRY, DONE, Field("post", 62, "rw")))], RESET
    ),
}


@pytest.mark.parametrize("words", BAD)
def test_bad_descriptions_say_what_is_wrong(words):
    with pytest.raises(description.DescriptionError) as caught:
        BAD[words]().tables()
    assert words in str(caught.value)
    assert str(caught.value).startswith("widget: ")


@pytest.mark.parametrize("name", NAMES)
def test_each_is_right(name):
    device = describe.load(name)
    registers, reset, rings = device.tables()
    assert device.name == name
    assert len(registers) <= 128 and len(reset) <= 16 and len(rings) <= 8
    for one in device.ids:
        assert described_ids()[one] == name


def described_ids() -> dict[tuple, str]:
    """KNOWN of described.py, which only a machine can import."""
    text = (paths.ROOT / "drivers_py/described.py").read_text()
    inside = text.split("KNOWN = ")[1].split("\n}\n")[0] + "\n}"
    found: dict[tuple, str] = eval(inside)
    return found


def test_the_page_is_current():
    assert describe.PAGE.read_text() == describe.page(), "run tools/describe"


@pytest.mark.parametrize("sanitize", [None, "address"])
def test_what_c_refuses(sanitize):
    with Target("hosted", "process", sanitize=sanitize) as target:
        target.boot()
        out = target.check(GUEST.read_text()).replace("\r\n", "\n")
    assert out == GUEST.with_suffix(".txt").read_text()
