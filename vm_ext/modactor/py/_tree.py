# SPDX-License-Identifier: MIT
"""The root of the system: a supervisor that init starts, with all rights, and starts again when it
ends.

Below it: the shell, which a soft reset ends and this starts again. The shell may add others:
service.connect(actor.whereis("system")).start_child(supervisor.child(..)).
"""

import actor
import supervisor

EBUSY = 16
SHELL = "shell"  # no module: the console's actor, which is C


class _Root(supervisor._Supervisor):
    def obeys(self, sender):
        return sender == self.find("shell").ref

    async def start_child(self, child):
        if child.spec["program"] != SHELL:
            await super().start_child(child)
            return
        while True:
            try:
                child.ref = actor._start_shell()
                return
            except OSError as error:
                if error.errno != EBUSY:
                    raise
            try:
                await actor.receive(lambda m: False, 1)
            except OSError:
                pass


async def main():
    actor.trap_exit(True)
    root = _Root("one_for_one", None, 0, [supervisor.child("shell", SHELL)])
    for child in root.children:
        await root.start_child(child)
    await root.serve()
