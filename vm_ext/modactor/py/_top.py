# SPDX-License-Identifier: MIT
"""actor.top(): all actors in a table, those that used most of the CPU first."""

import actor


def top(limit=20):
    rows = []
    for ref in actor.list():
        info = actor.info(ref)
        if info:
            rows.append(info)
    rows.sort(key=lambda info: -info["cpu_ns"])
    line = "{:<20} {:<8} {:>4} {:>9} {:>9} {:>8} {:>8} {:>8}"
    print(line.format("actor", "state", "core", "cpu ms", "KiB", "mailbox", "received", "sent"))
    for info in rows[:limit]:
        name = info["name"] or str(info["ref"])[5:-1]
        cpu = "{:.1f}".format(info["cpu_ns"] / 1e6)
        numbers = (cpu, info["memory"] // 1024, info["mailbox"], info["received"], info["sent"])
        print(line.format(name[:20], info["state"], info["core"], *numbers))
    if len(rows) > limit:
        print("and", len(rows) - limit, "more: actor.top({})".format(len(rows)))
