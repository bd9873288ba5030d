# SPDX-License-Identifier: MIT
# Runs on the machine: programs that try to reach another actor's memory or to stop the machine.
# Each is an actor; it may end in any way, alone. For tests/test_red_team.py.
import gc
import time

import actor

PROGRAMS = """
import actor, gc, io, time
WAIT = 60000

def stale(name, accesses):
    for i, access in enumerate(accesses):
        try:
            access()
            raise AssertionError(name + str(i))
        except ValueError:
            pass

def views(parent):
    class Derived(actor.Buffer):
        pass
    for make in (actor.Buffer, Derived):
        buffer = make(4096)
        views = [memoryview(buffer), memoryview(memoryview(buffer)), memoryview(buffer)[10:20]]
        if make is actor.Buffer:
            views += [buffer, buffer[5:9]]
        walk = iter(views[0])
        next(walk)
        try:
            parent.send(('buffer', buffer))
        except TypeError:
            continue
        def write(view):
            view[0] = 1
        stale('view', [lambda v=v: v[0] for v in views] + [lambda v=v: write(v) for v in views]
            + [lambda v=v: bytes(v) for v in views] + [lambda: next(walk)])

def keepers(parent):
    import framebuf, micropython
    def frame(buffer):
        frame = framebuf.FrameBuffer(buffer, 8, 8, framebuf.MONO_VLSB)
        return lambda: frame.fill(1)
    def ring(buffer):
        ring = micropython.RingIO(buffer)
        return lambda: ring.write(b'x' * 20)
    for keep in (frame, ring):
        buffer = actor.Buffer(64)
        try:
            use = keep(buffer)
        except TypeError:
            continue
        parent.send(('buffer', buffer))
        stale('keeper', [use])

def pending(parent):
    class Thief(io.IOBase):
        def readinto(self, buf):
            parent.send(('buffer', self.buffer))
            gc.collect()
            buf[0] = 5 if len(buf) else 0
            return 1
        def write(self, buf):
            parent.send(('buffer', self.buffer))
            stale('written', [lambda: buf[0], lambda: len(buf)])
    for n in range(20):
        thief = Thief()
        thief.buffer = actor.Buffer(256)
        thief.write(memoryview(thief.buffer))
        stale('pending', [lambda: thief.buffer[0]])
    class Index:
        def __index__(self):
            parent.send(('buffer', buffer))
            return 1
        def __eq__(self, other):
            parent.send(('buffer', buffer))
            return True
    for act in (lambda: buffer.__setitem__(0, Index()), lambda: buffer[Index()],
            lambda: Index() in buffer, lambda: bytes(buffer) == Index()):
        buffer = actor.Buffer(64)
        try:
            act()
        except (ValueError, TypeError, AttributeError):
            pass

def resized():
    for size in (1, 100, 4000):
        array = bytearray(size)
        view = memoryview(array)
        walk = iter(view)
        try:
            array.extend(bytes(100000))
        except (BufferError, ValueError, RuntimeError):
            pass
        gc.collect()
        filled = [b'\\xaa' * 64 for _ in range(2000)]
        for i in range(size):
            view[i] = 7
        list(walk)
        assert all(one == b'\\xaa' * 64 for one in filled)

def recursion(kind):
    n = 200000
    if kind == 0:
        import json
        json.loads('[' * n)
    elif kind == 1:
        import re
        re.compile('(' * n)
    elif kind == 2:
        nested = []
        for _ in range(n):
            nested = [nested]
        repr(nested)
    elif kind == 3:
        def key(x):
            return sorted([2, 1], key=key)
        sorted([3, 1], key=key)
    elif kind == 4:
        exec('(' * n)
    elif kind == 5:
        nested = ()
        for _ in range(n):
            nested = (nested,)
        actor.self().send(nested)
    elif kind == 6:
        nested = []
        for _ in range(n):
            nested = [nested]
        nested == list(nested)
    elif kind == 7:
        class Loop:
            def __getattr__(self, name):
                return getattr(self, name + 'x')
        Loop().a

def huge(kind):
    n = 1 << 40
    if kind == 0:
        bytearray(n)
    elif kind == 1:
        [0] * n
    elif kind == 2:
        'x' * n
    elif kind == 3:
        actor.Buffer(n)
    elif kind == 4:
        bytes(range(n))
    elif kind == 5:
        'x'.join('y' * 100000 for _ in range(1000))
    elif kind == 6:
        1 << n
    elif kind == 7:
        '%*d' % (n, 1)

def finalisers(parent):
    kept = []
    class Lazarus:
        def __init__(self):
            self.room = bytearray(100)
        def __del__(self):
            kept.append(self)
            parent.send(('late', 1))
            actor.self().send('me')
            raise ValueError('in a finaliser')
    for _ in range(200):
        Lazarus()
    gc.collect()
    gc.collect()
    for one in kept:
        one.room[0] = 1
        one.room.extend(bytes(100))
    kept.clear()
    gc.collect()

def flood(target):
    try:
        while True:
            target.send(bytes(5000))
    except actor.MailboxFull:
        pass

def messages():
    me = actor.self()
    cycle = {'a': []}
    cycle['a'].append(cycle)
    for _ in range(100):
        me.send(cycle)
    for _ in range(100):
        actor.receive(timeout_ms=WAIT)
    for wrong in (lambda: 1, iter([]), type, me.send, open):
        try:
            me.send([wrong])
            raise AssertionError('sent')
        except TypeError:
            pass
    buffer = actor.Buffer(10)
    for twice in ([buffer, buffer], {'a': buffer, 'b': (buffer,)}):
        try:
            me.send(twice)
        except (ValueError, TypeError):
            pass
        try:
            actor.receive(timeout_ms=0)
        except OSError:
            pass

class Rude(Exception):
    def __str__(self):
        actor.self().send(actor.Buffer(100))
        raise Rude('again')

def rude():
    raise Rude()

def dying():
    try:
        raise SystemExit('over')
    finally:
        for _ in range(100):
            actor.self().send((actor.self(), actor.Buffer(100)))

def bomb(depth):
    try:
        while True:
            actor.spawn('red_team:bomb', depth + 1)
    except (MemoryError, OSError):
        actor.receive()

def nothing():
    pass

async def busy(parent, seed):
    peers = []
    async def work():
        nonlocal peers
        while True:
            try:
                call = await actor.receive(timeout_ms=0)
                if isinstance(call, actor.Call):
                    call.reply(call.msg)
                elif isinstance(call, list):
                    peers = call
            except OSError:
                pass
            n = (n_steps[0] + seed) % 9
            n_steps[0] += 1
            peer = peers[n_steps[0] % len(peers)] if peers else parent
            try:
                if n == 0:
                    peer.send({'a': [1, 2.5, 'text', b'bytes', 2 ** 100]})
                elif n == 1:
                    peer.send(actor.Buffer(5000))
                elif n == 2:
                    await peer.ask('ask', timeout_ms=5)
                elif n == 3:
                    actor.spawn('red_team:nothing', link=True)
                elif n == 4:
                    actor.demonitor(actor.monitor(peer))
                elif n == 5:
                    kept = [bytearray(1000) for _ in range(20)]
                elif n == 6:
                    gc.collect()
                elif n == 7:
                    repr(sorted(range(500), key=lambda x: -x))
                else:
                    sum(range(20000))
            except (actor.ActorDead, actor.MailboxFull, OSError):
                pass
    n_steps = [0]
    await work()
"""
with open("/red_team.py", "w") as file:
    file.write(PROGRAMS)
WAIT = 120000
QUOTA = 4 * 1024 * 1024
me = actor.self()


def is_down(message):
    return isinstance(message, actor.Down)


def drain():
    try:
        while True:
            actor.receive(timeout_ms=0)
    except OSError:
        pass


OURS = actor.list()


def kill_others():
    others = [ref for ref in actor.list() if ref not in OURS]
    while others:
        for ref in others:
            actor.kill(ref)
        time.sleep_ms(1)
        others = [ref for ref in actor.list() if ref not in OURS]


def attack(program, *args, kill_ms=None):
    """How it ended."""
    ref = actor.spawn("red_team:" + program, *args, monitor=True, quota=QUOTA)
    if kill_ms is not None:
        time.sleep_ms(kill_ms)
        actor.kill(ref)
    notice = actor.receive(is_down, timeout_ms=WAIT)
    assert notice.ref == ref and not ref.alive()
    kill_others()
    drain()
    words = (notice.text or "").rstrip().split("\n")[-1].split(":")[0]
    return notice.reason + (" " + words if words else "")


def down_of(ref):
    return actor.receive(lambda m: is_down(m) and m.ref == ref, timeout_ms=WAIT)


def send(ref, message):
    try:
        ref.send(message)
    except actor.MailboxFull:
        return


def counts():
    """What is given to anybody: blocks of memory, C stacks, names, actors. Exact.

    Less what the heaps of the shell and of those above it have."""
    gc.collect()
    found = actor.counts()
    infos = [actor.info(ref) for ref in actor.list()]
    found["memory"] -= sum(info["memory"] for info in infos if info)
    return found


def at_rest():
    """What counts() says when nobody is left who ends."""
    while len(actor.list()) > len(OURS) or actor.counts()["actors"] > len(OURS):
        time.sleep_ms(1)
    return counts()


def settles(before):
    """All of it is back, once the last to be told of the last end has been told."""
    for _ in range(300):
        if counts() == before:
            return True
        time.sleep_ms(20)
    return (before, counts())


def attacks():
    yield "views", attack("views", me)
    yield "keepers", attack("keepers", me)
    yield "pending", attack("pending", me)
    yield "resized", attack("resized")
    for kind in range(8):
        yield f"recursion {kind}", attack("recursion", kind)
    for kind in range(8):
        yield f"huge {kind}", attack("huge", kind)
    yield "finalisers", attack("finalisers", me)
    yield "flood", attack("flood", me)
    yield "messages", attack("messages")
    yield "rude", attack("rude")
    yield "dying", attack("dying")
    yield "bomb", attack("bomb", 0, kill_ms=300)


def kills(count, victims, seed):
    """That many random kills of actors that do everything to each other."""
    import random

    random.seed(seed)

    def start(i):
        return actor.spawn("red_team:busy", me, i, monitor=True, quota=QUOTA)

    refs = [start(i) for i in range(victims)]
    reasons = {}
    for n in range(count):
        i = random.randrange(victims)
        for ref in refs:
            send(ref, refs)
        time.sleep_us(random.randrange(3000))
        actor.kill(refs[i])
        notice = down_of(refs[i])
        reasons[notice.reason] = reasons.get(notice.reason, 0) + 1
        refs[i] = start(n)
        drain()
    for ref in refs:
        actor.kill(ref)
        down_of(ref)
    drain()
    return reasons
