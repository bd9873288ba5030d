# SPDX-License-Identifier: MIT
"""The fuzzer of programs: it sees what it must, repeats itself, finds nothing in a short run."""

import re
import subprocess
from pathlib import Path

import campaign
import differential_run
import machine
import pytest
import surface
from minimise import minimise

from antaresia_tools import boards, building

CORPUS = sorted((Path(__file__).parent / "fuzz" / "corpus").glob("*.txt"))
SHORT_RUN = 1000
# Goes on after each MemoryError, and looks at what is left.
LOW_MEMORY = """
import sys, io, json, re, collections, struct
def grow(x):
    for i in range(20): x.append(str(i))
class C(list):
    def __init__(s): super().__init__([1])
    def __eq__(s, o): return len(s) == 1
def g():
    for i in range(9): yield [i] * i
def closing(x): return lambda: x
tries = (
    lambda: __import__("asyncio").StreamReader,
    lambda: __import__("asyncio").Lock,
    lambda: {i: str(i) for i in range(40)},
    lambda: grow(kept), lambda: kept.sort(), lambda: kept.append(C() == C()),
    lambda: exec("def f(a, *b, c=1, **d): return a, b, c, d\\nf(*'abc', **{'z': 2})", {}),
    lambda: json.loads('{"a": [1, {"b": "c"}], "d": 2.5}'), lambda: json.dumps(kept),
    lambda: re.compile("(a|b)*c").match("ababc").groups(), lambda: re.sub("a", "b" * 50, "aaa"),
    lambda: collections.deque((), 50).extend(range(60)),
    lambda: collections.namedtuple("N", "a b")(1, 2),
    lambda: "{:>{}} {!r}".format("x", 50, kept), lambda: "%s" % (kept,), lambda: list(g()),
    lambda: closing(1)(), lambda: type("T", (C,), {"x": 1})(), lambda: 7**300 % 10**50,
    lambda: bytearray(9).extend(bytes(900)), lambda: set("abcdefghij") ^ set("xyzaaa"),
    lambda: io.BytesIO().write(bytes(500)), lambda: struct.pack("9sHd", b"a", 1, 2.0),
    lambda: 1 / 0,
)
kept = []
for again in range(2):
    for one in tries:
        try:
            one()
        except Exception:
            pass
print(sys.modules, kept)
"""


@pytest.fixture(scope="module")
def image() -> Path:
    board, _ = boards.find_machine("hosted", None, None)
    return building.build(board, "address")


@pytest.mark.parametrize(
    "wrong,kind,words",
    [
        (1, "crash", "use-after-poison"),  # the byte behind an allocation
        (2, "crash", "use-after-poison"),  # an allocation that was freed
        (3, "crash", "use-after-poison"),  # one that a collection found unused
        (4, "hang", "HANG"),
    ],
)
def test_what_c_code_does_wrong_in_the_heap_is_seen(image, wrong, kind, words):
    found = machine.check(image, b"# fuzz: wrong=%d\n" % wrong, symbols=True)
    assert found is not None and found.kind == kind
    assert words in found.brief()


def test_each_program_has_a_vm_of_its_own(image, tmp_path):
    batch = tmp_path / "batch"
    machine.write_batch(
        batch, [b"import sys\nsys.modules['x'] = x = 1\n", b"print(x)\n", b"while 1: pass"]
    )
    ends = [result[1] for result in machine.run(image, batch, 3)]
    assert ends == ["ran", "raised", "interrupted"]


def test_after_a_finding_the_next_program_runs(image, tmp_path):
    batch = tmp_path / "batch"
    machine.write_batch(batch, [b"pass", b"# fuzz: wrong=1\n", b"pass"])
    first, second, third = machine.run(image, batch, 3)
    assert (first[1], second.kind, second.number, third[:2]) == ("ran", "crash", 1, (2, "ran"))


def test_allocations_fail_where_they_are_told_to(image):
    made = "x = [bytearray(99) for i in range(9)]"
    program = f"# fuzz: fail=3 fails=2\ntry:\n    {made}\nexcept MemoryError:\n    print('none')\n"
    assert machine.printed(image, program) == "none\n\n"


def test_a_finding_is_made_small(image):
    program = "# fuzz: wrong=1\n" + "".join(f"x{i} = {i}\n" for i in range(40))
    assert minimise(image, program, lambda words: None) == "# fuzz: wrong=1\n"


def test_what_python_can_reach_is_known(image):
    known = surface.ask(image)
    members = dict(known.objects)
    assert {"io.BytesIO", "collections.deque", "vfs.VfsFat", "dict"} <= set(known.types)
    assert {"len", "gc.collect", "binascii.crc32"} <= set(known.calls)
    assert "popitem" in members["dict"] and "send" in members["(i for i in ())"]
    assert not surface.HARMFUL & set(known.calls)


def test_a_seed_names_programs(image):
    first, second = (campaign.settings(image, 7, 60) for _ in range(2))
    assert [campaign.make(first, n) for n in range(60)] == [
        campaign.make(second, n) for n in range(60)
    ]
    assert campaign.make(first, 0) != campaign.make(campaign.settings(image, 8, 60), 0)


@pytest.mark.parametrize("path", CORPUS, ids=lambda path: path.stem)
def test_what_was_found_stays_mended(image, path):
    assert machine.check(image, path.read_bytes(), symbols=True) is None


def test_memory_may_end_at_each_allocation(image, tmp_path):
    batch = tmp_path / "batch"
    machine.write_batch(batch, [LOW_MEMORY.encode()])
    ((_, ended, allocations),) = machine.run(image, batch, 1)
    assert ended == "ran" and allocations > 500
    programs = [f"# fuzz: fail={n} fails=2\n{LOW_MEMORY}".encode() for n in range(1, allocations)]
    machine.write_batch(batch, programs)
    for result in machine.run(image, batch, len(programs), symbols=True):
        assert not isinstance(result, machine.Finding), f"{result.number}: {result.brief()}"


def test_a_short_run_finds_nothing(tmp_path):
    folder = tmp_path / "found"
    status = campaign.main(
        ["--seed", "1", "--count", str(SHORT_RUN), "--jobs", "2", "--findings", str(folder)]
    )
    assert status == 0, [path.read_text() for path in folder.glob("*.txt")]


def test_random_programs_print_what_cpython_prints(capsys):
    status = differential_run.main("", ["--seed", "1", "--count", "400"])
    said = capsys.readouterr().out
    assert status == 0, said[-3000:]
    assert "400 programs" in said and " 0 took too long" in said


def test_a_difference_is_seen():
    program = differential_run.Program(1, "", [(0, "x = 1"), (1, "t(1,x)"), (2, "t(2,y)")])
    seen = differential_run.compare(program, "1 a\n2 ~0.3\n", "1 a\n2 ~0.4\n")
    assert seen is not None and seen.statement == "t(2,y)"
    close = "1 a\n2 ~0.30000000000000004\n"
    assert differential_run.compare(program, close, "1 a\n2 ~0.3\n") is None
    assert differential_run.compare(program, "1 a\n2 b\n", "1 a\n") is not None
    assert not any(rule.explains(seen) for rule in differential_run.rules())


def test_verifier_finds_nothing_by_coverage_in_a_short_run():
    command = Path(__file__).parent / "fuzz" / "verifier"
    done = subprocess.run(
        [command, "--seed", "1", "--count", "3000"], capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout + done.stderr
    files, kept = re.match(r"(\d+) files, \d+ accepted, (\d+) of", done.stdout).groups()
    assert int(files) == 3000 and int(kept) > 10  # it sees what it reaches
