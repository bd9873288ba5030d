# SPDX-License-Identifier: MIT
"""Joins a machine's serial line to the user's end of it: a terminal, a pty or an RFC 2217 port.

Both directions are buffered and bounded: a side that does not read holds the other off, and no
byte is lost. Only while nobody is connected to a pty or port is the machine's output thrown away,
as by a cable that is not plugged in: a machine must not hang for want of a reader.
"""

import contextlib
import errno
import os
import select
import socket
import termios
import tty
from collections.abc import Callable
from typing import Protocol

from serial import rfc2217

from antaresia_tools.errors import ToolError

BUFFER_BYTES = 65536
LEAVE = b"\x1d"  # Ctrl-]
_POLL_S = 0.02  # how soon a pty's new client is noticed
_QUIET_S = 1.0


class UserEnd(Protocol):
    """The user's end of the line."""

    eof: bool  # no more input will come, but output is still wanted

    def readers(self) -> list[int]:
        """Descriptors that become readable when read() has something to do."""

    def writer(self) -> int | None:
        """The descriptor that takes output; None while nobody is connected."""

    def read(self) -> bytes | None:
        """Input for the machine; None when the user has left."""

    def write(self, data: bytes) -> int:
        """Takes what it can of the output."""

    def encode(self, data: bytes) -> bytes:
        """The machine's output as it travels to this user."""


class Terminal:
    """stdin and stdout. Without a terminal, the end of stdin is the end once all is quiet."""

    def __init__(self) -> None:
        self.eof = False

    def readers(self) -> list[int]:
        return [] if self.eof else [0]

    def writer(self) -> int | None:
        return 1

    def read(self) -> bytes | None:
        data = os.read(0, 4096)
        if os.isatty(0) and LEAVE in data:
            return None
        self.eof = not data
        return data

    def write(self, data: bytes) -> int:
        return os.write(1, data)

    def encode(self, data: bytes) -> bytes:
        return data


class Pty:
    """A pseudo-terminal that survives its clients; `path` is what they open."""

    eof = False

    def __init__(self) -> None:
        self._master, slave = os.openpty()
        tty.setraw(slave, termios.TCSANOW)
        self.path = os.ttyname(slave)
        os.close(slave)  # from here on, a hang-up on the master means that nobody is there
        os.set_blocking(self._master, False)

    def _connected(self) -> bool:
        poll = select.poll()
        poll.register(self._master, select.POLLIN)
        events = poll.poll(0)
        return not events or bool(events[0][1] & select.POLLIN)

    def readers(self) -> list[int]:
        # A hung-up master is always readable: selecting it would spin.
        return [self._master] if self._connected() else []

    def writer(self) -> int | None:
        return self._master if self._connected() else None

    def read(self) -> bytes | None:
        try:
            return os.read(self._master, 4096)
        except OSError as error:
            if error.errno in (errno.EIO, errno.EAGAIN):
                return b""
            raise

    def write(self, data: bytes) -> int:
        try:
            return os.write(self._master, data)
        except OSError as error:
            if error.errno in (errno.EIO, errno.EAGAIN):
                return 0
            raise

    def encode(self, data: bytes) -> bytes:
        return data

    def close(self) -> None:
        os.close(self._master)


class _EmulatedPort:
    """The serial port that PortManager sets; QEMU's line has no speed and no modem wires."""

    baudrate = 115200
    bytesize = 8
    parity = "N"
    stopbits = 1
    xonxoff = rtscts = break_condition = ri = False
    dtr = rts = cts = dsr = cd = True

    def reset_input_buffer(self) -> None:
        pass

    def reset_output_buffer(self) -> None:
        pass


class Rfc2217Port:
    """A TCP port on this machine that speaks RFC 2217; one client at a time."""

    eof = False

    def __init__(self, port: int) -> None:
        self._client: socket.socket | None = None
        self._manager: rfc2217.PortManager
        self._replies = b""  # to the client's settings; they go out between pieces of output
        self._listener = socket.socket()
        self._listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            self._listener.bind(("127.0.0.1", port))
            self._listener.listen(1)
        except (OSError, OverflowError) as error:
            self._listener.close()
            reason = (getattr(error, "strerror", "") or str(error)).lower()
            raise ToolError(
                f"port {port} cannot be used: {reason}", "choose another, or 0 for any free one"
            ) from error
        self._listener.setblocking(False)
        self.port = self._listener.getsockname()[1]

    def readers(self) -> list[int]:
        return [self._listener.fileno()] + ([self._client.fileno()] if self._client else [])

    def writer(self) -> int | None:
        if self._client and self._replies:
            self._replies = self._replies[self._try_send(self._replies) :]
        return self._client.fileno() if self._client else None

    def read(self) -> bytes | None:
        with contextlib.suppress(BlockingIOError):
            client, _ = self._listener.accept()
            if self._client:
                client.close()
            else:
                self._welcome(client)
        if not self._client:
            return b""
        try:
            data = self._client.recv(4096)
        except BlockingIOError:
            return b""
        except ConnectionError:
            data = b""
        if not data:
            self._hang_up()
        return b"".join(self._manager.filter(data))

    def _welcome(self, client: socket.socket) -> None:
        client.setblocking(False)
        client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._client = client
        self._replies = b""
        self._manager = rfc2217.PortManager(_EmulatedPort(), _Sink(self._reply))

    def _reply(self, data: bytes) -> None:
        self._replies += data

    def _hang_up(self) -> None:
        if self._client:
            self._client.close()
        self._client = None

    def _try_send(self, data: bytes) -> int:
        assert self._client
        try:
            return self._client.send(data)
        except BlockingIOError:
            return 0
        except ConnectionError:
            self._hang_up()
            return 0

    def write(self, data: bytes) -> int:
        return 0 if self._replies or not self._client else self._try_send(data)

    def encode(self, data: bytes) -> bytes:
        # The client's channel is telnet's, in which 0xff is doubled.
        return b"".join(self._manager.escape(data)) if self._client else b""

    def close(self) -> None:
        self._hang_up()
        self._listener.close()


class _Sink:
    """The connection as PortManager wants it: an object with write()."""

    def __init__(self, write: Callable[[bytes], None]) -> None:
        self.write = write


def join(serial: socket.socket, user: UserEnd, greeted: bool = False) -> bool:
    """Carries bytes until the machine or the user ends it; True if it was the machine.

    Input waits until the machine has spoken, and so is ready for it, unless it has been `greeted`.
    """
    with serial.dup() as line:
        line.setblocking(False)
        return _Joint(line, user, greeted).carry()


class _Joint:
    def __init__(self, line: socket.socket, user: UserEnd, greeted: bool) -> None:
        self.line = line
        self.user = user
        self.to_machine = b""
        self.to_user = b""
        self.greeted = greeted
        self.ended = False

    def carry(self) -> bool:
        while True:
            writer = self.user.writer()
            if writer is None:
                self.to_user = b""
            if self.ended and not self.to_user:
                return True
            readers = []
            if not self.ended and len(self.to_user) < BUFFER_BYTES:
                readers.append(self.line.fileno())
            if self.greeted and len(self.to_machine) < BUFFER_BYTES:
                readers += self.user.readers()
            writers = [self.line.fileno()] if self.to_machine and not self.ended else []
            if self.to_user and writer is not None:
                writers.append(writer)
            readable, writable, _ = select.select(readers, writers, [], self._patience(writer))
            if self.user.eof and not readable and not writable:
                return False
            if self.line.fileno() in writable:
                self.to_machine = self.to_machine[_send(self.line, self.to_machine) :]
            if writer in writable:
                self.to_user = self.to_user[self.user.write(self.to_user[:4096]) :]
            if self.line.fileno() in readable:
                self._from_machine()
            if set(readable) - {self.line.fileno()} and not self._from_user():
                return False

    def _patience(self, writer: int | None) -> float:
        if self.user.eof:
            return _QUIET_S
        return _POLL_S if writer is None else 1.0

    def _from_machine(self) -> None:
        data = _receive(self.line)
        if data is not None:
            self.ended = not data
            self.greeted = True
            self.to_user += self.user.encode(data)

    def _from_user(self) -> bool:
        typed = self.user.read()
        self.to_machine += typed or b""
        return typed is not None


def _receive(serial: socket.socket) -> bytes | None:
    try:
        return serial.recv(16384)
    except BlockingIOError:
        return None
    except ConnectionError:
        return b""


def _send(serial: socket.socket, data: bytes) -> int:
    try:
        return serial.send(data)
    except BlockingIOError:
        return 0
    except ConnectionError:
        return len(data)  # the machine is going; its end is seen by the reader
