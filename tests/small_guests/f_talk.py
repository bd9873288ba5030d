# SPDX-License-Identifier: MIT
# Runs on a machine with tens of KiB: see tests/test_actors_small.py.
import actor

me = actor.self()
actor.trap_exit(True)
ref = actor.spawn("talks:linked", me)
print(actor.receive(timeout_ms=20000))
actor.exit(ref, "enough")
print("exit", actor.receive(timeout_ms=20000).reason)
actor.trap_exit(False)
ref = actor.spawn("talks:ask", me)
call = actor.receive(timeout_ms=20000)
call.reply(call.msg * 2)
print(actor.receive(timeout_ms=20000))
actor.spawn("talks:tasks", me)
print(actor.receive(timeout_ms=20000))
