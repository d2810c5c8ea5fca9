"""Our own lending as a library system: what self-check machines and gates ask us by SIP2."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session, joinedload

from gate.facts import LoanPlace, TicketState
from gate.reasons import Verdict
from server.database import Database
from server.library_systems.contract import Account, Block, Outcome, OutsideLoan, Standing
from server.library_systems.numbers import ticket_of
from server.models import Ban, Hold, HoldState, Loan, Patron, Ticket
from server.services import lending, lookup, renewals, settings
from server.services.lending import Desk

_DEAD = frozenset({TicketState.LOST, TicketState.REPLACED})


class OwnSystem:
    """A LibrarySystem and Circulation over our own records; never away, so no deadline."""

    name = "own"

    def __init__(self, database: Database, desk: Desk | None = None) -> None:
        """`desk` is in whose name things are lent; without one only accounts are told."""
        self._database = database
        self._desk = desk

    def account(self, number: str, *, at: datetime, within_s: float) -> Account:
        """The holder of a ticket number, or of any older number of theirs."""
        del within_s
        with self._database.reading() as session:
            ticket = ticket_of(session, number)
            if ticket is None:
                return Account(number=number, as_of=at, known=False)
            patron = session.get_one(Patron, ticket.patron_id)
            today = settings.read(session).day(at)
            loans = tuple(_loans(session, patron.id))
            return Account(
                number=number,
                as_of=at,
                blocks=_blocks(session, ticket, loans, today, at),
                loans=loans,
                holds=_holds(session, patron.id),
                expires_on=ticket.valid_until,
                name=patron.display_name,
            )

    def item(self, item: str) -> OutsideLoan | None:
        """A document of ours by its barcode, with the day until which it is out."""
        with self._database.reading() as session:
            document = lending.find_document(session, item)
            if document is None:
                return None
            loan = lending.open_loan(session, document.id)
            return OutsideLoan(
                item=document.barcode, title=document.title, department=document.department_code,
                is_out=loan is not None, due_on=None if loan is None else loan.due_on,
            )  # fmt: skip

    def standing(self, *, within_s: float) -> Standing:
        """Here, and able to do everything."""
        del within_s
        with self._database.reading() as session:
            name = settings.read(session).library_name
        can = ("issue", "take_back", "renew", "item") if self._desk else ("item",)
        return Standing(online=True, name=name, can=frozenset(can))

    def issue(self, number: str, item: str, *, at: datetime, within_s: float) -> Outcome:
        """Lend home on the visit that the reader is on (S01: without a slip nothing is lent)."""
        del within_s
        desk = self._working()
        with self._database.reading() as session:
            ticket = ticket_of(session, number)
            visit = None if ticket is None else lookup.open_visit_of(session, ticket.id)
        issued = lending.issue(self._database, visit, item, LoanPlace.HOME, desk=desk, at=at)
        reasons = issued.decision.codes if issued.decision else ()
        said = issued.problem or (reasons[0] if reasons and not issued.done else "")
        return Outcome(
            done=issued.done, item=item, title=issued.title, due_on=issued.due_on, said=said
        )

    def leave(self, number: str, *, at: datetime, within_s: float) -> None:
        """Nothing: we remember no sessions."""

    def take_back(self, item: str, *, at: datetime, within_s: float) -> Outcome:
        """Take it, whoever brings it (S12)."""
        del within_s
        returned = lending.take_back(self._database, item, desk=self._working(), at=at)
        if returned is None:
            return Outcome(done=False, item=item, said=lending.Problem.UNKNOWN_DOCUMENT)
        return Outcome(done=True, item=item, title=returned.title)

    def renew(self, number: str, item: str, *, at: datetime, within_s: float) -> Outcome:
        """Renew once; from the second time on the document is shown to a person (R3.3.1)."""
        del within_s
        desk = self._working()
        with self._database.reading() as session:
            loan = _loan_of(session, number, item)
            title = "" if loan is None else loan.document.title
        if loan is None:
            return Outcome(done=False, item=item, said="not_out")
        try:
            renewed = renewals.renew(
                self._database, loan.id, shown=False, staff_id=desk.staff_id, at=at
            )
        except renewals.NotPossible as error:
            return Outcome(done=False, item=item, title=title, said=str(error))
        done = renewed.decision.verdict is Verdict.GRANT
        said = "" if done else renewed.decision.codes[0]
        return Outcome(done=done, item=item, title=title, due_on=renewed.due_on, said=said)

    def close(self) -> None:
        """Nothing is held."""

    def _working(self) -> Desk:
        if self._desk is None:
            raise PermissionError("nobody in whose name to lend")
        return self._desk


def _loans(session: Session, patron_id: int) -> list[OutsideLoan]:
    rows = session.scalars(
        select(Loan)
        .where(Loan.patron_id == patron_id, Loan.returned_at.is_(None))
        .order_by(Loan.issued_at, Loan.id)
        .options(joinedload(Loan.document))
    )
    return [
        OutsideLoan(
            item=loan.document.barcode, title=loan.document.title,
            department=loan.department_code, place=loan.place, due_on=loan.due_on,
        )
        for loan in rows
    ]  # fmt: skip


def _blocks(
    session: Session, ticket: Ticket, loans: tuple[OutsideLoan, ...], today: date, at: datetime
) -> frozenset[Block]:
    found = set()
    bans = session.scalars(
        select(Ban).where(
            Ban.patron_id == ticket.patron_id, Ban.lifted_at.is_(None), Ban.since <= at
        )
    )
    in_force = [ban for ban in bans if ban.until is None or ban.until > at]
    if in_force:
        found |= {Block.BARRED, Block.LOANS_DENIED, Block.RENEWALS_DENIED, Block.HOLDS_DENIED}
    if ticket.state in _DEAD:
        found.add(Block.CARD_LOST)
    if ticket.state is not TicketState.ACTIVE or not ticket.valid_from <= today:
        found.add(Block.NOT_VALID)
    if ticket.valid_until < today:
        found.add(Block.EXPIRED)
    if any(loan.due_on is not None and loan.due_on < today for loan in loans):
        found.add(Block.TOO_MANY_OVERDUE)
    return frozenset(found)


def _holds(session: Session, patron_id: int) -> int:
    waiting = (HoldState.WAITING, HoldState.ON_SHELF)
    return (
        session.scalar(
            select(func.count())
            .select_from(Hold)
            .where(Hold.patron_id == patron_id, Hold.state.in_(waiting))
        )
        or 0
    )


def _loan_of(session: Session, number: str, item: str) -> Loan | None:
    ticket = ticket_of(session, number)
    document = lending.find_document(session, item)
    if ticket is None or document is None:
        return None
    loan = lending.open_loan(session, document.id)
    return loan if loan is not None and loan.patron_id == ticket.patron_id else None
