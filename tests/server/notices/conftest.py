"""The console's small library, with readers who want letters."""

from __future__ import annotations

from datetime import date, datetime

import pytest

from server.config import MailSection, ServerConfig, ServerSection
from server.models import Consent, Patron, Purpose
from tests.server.console.library import NOON, Library
from tests.server.mail.conftest import certificate, office, plain

__all__ = ["certificate", "office", "plain"]
SENDER, BASE = "library@example.org", "https://lystok.example.org"
CONFIG = ServerConfig(
    server=ServerSection(base_url=BASE), mail=MailSection(host="127.0.0.1", sender=SENDER)
)


def agree(
    library: Library, patron_id: int, *, given: bool = True, email: str = "reader@example.org",
    at: datetime = NOON, **values: object,
) -> None:  # fmt: skip
    """A reader's consent to letters, and an address."""
    with library.database.writing() as session:
        patron = session.get_one(Patron, patron_id)
        patron.email = email
        for name, value in values.items():
            setattr(patron, name, value)
        session.add(
            Consent(
                patron_id=patron_id, purpose=Purpose.NOTICES, given=given, text_version="1",
                at=at, staff_id=1,
            )
        )  # fmt: skip


@pytest.fixture
def willing(desk: Library) -> Library:
    """Olena has a book that is three days late, a consent and an address."""
    agree(desk, desk.reader, email="olena@example.org")
    return desk


YESTERDAY = date(2025, 11, 20)
