# SPDX-License-Identifier: MIT
"""The far end of a machine's network card, in the test: a socket pair, and frames by the RFCs.

Nothing goes to a network: QEMU inherits the pair's other end, and each datagram is a frame.
"""

import socket
import struct
import time

MAC, PEER_MAC = bytes.fromhex("525400a11ce1"), bytes.fromhex("020000000001")
ADDRESS, PEER = "192.0.2.2", "192.0.2.1"  # for documentation (RFC 5737)


def checksum(data: bytes) -> int:
    """RFC 1071."""
    data += bytes(len(data) % 2)
    total: int = sum(struct.unpack(f">{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return 0xFFFF ^ total


def arp_request(target: str = ADDRESS) -> bytes:
    head = b"\xff" * 6 + PEER_MAC + b"\x08\x06" + struct.pack(">HHBBH", 1, 0x0800, 6, 4, 1)
    return head + PEER_MAC + socket.inet_aton(PEER) + bytes(6) + socket.inet_aton(target)


def echo_request(number: int, data: bytes = bytes(range(56)), to: str = ADDRESS) -> bytes:
    icmp = struct.pack(">BBHHH", 8, 0, 0, 7, number & 0xFFFF) + data
    icmp = icmp[:2] + struct.pack(">H", checksum(icmp)) + icmp[4:]
    addresses = socket.inet_aton(PEER) + socket.inet_aton(to)
    head = struct.pack(">BBHHHBBH", 0x45, 0, 20 + len(icmp), number & 0xFFFF, 0, 64, 1, 0)
    head = head[:10] + struct.pack(">H", checksum(head + addresses))
    return MAC + PEER_MAC + b"\x08\x00" + head + addresses + icmp


def is_arp_reply(frame: bytes) -> bool:
    ours = socket.inet_aton(ADDRESS), socket.inet_aton(PEER)
    body = struct.pack(">HHBBH", 1, 0x0800, 6, 4, 2) + MAC + ours[0] + PEER_MAC + ours[1]
    return frame[:42] == PEER_MAC + MAC + b"\x08\x06" + body


def echo_number(frame: bytes, data: bytes = bytes(range(56))) -> int | None:
    """The number of the request that this answers; None: it is no right answer."""
    length = 28 + len(data)
    good = (
        frame[:14] == PEER_MAC + MAC + b"\x08\x00"
        and frame[14] == 0x45
        and frame[16:18] == struct.pack(">H", length)
        and frame[23] == 1
        and checksum(frame[14:34]) == 0
        and frame[26:34] == socket.inet_aton(ADDRESS) + socket.inet_aton(PEER)
        and frame[34:36] == b"\0\0"
        and checksum(frame[34 : 14 + length]) == 0
        and frame[42 : 14 + length] == data
    )
    return struct.unpack(">H", frame[40:42])[0] if good else None


class Peer:
    """`options()` are QEMU's for a card whose frames come here."""

    def __init__(self) -> None:
        self.near, self.far = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.near.setblocking(False)

    def options(self, device: str) -> tuple[str, ...]:
        mac = MAC.hex(":")
        return (
            *("-netdev", f"dgram,id=net,local.type=fd,local.str={self.far.fileno()}"),
            *("-device", f"{device},netdev=net,mac={mac},id=card"),
            *("-global", "virtio-mmio.force-legacy=false"),
        )

    def send(self, frame: bytes) -> None:
        self.near.settimeout(30)  # as long as QEMU does not take it
        self.near.send(frame)

    def receive(self, timeout_s: float = 30) -> bytes:
        """TimeoutError: none came."""
        self.near.settimeout(timeout_s)
        return self.near.recv(65536)

    def drain(self) -> list[bytes]:
        """What is there already."""
        frames = []
        self.near.setblocking(False)
        try:
            while True:
                frames.append(self.near.recv(65536))
        except BlockingIOError:
            return frames

    def ping(self, number: int, timeout_s: float = 30) -> None:
        """Sends a request until it is answered: frames may be lost."""
        end = time.monotonic() + timeout_s
        while True:
            self.send(echo_request(number))
            try:
                if echo_number(self.receive(1)) == number & 0xFFFF:
                    return
            except TimeoutError:
                pass
            if time.monotonic() > end:
                raise AssertionError(f"request {number} is not answered")

    def close(self) -> None:
        self.near.close()
        self.far.close()
