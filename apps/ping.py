# SPDX-License-Identifier: MIT
"""Answers ARP and ICMP echo requests for one IPv4 address, over a network card's driver.

tools/run --qemu '-netdev tap,id=n,ifname=tap0,script=no -device virtio-net-pci,netdev=n' \\
    --put apps/ping.py --exec 'import actor, ping; ping.main("192.0.2.2"); actor.receive()'
"""

import struct

import actor
import service

_ARP, _IPV4, _ICMP = 0x0806, 0x0800, 1
_REQUEST, _REPLY = 1, 2  # of ARP
_REQUEST_CODE = 0x0800  # of ICMP, type and code; those of the answer are 0
# Ethernet, ARP for IPv4 (RFC 826); Ethernet, IPv4 without options (RFC 791), ICMP echo (RFC 792)
_ARP_FORM = ">6s6sHHHBBH6s4s6s4s"
_ECHO_FORM = ">6s6s2xBxH2xHxB2xIIHH"
_WORDS_FORM = ">10H"
_BYTES_MIN, _ETHERNET_BYTES, _ADDRESSES = 42, 14, 26


def address_of(text):
    parts = [int(part) for part in text.split(".")]
    if len(parts) != 4 or not all(0 <= part < 256 for part in parts):
        raise ValueError("an address is four numbers below 256: " + text)
    return bytes(parts)


class Responder:
    """`transmit(buffer, start, length)` sends; with length 0 it takes a Buffer back."""

    def __init__(self, address, mac, transmit):
        self.address, self.mac, self.transmit = address_of(address), mac, transmit
        self.number = struct.unpack(">I", self.address)[0]
        self.answered = 0

    def frame(self, buffer, start, length):
        kind = buffer[start + 12] << 8 | buffer[start + 13] if length >= _BYTES_MIN else 0
        if kind == _IPV4:
            good = self._echo(buffer, start, length)
        else:
            good = kind == _ARP and self._arp(buffer, start)
        self.answered += good
        self.transmit(buffer, start, length if good else 0)

    def _echo(self, buffer, start, length):
        """Makes the answer of the request, in place. Both sums stay right: what moves within a sum
        leaves it as it is, and the type's share is taken out of ICMP's."""
        to, source, head, total, part, protocol, a, b, what, sum_ = struct.unpack_from(
            _ECHO_FORM, buffer, start
        )
        if (
            head != 0x45
            or b != self.number
            or protocol != _ICMP
            or what != _REQUEST_CODE
            or part & 0x3FFF
            or to != self.mac
            or not 28 <= total <= length - _ETHERNET_BYTES
            or sum(struct.unpack_from(_WORDS_FORM, buffer, start + _ETHERNET_BYTES)) % 0xFFFF
        ):
            return False
        sum_ += _REQUEST_CODE
        sum_ = (sum_ & 0xFFFF) + (sum_ >> 16)
        struct.pack_into("6s6s", buffer, start, source, to)
        struct.pack_into(">IIHH", buffer, start + _ADDRESSES, b, a, 0, sum_)
        return True

    def _arp(self, buffer, start):
        (_, source, kind, hard, proto, hlen, plen, what, sender, sender_ip, _, target_ip) = (
            struct.unpack_from(_ARP_FORM, buffer, start)
        )
        if (hard, proto, hlen, plen, what) != (1, _IPV4, 6, 4, _REQUEST):
            return False
        if target_ip != self.address:
            return False
        struct.pack_into(
            _ARP_FORM, buffer, start,
            source, self.mac, kind, hard, proto, hlen, plen, _REPLY,
            self.mac, self.address, sender, sender_ip,
        )  # fmt: skip
        return True


async def serve(net, address):
    """An actor that answers; `net` is the Ref of the driver."""
    send = net.send
    driver = service.connect(net)
    responder = Responder(address, (await driver.info())["mac"], lambda *frame: send(frame))
    await driver.attach(actor.self())
    frame, receive = responder.frame, actor.receive
    while True:
        message = await receive()
        if isinstance(message, tuple):
            frame(*message)
        elif isinstance(message, actor.Call):
            message.reply(responder.answered)


def card():
    import hardware

    found = [one for one in hardware.find() if one.name == "virtio_net"]
    if not found:
        raise OSError(19)
    return found[0]


def answer(net, address):
    """The Ref of what answers with the card of a driver's Proxy."""
    responder = actor.spawn("ping:serve", service.ref_of(net), address, monitor=True)
    responder.ask(None)  # it is attached
    return responder


def main(address):
    """Starts the driver of the first network card, and what answers; (driver, responder)."""
    import hardware

    net = hardware.start(card())
    return net, answer(net, address)


async def linked(address):
    """Both in the actor that calls; the Responder."""
    import hardware

    net = await hardware.link(card())
    responder = Responder(address, net.mac, net.transmit)
    await net.attach(responder.frame)
    return responder
