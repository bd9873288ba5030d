# SPDX-License-Identifier: MIT
"""A chat of many actors: a room that is a service, and people who talk in it, each an actor.

tools/run --put apps/chat.py --exec 'import chat; chat.main()'
"""

import actor
import service

PEOPLE = 20
WORDS = ("hello", "how are you", "goodbye")


class Room:
    """Who is here, and what was said. People are told of every line by a message."""

    serial = True  # each call is over before the next begins: all hear the lines in one order

    def __init__(self):
        self.people = {}
        self.lines = 0

    async def join(self, name, ref):
        self.people[name] = ref
        await self.say("room", name + " is here, with " + str(len(self.people) - 1) + " others")

    async def leave(self, name):
        del self.people[name]
        await self.say("room", name + " has left")

    async def say(self, name, text):
        self.lines += 1
        for ref in self.people.values():
            ref.send((name, text))

    async def count(self):
        return self.lines


async def person(name, room_ref, n_people, ear):
    """Joins, waits until all are there, talks, hears the others, and leaves."""
    room = service.connect(room_ref)
    await room.join(name, actor.self().narrow())
    heard = []
    joined = 0
    while not joined:
        who, text = await actor.receive()
        if who == "room":
            joined = text.endswith("with " + str(n_people - 1) + " others")
    for word in WORDS:
        await room.say(name, word)
    while len(heard) < len(WORDS) * n_people:
        who, text = await actor.receive()
        if who != "room":
            heard.append((who, text))
    await room.leave(name)
    ear.send((name, heard))


def main(n_people=PEOPLE):
    room = service.start(Room)
    me = actor.self().narrow()
    for i in range(n_people):
        name = "person " + str(i)
        actor.spawn("chat:person", name, service.ref_of(room), n_people, me, modules=["chat"])
    heard = dict(actor.receive() for _ in range(n_people))
    first = heard["person 0"]
    print(n_people, "people heard", len(first), "lines each")
    print("all in the same order:", all(lines == first for lines in heard.values()))
    for name in ("person 0", "person 1"):
        print(name, "said:", ", ".join(text for who, text in first if who == name))
    print("lines of the room:", room.count())
    service.stop(room)
