# SPDX-License-Identifier: MIT
"""A fast producer and a slow consumer: the mailbox is bounded, so memory stays flat.

tools/run --put apps/slow_consumer.py --exec 'import slow_consumer; slow_consumer.main(60)'
"""

import time

import actor
import antaresia

BYTES = 2000
MAILBOX = 64 * 1024


def consumer(parent):
    n = 0
    while True:
        message = actor.receive()
        if message is None:
            break
        assert message[0] == n, (message[0], n)
        n += 1
        time.sleep_us(100)
    parent.send(n)


async def producer(consumer, seconds, messages, parent):
    """Sends as fast as it may: until the time is over, or so many."""
    end = time.ticks_add(time.ticks_ms(), int(seconds * 1000))
    n = waits = 0
    while n != messages and time.ticks_diff(end, time.ticks_ms()) > 0:
        try:
            consumer.send((n, bytes(BYTES)))
            n += 1
        except actor.MailboxFull:
            waits += 1
            await consumer.room()
    await consumer.room()
    consumer.send(None)
    parent.send((n, waits))


def main(seconds=60, messages=-1):
    me = actor.self().narrow()
    slow = actor.spawn("slow_consumer:consumer", me, mailbox=MAILBOX)
    actor.spawn("slow_consumer:producer", slow.narrow(), seconds, messages, me)
    most = 0
    used = []
    sent = received = None
    while received is None:
        try:
            message = actor.receive(timeout_ms=10)
        except OSError:
            info = actor.info(slow)
            if info:
                most = max(most, info["mailbox"])
            used.append(antaresia.info()["ram_bytes"] - antaresia.info()["ram_free_bytes"])
            continue
        if isinstance(message, tuple):
            sent, waits = message
        else:
            received = message
    half = len(used) // 2
    print("sent", sent, "received", received, "waited for room", waits, "times")
    print("all came, in order:", sent == received)
    print("most mail that waited:", most, "of", MAILBOX, "bytes")
    growth = max(used[half:]) - max(used[:half])
    print("memory in the second half, beside the first:", growth, "bytes")
    print("flat:", growth < 256 * 1024 and most <= 2 * MAILBOX)
