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


def known_since(database: Database, number: str) -> datetime | None:
    """When the system last told of this ticket number; None if it never did."""
    with database.reading() as session:
        return session.scalar(
            select(OutsideAccount.as_of).where(OutsideAccount.number == number).limit(1)
        )


def says_the_same(
    database: Database, account: Account, terms: Terms, *, system: str, at: datetime
) -> bool:
    """Whether all of it is on record already, so that only its moment is new."""
    with database.reading() as session:
        taking = _Taking.of(session, account, terms, system, at)
        return taking is not None and taking.is_known(account)


def take_over(
    database: Database, account: Account, terms: Terms, *, system: str, at: datetime
) -> bool:
    """Bring loans, bans and account of a ticket number up to date; answers whether any changed.

    A number that is no ticket of ours changes nothing.
    """
    with database.writing() as session:
        taking = _Taking.of(session, account, terms, system, at, locked=True)
        if taking is None:
            return False
        changed = taking.loans(account)
        changed |= taking.ban(account)
        taking.keep(account)
        return changed


class _Taking:
    """One account being taken over, in one transaction."""

    def __init__(
        self, session: Session, system: str, terms: Terms, patron: Patron, ticket: Ticket,
        kept: OutsideAccount | None, at: datetime,
    ) -> None:  # fmt: skip
        self._session = session
        self._system = system
        self._terms = terms
        self._patron = patron
        self._kept = kept
        self._at = at
        self._ticket = ticket
        self._lent_elsewhere = False

    @classmethod
    def of(
        cls, session: Session, account: Account, terms: Terms, system: str, at: datetime, *,
        locked: bool = False,
    ) -> Self | None:  # fmt: skip
        """None for a number that is nobody's, and for what is older than what is known."""
        ticket = ticket_of(session, account.number)
        if ticket is None:
            return None
        patron = session.get_one(Patron, ticket.patron_id, with_for_update=locked or None)
        kept = session.get(OutsideAccount, patron.id)
        if kept is not None and kept.as_of > account.as_of:
            return None
        return cls(session, system, terms, patron, ticket, kept, at)

    def is_known(self, account: Account) -> bool:
        """Whether it says what is on record."""
        kept = self._kept
        if kept is None or (kept.number, kept.system) != (account.number, self._system):
            return False
        ours = {(loan.document.barcode, loan.due_on, loan.place) for loan in self._open_loans()}
        return (
            (kept.known, kept.expires_on, kept.holds)
            == (account.known, account.expires_on, account.holds)
            and kept.blocks == _codes(account.blocks)
            and kept.differences == sorted(self._differences(account))
            and ours == {(loan.item, loan.due_on, loan.place) for loan in account.loans}
            and bool(account.blocks & self._terms.banning) == (self._standing_ban() is not None)
        )

    def loans(self, account: Account) -> bool:
        """New ones appear, those that are gone were returned, days move."""
        told = {loan.item: loan for loan in account.loans}
        ours = {loan.document.barcode: loan for loan in self._open_loans()}
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
        standing = self._standing_ban()
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
        if not account.known:
            yield Difference.UNKNOWN
            return
        if account.name and not _same_person(account.name, self._patron):
            yield Difference.NAME
        if account.expires_on not in (None, self._ticket.valid_until):
            yield Difference.EXPIRES
        if self._lent_elsewhere:
            yield Difference.LENT_ELSEWHERE

    def _standing_ban(self) -> Ban | None:
        return self._session.scalar(
            select(Ban).where(
                Ban.patron_id == self._patron.id,
                Ban.reason == BAN_REASON,
                Ban.lifted_at.is_(None),
            )
        )

    def _open_loans(self) -> list[Loan]:
        rows = self._session.scalars(
            select(Loan)
            .where(
                Loan.patron_id == self._patron.id,
                Loan.returned_at.is_(None),
                Loan.system == self._system,
            )
            .options(joinedload(Loan.document))
        )
        return list(rows)

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
        visit_id = lookup.open_visit_of(self._session, self._ticket.id)
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


def _codes(blocks: Iterable[Block]) -> list[str]:
    return sorted(block.value for block in blocks)


def _same_person(name: str, patron: Patron) -> bool:
    """Whether the surname is in it, in whatever order and case; initials are no difference."""
    return fold(patron.surname) in fold(name).split()
