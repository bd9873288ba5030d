# SPDX-License-Identifier: MIT
"""tools/describe: the descriptions of devices as a page for people, docs/devices.md.

$ tools/describe
docs/devices.md: 7 devices
"""

import importlib
import sys
from typing import Any

import click

from antaresia_tools import paths
from antaresia_tools.errors import ToolError

DRIVERS = paths.ROOT / "drivers_py"
PAGE = paths.ROOT / "docs" / "devices.md"
HEAD = """# Devices that have a description

Made of `drivers_py/descriptions` by `tools/describe`; [drivers.md](drivers.md) says what it means.

"""


def names() -> list[str]:
    return sorted(path.stem for path in (DRIVERS / "descriptions").glob("*.py"))


def load(name: str) -> Any:
    """The description of this name; it is read as a machine reads it."""
    if str(DRIVERS) not in sys.path:
        sys.path.insert(0, str(DRIVERS))
    return importlib.import_module("descriptions." + name).DEVICE


def page() -> str:
    if str(DRIVERS) not in sys.path:
        sys.path.insert(0, str(DRIVERS))
    description = importlib.import_module("description")
    return HEAD + "\n".join(description.page(load(name)) for name in names())


@click.command()
@click.argument("device", required=False)
def command(device: str | None) -> None:
    """Writes docs/devices.md, or prints what it has of one DEVICE.

    It also checks each description: what is wrong with one is said in a line.
    """
    try:
        if device:
            if device not in names():
                raise ToolError(f"no description of '{device}'", "there are: " + " ".join(names()))
            load(device)
            click.echo(importlib.import_module("description").page(load(device)), nl=False)
            return
        text = page()
    except ValueError as error:
        raise ToolError(str(error), "descriptions are in drivers_py/descriptions") from error
    PAGE.write_text(text)
    click.echo(f"{PAGE.relative_to(paths.ROOT)}: {len(names())} devices")
