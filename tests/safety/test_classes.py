# SPDX-License-Identifier: MIT
"""Every published class ends in order on every port, and docs/memory-safety.md tells of each.

Its tables are compared with the programs, with the tests that they name, and with the machines that
these tests boot.
"""

import importlib
import re
from pathlib import Path
from types import ModuleType

import pytest
from classes import CLASSES, HELPERS
from programs import MACHINES
from target import all_machines

ROOT = Path(__file__).parents[2]
DOCUMENT = ROOT / "docs" / "memory-safety.md"

PORTS = {(arch, name) for arch, name, _ in MACHINES}
SMALL = {"lx60"}  # these may be without a module
FURTHER = ["test_memory", "test_types", "test_modules", "test_py"]
STATES = {"closed", "off", "open"}


def source(subject: str, arch: str) -> str:
    # How deep is too deep for each C stack; how wide a small integer of a .mpy file is.
    deep, bits = (2000, 0x1E) if arch == "xtensa" else (60000, 0x3E)
    return CLASSES[subject][1].replace("DEEP", str(deep)).replace("BITS", f"bytes([{bits}])")


@pytest.mark.parametrize("arch,name,sanitize", MACHINES)
def test_class_ends_with_exception_or_result(machine, arch, name, sanitize):
    memory = None if arch == "xtensa" else 64  # MiB: a program fills it
    target = machine(arch, name, sanitize=sanitize, memory=memory).boot()
    target.check(HELPERS)
    wrong = {}
    for subject in CLASSES:
        output = target.run(source(subject, arch) + "print('right')\n", f"{subject}.py")
        said = output.stdout.splitlines()
        without = [line for line in said[:-1] if line.startswith("without ")]
        if output.stderr or said[-1:] != ["right"] or said[:-1] != without:
            wrong[subject] = output.stdout + output.stderr
        elif without and name not in SMALL:
            wrong[subject] = without
    assert wrong == {}
    assert target.command("1 + 1") == "2"


def table(heading: str) -> list[list[str]]:
    """The rows under a heading of the document, without the first."""
    part = DOCUMENT.read_text().split(f"## {heading}\n")[1].split("\n## ")[0]
    lines = [line for line in part.splitlines() if line.startswith("| ")]
    return [[cell.strip() for cell in line.strip("|").split(" | ")] for line in lines[1:]]


def module(name: str) -> ModuleType:
    return importlib.import_module(name)


def test_document_has_a_row_of_each_published_class():
    rows = table("Published classes")
    assert [row[0] for row in rows] == list(CLASSES)
    for row in rows:
        assert len(row) == 6 and all(row), row
        assert row[1] == CLASSES[row[0]][0], row
        assert f"`test_classes.py {row[0]}`" in row[3], row
        assert row[5] in STATES, row


def test_document_has_a_row_of_each_further_class():
    expected = [
        [f"`{name}.py {subject}`", sentence]
        for name in FURTHER
        for subject, (sentence, _) in module(name).CLASSES.items()
    ]
    assert table("Further classes") == expected


def test_document_says_first_what_is_open():
    text = DOCUMENT.read_text()
    assert text.index("## What is open") < text.index("## Published classes")
    said = text.split("## What is open")[1].split("\n## ")[0]
    for row in table("Published classes"):
        assert row[5] != "open" or f"`{row[0]}`" in said, row[0]


def test_rows_name_tests_that_are_there():
    for row in table("Published classes"):
        for name, subject in re.findall(r"`(test_\w+)\.py ([\w-]+)`", row[3]):
            assert subject in module(name).CLASSES, (name, subject)
        assert re.sub(r"`test_\w+\.py [\w-]+`|, ", "", row[3]) == "", row


def booted(name: str) -> set[tuple[str, str]]:
    """The machines that a test of the module is run on, as (arch, name)."""
    return {
        values[:2]
        for test in vars(module(name)).values()
        for mark in getattr(test, "pytestmark", [])
        if mark.name == "parametrize" and mark.args[0].startswith("arch,")
        for values in mark.args[1]
    }


@pytest.mark.parametrize("name", ["test_classes", *FURTHER])
def test_classes_are_tried_on_every_port(name):
    assert booted(name) >= PORTS


def test_ports_are_all_there_are():
    assert {arch for arch, _ in PORTS} == {arch for arch, _ in all_machines()}
