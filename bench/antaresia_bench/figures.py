# SPDX-License-Identifier: MIT
"""Rows of figures, as a table for people and as one JSON list for programs.

A row is one figure of ours beside one peer's. The keys never change, since later tools read them;
what could not be measured is a row with null and a `note` that says why, not a missing row.
"""

import json
import math
import statistics
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any


@dataclass
class Row:
    name: str
    unit: str
    ours: float | None
    peer: float | None = None
    peer_name: str | None = None
    aim: str | None = None
    note: str | None = None

    @property
    def ratio(self) -> float | None:
        """Ours over the peer's."""
        if self.ours is None or not self.peer:
            return None
        return self.ours / self.peer

    def as_json(self) -> dict[str, Any]:
        row = {key: getattr(self, key) for key in JSON_KEYS}
        if self.note:
            row["note"] = self.note
        return row


JSON_KEYS = ("name", "unit", "ours", "peer", "peer_name", "ratio", "aim")
COLUMNS = ("name", "unit", "ours", "peer", "ratio", "peer is", "aim", "note")


def median(values: Iterable[float | None]) -> float | None:
    """The median of what was measured; None if nothing was."""
    known = [value for value in values if value is not None]
    return statistics.median(known) if known else None


def geomean(ratios: Iterable[float | None]) -> float | None:
    """The geometric mean of the ratios that exist."""
    logs = [math.log(ratio) for ratio in ratios if ratio]
    return math.exp(sum(logs) / len(logs)) if logs else None


def _number(value: float | None) -> str:
    if value is None:
        return "-"
    if isinstance(value, int):
        return str(value)
    return f"{value:.0f}" if abs(value) >= 1000 else f"{value:.4g}"


def table(rows: Iterable[Row]) -> str:
    """The rows as aligned columns, numbers to the right."""
    lines = [COLUMNS]
    for row in rows:
        figures = (_number(row.ours), _number(row.peer), _number(row.ratio))
        texts = (row.peer_name or "", row.aim or "", row.note or "")
        lines.append((row.name, row.unit, *figures, *texts))
    widths = [max(len(line[i]) for line in lines) for i in range(len(COLUMNS))]
    return "\n".join(
        "  ".join(
            cell.rjust(width) if 2 <= i <= 4 else cell.ljust(width)
            for i, (cell, width) in enumerate(zip(line, widths, strict=True))
        ).rstrip()
        for line in lines
    )


def show(rows: list[Row], as_json: bool) -> None:
    print(json.dumps([row.as_json() for row in rows], indent=1) if as_json else table(rows))
