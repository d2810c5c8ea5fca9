"""Takes letters out of the queue and hands them to a mail server, one by one (RFC 5321)."""

from __future__ import annotations

import logging
import smtplib
import ssl
import threading
from collections.abc import Callable, Collection
from datetime import datetime
from pathlib import Path

from sqlalchemy.exc import SQLAlchemyError

from server.config import MailSection, MailSecurity
from server.database import Database
from server.models import MailKind
from server.services import mail

_log = logging.getLogger(__name__)
_LOOK_EVERY_S = 5.0
_STOP_S = 10
_PERMANENT = 500


class Postman:
    """Sends what waits, every few seconds, until it is stopped."""

    def __init__(
        self,
        database: Database,
        section: MailSection,
        now: Callable[[], datetime],
        write: Callable[[datetime], object] = lambda _: None,
        held: Callable[[datetime], Collection[MailKind]] = lambda _: (),
    ) -> None:
        self._database = database
        self._section = section
        self._now = now
        self._write = write
        """Puts letters into the queue that are due by the clock."""
        self._held = held
        """Kinds of letters that must not go at this hour."""
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="postman", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> None:
        """Finish the letter in hand, and end."""
        self._stopping.set()
        self._thread.join(_STOP_S)

    def _run(self) -> None:
        while not self._stopping.is_set():
            try:
                self._write(self._now())
                self.send_all()
            except SQLAlchemyError:
                _log.exception("letters wait for the database")
            self._stopping.wait(_LOOK_EVERY_S)

    def send_all(self) -> int:
        """Send what is due; answers how many letters a mail server took."""
        count = 0
        while not self._stopping.is_set():
            at = self._now()
            taken = mail.take(self._database, at=at, held=self._held(at))
            if taken is None:
                break
            count += self._send(taken)
        return count

    def _send(self, taken: mail.Taken) -> bool:
        """Whether it was taken. No address and no reply stands in the log: both name people."""
        try:
            deliver(taken.message, taken.recipient, self._section)
        except (OSError, smtplib.SMTPException) as error:
            problem, for_good = judge(error)
            _log.warning("letter %s was not taken: %s", taken.mail_id, problem)
            mail.not_sent(self._database, taken.mail_id, problem, for_good=for_good, at=self._now())
            return False
        mail.sent(self._database, taken.mail_id, at=self._now())
        return True


def deliver(message: bytes, recipient: str, section: MailSection) -> None:
    """Hand one letter over. Raises OSError or smtplib.SMTPException where it was not taken."""
    with _connect(section) as connection:
        if section.user:
            connection.login(section.user, section.password)
        connection.sendmail(section.sender, [recipient], message)


def _connect(section: MailSection) -> smtplib.SMTP:
    """A connection, guarded as configured. It greets by the sender's domain, looked up nowhere."""
    domain = section.sender.rpartition("@")[2]
    context = trust(section.ca_file)
    if section.security is MailSecurity.TLS:
        return smtplib.SMTP_SSL(
            section.host, section.port, domain, timeout=section.timeout_s, context=context
        )
    connection = smtplib.SMTP(section.host, section.port, domain, timeout=section.timeout_s)
    if section.security is MailSecurity.STARTTLS:
        try:
            connection.starttls(context=context)
        except BaseException:
            connection.close()
            raise
    return connection


def trust(ca_file: Path | None) -> ssl.SSLContext:
    """Whose certificates are believed: those of the system, or one authority of the library's."""
    return ssl.create_default_context(cafile=None if ca_file is None else str(ca_file))


def judge(error: OSError | smtplib.SMTPException) -> tuple[str, bool]:
    """A trouble as a code, and whether trying again would change nothing.

    Only what a mail server says of the recipient or of the letter itself is final (5xx); a wrong
    password or certificate is put right by the library, and the letter goes then.
    """
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        codes = [code for code, _ in error.recipients.values()]
        return f"recipient_{codes[0]}", all(code >= _PERMANENT for code in codes)
    if isinstance(error, smtplib.SMTPDataError):
        return f"letter_{error.smtp_code}", error.smtp_code >= _PERMANENT
    if isinstance(error, smtplib.SMTPResponseException):
        return f"server_{error.smtp_code}", False
    return type(error).__name__, False
