"""What a library system says, taken over into our own record of loans, bans and accounts.

So that exits, desks, reports and the stations' copies need to know nothing of it. Only what came
from the system is changed again by it: a loan or ban that somebody made here stays as it is, and
where the two sides differ the difference is told, not resolved (see `reconciliation`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final, Self
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from gate.facts import LoanPlace
from server.database import Database
from server.library_systems.contract import Account, Block, OutsideLoan
from server.library_systems.numbers import ticket_of
from server.models import Ban, Document, Loan, OutsideAccount, Patron, Ticket, Visit
from server.services import audit, changes, lookup
from server.services.lending import find_document, open_loan
from server.services.names import fold

ACTOR: Final = "system"
BAN_REASON: Final = "library_system"
_BANNING: Final = frozenset({Block.BARRED, Block.CARD_LOST})


class Difference(StrEnum):
    """What the other system says otherwise; people decide which side is right."""

    UNKNOWN = "unknown"
    """It has no such ticket."""
    NAME = "name"
    EXPIRES = "expires"
    """The registration ends on another day."""
    LENT_ELSEWHERE = "lent_elsewhere"
    """A document is with this reader there and with somebody else here."""


@dataclass(frozen=True, slots=True)
class Terms:
    """What the library makes of another system's words."""

    department: str
    """Code of the department that waits for what names no place of its own."""
    banning: frozenset[Block] = _BANNING
    """Blocks that take the right to visit; everything else is shown and stops nobody."""
    loans: bool = True
    """Whether the system tells what is out."""


def known_since(database: Database, number: str) -> datetime | None:
    """When the system last told of this ticket number; None if it never did."""
    with database.reading() as session:
        return session.scalar(
            select(OutsideAccount.as_of).where(OutsideAccount.number == number).limit(1)
        )


@dataclass(frozen=True, slots=True)
class Record:
    """What is on record of one reader here; `Record.of` reads it."""

    system: str
    number: str
    ticket: Ticket
    patron: Patron
    kept: OutsideAccount | None
    loans: list[Loan]
    """Those that the system told of and that are out."""
    ban: Ban | None
    """The standing one of the system's making."""

    @classmethod
    def of(cls, session: Session, number: str, system: str, *, locked: bool = False) -> Self | None:
        """None for a number that is nobody's."""
        ticket = ticket_of(session, number)
        if ticket is None:
            return None
        patron = session.get_one(Patron, ticket.patron_id, with_for_update=locked or None)
        return cls(
            system, number, ticket, patron, session.get(OutsideAccount, patron.id),
            _loans(session, patron.id, system), _standing_ban(session, patron.id),
        )  # fmt: skip

    def is_newer(self, account: Account) -> bool:
        """Whether the system told something later than this account."""
        return self.kept is not None and self.kept.as_of > account.as_of

    def says(self, account: Account, terms: Terms) -> bool:
        """Whether all of an account is on record already, so that only its moment is new."""
        kept = self.kept
        if kept is None or (kept.number, kept.system) != (self.number, self.system):
            return False
        ours = {(loan.document.barcode, loan.due_on, loan.place) for loan in self.loans}
        return (
            not self.is_newer(account)
            and (kept.known, kept.expires_on, kept.holds)
            == (account.known, account.expires_on, account.holds)
            and kept.blocks == _codes(account.blocks)
            and kept.differences == sorted(self.differences(account))
            and (
                not terms.loans
                or ours == {(loan.item, loan.due_on, loan.place) for loan in account.loans}
            )
            and bool(account.blocks & terms.banning) == (self.ban is not None)
        )

    def differences(self, account: Account) -> Iterator[Difference]:
        """What an account says otherwise of the reader."""
        if not account.known:
            yield Difference.UNKNOWN
            return
        if account.name and not _same_person(account.name, self.patron):
            yield Difference.NAME
        if account.expires_on not in (None, self.ticket.valid_until):
            yield Difference.EXPIRES


def on_record(database: Database, number: str, *, system: str) -> Record | None:
    """What is on record of this ticket number; None for a number that is nobody's."""
    with database.reading() as session:
        return Record.of(session, number, system)


def take_over(
    database: Database, account: Account, terms: Terms, *, system: str, at: datetime
) -> bool:
    """Bring loans, bans and account of a ticket number up to date; answers whether any changed.

    A number that is no ticket of ours changes nothing, nor does what is older than what is known.
    """
    with database.writing() as session:
        record = Record.of(session, account.number, system, locked=True)
        if record is None or record.is_newer(account):
            return False
        taking = _Taking(session, record, terms, at)
        changed = taking.loans(account)
        changed |= taking.ban(account)
        taking.keep(account)
        return changed


class _Taking:
    """One account being taken over, in one transaction."""

    def __init__(self, session: Session, record: Record, terms: Terms, at: datetime) -> None:
        self._session = session
        self._record = record
        self._system = record.system
        self._terms = terms
        self._patron = record.patron
        self._kept = record.kept
        self._at = at
        self._lent_elsewhere = False

    def loans(self, account: Account) -> bool:
        """New ones appear, those that are gone were returned, days move."""
        if not self._terms.loans:
            return False
        told = {loan.item: loan for loan in account.loans}
        ours = {loan.document.barcode: loan for loan in self._record.loans}
        gone = [loan for item, loan in ours.items() if item not in told]
        new = [loan for item, loan in told.items() if item not in ours]
        moved = [
            (ours[item], loan)
            for item, loan in told.items()
            if item in ours and (ours[item].due_on, ours[item].place) != (loan.due_on, loan.place)
        ]
        for loan in gone:
            loan.returned_at = self._at
            self._note("outside_loan_returned", loan)
        for loan, there in moved:
            loan.due_on, loan.place = there.due_on, there.place
            self._note("outside_loan_changed", loan)
        taken = [self._take(there) for there in new]
        changed = bool(gone or moved or any(taken))
        if changed:
            self._session.flush()
            self._tell({loan.visit_id for loan in (*gone, *(loan for loan, _ in moved))})
        return changed

    def ban(self, account: Account) -> bool:
        """A ban of the system's own making comes and goes with its blocks."""
        banned = _codes(account.blocks & self._terms.banning)
        standing = self._record.ban
        if bool(banned) == (standing is not None):
            return False
        if standing is not None:
            standing.lifted_at = self._at
        else:
            order = f"{self._system}: {', '.join(banned)}"[:60]
            self._session.add(
                Ban(
                    patron_id=self._patron.id, since=self._at, reason=BAN_REASON,
                    order_number=order,
                )
            )  # fmt: skip
        audit.record(
            self._session, at=self._at, actor=ACTOR,
            action="outside_ban_lifted" if standing else "outside_ban",
            about=("patron", str(self._patron.id)), details={"blocks": banned},
        )  # fmt: skip
        changes.note_patron(self._session, self._patron.id)
        return True

    def keep(self, account: Account) -> None:
        """The account itself, with the moment from which all of it is right."""
        kept = self._kept or OutsideAccount(patron_id=self._patron.id)
        kept.system, kept.number, kept.known = self._system, account.number, account.known
        kept.blocks = _codes(account.blocks)
        kept.expires_on, kept.holds, kept.as_of = account.expires_on, account.holds, account.as_of
        kept.differences = sorted(self._differences(account))
        self._session.add(kept)

    def _differences(self, account: Account) -> Iterator[Difference]:
        yield from self._record.differences(account)
        if account.known and self._lent_elsewhere:
            yield Difference.LENT_ELSEWHERE

    def _take(self, there: OutsideLoan) -> bool:
        """False where our own record has the document with somebody: both sides are shown."""
        document = find_document(self._session, there.item)
        taken = None if document is None else open_loan(self._session, document.id)
        if taken is not None:
            self._lent_elsewhere |= taken.patron_id != self._patron.id
            return False
        document = document or self._document(there)
        loan = Loan(
            document_id=document.id, patron_id=self._patron.id, visit_id=self._visit_of(there),
            department_code=there.department or self._terms.department, place=there.place,
            issued_at=self._at, due_on=there.due_on, system=self._system,
        )  # fmt: skip
        self._session.add(loan)
        self._session.flush()
        self._note("outside_loan", loan)
        self._tell({loan.visit_id})
        return True

    def _document(self, there: OutsideLoan) -> Document:
        document = Document(
            inventory_number=there.item, barcode=there.item, title=there.title or there.item,
            department_code=there.department or self._terms.department,
        )  # fmt: skip
        self._session.add(document)
        self._session.flush()
        return document

    def _visit_of(self, there: OutsideLoan) -> UUID | None:
        """The visit that a loan belongs to.

        Always the open one for what may not leave the house; for a loan home only where it was made
        since the reader came in.
        """
        visit_id = lookup.open_visit_of(self._session, self._record.ticket.id)
        visit = None if visit_id is None else self._session.get(Visit, visit_id)
        if visit is None or there.place is LoanPlace.READING_ROOM:
            return None if visit is None else visit.id
        asked_since = self._kept is not None and self._kept.as_of >= visit.opened_at
        issued_now = there.issued_on is not None and there.issued_on == visit.local_day
        return visit.id if asked_since or issued_now else None

    def _note(self, action: str, loan: Loan) -> None:
        audit.record(
            self._session, at=self._at, actor=ACTOR, action=action, about=("loan", str(loan.id)),
            details={"document": loan.document_id, "visit": str(loan.visit_id)},
        )  # fmt: skip

    def _tell(self, visit_ids: set[UUID | None]) -> None:
        changes.note_visit(self._session, *(visit for visit in visit_ids if visit is not None))
        changes.note_patron(self._session, self._patron.id)


def _loans(session: Session, patron_id: int, system: str) -> list[Loan]:
    rows = session.scalars(
        select(Loan)
        .where(Loan.patron_id == patron_id, Loan.returned_at.is_(None), Loan.system == system)
        .options(joinedload(Loan.document))
    )
    return list(rows)


def _standing_ban(session: Session, patron_id: int) -> Ban | None:
    return session.scalar(
        select(Ban).where(
            Ban.patron_id == patron_id, Ban.reason == BAN_REASON, Ban.lifted_at.is_(None)
        )
    )


def _codes(blocks: Iterable[Block]) -> list[str]:
    return sorted(block.value for block in blocks)


def _same_person(name: str, patron: Patron) -> bool:
    """Whether the surname is in it, in whatever order and case; initials are no difference."""
    return fold(patron.surname) in fold(name).split()
