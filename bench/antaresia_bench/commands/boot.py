# SPDX-License-Identifier: MIT
"""bench/boot: from QEMU's start, and from the kernel's entry, to the prompt."""

import click

from antaresia_bench import linuxguest
from antaresia_bench.figures import Row, median, show
from antaresia_bench.guest import COUNTED, our_machine, our_session
from antaresia_bench.repl import PROMPT, Repl

AIM = "<= 50"
_Reading = tuple[float, float]  # ms since QEMU's start; ms since the kernel's entry


def _boot_ours(arch: str, extra: tuple[str, ...] = ()) -> _Reading:
    with our_session(arch, extra) as session:
        session.expect(PROMPT)
        wall_ms = session.elapsed_ms()
        repl = Repl(session, at_prompt=True)
        boot_us = repl.evaluate("__import__('antaresia').info()['boot_us']")
        return wall_ms, int(boot_us) / 1000


def _boot_peer(arch: str) -> _Reading:
    machine, _ = our_machine(arch)
    with linuxguest.session(linuxguest.initramfs("boot", {}), machine) as session:
        session.expect(linuxguest.UP)
        wall_ms = session.elapsed_ms()
        session.expect(linuxguest.READY)
        return wall_ms, float(session.expect(b"\n")) * 1000


def _rows(arch: str, runs: int, with_peer: bool) -> list[Row]:
    our_machine(arch)  # built before anything is timed
    ours, peers = [], []
    for _ in range(runs):
        ours.append(_boot_ours(arch))
        if with_peer:
            peers.append(_boot_peer(arch))
    names = (f"{arch}/qemu-start-to-prompt", f"{arch}/kernel-entry-to-prompt")
    peer_name = "Debian cloud kernel + busybox, same QEMU" if with_peer else None
    _, counted_ms = _boot_ours(arch, COUNTED)
    counted = Row(f"{arch}/kernel-entry-to-prompt, counted", "instructions", int(counted_ms * 1e6))
    return [
        Row(
            name,
            "ms",
            median(reading[i] for reading in ours),
            median(reading[i] for reading in peers),
            peer_name,
            (None, AIM)[i],
        )
        for i, name in enumerate(names)
    ] + [counted]


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print one JSON list of rows.")
@click.option("--quick", is_flag=True, help="One run of each: a smoke test.")
@click.option("--runs", default=5, type=click.IntRange(1), help="Runs of each side; default: 5.")
@click.option("--no-peer", is_flag=True, help="Leave Linux out.")
@click.option("--arch", "arches", multiple=True, type=click.Choice(["x86_64", "aarch64"]))
def command(as_json: bool, quick: bool, runs: int, no_peer: bool, arches: tuple[str, ...]) -> None:
    """Time to the prompt, on the wall's clock and the guest's, beside Linux's first program.

    The counted row is exact: a boot in which the guest's clock advances 1 ns per instruction.

    The peer is Debian's cloud kernel with busybox as its first program, on the same QEMU machine.
    """
    rows = []
    for arch in arches or ("x86_64", "aarch64"):
        # The peer's kernel is Debian's for amd64.
        rows += _rows(arch, 1 if quick else runs, with_peer=not no_peer and arch == "x86_64")
    show(rows, as_json)
