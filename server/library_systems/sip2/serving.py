"""A SIP2 centre: self-check machines and security gates of other makes ask Lystok.

Deny by default: before a login nothing is answered but the login, with an account of staff whose
role is a department's; in its name and for its department things are lent. What can't be read is
asked for again (96), a client that goes on like that is hung up on.
"""

from __future__ import annotations

import logging
import socketserver
import ssl
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

from sqlalchemy import select

from server.api.throttle import Throttle
from server.database import Database
from server.library_systems.own import OwnSystem
from server.library_systems.sip2.answers import Answers, House
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
from server.models import Role, Staff
from server.services import audit, passwords
from server.services.lending import Desk

_log = logging.getLogger(__name__)
_IDLE_S: Final = 15 * 60.0
_BROKEN_AT_MOST: Final = 5
_LOGINS_A_MINUTE: Final = 10
_PIECE_BYTES: Final = 8192
_LENDING_ROLES: Final = frozenset({Role.DEPARTMENT, Role.SERVICE_CENTRE})


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """What all connections of a centre share."""

    database: Database
    house: House
    dialect: Dialect
    now: Callable[[], datetime]
    tries: Throttle


class Talk:
    """What one client and the centre say to each other: frames in, frames out."""

    def __init__(self, service: Service, address: str) -> None:
        self._service = service
        self._address = address
        self._answers: Answers | None = None
        self._last = b""
        self._broken = 0

    @property
    def is_over(self) -> bool:
        """Whether to hang up: too much that can't be read."""
        return self._broken > _BROKEN_AT_MOST

    def hear(self, frame: bytes) -> bytes:
        """The answer to one message; empty where there is none."""
        try:
            asked = decode(frame, self._service.dialect)
        except BadChecksum:
            self._broken += 1
            return encode(Message(Code.ASK_AGAIN), self._service.dialect)
        except Malformed:
            self._broken += 1
            return b""
        if asked.code is Code.RESEND:
            return self._last
        answer = self._answer(asked)
        if answer is None:
            return b""
        self._last = encode(replace(answer, sequence=asked.sequence), self._service.dialect)
        return self._last

    def _answer(self, asked: Message) -> Message | None:
        at = self._service.now()
        if asked.code is Code.LOGIN:
            return self._log_in(asked, at)
        if self._answers is None:
            self._broken += 1
            return None
        return self._answers.to(asked, at)

    def _log_in(self, asked: Message, at: datetime) -> Message:
        service = self._service
        desk = None
        if not service.tries.is_spent(self._address, at):
            desk = signed_in(service.database, asked.first(Tag.USER), asked.first(Tag.PASSWORD))
        if desk is None:
            service.tries.spend(self._address, at)
            _note(service.database, "sip2_login_refused", "system", at)
            self._answers = None
            return Message(Code.LOGIN_ANSWER, {"ok": "0"})
        _note(service.database, "sip2_login", desk.actor, at)
        self._answers = Answers(OwnSystem(service.database, desk), service.house)
        return Message(Code.LOGIN_ANSWER, {"ok": "1"})


def signed_in(database: Database, login: str, password: str) -> Desk | None:
    """In whose name a machine works; None where login, password or role are wrong."""
    with database.reading() as session:
        staff = session.scalar(select(Staff).where(Staff.login == login.lower()))
    known = staff.password_hash if staff is not None else passwords.nobodys_hash()
    fits = passwords.fits(known, password)
    if staff is None or not fits or not staff.active or staff.role not in _LENDING_ROLES:
        return None
    if staff.must_change_password or staff.department_code is None:
        return None
    return Desk(department=staff.department_code, staff_id=staff.id)


def _note(database: Database, action: str, actor: str, at: datetime) -> None:
    with database.writing() as session:
        audit.record(session, at=at, actor=actor, action=action, about=("sip2", "login"))


class _Handler(socketserver.BaseRequestHandler):
    """One client, until it hangs up or is silent for a quarter of an hour."""

    server: Centre

    def setup(self) -> None:
        """Greet with TLS, in this client's own thread: a slow one keeps nobody waiting."""
        self.request.settimeout(_IDLE_S)
        if self.server.tls is not None:
            self.request = self.server.tls.wrap_socket(
                self.request, server_side=True, do_handshake_on_connect=False
            )

    def handle(self) -> None:
        """Answer message by message."""
        try:
            if self.server.tls is not None:
                self.request.do_handshake()
        except OSError:
            return
        talk, framer = Talk(self.server.service, self.client_address[0]), Framer()
        while not talk.is_over:
            try:
                piece = self.request.recv(_PIECE_BYTES)
                if not piece:
                    return
                for frame in framer.feed(piece):
                    answer = talk.hear(frame)
                    if answer:
                        self.request.sendall(answer)
            except (OSError, Malformed):
                return

    def finish(self) -> None:
        """Hang up: over TLS this is another socket than the one that was accepted."""
        self.request.close()


class Centre(socketserver.ThreadingTCPServer):
    """Listens; a thread a client."""

    allow_reuse_address = True
    daemon_threads = True

    def __init__(
        self, address: tuple[str, int], service: Service, tls: ssl.SSLContext | None
    ) -> None:
        self.service = service
        self.tls = tls
        super().__init__(address, _Handler)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """One client's trouble is told and stays its own."""
        del request
        _log.exception("a SIP2 client at %s was hung up on", client_address[0])


def service(
    database: Database, house: House, dialect: Dialect, now: Callable[[], datetime]
) -> Service:
    """What a centre needs."""
    tries = Throttle(_LOGINS_A_MINUTE)
    return Service(database=database, house=house, dialect=dialect, now=now, tries=tries)
