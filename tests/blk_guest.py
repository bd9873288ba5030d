# SPDX-License-Identifier: MIT
# Runs on a machine with a virtio disk, for tests/test_virtio_blk.py: the driver as an actor, its
# death, and what a hostile driver comes to.
import asyncio
import gc

import actor
import blockdev
import cap
import dma
import hardware
import service

WAIT = 20000
found = [one for one in hardware.find() if one.name == "virtio_blk"]
print("disks", len(found))
disk = service.within(hardware.start(found[0]), WAIT)
print(service.about(disk))
info = disk.info()
print(info["sectors"], info["read_only"])


def text(sector):
    return bytes(disk.read(sector, 512)[:8])


def failure(name, *args):
    try:
        return getattr(disk, name)(*args)
    except Exception as error:
        return type(error).__name__


def fill(sector):
    return b"%08d" % sector + b"." * 504


print(text(0), text(info["sectors"] - 1))
for sector in range(8, 200):
    disk.write(sector, fill(sector))
disk.flush()
print(all(text(sector) == b"%08d" % sector for sector in range(8, 200)))
print("past the end", failure("read", info["sectors"], 512), failure("write", -1, bytes(512)))
print("odd", failure("read", 0, 100), failure("read", 0, 0), failure("nonsense"), failure("read"))
print("events", failure("start", None), failure("interrupt"), failure("stop"))
print("foreign", failure("write", 0, actor.Buffer(512)), failure("read", 0, actor.Buffer(512)))
print("too much", failure("read", 0, 17 * 1024 * 1024))
buffer = disk.read(8, 128 * 1024)
print("large", all(bytes(buffer[i * 512 : i * 512 + 8]) == b"%08d" % (8 + i) for i in range(190)))
buffer[:4] = b"back"
buffer = disk.write(300, buffer)
print("moved", len(buffer), text(300))
print("read into", bytes(disk.read(9, buffer)[:8]))
print("discard", failure("discard", 300, 8))

# many at once
ASKER = """
import service
def main(parent, disk, first):
    disk = service.connect(disk, 20000)
    for round in range(20):
        for sector in range(first, first + 10):
            data = disk.read(sector, 512)
            assert bytes(data[:8]) == b'%08d' % sector
    parent.send(first)
"""
with open("/asker.py", "w") as file:
    file.write(ASKER)
for i in range(19):
    actor.spawn("asker:main", actor.self(), service.ref_of(disk), 8 + i * 10)
print(
    "together", sorted(actor.receive(timeout_ms=WAIT) for _ in range(19)) == list(range(8, 198, 10))
)

# killed in the middle, again and again: nothing is left, and the next one works
gc.collect()
before = dma.stats()
for round in range(10):
    actor.spawn("asker:main", actor.self(), service.ref_of(disk), 8)
    actor.spawn("asker:main", actor.self(), service.ref_of(disk), 18)
    actor.kill(service.actor_of(disk))
    down = actor.receive(lambda message: isinstance(message, actor.Down), timeout_ms=WAIT)
    assert down.reason == "killed"
    disk = service.within(hardware.start(found[0]), WAIT)
    assert text(8 + round) == b"%08d" % (8 + round)
gc.collect()
print("restarted", dma.stats()[2], dma.stats()[0] - before[0] <= 4)
actor.kill(service.actor_of(disk))
actor.receive(lambda message: isinstance(message, actor.Down), timeout_ms=WAIT)


# linked: the same class here, the same methods
async def many(disk):
    found = await asyncio.gather(*(disk.read(sector, 512) for sector in range(8, 108)))
    return all(bytes(found[i][:8]) == b"%08d" % (8 + i) for i in range(100))


async def linked():
    disk = await hardware.link(found[0])
    info = await disk.info()
    await disk.write(200, fill(200))
    await disk.flush()
    task = asyncio.create_task(disk.read(200, 512))
    await asyncio.sleep_ms(0)
    task.cancel()
    try:
        await disk.read(info["sectors"], 512)
    except OSError as error:
        print("linked", info["sectors"], bytes((await disk.read(200, 512))[:8]), error.errno)
    for _ in range(3):
        print("many", await many(disk))
    files = blockdev.Disk(disk)
    data = bytearray(1024)
    files.readblocks(100, data)
    print("in place", bytes(data[:8]), bytes(data[512:520]))
    await hardware.unlink(disk)


asyncio.run(linked())
gc.collect()
print("unlinked", dma.stats()[2])

# hostile drivers
HOSTILE = """
import actor
import cap
import dma
def refused(function, *args):
    try:
        function(*args)
    except Exception as error:
        return type(error).__name__ + ': ' + str(error)
    return 'NOT REFUSED'
def start(parts):
    device, config, lines, vector, memory, name = parts
    line = lines[0]
    line.open()
    device.negotiate(-1)
    queue = device.queue(0, 8, vector)
    device.ready()
    head = dma.Buffer(memory, 4096)
    data = dma.Buffer(memory, 8192)
    head[16] = 255
    return device, queue, head, data, line
def answer(device, queue, line, vector):
    token = queue.take()
    while token is None: # an interrupt may be of what was before
        line.wait(5000)
        if vector is None:
            device.ack()
        token = queue.take()
    return token
def read_all(parent, parts):
    device, queue, head, data, line = start(parts)
    queue.post('t', 1, head, 0, 16, data, 0, 8192, head, 16, 1)
    say = parent.send
    say(('send while posted', refused(parent.send, data)))
    say(('ask while posted', refused(parent.ask, [1, data])))
    say(('plain buffer', refused(queue.post, 1, 1, actor.Buffer(64), 0, 16)))
    say(('bytearray', refused(queue.post, 1, 1, bytearray(64), 0, 16)))
    say(('address', refused(queue.post, 1, 1, 0x100000, 0, 16)))
    say(('past the end', refused(queue.post, 1, 1, head, 0, 4097)))
    say(('start past the end', refused(queue.post, 1, 1, head, 4096, 1)))
    say(('negative start', refused(queue.post, 1, 1, head, -16, 16)))
    say(('negative length', refused(queue.post, 1, 1, head, 0, -1)))
    say(('overflow', refused(queue.post, 1, 1, head, (1 << 63) - 1, 16)))
    say(('wraps', refused(queue.post, 1, 1, head, 16, (1 << 62))))
    say(('zero', refused(queue.post, 1, 1, head, 0, 0)))
    say(('readable', refused(queue.post, 1, 5, head, 0, 16)))
    sent = dma.Buffer(parts[4], 64)
    parent.send(sent)
    say(('stale', refused(queue.post, 1, 1, sent, 0, 16)))
    say(('full', refused(lambda: [queue.post(i, 1, head, 0, 16) for i in range(9)])))
    say(('second queue', refused(device.queue, 0)))
    say(('no such queue', refused(device.queue, 15)))
    say(('big queue', refused(device.queue, 1, 65536)))
    say(('registers', refused(lambda: device.queue_desc)))
    say(('narrow', refused(cap.narrow, device, 0, 1)))
    say(('config', refused(config_reach, parts[1])))
    say(('done', ''))
    actor.receive()
def config_reach(config):
    config.read32(len(config))
def revoked(parent, parts):
    device, queue, head, data, line = start(parts)
    parent.send('ready')
    actor.receive()
    parent.send(('post', refused(queue.post, 't', 1, head, 0, 16)))
    parent.send(('kick', refused(queue.kick)))
    parent.send(('take', refused(queue.take)))
    parent.send(('negotiate', refused(device.negotiate, 0)))
    parent.send(('buffer', refused(dma.Buffer, parts[4], 64)))
    parent.send(('own memory', refused(lambda: head[16] == 255 or 1 / 0)))
def forgets(parent, parts):
    device, queue, head, data, line = start(parts)
    head[0] = 0
    queue.post('t', 1, head, 0, 16, data, 0, 4096, head, 16, 1)
    device.reset()
    parent.send(('after reset', refused(queue.kick), refused(queue.post, 1, 1, head, 0, 16)))
    queue = None
    device.negotiate(0)
    queue = device.queue(0, 8, parts[3])
    device.ready()
    queue.post('u', 1, head, 0, 16, data, 0, 4096, head, 16, 1)
    queue.kick()
    token = answer(device, queue, line, parts[3])
    parent.send(('again', token, head[16], bytes(data[:8])))
def dies(parent, parts):
    device, queue, head, data, line = start(parts)
    for i in range(2):
        queue.post('t', 1, head, 0, 16, data, 0, 4096, head, 16, 1)
        queue.kick()
    parent.send('posted')
    while True:
        pass
def collected(parent, parts):
    import gc
    device, queue, head, data, line = start(parts)
    def lose():
        gone = dma.Buffer(parts[4], 4096)
        queue.post('t', 1, head, 0, 16, gone, 0, 4096, head, 16, 1)
    lose()
    for i in range(20):
        [bytearray(100) for j in range(100)]
        gc.collect()
    before = dma.stats()[2]
    queue.kick()
    token = answer(device, queue, line, parts[3])
    parent.send(('collected', token, head[16], before, dma.stats()[2]))
def thief(parent, parts):
    device, config, lines, vector, memory, name = parts
    line = lines[0]
    parent.send(('device in use', refused(device.negotiate, 0), refused(device.reset)))
    parent.send(('line in use', refused(line.open)))
"""
with open("/hostile.py", "w") as file:
    file.write(HOSTILE)
parts = found[0].parts()
ME = actor.self()


def hostile(name):
    return actor.spawn("hostile:" + name, ME, parts, monitor=True)


def heard(n):
    for _ in range(n):
        message = actor.receive(timeout_ms=WAIT)
        if isinstance(message, actor.Buffer):
            message = actor.receive(timeout_ms=WAIT)
        print(message if isinstance(message, tuple) else (message, message.text))


def ended(driver):
    actor.kill(driver)
    down = actor.receive(
        lambda one: isinstance(one, actor.Down) and one.ref == driver, timeout_ms=WAIT
    )
    return down.reason in ("killed", "normal")


gc.collect()
base = dma.stats()
driver = hostile("read_all")
heard(22)
print(ended(driver))
driver = hostile("revoked")
assert actor.receive(timeout_ms=WAIT) == "ready"
for one in (parts[0], parts[2][0], parts[4]):
    cap.recall(one)
driver.send("go")
heard(6)
print(ended(driver))
driver = hostile("forgets")
heard(2)
print(ended(driver))
for round in range(5):
    driver = hostile("dies")
    assert actor.receive(timeout_ms=WAIT) == "posted"
    if round == 0:
        other = hostile("thief")
        heard(2)
        ended(other)
    print(ended(driver), dma.stats()[2])
driver = hostile("collected")
heard(1)
print(ended(driver))
driver = message = None
gc.collect()
print("left", dma.stats()[0] - base[0] <= 1, dma.stats()[2])
disk = service.within(hardware.start(found[0]), WAIT)
print(text(8))
