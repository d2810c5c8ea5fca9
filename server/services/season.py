"""The season of re-registration: from 1 January every permanent ticket waits (R2.6)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import ColumnElement, Select, exists, func, select, tuple_
from sqlalchemy.orm import Session

from gate.facts import TicketKind, TicketState
from server.models import Loan, Patron, RegistrationCard, Ticket, Visit
from server.services import settings
from server.services.names import fold
from server.services.presence import IN_THE_BUILDING
from server.services.reregistration import loans_to_show, waiting
from server.services.settings import LibrarySettings

PAGE = 100
_BATCH = 1000


class Among(StrEnum):
    """Whom the list shows."""

    ALL = "all"
    INSIDE = "inside"
    """In the building now: they pass the desk on their way out."""
    LOANS = "loans"
    """With documents on loan, all of which are to be shown."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """Which part of the list is asked for."""

    among: Among = Among.ALL
    name: str = ""
    after: str = ""
    """Key of the last row seen; see `Waiting.key`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """Somebody whose ticket waits."""

    patron_id: int
    name: str
    name_key: str
    ticket_id: str
    number: str
    registered_for: int
    phone: str
    loans: int
    inside: bool

    @property
    def key(self) -> str:
        """Where this row stands in the list: by name, then by ticket."""
        return f"{self.ticket_id}:{self.name_key}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How far the season is."""

    waiting: int
    registered: int
    inside: int
    """Of those who wait, in the building now."""

    @property
    def percent(self) -> int:
        """Share of tickets that are registered, in whole percent; 100 where there are none."""
        total = self.waiting + self.registered
        return 100 * self.registered // total if total else 100


def progress(session: Session, year: int) -> Progress:
    """Count tickets of the season."""
    done = select(func.count()).where(
        Ticket.kind == TicketKind.PERMANENT,
        Ticket.state == TicketState.ACTIVE,
        Ticket.registered_for >= year,
    )
    left = select(func.count()).select_from(Ticket).where(waiting(year))
    return Progress(
        waiting=session.scalar(left) or 0,
        registered=session.scalar(done) or 0,
        inside=session.scalar(left.where(_inside())) or 0,
    )


def page(session: Session, year: int, wish: Wish) -> tuple[list[Waiting], str]:
    """A page of the list, and the key after which the next one begins: empty at the end."""
    found = list(_rows(session, _asked(year, wish).limit(PAGE + 1)))
    more = found[PAGE - 1].key if len(found) > PAGE else ""
    return found[:PAGE], more


def everybody(session: Session, year: int, wish: Wish) -> Iterator[Waiting]:
    """The whole list, for a file; a thousand at a time."""
    return _rows(session, _asked(year, wish).execution_options(yield_per=_BATCH))


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """What one reader is reminded of: the ticket, and everything on loan, to be shown (R2.6)."""

    row: Waiting
    address: str
    concession: bool
    """A certificate is to be shown again (R2.5)."""
    document_to_renew: bool
    loans: Sequence[Loan]


def letters(
    session: Session, year: int, wish: Wish, patron_id: int | None = None
) -> tuple[list[Letter], str]:
    """Reminders for a page of the list, and the key of the next page; or for one reader alone."""
    if patron_id is None:
        rows, after = page(session, year, wish)
    else:
        one = _asked(year, Wish()).where(Patron.id == patron_id)
        rows, after = list(_rows(session, one)), ""
    library = settings.read(session)
    return [_letter(session, row, library) for row in rows], after


def _letter(session: Session, row: Waiting, library: LibrarySettings) -> Letter:
    patron = session.get_one(Patron, row.patron_id)
    card = session.get(RegistrationCard, row.patron_id)
    return Letter(
        row=row,
        address=card.address if card else "",
        concession=patron.category in {*library.free_categories, *library.reduced_categories},
        document_to_renew=patron.document_renew_from is not None,
        loans=loans_to_show(session, row.patron_id),
    )


def _rows(session: Session, query: Select[Patron, Ticket, int, bool]) -> Iterator[Waiting]:
    for patron, ticket, loans, inside in session.execute(query):
        yield Waiting(
            patron_id=patron.id, name=patron.full_name, name_key=patron.name_key,
            ticket_id=ticket.id, number=ticket.number, registered_for=ticket.registered_for,
            phone=patron.phone, loans=loans, inside=inside,
        )  # fmt: skip


def _asked(year: int, wish: Wish) -> Select[Patron, Ticket, int, bool]:
    order = (Patron.name_key, Ticket.id)
    query = (
        select(Patron, Ticket, _loans(), _inside())
        .join(Ticket, Ticket.patron_id == Patron.id)
        .where(waiting(year))
        .order_by(*order)
    )
    if wish.among is Among.INSIDE:
        query = query.where(_inside())
    elif wish.among is Among.LOANS:
        query = query.where(_loans() > 0)
    for word in fold(wish.name).split():
        query = query.where(Patron.name_key.contains(word, autoescape=True))
    ticket_id, _, name_key = wish.after.partition(":")
    if ticket_id:
        query = query.where(tuple_(*order) > tuple_(name_key, ticket_id))
    return query


def _loans() -> ColumnElement[int]:
    return (
        select(func.count())
        .where(Loan.patron_id == Patron.id, Loan.returned_at.is_(None))
        .correlate(Patron)
        .scalar_subquery()
    )


def _inside() -> ColumnElement[bool]:
    return exists().where(
        Visit.ticket_id == Ticket.id, Visit.closed_at.is_(None), Visit.state.in_(IN_THE_BUILDING)
    )
