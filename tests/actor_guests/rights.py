# SPDX-License-Identifier: MIT
# Runs on the machine: what an actor without rights tries, and what one with each right can do.
import actor

PROGRAMS = """
import actor
import sys

def attempt(parent, what, function, *args):
    try:
        function(*args)
    except Exception as error:
        parent.send((what, type(error).__name__))
    else:
        parent.send((what, 'OPEN'))

def module_objects():
    # every module object that can be reached from what there is
    found, todo, seen = set(), [sys, actor, __import__('builtins'), __import__('io')], set()
    kind = type(sys)
    while todo and len(seen) < 3000:
        one = todo.pop()
        if id(one) in seen:
            continue
        seen.add(id(one))
        if isinstance(one, kind):
            found.add(one.__name__)
        for name in dir(one):
            try:
                todo.append(getattr(one, name))
            except Exception:
                pass
        if isinstance(one, dict):
            todo.extend(one.values())
        elif isinstance(one, (list, tuple)):
            todo.extend(one)
    return found

def main(parent, me):
    def ask(what, function, *args):
        attempt(parent, what, function, *args)
    closed = 'machine umachine os uos vfs ramdisk _flash flash _boot _fault'
    for name in closed.split():
        ask(name, __import__, name)
        ask(name, __import__, name, {}, {}, ('x',), 0)
        ask(name, exec, 'import ' + name)
        ask(name, exec, 'from ' + name + ' import *')
        ask(name, lambda: sys.modules[name])
    sys.path.insert(0, '.frozen')
    ask('frozen', __import__, '_boot')
    sys.modules['os'] = sys
    ask('fake', lambda: __import__('os').listdir())
    del sys.modules['os']
    ask('main', lambda: __import__('__main__').os)
    found = module_objects()
    for name in ('machine', 'os', 'vfs', 'ramdisk', '_boot', '_fault'):
        if name in found:
            parent.send((name, 'OPEN'))
    ask('type', lambda: type(sys)('machine').reset())
    ask('class', lambda: type('x', (type(sys),), {})('machine').reset())
    ask('stdin', lambda: sys.stdin.read(1))
    ask('stdin', lambda: sys.stdin.buffer.read(1))
    ask('stdin', lambda: sys.stdin.readline())
    ask('input', input)
    import select
    def poll():
        p = select.poll()
        p.register(sys.stdin, select.POLLIN)
        p.poll(1)
    ask('poll', poll)
    ask('open', open, '/secret.txt')
    ask('open', open, '/new.txt', 'w')
    import io
    ask('open', io.open, '/secret.txt')
    ask('import', __import__, 'secret')
    ask('list', actor.list)
    ask('top', actor.top)
    ask('whereis', actor.whereis, 'shell')
    ask('register', actor.register, 'shell')
    ask('name', lambda: actor.spawn('rights_child:main', parent, me, name='shell'))
    ask('high', lambda: actor.spawn('rights_child:main', parent, me, priority='high'))
    for right in ('machine', 'vfs', 'names', 'system', 'console', 'other'):
        ask(right, lambda: actor.spawn('rights_child:main', parent, me, caps=[right]))
    for name in ('kill', 'link', 'exit', 'info'):
        ask(name, getattr(actor, name), parent)
    ask('widen', lambda: actor.kill(type(parent)(parent)))
    ask('sender', lambda: actor.kill(actor.receive().sender))
    import antaresia, micropython
    ask('power', antaresia.power_off)
    ask('kbd', micropython.kbd_intr, -1)
    parent.send(('caps', repr(sorted(actor.caps))))
    parent.send('done')

def heir(parent):
    # hands on all that it has, which is nothing
    actor.spawn('rights_child:main', parent, actor.self(), caps='all').ask(0)

def names(parent):
    actor.register('somebody')
    parent.send(('whereis', actor.whereis('shell') == parent))
    attempt(parent, 'kill', actor.kill, actor.whereis('shell'))
    parent.send('done')

def machine(parent):
    import machine
    parent.send(type(machine.unique_id()).__name__)
    attempt(parent, 'os', __import__, 'os')
    parent.send('done')

def given(parent):
    parent.send(actor.caps['number'])
    parent.send(actor.caps['ref'] == parent)
    parent.send('done')
"""
with open("/rights_child.py", "w") as file:
    file.write(PROGRAMS)
with open("/secret.txt", "w") as file:
    file.write("secret")
with open("/secret.py", "w") as file:
    file.write("secret = 1")
WAIT = 60000
me = actor.self().narrow()


def results(ref):
    while True:
        message = actor.receive(timeout_ms=WAIT)
        if isinstance(message, actor.Down):
            print("ended:", message.reason, message.text)
            return
        if message == "done":
            return
        yield message


ref = actor.spawn("rights_child:main", me, me, monitor=True)
try:
    ref.ask("for its sender", WAIT)
except actor.ActorDead:
    pass
got = list(results(ref))
print(len(got) > 70, [g for g in got if g[1] == "OPEN"], got[-1])
actor.receive(lambda m: isinstance(m, actor.Down), WAIT)

for program, caps in (("names", ["names"]), ("machine", ["machine"])):
    ref = actor.spawn("rights_child:" + program, me, caps=caps)
    print(list(results(ref)))
ref = actor.spawn("rights_child:given", me, caps={"number": 7, "ref": me})
print(list(results(ref)))
ref = actor.spawn("rights_child:given", me, caps=[("number", 7), ("ref", me), "names"])
print(list(results(ref)))
for caps in ("machine", ["nonsense"], [("x", lambda: 0)], 5):
    try:
        actor.spawn("rights_child:given", me, caps=caps)
        print("OPEN", caps)
    except (ValueError, TypeError) as error:
        print(type(error).__name__)
