# SPDX-License-Identifier: MIT
"""tools/devices: what is on a machine, and which driver has it.

$ tools/devices --qemu '-device e1000'
device                                 driver           place          state     restarts
PCI 00:01.0 8086:100e class 020000     e1000.0          isolated       running          0
..
"""

import shlex
import sys

import click

from antaresia_tools import boards, building, cli, debian, driverconf
from antaresia_tools.commands import run
from antaresia_tools.errors import USAGE, ToolError
from antaresia_tools.guest import Guest


@click.command()
@cli.machine_options
@click.option(
    "--drivers",
    default=driverconf.DEFAULT,
    show_default=True,
    metavar="FILE",
    help="Start the drivers as FILE says; 'default': all of them.",
)
@click.option(
    "--qemu",
    "options",
    multiple=True,
    metavar="OPTIONS",
    help="Give QEMU these, as in '-device edu'; may be repeated.",
)
@click.option("--registers", is_flag=True, help="What is in their registers, too, by field.")
def command(
    arch: str,
    board: str | None,
    machine: str | None,
    cores: int | None,
    memory: int | None,
    drivers: str,
    options: tuple[str, ...],
    registers: bool,
) -> None:
    """Boot a machine, start its drivers, and list its devices: what each is, its driver, where
    that is placed, its state, and how often it was started again.

    In a machine that runs: `import hardware; hardware.devices()`.
    """
    first = driverconf.program(drivers)
    chosen, model = boards.find_machine(arch, board, machine)
    if model.process:
        raise ToolError(f"'{model.name}' has no devices", "choose another --arch", USAGE)
    Guest(model, chosen.image_path(), cores, memory)
    debian.ensure(debian.TO_RUN.get(arch, []))
    building.build(chosen)
    extra = [word for option in options for word in shlex.split(option)]
    image = chosen.image_path()
    guest = Guest(model, image, cores, memory, reboot=False, extra=extra)
    program = f"import hardware; hardware.devices({registers})"
    with guest:
        status = run.run_programs(guest, [("<drivers>", first), ("<devices>", program)])
    sys.exit(status)
