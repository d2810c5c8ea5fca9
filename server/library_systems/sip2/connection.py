"""One connection to a SIP2 centre: asks, checks, has sent again, and gives up in time.

Time limits hold for a whole question, not for each piece of it: a centre that sends a byte a second
is as slow as one that sends none (fault 35).
"""

from __future__ import annotations

import socket
import ssl
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from time import monotonic
from typing import Final, Protocol, TypeVar

from server.library_systems.sip2.layouts import Code, Tag
from server.library_systems.sip2.message import (
    BadChecksum,
    Dialect,
    Framer,
    Malformed,
    Message,
    decode,
    encode,
)

T = TypeVar("T")

_TRIES: Final = 3
"""How often one message is sent at most, as the standard proposes for retries."""
_PIECE_BYTES: Final = 8192


class CentreAway(ConnectionError):
    """No usable answer in time; the message says what was the matter, and nothing of anybody."""


class Refused(CentreAway):
    """The centre does not let us in: user, password or place are wrong."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """Where the centre is, and how it wants to be spoken to."""

    host: str
    port: int
    tls: ssl.SSLContext | None = None
    user: str = ""
    """Empty: the centre asks for no login."""
    password: str = field(default="", repr=False)
    location: str = ""
    dialect: Dialect = field(default_factory=Dialect)


class Recorder(Protocol):
    """Keeps what went over the wire, for the technician; see `recorder`."""

    def sent(self, frame: bytes) -> None:
        """To the centre."""

    def received(self, frame: bytes) -> None:
        """From the centre."""


class Connection:
    """One socket, used by one thread at a time."""

    def __init__(self, address: Address, recorder: Recorder, *, until_s: float) -> None:
        """Connect and log in; `until_s` is the moment of `monotonic` when it must be done.

        Raises CentreAway, and Refused where the login is not accepted.
        """
        self._address = address
        self._recorder = recorder
        self._framer = Framer()
        self._waiting: deque[bytes] = deque()
        self._sequence = -1
        self._socket = self._connected(until_s)
        if address.user:
            try:
                self._log_in(until_s)
            except BaseException:
                self.close()
                raise

    def ask(self, message: Message, answer: Code, *, until_s: float) -> Message:
        """Send a message and wait for its answer.

        A damaged answer is asked for again (97); where the centre could not read ours (96), ours is
        sent again with the same sequence number. Raises CentreAway; the connection is of no more
        use then.
        """
        self._sequence = (self._sequence + 1) % 10
        ours = replace(message, sequence=self._sequence)
        sending = ours
        for _ in range(_TRIES):
            self._send(sending, until_s)
            try:
                heard = self._heard(until_s)
            except BadChecksum:
                sending = Message(Code.RESEND)
                continue
            if heard.code is Code.ASK_AGAIN:
                sending = ours
                continue
            if heard.code is not answer:
                raise CentreAway(f"answered {answer.value} with {heard.code.value}")
            return heard
        raise CentreAway(f"no sound answer in {_TRIES} tries")

    def close(self) -> None:
        """Hang up."""
        self._socket.close()

    def _connected(self, until_s: float) -> socket.socket:
        address = self._address
        try:
            plain = socket.create_connection((address.host, address.port), _left(until_s))
        except OSError as error:
            raise CentreAway(f"can't connect: {_why(error)}") from None
        if address.tls is None:
            return plain
        try:
            plain.settimeout(_left(until_s))
            return address.tls.wrap_socket(plain, server_hostname=address.host)
        except OSError as error:
            plain.close()
            raise CentreAway(f"no TLS: {_why(error)}") from None

    def _log_in(self, until_s: float) -> None:
        address = self._address
        fields = [(Tag.USER.value, address.user), (Tag.PASSWORD.value, address.password)]
        if address.location:
            fields.append((Tag.LOCATION.value, address.location))
        plain = {"user_algorithm": "0", "password_algorithm": "0"}
        login = Message(Code.LOGIN, plain, tuple(fields))
        if not self.ask(login, Code.LOGIN_ANSWER, until_s=until_s).says("ok"):
            raise Refused("the centre refuses our user, password or location")

    def _send(self, message: Message, until_s: float) -> None:
        frame = encode(message, self._address.dialect)
        self._recorder.sent(frame)
        self._in_time(until_s, lambda: self._socket.sendall(frame))

    def _heard(self, until_s: float) -> Message:
        """The next message that answers ours; one with another number came too late for its own."""
        while True:
            message = self._next(until_s)
            if message.sequence is None or message.sequence == self._sequence:
                return message

    def _next(self, until_s: float) -> Message:
        try:
            while not self._waiting:
                piece = self._in_time(until_s, lambda: self._socket.recv(_PIECE_BYTES))
                if not piece:
                    raise CentreAway("hung up")
                self._waiting.extend(self._framer.feed(piece))
            frame = self._waiting.popleft()
            self._recorder.received(frame)
            return decode(frame, self._address.dialect)
        except BadChecksum:
            raise
        except Malformed as error:
            raise CentreAway(f"does not speak SIP2: {error}") from None

    def _in_time(self, until_s: float, call: Callable[[], T]) -> T:
        try:
            self._socket.settimeout(_left(until_s))
            return call()
        except OSError as error:
            raise CentreAway(_why(error)) from None


def _left(until_s: float) -> float:
    left_s = until_s - monotonic()
    if left_s <= 0:
        raise TimeoutError("no answer in time")
    return left_s


def _why(error: OSError) -> str:
    if isinstance(error, TimeoutError):
        return "no answer in time"
    return error.strerror or type(error).__name__
