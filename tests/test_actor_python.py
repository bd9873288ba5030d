# SPDX-License-Identifier: MIT
"""What programs see of actors: the module, rights, services, supervisors, asyncio, the tree.

Each machine boots once; the programs are in actor_guests/ and print one line per finding.
"""

from pathlib import Path

import pytest
from target import Target, actor_machines

GUESTS = Path(__file__).with_name("actor_guests")
CORES = [1, 2]

EXPECTED = {
    "module": """\
normal ('normal', None)
shutdown ('shutdown', None)
words of its own ('words of its own', None)
kill ('killed', None)
('why', None) finally
None ('normal', None)
0 ('normal', None)
text ('text', None)
3 ('error', None)
<class 'Down'>go away
<class 'Exit'>go away
<class 'Down'>normal
<class 'Exit'>normal
<class 'str'>'go away'
normal
True words True
True words True
True words True
True
True
True
dead
0
['actor', 'state', 'core', 'cpu', 'ms', 'KiB', 'mailbox', 'received', 'sent'] \
['init', 'shell', 'system'] True
7
""",
    "rights": """\
True [] ('caps', '[]')
[('whereis', True), ('kill', 'OSError')]
['bytes', ('os', 'ImportError')]
[7, True]
[7, True]
TypeError
ValueError
TypeError
TypeError
""",
    "bomb": """\
stopped True
within True True
ram True
gone True
left True
nomem
full
left True
ram True
""",
    "services": """\
13 17 17
('Counter', 3, ['add', 'fail', 'forever', 'note', 'noted', 'plain', 'unsendable', 'wait', 'wake'])
TooMuch 5 True
KeyError missing True
AttributeError Counter has no method 'missing' False
TypeError can't send a 'function' False
TypeError unsupported types for __add__: 'int', 'str' True
TypeError function takes 2 positional arguments but 4 were given False
AttributeError Counter has no method '_hidden' False
TypeError a call of a service is (name, args) False
17
timed out
13 13
negative
ActorDead
Local is defined at the prompt: a service's class is in a file
200
True
timed out
timed out too
waited
True
2
stopped
at once 1
closed
closed shutdown
dead
""",
    "supervisors": """\
one_for_one abc b [('a', True, 0), ('b', True, 1), ('c', True, 0)] [3, 3, 1]
one_for_all abc abc [('a', True, 1), ('b', True, 1), ('c', True, 1)] [3, 3, 3]
rest_for_one abc bc [('a', True, 0), ('b', True, 1), ('c', True, 1)] [3, 3, 2]
permanent leave a [('a', True, 1), ('b', True, 0)]
permanent crash a [('a', True, 1), ('b', True, 0)]
transient leave False [('a', False, 0), ('b', True, 0)]
transient crash a [('a', True, 1), ('b', True, 0)]
temporary leave False [('b', True, 0)]
temporary crash False [('b', True, 0)]
nested xyz ['supervisor', 'worker']
x
x
['shutdown', 'xy'] [('inner', True, 1), ('z', True, 0)]
killed
all gone
pqrs
[('end', 's', 'shutdown'), ('end', 'q', 'shutdown'), ('end', 'p', 'shutdown')]
5
died: crash
None
[('store', True, 1)] True
[('store', True, 1), ('w', False, 0)]
w [('store', True, 1), ('w', True, 1)]
[('store', True, 1)]
KeyError
ValueError
AttributeError
no such thing
strategy is one of one_for_one, one_for_all, rest_for_one
two children have the same id
restart is one of permanent, transient, temporary
""",
    "asyncios": """\
True ready
['a', 'b', 'c'] ready
[2, [1]]
timeout timeout
cancelled cancelled ready
b'not lost' ['k', 'k'] ['dead', None] [1, 2] 0
normal None
""",
}


@pytest.fixture(
    scope="module",
    params=[(*machine, cores) for machine in actor_machines() for cores in CORES],
    ids=lambda param: "-".join(str(part) for part in param),
)
def target(request):
    arch, machine, cores = request.param
    with Target(arch, machine, cores=cores) as target:
        target.boot()
        yield target


@pytest.mark.parametrize("guest", EXPECTED)
def test_program(target, guest):
    out = target.check((GUESTS / (guest + ".py")).read_text())
    assert out.replace("\r\n", "\n") == EXPECTED[guest]


def test_a_soft_reset_ends_the_shell_alone(target):
    with_child = """
import actor
with open('/waits.py', 'w') as file:
    file.write('import actor\\nactor.receive()')
child = actor.spawn('waits', name='waits')
x = 1
"""
    target.check(with_child)
    target.command("1")
    target.send(b"\x04")
    assert "soft reboot" in target.expect_prompt()
    assert target.command("'x' in globals()") == "False"
    target.command("import actor")
    assert target.command("actor.whereis('waits').alive()") == "True"
    assert target.command("actor.kill(actor.whereis('waits'))") == ""


def test_a_killed_tree_comes_back(target):
    target.command("import actor")
    before = target.command("actor.whereis('system')")
    target.send("actor.kill(actor.whereis('system'))\r")
    target.read_until("MicroPython v")  # a new shell's
    target.expect_prompt()
    target.command("import actor")
    after = target.command("actor.whereis('system')")
    assert before != after and before.startswith("<Ref ") and after.startswith("<Ref ")
    names = "sorted(actor.info(r)['name'] for r in actor.list() if actor.info(r)['name'])"
    assert target.command(names) == "['init', 'shell', 'system']"
