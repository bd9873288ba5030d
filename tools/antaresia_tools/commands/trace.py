# SPDX-License-Identifier: MIT
"""tools/trace: what each core did while a program ran.

$ tools/trace --cores 2 --put apps/chat.py --exec 'import chat; chat.main()' -o chat.json
chat.json: 5812 events on 2 cores; open it in https://ui.perfetto.dev or chrome://tracing
"""

import json
import sys
from pathlib import Path

import click

from antaresia_tools import boards, building, cli, debian, rawrepl
from antaresia_tools.commands import run
from antaresia_tools.errors import FAILED, USAGE, ToolError
from antaresia_tools.guest import Guest

# As in vm_ext/actor/rt.h.
KINDS = (
    "",
    "dispatch",
    "rest",
    "block",
    "preempt",
    "send",
    "spawn",
    "exit",
    "steal",
    "wake core",
    "sleep",
    "tick",
    "irq",
    "gc begin",
    "gc end",
    "mark",
)
_NOBODY = 2**32 - 1
_SLICE_ENDS = ("rest", "block", "preempt", "exit", "sleep")

_DUMP = """
import actor, antaresia
actor.trace(0)
print('actors', actor.trace_actors())
for core in range(antaresia.info()['cores']):
    i = 0
    while True:
        event = actor.trace_event(core, i)
        if event is None:
            break
        print('event', core, *event)
        i += 1
"""

Event = tuple[int, int, str, int, int]  # core, ns, kind, actor, arg


@click.command()
@cli.machine_options
@click.option("--exec", "codes", multiple=True, metavar="CODE", help="Run CODE; may be repeated.")
@click.option("--put", "puts", multiple=True, metavar="FILE", help="As in tools/run.")
@click.option("--entries", default=4096, show_default=True, help="Events that each core keeps.")
@click.option("-o", "--output", default="trace.json", show_default=True, metavar="FILE")
@click.argument("files", nargs=-1, metavar="[FILE.py ...]")
def command(
    arch: str,
    board: str | None,
    machine: str | None,
    cores: int | None,
    memory: int | None,
    codes: tuple[str, ...],
    puts: tuple[str, ...],
    entries: int,
    output: str,
    files: tuple[str, ...],
) -> None:
    """Run programs as tools/run does, and write the last events of each core: which actor ran when
    and why it stopped, messages, steals, interrupts, collections.

    The file is Chrome's trace format: https://ui.perfetto.dev and chrome://tracing show it.
    """
    if bool(codes) == bool(files):
        raise ToolError("what to run?", "give either --exec CODE or files", USAGE)
    if entries < 1 or entries & (entries - 1):
        raise ToolError(f"{entries} entries", "a power of two, such as 4096", USAGE)
    begin = ("<trace>", f"import actor\nactor.trace({entries})")
    programs = [*run.puts_of(puts), begin, *run.programs_of(codes, files)]
    chosen, model = boards.find_machine(arch, board, machine)
    debian.ensure(debian.TO_RUN.get(arch, []))
    building.build(chosen, None)
    guest = Guest(model, chosen.image_path(None), cores, memory, reboot=False)
    dump = bytearray()
    with guest:
        guest.start()
        repl = rawrepl.RawRepl(guest.serial)
        try:
            repl.enter()
            for name, source in programs:
                result = repl.run(source, name, run.write_stdout)
                sys.stderr.write(result.stderr)
                if result.status:
                    raise ToolError("the program failed", "its words are above", FAILED)
            result = repl.run(_DUMP, "<dump>", dump.extend)
        except rawrepl.GuestEnded as ended:
            words = ended.text.decode(errors="replace").replace("\r\n", "\n")
            sys.stderr.write(words)
            raise ToolError("the machine ended", "its last words are above", FAILED) from None
    if result.status:
        raise ToolError("the machine has no trace", "choose a machine with actors", FAILED)
    events, names = parse(dump.decode())
    try:
        Path(output).write_text(json.dumps(chrome(events, names)))
    except OSError as error:
        reason = (error.strerror or "").lower()
        raise ToolError(f"{output}: {reason}", "give -o a path to write to", USAGE) from error
    n_cores = len({event[0] for event in events})
    where = "open it in https://ui.perfetto.dev or chrome://tracing"
    print(f"{output}: {len(events)} events on {n_cores} cores; {where}", file=sys.stderr)


def parse(dump: str) -> tuple[list[Event], dict[int, str]]:
    """The events, and the names of the actors that lived at the end."""
    events = []
    names = {}
    for line in dump.splitlines():
        word, _, rest = line.partition(" ")
        if word == "event":
            core, ns, kind, actor, arg = map(int, rest.split())
            events.append((core, ns, KINDS[kind], actor, arg))
        elif word == "actors":
            for part in rest.strip("{}").split(", "):
                number, _, name = part.partition(": ")
                if name not in ("", "None"):
                    names[int(number)] = name.strip("'\"")
    return events, names


def chrome(events: list[Event], names: dict[int, str]) -> dict[str, object]:
    """The events in Chrome's form: a row per core, a slice for each time that an actor ran."""

    def name_of(actor: int) -> str:
        return names.get(actor, f"actor {actor}")

    start = min((event[1] for event in events), default=0)
    out: list[dict[str, object]] = []
    for core in sorted({event[0] for event in events}):
        head = {"pid": 0, "tid": core}
        out.append({**head, "ph": "M", "name": "thread_name", "args": {"name": f"core {core}"}})
        open_slices = 0
        last = 0.0
        for _, ns, kind, actor, arg in (event for event in events if event[0] == core):
            us = last = (ns - start) / 1000
            ends = open_slices if kind in ("dispatch", *_SLICE_ENDS) else kind == "gc end"
            for _ in range(min(ends, open_slices)):
                out.append({**head, "ph": "E", "ts": us})
                open_slices -= 1
            if kind in ("dispatch", "gc begin"):
                name = name_of(actor) if kind == "dispatch" else "collection"
                out.append({**head, "ph": "B", "ts": us, "name": name, "args": {"actor": actor}})
                open_slices += 1
            elif kind != "gc end":
                args: dict[str, object] = {"arg": arg}
                if actor != _NOBODY:
                    args["actor"] = name_of(actor)
                if kind == "send":
                    args = {"from": name_of(actor), "to": name_of(arg)}
                out.append({**head, "ph": "i", "s": "t", "ts": us, "name": kind, "args": args})
        out += [{**head, "ph": "E", "ts": last} for _ in range(open_slices)]
    return {"traceEvents": out, "displayTimeUnit": "ns"}
