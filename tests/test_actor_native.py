# SPDX-License-Identifier: MIT
"""The actor runtime without an image: stress under sanitizers, and schedules that a seed decides.

A run that fails prints the command that repeats it. With simulated cores that repeats it exactly.
"""

import platform
import subprocess
from pathlib import Path

import pytest

from antaresia_tools import debian, paths

NATIVE = paths.ROOT / "tests" / "native" / "actor"
RUNTIME = sorted(
    path
    for path in (paths.ROOT / "vm_ext" / "actor").glob("*.c")
    if path.stem not in ("pages", "slab")  # the rig counts what it gives
)
FLAGS = ["-std=gnu11", "-g", "-Wall", "-Wextra", "-Wundef", "-Werror", "-pthread"]
FLAGS += ["-Wno-unused-parameter", "-Wno-sign-compare", "-Wno-missing-field-initializers"]
FLAGS += ["-I.", "-Iport/include", f"-I{NATIVE}"]

# How each build differs, and what it is for.
BUILDS = {
    # Every access of memory, on every path that a seed finds.
    "simulated": ("sim", ["-O1", "-DRT_CHAOS=1", "-fsanitize=address,undefined"]),
    # GCC's ThreadSanitizer knows no fences; where the runtime has one, no data depends on it.
    "tsan": ("threads", ["-O1", "-DRT_CHAOS=1", "-fsanitize=thread", "-Wno-tsan"]),
    "threads": ("threads", ["-O2", "-DRT_CHAOS=1"]),
    "start": ("sim", ["-O1", "-DRT_CHAOS=1", "-DRT_MAX_CORES=1", "-fsanitize=address,undefined"]),
}
SCENARIOS = {"flood": 200, "timers": 60, "lines": 200, "churn": 3, "monkeys": 300, "runaway": 5}


def build(folder: Path, rig: str, flags: list[str], name: str = "stress") -> Path:
    debian.ensure(["gcc", "libc6-dev"])
    program = folder / name
    sources = [*RUNTIME, NATIVE / "rig_common.c", NATIVE / f"rig_{rig}.c"]
    sources += [NATIVE / f"switch_{platform.machine()}.S", *sorted(NATIVE.glob("stress*.c"))]
    done = subprocess.run(
        ["gcc", *FLAGS, *flags, "-o", program, *sources],
        cwd=paths.ROOT,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    return program


@pytest.fixture(scope="module")
def stress(tmp_path_factory):
    """stress(build, scenario, cores, seed, size) runs one scenario; its output if it fails."""
    made: dict[str, Path] = {}

    def run(kind: str, *args: object) -> str:
        if kind not in made:
            made[kind] = build(tmp_path_factory.mktemp(kind), *BUILDS[kind])
        command = [str(made[kind]), *map(str, args)]
        done = subprocess.run(command, capture_output=True, text=True, timeout=240)
        said = done.stdout + done.stderr
        return "" if done.returncode == 0 and done.stdout.endswith("ok\n") else said

    return run


@pytest.mark.parametrize("scenario", SCENARIOS)
@pytest.mark.parametrize("cores", [1, 2, 4])
def test_seeded_schedules(stress, scenario, cores):
    for seed in range(1, 13):
        assert stress("simulated", scenario, cores, seed, SCENARIOS[scenario]) == ""


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_one_core_without_atomics(stress, scenario):
    for seed in range(1, 9):
        assert stress("start", scenario, 1, seed, SCENARIOS[scenario]) == ""


@pytest.mark.parametrize("scenario", SCENARIOS)
@pytest.mark.parametrize("cores", [2, 4])
def test_thread_sanitizer(stress, scenario, cores):
    assert stress("tsan", scenario, cores, 1, 3 * SCENARIOS[scenario]) == ""


def test_ten_thousand_violent_lives(stress):
    assert stress("threads", "monkeys", 4, 1, 10000) == ""


def test_same_seed_same_run(stress, tmp_path):
    program = build(tmp_path, *BUILDS["simulated"])
    runs = [
        subprocess.run([program, "monkeys", "3", "5", "200"], capture_output=True, text=True).stdout
        for _ in range(2)
    ]
    assert runs[0] == runs[1] and runs[0].endswith("ok\n")


def test_bench_prints_each_figure(tmp_path):
    program = tmp_path / "bench"
    sources = [*(paths.ROOT / "vm_ext" / "actor").glob("*.c"), NATIVE / "bench.c"]
    sources += [NATIVE / "rig_common.c", NATIVE / "rig_threads.c"]
    sources += [NATIVE / f"switch_{platform.machine()}.S"]
    flags = [*FLAGS, "-O2", "-DRIG_REAL_MEMORY"]
    subprocess.run(["gcc", *flags, "-o", program, *sources], cwd=paths.ROOT, check=True)
    said = subprocess.run([program, "1"], capture_output=True, text=True, check=True).stdout
    names = [line.split()[0] for line in said.splitlines()]
    assert {"pingpong", "spawn_exit", "ring_hop", "idle_actor"} <= set(names)
    idle = next(line for line in said.splitlines() if line.startswith("idle_actor"))
    assert float(idle.split()[1]) <= 272  # 256, and what the page tables of this bench cost


# --- the tests above can fail: the runtime broken on purpose, by a line of its own source

BREAKS = {
    # A message is published before it is complete.
    "relaxed push": ("mailbox.h", "at_cas_acq_rel(box, &old, (uintptr_t)msg)", "tsan", "flood"),
    # A parked actor is given away before its state is written.
    "relaxed deque": ("deque.h", "at_store_rel(&deque->bottom", "tsan", "churn"),
    "no wake": ("mailbox.h", "return old == MAIL_WAITING;", "simulated", "flood"),
    "lost stack": ("sched.c", "stack_put(core, actor->stack); // nobody", "simulated", "monkeys"),
    "lost timer": ("timer.c", "(void)mail_deliver(", "simulated", "timers"),
}
REPLACED = {
    "relaxed push": "(__atomic_compare_exchange_n(box, &old, (uintptr_t)msg, false, 0, 0))",
    "relaxed deque": "at_store(&deque->bottom",
    "no wake": "return 0;",
    "lost stack": "// nobody",
    "lost timer": "(void)(",
}


@pytest.mark.parametrize("name", BREAKS)
def test_broken_runtime_is_found_out(tmp_path, name):
    file, line, kind, scenario = BREAKS[name]
    copy = tmp_path / "vm_ext" / "actor"
    copy.mkdir(parents=True)
    for path in (paths.ROOT / "vm_ext" / "actor").glob("*.[ch]"):
        text = path.read_text()
        if path.name == file:
            assert text.count(line) == 1
            text = text.replace(line, REPLACED[name])
        (copy / path.name).write_text(text)
    rig, flags = BUILDS[kind]
    program = tmp_path / "stress"
    sources = [copy / path.name for path in RUNTIME]
    sources += [NATIVE / "rig_common.c", NATIVE / f"rig_{rig}.c"]
    sources += [NATIVE / f"switch_{platform.machine()}.S", *sorted(NATIVE.glob("stress*.c"))]
    subprocess.run(
        ["gcc", f"-I{tmp_path}", *FLAGS, *flags, "-Wno-error", "-w", "-o", program, *sources],
        cwd=paths.ROOT,
        check=True,
    )
    for seed in range(1, 30):
        try:
            done = subprocess.run(
                [program, scenario, "3", str(seed), "100"], capture_output=True, timeout=20
            )
        except subprocess.TimeoutExpired:
            return
        if done.returncode != 0:
            return
    pytest.fail(f"{name}: nothing noticed")
