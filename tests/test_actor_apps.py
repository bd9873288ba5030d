# SPDX-License-Identifier: MIT
"""docs/actors.md is typed in, the programs in apps/ run, and tools/trace tells what they did."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
from target import Target, actor_machines

from antaresia_tools import paths
from antaresia_tools.commands import trace
from antaresia_tools.commands.run import putting

APPS = paths.ROOT / "apps"
DOC = paths.ROOT / "docs" / "actors.md"

EXPECTED = {
    "chat.main()": r"""20 people heard 60 lines each
all in the same order: True
person 0 said: hello, how are you, goodbye
person 1 said: hello, how are you, goodbye
lines of the room: 100
""",
    "parallel.main(4000)": r"""1 worker: 550 primes below 4000 in \d+ ms
2 workers: 550 primes in \d+ ms
the same result: True
times as fast: \d+\.\d
""",
    "crash.main()": r"""results: 9\d crashes: \d+ together: 100
divider is alive: True restarted: True
100 / 7 = 14
""",
    "slow_consumer.main(1000, 4000)": r"""sent 4000 received 4000 waited for room \d+ times
all came, in order: True
most mail that waited: \d+ of 65536 bytes
memory in the second half, beside the first: -?\d+ bytes
flat: True
""",
}
# Where those run that need devices.
NEED_DEVICES = {"ping": "test_virtio_net.py", "typewriter": "test_screen_driver.py"}


@pytest.fixture(scope="module", params=actor_machines(), ids="-".join)
def target(request):
    with Target(*request.param, cores=2) as target:
        target.boot()
        for path in sorted(APPS.glob("*.py")):
            target.check(putting(str(path), path.read_text()))
        yield target


@pytest.mark.parametrize("call", EXPECTED)
def test_app(target, call):
    out = target.check(f"import {call.partition('.')[0]}\n{call}").replace("\r\n", "\n")
    assert re.fullmatch(EXPECTED[call], out), out


def test_every_app_is_run_and_shown():
    readme = (paths.ROOT / "README.md").read_text()
    for path in APPS.glob("*.py"):
        if path.stem in NEED_DEVICES:
            assert f'"{path.name}"' in Path(__file__).with_name(NEED_DEVICES[path.stem]).read_text()
        else:
            assert any(call.startswith(path.stem + ".") for call in EXPECTED), path
        assert f"--put apps/{path.name} " in readme, path


# --- the tutorial


def blocks():
    """('file', name, text) and ('session', [(input lines, output)]) in the document's order."""
    text = DOC.read_text()
    for match in re.finditer(
        r"```python\n# (\S+)\n(.*?)```|((?:^    [^\n]*\n)+)", text, re.S | re.M
    ):
        if match[1]:
            yield "file", match[1], match[2]
        elif ">>> " in match[3]:
            yield "session", "", match[3]


def commands(session):
    """(what is typed, what it prints)"""
    got = []
    for line in session.strip("\n").split("\n"):
        line = line[4:]
        if line.startswith(">>> "):
            got.append(([line[4:]], []))
        elif line.startswith("... "):
            got[-1][0].append(line[4:])
        else:
            got[-1][1].append(line)
    return got


def matches(expected, output):
    pattern = re.escape("\n".join(expected)).replace(r"\.\.", ".*")
    return re.fullmatch(pattern, output, re.S)


def test_the_tutorial(target):
    target.command("import actor")
    n = 0
    for kind, name, text in blocks():
        if kind == "file":
            target.check(putting(name, text))
            continue
        for typed, expected in commands(text):
            n += 1
            if len(typed) == 1:
                output = target.command(typed[0])
            else:
                output = target.check("\n".join(typed)).rstrip("\r\n")
            assert matches(expected, output), (typed, expected, output)
    assert n > 30


# --- tools/trace


def test_kinds_are_the_runtimes():
    header = (paths.ROOT / "vm_ext/actor/rt.h").read_text()
    names = re.search(r"typedef enum \{\s*RT_TRACE_(.*?)\} rt_trace_kind_t", header, re.S)[1]
    names = [n.strip().removeprefix("RT_TRACE_") for n in names.replace(" = 1", "").split(",")]
    kinds = [kind.upper().replace(" ", "_") for kind in trace.KINDS[1:]]
    assert [n for n in names if n] == [k.replace("MARK", "USER") for k in kinds]


def test_slices_nest_and_names_are_found():
    events = [
        (0, 1000, "dispatch", 1, 0),
        (0, 2000, "gc begin", 1, 0),
        (0, 3000, "gc end", 1, 0),
        (0, 3500, "send", 1, 2),
        (0, 4000, "rest", 1, 0),
        (0, 5000, "dispatch", 2, 0),
    ]
    out = trace.chrome(events, {1: "one"})["traceEvents"]
    assert [e["ph"] for e in out] == ["M", "B", "B", "E", "i", "E", "i", "B", "E"]
    assert [e["name"] for e in out if e["ph"] == "B"] == ["one", "collection", "actor 2"]
    assert out[4]["args"] == {"from": "one", "to": "actor 2"}


def test_trace(tmp_path):
    arch, machine = actor_machines()[0]
    path = tmp_path / "trace.json"
    code = "import chat, gc, actor; actor.trace_mark(7); gc.collect(); chat.main(5)"
    command = [sys.executable, paths.ROOT / "tools/trace", "--arch", arch, "--machine", machine]
    command += ["--cores", "2", "--put", APPS / "chat.py", "--exec", code, "-o", path]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    assert "all in the same order: True" in done.stdout
    events = json.loads(path.read_text())["traceEvents"]
    rows = {e["args"]["name"] for e in events if e["ph"] == "M"}
    assert rows == {"core 0", "core 1"}
    assert {"shell", "collection"} <= {e["name"] for e in events if e["ph"] == "B"}
    kinds = {e["name"] for e in events if e["ph"] == "i"}
    assert {"send", "spawn", "exit", "rest", "mark", "wake core"} <= kinds
    for core in (0, 1):
        depth = 0
        times = [e["ts"] for e in events if e["tid"] == core and "ts" in e]
        assert times == sorted(times)
        for event in events:
            if event["tid"] == core:
                depth += {"B": 1, "E": -1}.get(event["ph"], 0)
                assert depth >= 0
        assert depth == 0
