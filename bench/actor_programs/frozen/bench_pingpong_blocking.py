# SPDX-License-Identifier: MIT
"""The same in plain functions, each of which waits on a C stack of its own."""

import actor


def echo(peer):
    receive = actor.receive
    send = peer.send
    while True:
        send(receive())


def main(boss):
    receive = actor.receive
    peer = actor.spawn("bench_pingpong_blocking:echo", actor.self())
    send = peer.send
    boss.send(None)
    while True:
        for i in range(receive()):
            send(i)
            receive()
        boss.send(None)
