# SPDX-License-Identifier: MIT
# Runs on a machine with the devices of tests/test_virtio_others.py. Parts are divided by lines of
# ---; between them the test types and sends.
import gc

import actor
import dma
import hardware
import service

WAIT = 20000
gc.collect()
base = dma.stats()
found = {one.name: one for one in hardware.find() if one.name}
print(sorted(name for name in found if name.startswith("virtio")))
proxies = {}


def start(name):
    proxies[name] = hardware.start(found[name])
    return service.within(proxies[name], WAIT)


def end(name):
    ref = service.actor_of(proxies[name])
    actor.kill(ref)
    actor.receive(lambda one: isinstance(one, actor.Down) and one.ref == ref, timeout_ms=WAIT)


def failure(function, *arguments):
    try:
        return function(*arguments)
    except Exception as error:
        return type(error).__name__


for ids in (("virtio", 5), ("virtio", 16)):
    others = [one for one in hardware.find() if ids in one.ids]
    print("no driver", [(one.name, failure(one.parts)) for one in others])

rng = start("virtio_rng")
one, other = rng.read(64), rng.read(64)
print("rng", len(one), one != other, len(set(one)) > 16, len(rng.read(4096)), len(rng.read(1)))
print(failure(rng.read, 0), failure(rng.read, 4097), failure(rng.read, "x"))
MANY = """
import actor, asyncio, service
async def main(parent, ref):
    rng = service.connect(ref)
    async def one():
        return await rng.read(100)
    parent.send(len(set(await asyncio.gather(*[one() for _ in range(60)]))))
"""
with open("/many.py", "w") as file:
    file.write(MANY)
actor.spawn("many:main", actor.self(), service.ref_of(proxies["virtio_rng"]))
print("many", actor.receive(timeout_ms=WAIT))
for _ in range(5):
    end("virtio_rng")
    rng = start("virtio_rng")
print("again", len(rng.read(16)))

line = start("virtio_console")
line.write(b"hello\n")
print("line", line.read(100))
# ---
line.write(bytes(range(256)) * 512)
buffer = dma.Buffer(found["virtio_console"].parts()[4], 3)
buffer[:] = b"end"
line.write(buffer)
print("written", failure(line.read, 0), line.write(b""))
# ---
got = b""
while len(got) < 20000:
    got += line.read(700)
print("read", len(got), got == bytes(i * 7 & 255 for i in range(20000)))
# ---
keyboard = start("virtio_input")
print(keyboard.name())
# ---
print("events", keyboard.read())
# ---
text = ""
while len(text) < 6:
    text += keyboard.text()
print("text", text)
# ---
for name in list(proxies):
    end(name)
service.within(start("virtio_input"), WAIT).name()
end("virtio_input")
proxies = line = keyboard = rng = buffer = None
gc.collect()
print("left", dma.stats()[0] - base[0], dma.stats()[2])
