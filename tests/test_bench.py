# SPDX-License-Identifier: MIT
"""The commands in bench/: the form of what they print, and that it is about the machines at hand.

Nothing timed is judged here: only that each figure is a positive number.
"""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[1]
KEYS = ["name", "unit", "ours", "peer", "peer_name", "ratio", "aim"]


def run(command: str, *args: str) -> subprocess.CompletedProcess[str]:
    full = [sys.executable, str(ROOT / "bench" / command), *args]
    return subprocess.run(full, capture_output=True, text=True)


def rows_of(command: str, *args: str) -> dict[str, dict[str, Any]]:
    """The rows that the command prints as JSON, by name, each checked for its form."""
    done = run(command, "--json", *args)
    assert done.returncode == 0, done.stderr
    rows: list[dict[str, Any]] = json.loads(done.stdout)
    for row in rows:
        assert list(row)[: len(KEYS)] == KEYS
        assert set(row) <= {*KEYS, "note"}
        for key in ("ours", "peer"):
            assert row[key] is None or row[key] >= 0
        if row["ours"] is None:
            assert row["note"]
        if row["ours"] is not None and row["peer"]:
            assert row["ratio"] == pytest.approx(row["ours"] / row["peer"])
        else:
            assert row["ratio"] is None
    assert len({(row["name"], row["peer_name"]) for row in rows}) == len(rows)
    return {row["name"]: row for row in rows}


def test_size_counts_what_is_built() -> None:
    rows = rows_of("size")
    image = rows["x86_64-pc/image"]
    assert image["aim"] == "<= 1048576"
    if image["ours"] is not None:
        parts = [rows[f"x86_64-pc/{part}"]["ours"] for part in ("text", "data")]
        assert sum(parts) == pytest.approx(image["ours"], rel=0.01)


def test_boot_reads_both_clocks() -> None:
    rows = rows_of("boot", "--quick", "--no-peer", "--arch", "x86_64")
    wall = rows["x86_64/qemu-start-to-prompt"]["ours"]
    guest = rows["x86_64/kernel-entry-to-prompt"]["ours"]
    assert 0 < guest < wall


def test_vm_scores_programs_over_the_serial_line() -> None:
    programs = ["bm_fannkuch", "core_import_mpy_single"]
    rows = rows_of("vm", "--quick", "--no-peer", "--side", "guest", *programs)
    assert list(rows) == [f"guest/{name}" for name in programs]
    assert all(row["ours"] > 0 for row in rows.values())


def test_vm_unknown_program_is_a_usage_error() -> None:
    done = run("vm", "bm_nothing")
    assert done.returncode == 2
    assert done.stderr.startswith("error: no program 'bm_nothing'\nhint: there are: ")


def test_table_without_json_has_a_line_per_row() -> None:
    lines = run("size").stdout.splitlines()
    assert lines[0].split()[:3] == ["name", "unit", "ours"]
    assert any(line.startswith("x86_64-pc/") for line in lines[1:])


def test_safety_counts_the_cost_of_the_checks() -> None:
    rows = rows_of("safety", "--quick", "--part", "cost")
    assert rows["cost/geomean of 3"]["ratio"] > 0.5
    # Instructions are exact, so these are no timings.
    assert rows["cost/geomean of 3"]["ratio"] < 1.15
    assert rows["cost/worst"]["note"].startswith("cost/")


def test_safety_runs_the_fuzzers_and_lists_the_classes() -> None:
    rows = rows_of("safety", "--quick", "--part", "fuzz", "--part", "classes")
    assert rows["fuzz/mpy_files generated"]["ours"] > 0
    assert "note" not in rows["fuzz/mpy_files generated"]
    assert sum(name.startswith("class/") for name in rows) >= 15
    assert any(name.startswith("open/") for name in rows)


def test_actors_measures_the_hosted_image() -> None:
    rows = rows_of("actors", "--quick", "--no-peer", "pingpong", "spawn_exit", "idle_bytes")
    assert list(rows) == ["pingpong", "spawn_exit", "idle_bytes"]
    assert rows["idle_bytes"]["unit"] == "bytes"


def test_actors_unknown_row_is_a_usage_error() -> None:
    done = run("actors", "nothing")
    assert done.returncode == 2
    assert done.stderr.startswith("error: no row 'nothing'\nhint: there are: pingpong, ")


def test_io_measures_a_disk_through_our_driver() -> None:
    rows = rows_of("io", "--quick", "--no-peer", "read_4k_qd1", "write_4k_qd32", "restart")
    assert list(rows) == ["read_4k_qd1", "write_4k_qd32", "restart"]
    assert all(row["ours"] > 0 for row in rows.values())


def test_actors_runs_its_rows_of_scale() -> None:
    rows = rows_of("actors", "--quick", "idle_100k_bare", "gc_latency")
    assert rows["idle_100k_bare, round trip among 1000 idle actors"]["ours"] > 0
    assert sum(row["ours"] for name, row in rows.items() if name.startswith("gc_latency")) == 2000
