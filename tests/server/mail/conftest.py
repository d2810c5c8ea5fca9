"""A mail server of its own make and temper (aiosmtpd), with TLS and a password."""

from __future__ import annotations

import asyncio
import shutil
import ssl
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from ipaddress import ip_address
from pathlib import Path

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from server.config import MailSection, MailSecurity
from server.database import Database, open_database
from server.models import Base, Mail, MailKind
from server.services import mail
from server.services.mail import Letter

NOON = datetime(2025, 11, 21, 10, 0, tzinfo=UTC)
SENDER, PASSWORD = "library@example.org", "a long password"
LETTER = Letter(
    kind=MailKind.TICKET, recipient="olena@example.org", subject="Ваш квиток",
    text="Доброго дня, Олено!\n", html="<p>Доброго дня, Олено!</p>",
    attachments=(mail.Attachment("ticket.png", b"\x89PNG", "image", "png"),),
)  # fmt: skip


@dataclass
class PostOffice:
    """What the mail server took, and how it answers."""

    answers: list[str] = field(default_factory=list)
    """Answers to the next letters; then it takes all."""
    to_recipients: list[str] = field(default_factory=list)
    """The same for recipients."""
    taken: list[bytes] = field(default_factory=list)
    users: list[bytes | None] = field(default_factory=list)
    tls: list[bool] = field(default_factory=list)

    @property
    def letters(self) -> list[EmailMessage]:
        return [message_from_bytes(each, policy=policy.default) for each in self.taken]

    async def handle_RCPT(  # noqa: N802 - aiosmtpd's name
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _more: list[str]
    ) -> str:
        if self.to_recipients:
            return self.to_recipients.pop(0)
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(  # noqa: N802 - aiosmtpd's name
        self, _server: SMTP, session: Session, envelope: Envelope
    ) -> str:
        if self.answers:
            return self.answers.pop(0)
        self.taken.append(envelope.original_content or b"")
        self.tls.append(session.ssl is not None)
        return "250 taken"

    def authenticate(
        self, _server: SMTP, _session: Session, _envelope: Envelope, _name: str, data: object
    ) -> AuthResult:
        known = isinstance(data, LoginPassword) and data.password == PASSWORD.encode()
        self.users.append(data.login if isinstance(data, LoginPassword) else None)
        return AuthResult(success=known, handled=False)


class Door(Controller):
    """Listens at whatever port is free."""

    def _trigger_server(self) -> None:
        assert isinstance(self.server, asyncio.Server)
        self.port = self.server.sockets[0].getsockname()[1]
        super()._trigger_server()  # type: ignore[no-untyped-call]


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate of 127.0.0.1 with its key, signed by itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "mail of the tests")])
    now = datetime.now(UTC)
    signed = (
        x509.CertificateBuilder()
        .subject_name(name).issuer_name(name).public_key(key.public_key()).serial_number(7)
        .not_valid_before(now - timedelta(days=1)).not_valid_after(now + timedelta(days=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False
        )
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )  # fmt: skip
    path = tmp_path_factory.mktemp("tls") / "mail.pem"
    path.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        + signed.public_bytes(serialization.Encoding.PEM)
    )  # fmt: skip
    return path


@pytest.fixture
def office() -> PostOffice:
    return PostOffice()


@pytest.fixture
def guarded(office: PostOffice, certificate: Path) -> Iterator[MailSection]:
    """The way to a mail server that wants STARTTLS and a password."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate)
    controller = Door(
        office, hostname="127.0.0.1", port=0, server_hostname="mail.example.org",
        tls_context=context, require_starttls=True, auth_required=True,
        authenticator=office.authenticate,
    )  # fmt: skip
    controller.start()
    yield MailSection(
        host="127.0.0.1", port=controller.port, sender=SENDER,
        user="library", password=PASSWORD, ca_file=certificate, timeout_s=20,
    )  # fmt: skip
    controller.stop()


@pytest.fixture
def plain(office: PostOffice) -> Iterator[MailSection]:
    """The way to a mail server on this machine, without TLS."""
    controller = Door(office, hostname="127.0.0.1", port=0, server_hostname="mail.example.org")
    controller.start()
    yield MailSection(
        host="127.0.0.1",
        port=controller.port,
        sender=SENDER,
        security=MailSecurity.NONE,
        timeout_s=20,
    )
    controller.stop()


@pytest.fixture(scope="session")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("mail") / "mail.sqlite"
    database = open_database(f"sqlite:///{path}")
    Base.metadata.create_all(database.engine)
    database.close()
    return path


@pytest.fixture
def reopen(empty: Path, tmp_path: Path) -> Callable[[], Database]:
    """Open the same database again, as a program does that was started again."""
    shutil.copy(empty, tmp_path / "mail.sqlite")
    return lambda: open_database(f"sqlite:///{tmp_path}/mail.sqlite")


@pytest.fixture
def queue(reopen: Callable[[], Database]) -> Iterator[Database]:
    database = reopen()
    yield database
    database.close()


def put(database: Database, letter: Letter = LETTER, at: datetime = NOON) -> int:
    with database.writing() as session:
        return mail.put(
            session, letter, sender=SENDER, sender_name="Бібліотека", actor="staff:1", at=at
        )


def kept(database: Database, mail_id: int) -> Mail:
    with database.reading() as session:
        return session.get_one(Mail, mail_id)
