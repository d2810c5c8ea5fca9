"""A small library with one day in it, for the tests of the console."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import pyotp
from sqlalchemy.orm import Session

from gate.events import uuid7
from gate.facts import (
    CredentialKind,
    DocumentClass,
    LoanPlace,
    OwnItemKind,
    TicketKind,
    TicketState,
    VisitState,
)
from gate.slip_numbers import new_slip_number
from server.database import Database
from server.models import (
    Ban,
    Base,
    Category,
    Credential,
    Department,
    DepartmentKind,
    DepartmentVisit,
    Document,
    EventOfDay,
    Loan,
    OwnItem,
    Patron,
    Role,
    Staff,
    Station,
    Ticket,
    Visit,
)
from server.services.names import fold
from server.services.passwords import hash_password
from server.services.second_factor import NEEDED_BY

NOON = datetime(2025, 11, 21, 10, 0, tzinfo=UTC)
"""Friday noon in Kyiv."""
PASSWORD = "довгий пароль працівника"
FACTOR_SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
"""Of the second factor of those who need one."""
NASTY = "<script>alert(1)</script>"
"""A name that somebody tries to be more than a name (threat 12)."""

_HASH = hash_password(PASSWORD)

DEPARTMENTS = (
    ("СЦ", "Сервісний центр", "Service Centre", DepartmentKind.SERVICE_CENTRE, "Вестибюль"),
    ("1", "Абонемент", "Home lending", DepartmentKind.LENDING, "Перший поверх"),
    ("2", "Універсальна читальна зала", "General reading room", DepartmentKind.READING_ROOM, ""),
    ("5", "Відділ мистецтв", "Arts", DepartmentKind.READING_ROOM, "Зала мистецтв"),
)
DOCUMENTS = (
    ("Тіні забутих предків", "Коцюбинський М.", "2", DocumentClass.ORDINARY),
    ("Енеїда", "Котляревський І.", "2", DocumentClass.ROOM_ONLY),
    ("Лісова пісня", "Українка Леся", "5", DocumentClass.ORDINARY),
    ("Історія українського мистецтва, том 3", "", "5", DocumentClass.ROOM_ONLY),
    ("Місто", "Підмогильний В.", "1", DocumentClass.HIGH_DEMAND),
    (NASTY, NASTY, "2", DocumentClass.ORDINARY),
)
PATRONS = (
    ("Коваленко", "Олена", "Петрівна"),
    ("Ґалаґан", "Їжак", ""),
    ("Шевчук", "Данило", "Андрійович"),
    (NASTY, NASTY, ""),
)


@dataclass(frozen=True, slots=True)
class Library:
    """What the tests ask for by name."""

    database: Database
    reader: int
    """Inside with two documents of the arts, a laptop and a slip."""
    clean_reader: int
    """Inside with nothing out."""
    banned: int
    nasty: int
    slip: str
    clean_slip: str
    event_slip: str
    visit: UUID
    clean_visit: UUID
    event_visit: UUID


def factor_codes(at: datetime) -> list[str]:
    """Codes that are good now, each once: of the step before, of this one, of the next."""
    totp = pyotp.TOTP(FACTOR_SECRET)
    return [totp.at(at + timedelta(seconds=30 * step)) for step in (-1, 0, 1)]


def furnish(database: Database) -> Library:
    """Write the library into empty tables."""
    Base.metadata.create_all(database.engine)
    with database.writing() as session:
        _staff_and_rooms(session)
        patrons = [_patron(session, number, names) for number, names in enumerate(PATRONS)]
        documents = _documents(session)
        _event(session)
        visits = [
            _visit(session, 1, ticket=_ticket_of(0), minutes_ago=95),
            _visit(session, 2, ticket=_ticket_of(1), minutes_ago=40),
            _visit(session, 3, event="reading", persons=12, minutes_ago=20),
        ]
        _reader_of_arts(session, visits[0], documents)
        session.add(DepartmentVisit(visit_id=visits[1].id, department_code="2", first_at=NOON))
        _ban(session, patrons[2])
    reader, clean_reader, banned, nasty = (patron.id for patron in patrons)
    slip, clean_slip, event_slip = (visit.slip_number for visit in visits)
    visit, clean_visit, event_visit = (visit.id for visit in visits)
    return Library(
        database=database, reader=reader, clean_reader=clean_reader, banned=banned, nasty=nasty,
        slip=slip, clean_slip=clean_slip, event_slip=event_slip,
        visit=visit, clean_visit=clean_visit, event_visit=event_visit,
    )  # fmt: skip


def _staff_and_rooms(session: Session) -> None:
    for position, (code, name, name_en, kind, hall) in enumerate(DEPARTMENTS):
        session.add(
            Department(
                code=code, name=name, name_en=name_en, kind=kind, hall=hall, position=position,
                phone="+380 44 200 10 0" + str(position),
            )
        )  # fmt: skip
    session.flush()
    for role in Role:
        session.add(
            Staff(
                login=role.value, name="Марія Бондар", role=role, department_code=None,
                password_hash=_HASH, created_at=NOON,
                totp_secret=FACTOR_SECRET if role in NEEDED_BY else None,
                totp_since=NOON if role in NEEDED_BY else None,
            )
        )  # fmt: skip
    session.add(Station(code="K1", name="Вхід", created_at=NOON, has_lane=True))
    session.flush()


def _ticket_of(number: int) -> str:
    return f"{number:012x}"


def _patron(session: Session, number: int, names: tuple[str, str, str]) -> Patron:
    surname, given_name, patronymic = names
    patron = Patron(
        surname=surname, given_name=given_name, patronymic=patronymic,
        name_key=fold(" ".join(names)), birth_date=date(1990, 3, 14), category=Category.ADULT,
        phone="+380 50 123 45 6" + str(number), salt="00" * 16, created_at=NOON,
        note=NASTY if surname == NASTY else "",
    )  # fmt: skip
    session.add(patron)
    session.flush()
    ticket = Ticket(
        id=_ticket_of(number), number=f"RD-{1001 + number}", patron_id=patron.id,
        kind=TicketKind.PERMANENT, state=TicketState.ACTIVE, issued_at=NOON,
        valid_from=date(2024, 1, 15), valid_until=date(2029, 1, 14), registered_for=2025,
    )  # fmt: skip
    session.add(ticket)
    session.flush()
    session.add(
        Credential(
            kind=CredentialKind.NUMBER, value=f"{20251001 + number}", ticket_id=ticket.id,
            linked_at=NOON,
        )
    )  # fmt: skip
    return patron


def _documents(session: Session) -> list[Document]:
    documents = [
        Document(
            inventory_number=f"{4410 + n}", barcode=f"4820{n:05}", shelf_mark="821.161.2",
            author=author, title=title, year=1989 + n, document_class=kind, department_code=code,
        )
        for n, (title, author, code, kind) in enumerate(DOCUMENTS)
    ]  # fmt: skip
    session.add_all(documents)
    session.flush()
    return documents


def _event(session: Session) -> None:
    for key, title, hours, places in (
        ("reading", "Вечір поезії Ліни Костенко", 0, 40),
        ("lecture", "Як читати стародруки", 3, 12),
        ("morning", "Казкова година для найменших", -3, None),
    ):
        starts = NOON + timedelta(hours=hours)
        session.add(
            EventOfDay(
                id=key, title=title, title_en="", hall="Мала зала",
                doors_at=starts - timedelta(minutes=30), starts_at=starts,
                ends_at=starts + timedelta(hours=2), places=places,
            )
        )  # fmt: skip
    session.flush()


def _visit(
    session: Session, running: int, *, minutes_ago: int, ticket: str | None = None,
    event: str | None = None, persons: int = 1,
) -> Visit:  # fmt: skip
    since = NOON - timedelta(minutes=minutes_ago)
    visit = Visit(
        id=uuid7(since, bytes([running]) * 10), ticket_id=ticket, event_id=event,
        category=Category.ADULT if ticket else None, state=VisitState.INSIDE, station_code="K1",
        persons=persons,
        slip_number=new_slip_number("K1", 416 + running, bytes([running, 7, 9, 4])),
        local_day=since.date(), opened_at=since, changed_at=since,
    )  # fmt: skip
    session.add(visit)
    session.flush()
    return visit


def _reader_of_arts(session: Session, visit: Visit, documents: list[Document]) -> None:
    session.add(DepartmentVisit(visit_id=visit.id, department_code="5", first_at=NOON))
    session.add(
        OwnItem(visit_id=visit.id, kind=OwnItemKind.LAPTOP, count=1, declared_at=visit.opened_at)
    )
    for document in documents[2:4]:
        session.add(
            Loan(
                document_id=document.id, patron_id=1, visit_id=visit.id, department_code="5",
                place=LoanPlace.READING_ROOM, issued_at=NOON - timedelta(minutes=60),
            )
        )  # fmt: skip
    session.add(
        Loan(
            document_id=documents[4].id, patron_id=1, visit_id=None, department_code="1",
            place=LoanPlace.HOME, issued_at=NOON - timedelta(days=33),
            due_on=(NOON - timedelta(days=3)).date(),
        )
    )  # fmt: skip


def _ban(session: Session, patron: Patron) -> None:
    session.add(
        Ban(
            patron_id=patron.id, since=NOON - timedelta(days=10), until=NOON + timedelta(days=20),
            reason="noise", order_number="17-к",
        )
    )  # fmt: skip
