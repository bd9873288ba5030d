# SPDX-License-Identifier: MIT
"""tools/build: builds images.

$ tools/build --arch aarch64
Building aarch64-virt: 213 files compiled (14.2 s)
build/aarch64-virt/antaresia.elf
"""

import click

from antaresia_tools import boards, building, cli, paths


@click.command()
@cli.arch_option()
@cli.board_option
@cli.sanitize_option
@click.option("--all", "everything", is_flag=True, help="Every board of every architecture.")
@click.option("-j", "--jobs", type=click.IntRange(1), help="Compilers at once; default: all cores.")
def command(
    arch: str, board: str | None, sanitize: str | None, everything: bool, jobs: int | None
) -> None:
    """Build what is out of date and print the image's path.

    What is missing for it is installed first: Debian packages (as root or through sudo), and the
    source of MicroPython. MICROPYTHON_DIR=... in the environment uses a checkout of your own.
    """
    wanted = [boards.find_board(arch, board)]
    if everything:
        wanted = [b for a in boards.arches() for b in boards.boards(a)]
    for one in wanted:
        image = building.build(one, sanitize, jobs)
        click.echo(image.relative_to(paths.ROOT))
