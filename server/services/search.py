"""Find by a scan or a few letters: one code opens its reader, slip or document from anywhere."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import Select, String, and_, literal_column, or_, select
from sqlalchemy.orm import Session, selectinload

from gate.codes import KeyRing, read_slip, read_ticket
from gate.facts import CodeCheck, CredentialKind
from gate.scans import ScanKind, classify
from server.database import Database
from server.models import DIGITS_OF_PHONE, LostSlip, Patron, Ticket
from server.services import keys, lookup, preregistrations
from server.services.lending import find_document
from server.services.names import alphabetical, fold

_CODE_MAX_SIGNS = 40
_MOST_WORDS = 5
_FEWEST_DIGITS = 3
_LOCAL_DIGITS = 10
"""Of a phone with its 0 and without the country's 38."""
_PHONE = re.compile(r"[\d ()+-]+")
_LATIN, _CYRILLIC = "ABCEHIKMOPTXY", "АВСЕНІКМОРТХУ"
_TO_LATIN = str.maketrans(_CYRILLIC, _LATIN)
_TO_CYRILLIC = str.maketrans(_LATIN, _CYRILLIC)


class FoundKind(StrEnum):
    """What a code stands for."""

    PATRON = "patron"
    VISIT = "visit"
    DOCUMENT = "document"
    NOTHING = "nothing"
    PREREGISTRATION = "preregistration"
    BAD_SIGNATURE = "bad_signature"
    """It looks like a code of ours and is none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """Where a scan leads; only the fields of its kind are set."""

    kind: FoundKind
    patron_id: int | None = None
    ticket_id: str | None = None
    visit_id: UUID | None = None
    document_id: int | None = None
    preregistration_id: UUID | None = None
    void_number: str | None = None
    """The slip is a lost one: its visit goes on with a duplicate (X07)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PatronHit:
    """A reader in a list of search results."""

    patron_id: int
    full_name: str
    former_surnames: str
    ticket_number: str | None
    """Of the newest ticket."""
    born: date | None
    phone: str
    """By these namesakes are told apart."""


def scan(database: Database, data: bytes, *, at: datetime) -> Found:
    """Tell where a scanned or typed code leads. Never raises, whatever the bytes."""
    begun = preregistrations.id_in(_plain(data))
    if begun is not None:
        return Found(kind=FoundKind.PREREGISTRATION, preregistration_id=begun)
    scanned = classify(data)
    with database.reading() as session:
        if scanned.kind is ScanKind.TICKET_CODE:
            return _signed_ticket(session, scanned.text, keys.ring(session), at)
        if scanned.kind is ScanKind.SLIP_CODE:
            return _signed_slip(session, scanned.text, keys.ring(session))
        if scanned.kind is ScanKind.SLIP_NUMBER:
            return _slip(session, scanned.text)
        as_typed = _number(session, _plain(data))
        if as_typed.kind is not FoundKind.NOTHING:
            return as_typed
        # A scanner under a Cyrillic layout may have meant other letters than it typed.
        return _number(session, scanned.text)


def _signed_ticket(session: Session, code: str, ring: KeyRing, at: datetime) -> Found:
    reading = read_ticket(code, ring, at)
    if reading.claims is None:
        return Found(kind=FoundKind.BAD_SIGNATURE)
    return _ticket(session, reading.claims.ticket_id)


def _signed_slip(session: Session, code: str, ring: KeyRing) -> Found:
    reading = read_slip(code, ring)
    if reading.claims is None or reading.check is not CodeCheck.GOOD:
        return Found(kind=FoundKind.BAD_SIGNATURE)
    return _slip(session, reading.claims.number)


def _slip(session: Session, number: str) -> Found:
    visit_id = lookup.visit_of_slip(session, number)
    if visit_id is None:
        return Found(kind=FoundKind.NOTHING)
    is_lost = session.get(LostSlip, number) is not None
    return Found(kind=FoundKind.VISIT, visit_id=visit_id, void_number=number if is_lost else None)


def _ticket(session: Session, ticket_id: str | None) -> Found:
    ticket = None if ticket_id is None else session.get(Ticket, ticket_id)
    if ticket is None:
        return Found(kind=FoundKind.NOTHING)
    return Found(kind=FoundKind.PATRON, patron_id=ticket.patron_id, ticket_id=ticket.id)


def _number(session: Session, text: str) -> Found:
    """Books first, since they are scanned most; then tickets by number, then cards."""
    if not text:
        return Found(kind=FoundKind.NOTHING)
    document = find_document(session, text)
    if document is not None:
        return Found(kind=FoundKind.DOCUMENT, document_id=document.id)
    by_number = session.scalar(select(Ticket.id).where(Ticket.number == text))
    return _ticket(
        session,
        by_number
        or lookup.ticket_id_of(session, CredentialKind.NUMBER, text)
        or lookup.ticket_id_of(session, CredentialKind.CARD, text.upper()),
    )


def _plain(data: bytes) -> str:
    """What is no code of ours may still be a barcode of a document, in any letters."""
    try:
        text = data.decode("utf-8").strip()
    except UnicodeDecodeError:
        return ""
    return text if text.isprintable() and len(text) <= _CODE_MAX_SIGNS else ""


def patrons(database: Database, text: str, *, limit: int = 20) -> Sequence[PatronHit]:
    """Readers by a part of the name, of a ticket's number or of the phone.

    The very number comes first, then parts of numbers and phones, then names that hold every
    word. Forgives apostrophes, case, accents, look-alike letters, and the order of the words.
    """
    found: dict[Patron, None] = {}
    with database.reading() as session:
        for query in _queries(text, limit):
            if query is not None and len(found) < limit:
                wanted = query.limit(limit).options(selectinload(Patron.tickets))
                found.update(dict.fromkeys(sorted(session.scalars(wanted), key=_by_alphabet)))
        return [_hit(patron) for patron in list(found)[:limit]]


def _queries(text: str, limit: int) -> Iterator[Select[Patron] | None]:
    yield _by_number(text)
    yield _by_part_of_number(text)
    yield _by_phone(text)
    yield _by_name(text, limit)


def _by_name(text: str, limit: int) -> Select[Patron] | None:
    """The first in the order of names, told by the index: rows are read of those alone."""
    words = fold(text).split()[:_MOST_WORDS]
    if not any(sign.isalpha() for sign in text):
        return None
    first = select(Patron.id).order_by(Patron.name_key, Patron.id).limit(limit)
    for word in words:
        first = first.where(Patron.name_key.contains(word, autoescape=True))
    return select(Patron).where(Patron.id.in_(first)).order_by(Patron.name_key, Patron.id)


def _by_number(text: str) -> Select[Patron] | None:
    spellings = _spellings(text)
    if not spellings:
        return None
    owners = select(Ticket.patron_id).where(Ticket.number.in_(spellings))
    return select(Patron).where(Patron.id.in_(owners))


def _by_part_of_number(text: str) -> Select[Patron] | None:
    if len(_digits(text)) < _FEWEST_DIGITS:
        return None
    numbers = [Ticket.number.contains(part, autoescape=True) for part in _spellings(text)]
    owners = select(Ticket.patron_id).where(or_(*numbers))
    return select(Patron).where(Patron.id.in_(owners)).order_by(Patron.id)


def _by_phone(text: str) -> Select[Patron] | None:
    """A part of a phone, apart from numbers: one condition for both would read all rows.

    Digits in this order, whatever stands between them, leave few rows to be stripped to digits:
    without an index of them that is ten times as quick.
    """
    digits = _digits(text)
    if len(digits) < _FEWEST_DIGITS or not _PHONE.fullmatch(text.strip()):
        return None
    written = literal_column(DIGITS_OF_PHONE, String())
    phones = {digits, digits.removeprefix("38") if len(digits) > _LOCAL_DIGITS else digits}
    is_phone = or_(
        *(
            and_(Patron.phone.like(f"%{'%'.join(part)}%"), written.contains(part))
            for part in sorted(phones)
        )
    )
    return select(Patron).where(is_phone).order_by(Patron.id)


def _digits(text: str) -> str:
    return "".join(sign for sign in text if sign.isdecimal())


def _spellings(text: str) -> list[str]:
    """A number as typed, and with the letters of the other alphabet that look the same."""
    typed = text.strip().upper()
    if not typed or len(typed) > _CODE_MAX_SIGNS:
        return []
    both = (typed, typed.translate(_TO_LATIN), typed.translate(_TO_CYRILLIC))
    return list(dict.fromkeys(both))


def _by_alphabet(patron: Patron) -> list[int]:
    """The folded key, by which the first are chosen, knows no и, і, ї and й apart."""
    return alphabetical(patron.full_name)


def _hit(patron: Patron) -> PatronHit:
    newest = next(iter(patron.tickets), None)
    return PatronHit(
        patron_id=patron.id,
        full_name=patron.full_name,
        former_surnames=patron.former_surnames,
        ticket_number=None if newest is None else newest.number,
        born=patron.birth_date,
        phone=patron.phone,
    )
