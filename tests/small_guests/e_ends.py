# SPDX-License-Identifier: MIT
# Runs on a machine with tens of KiB: see tests/test_actors_small.py.
import time

import actor


def down(program, *args, kill_ms=None):
    caps = ["machine"] if program == "fault" else None
    ref = actor.spawn("small:" + program, *args, monitor=True, caps=caps)
    if kill_ms is not None:
        time.sleep_ms(kill_ms)
        actor.kill(ref)
    notice = actor.receive(timeout_ms=20000)
    assert notice.ref == ref and not ref.alive()
    return notice


for program in ("bad", "hog", "deep"):
    notice = down(program, *((0,) if program == "deep" else ()))
    print(program, notice.reason, notice.text.rstrip().split("\n")[-1].split(":")[0])
for program in ("loop", "long_c"):
    notice = down(program, kill_ms=20)
    print(program, notice.reason)
for kind in ("null_read", "wild_write", "illegal", "stack"):
    notice = down("fault", kind)
    print(kind, notice.reason, "CPUFault" in notice.text)
print("machine", "no right" in down("machine").text)
