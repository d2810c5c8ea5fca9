"""What another system says becomes loans, bans and an account here, and nothing else changes."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import date, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from gate.facts import CredentialKind, LoanPlace
from server.library_systems import mirror
from server.library_systems.asking import before_check, before_desk
from server.library_systems.contract import Account, Block, OutsideLoan
from server.library_systems.link import NEVER, Link
from server.library_systems.mirror import Terms
from server.library_systems.moments import Moments
from server.models import Ban, Change, Document, Loan, OutsideAccount, Patron, Ticket, Visit
from server.services.checks_facts import Shown
from server.services.stations import hash_secret
from tests.server.centre.town import NOON, Town, reasons
from tests.server.library_systems.scripted import Scripted

LATER = NOON + timedelta(hours=1)
ROOM = OutsideLoan(item="1001", title="Кобзар", department="7", place=LoanPlace.READING_ROOM)
HOME = OutsideLoan(item="1002", title="Лісова пісня", due_on=date(2026, 4, 1))


class There:
    """A reader whose loans another system keeps."""

    def __init__(self, town: Town) -> None:
        self.town = town
        self.ticket = town.ticket()
        with town.database.reading() as session:
            self.number = session.get_one(Ticket, self.ticket).number
        self.system = Scripted()
        self.link = Link(
            self.system, town.database, Terms(department="1"), deadline_s=5.0, at_once=2
        )

    def has(self, *loans: OutsideLoan, blocks: frozenset[Block] = frozenset()) -> None:
        self.system.accounts[self.number] = Account(
            number=self.number, as_of=NOON, loans=loans, blocks=blocks
        )

    def loans(self) -> list[Loan]:
        with self.town.database.reading() as session:
            rows = session.scalars(select(Loan).where(Loan.returned_at.is_(None)))
            return list(rows)

    def leaves(self) -> list[str]:
        """The reasons for which the exit keeps them, or nothing."""
        as_of = before_check(
            self.link,
            self.town.database,
            hash_secret(self.town.tokens["R1"]),
            Shown(credential=CredentialKind.TICKET_CODE, ticket_id=self.ticket),
            NOON,
        )
        del as_of
        return reasons(self.town.check(self.town.code(self.ticket), leaving=True, at=NOON))


@pytest.fixture
def there(town: Town) -> Iterator[There]:
    """The reader, and a link that is closed in the end."""
    reader = There(town)
    yield reader
    reader.link.close()


def test_loans_appear_with_their_documents(there: There) -> None:
    there.has(ROOM, HOME)
    assert there.link.refresh(there.number, at=NOON) == NOON
    assert {(loan.place, loan.department_code, loan.due_on) for loan in there.loans()} == {
        (LoanPlace.READING_ROOM, "7", None),
        (LoanPlace.HOME, "1", date(2026, 4, 1)),
    }
    with there.town.database.reading() as session:
        titles = session.scalars(select(Document.title).where(Document.barcode == "1001")).all()
    assert titles == ["Кобзар"]


def test_asked_again_nothing_is_doubled(there: There) -> None:
    there.has(ROOM, HOME)
    there.link.refresh(there.number, at=NOON)
    there.link.refresh(there.number, at=LATER)
    assert len(there.loans()) == 2


def test_what_is_no_longer_told_was_returned_and_a_moved_day_moves(there: There) -> None:
    there.has(ROOM, HOME)
    there.link.refresh(there.number, at=NOON)
    there.has(replace(HOME, due_on=date(2026, 5, 1)))
    there.link.refresh(there.number, at=LATER)
    assert [loan.due_on for loan in there.loans()] == [date(2026, 5, 1)]


def test_of_what_is_as_it_was_only_the_moment_is_kept_and_at_once_believed(there: There) -> None:
    there.has(ROOM)
    there.link.refresh(there.number, at=NOON)
    assert there.link.refresh(there.number, at=LATER) == LATER
    there.system.away = True
    assert there.link.refresh(there.number, at=LATER) == LATER, "before it is written"
    there.link.close()
    assert mirror.known_since(there.town.database, there.number) == LATER
    assert len(there.loans()) == 1


def test_an_older_moment_never_takes_the_place_of_a_newer_one(there: There) -> None:
    moments = Moments(there.town.database)
    there.has(ROOM)
    there.link.refresh(there.number, at=LATER)
    moments.note(there.number, NOON)
    moments.write()
    assert mirror.known_since(there.town.database, there.number) == LATER
    moments.note(there.number, LATER)
    moments.note(there.number, NOON)
    assert moments.of(there.number) == LATER


def test_two_who_write_the_same_moments_at_once_are_not_in_each_other_s_way(
    there: There, monkeypatch: pytest.MonkeyPatch
) -> None:
    there.has(ROOM)
    there.link.refresh(there.number, at=NOON)
    moments, writing = Moments(there.town.database), there.town.database.writing
    others = [moments.write]

    @contextmanager
    def beside_another() -> Iterator[Session]:
        with writing() as session:
            yield session
        if others:
            others.pop()()

    monkeypatch.setattr(there.town.database, "writing", beside_another)
    moments.note(there.number, LATER)
    moments.write()
    assert mirror.known_since(there.town.database, there.number) == LATER
    assert moments.of(there.number) is None


def test_a_reading_room_document_keeps_its_reader_inside_until_it_is_back(there: There) -> None:
    there.town.inside(there.ticket)
    there.has(ROOM)
    assert "reading_room_loans_open" in there.leaves()
    there.has()
    assert "reading_room_loans_open" not in there.leaves()


def test_what_was_lent_home_since_the_entrance_belongs_to_the_visit(there: There) -> None:
    there.has(HOME)
    there.link.refresh(there.number, at=NOON - timedelta(days=1))
    inside = there.town.inside(there.ticket)
    there.link.refresh(there.number, at=NOON)
    new = replace(HOME, item="1003")
    there.has(HOME, new)
    there.link.refresh(there.number, at=LATER)
    visits = {loan.document_id: loan.visit_id for loan in there.loans()}
    assert sorted(map(str, visits.values())) == sorted(["None", str(inside.visit_id)])


def test_a_loan_made_here_is_left_alone(there: There) -> None:
    inside = there.town.inside(there.ticket)
    there.town.issue(inside, there.town.document())
    there.has()
    there.link.refresh(there.number, at=LATER)
    assert [loan.system for loan in there.loans()] == [""]


def test_a_document_that_is_out_here_to_another_is_not_taken_from_them(there: There) -> None:
    other = there.town.inside(there.town.ticket())
    book = there.town.document()
    there.town.issue(other, book)
    there.has(replace(HOME, item=book))
    there.link.refresh(there.number, at=LATER)
    assert [loan.visit_id for loan in there.loans()] == [other.visit_id]


def bans(there: There) -> list[Ban]:
    with there.town.database.reading() as session:
        return list(session.scalars(select(Ban).order_by(Ban.id)))


def test_blocks_that_ban_stop_at_the_entrance_and_end_with_them(there: There) -> None:
    there.has(blocks=frozenset({Block.BARRED}))
    there.link.refresh(there.number, at=NOON)
    there.link.refresh(there.number, at=NOON)
    assert len(bans(there)) == 1
    code = there.town.code(there.ticket)
    assert reasons(there.town.check(code, at=LATER)) == ["banned"]
    there.has()
    there.link.refresh(there.number, at=LATER)
    assert there.town.check(code, at=LATER).verdict == "grant"


def test_which_blocks_ban_is_the_library_s_own_choice(there: There) -> None:
    there.link.terms = replace(there.link.terms, banning=frozenset({Block.FINES}))
    there.has(blocks=frozenset({Block.BARRED}))
    there.link.refresh(there.number, at=NOON)
    assert bans(there) == []
    there.has(blocks=frozenset({Block.BARRED, Block.FINES}))
    there.link.refresh(there.number, at=LATER)
    [ban] = bans(there)
    assert (ban.order_number or "").endswith(": fines")


@pytest.mark.parametrize("block", sorted(set(Block) - {Block.BARRED, Block.CARD_LOST}))
def test_other_blocks_are_kept_and_stop_nobody(there: There, block: Block) -> None:
    there.has(blocks=frozenset({block}))
    there.link.refresh(there.number, at=NOON)
    assert bans(there) == []
    with there.town.database.reading() as session:
        assert session.scalars(select(OutsideAccount)).one().blocks == [block]


def test_a_system_that_tells_of_no_loans_proves_nothing_of_them(there: There) -> None:
    there.has(ROOM)
    there.link.refresh(there.number, at=NOON)
    there.link.terms = replace(there.link.terms, loans=False)
    there.has(blocks=frozenset({Block.BARRED}))
    assert there.link.refresh(there.number, at=LATER) == NEVER
    assert len(there.loans()) == 1, "nothing was told of it"
    assert len(bans(there)) == 1


def test_a_ban_made_here_is_not_lifted_from_there(there: There) -> None:
    there.town.ban(there.ticket, NOON, None)
    there.has()
    there.link.refresh(there.number, at=LATER)
    assert [ban.lifted_at for ban in bans(there)] == [None]


def test_stations_hear_of_it(there: There) -> None:
    there.town.inside(there.ticket)
    with there.town.database.reading() as session:
        before = session.scalars(select(Change.row_key)).all()
    there.has(ROOM)
    there.link.refresh(there.number, at=LATER)
    with there.town.database.reading() as session:
        after = session.scalars(select(Change.row_key)).all()
        visit = session.scalars(select(Visit.id)).one()
    assert {there.ticket, str(visit)} <= set(after[len(before) :])


def test_an_older_answer_that_comes_late_changes_nothing(there: There) -> None:
    there.has(HOME)
    there.link.refresh(there.number, at=LATER)
    there.has()
    there.link.refresh(there.number, at=NOON)
    assert len(there.loans()) == 1


def test_somebody_unknown_here_is_not_made_a_reader(there: There) -> None:
    there.link.refresh("nobody", at=NOON)
    with there.town.database.reading() as session:
        assert session.scalars(select(OutsideAccount)).all() == []
        assert len(session.scalars(select(Patron)).all()) == 1


@pytest.mark.fault(35)
def test_while_it_is_away_the_last_answer_holds_with_its_age(there: There) -> None:
    there.system.away = True
    assert there.link.refresh(there.number, at=NOON) == NEVER
    there.system.away = False
    there.has(ROOM)
    there.link.refresh(there.number, at=NOON)
    there.system.away = True
    assert there.link.refresh(there.number, at=LATER) == NOON
    assert len(there.loans()) == 1


def test_the_desk_asks_for_the_reader_of_a_visit(there: There) -> None:
    inside = there.town.inside(there.ticket)
    assert inside.visit_id is not None
    there.has(HOME)
    assert before_desk(there.link, there.town.database, inside.visit_id, LATER) == LATER
    assert len(there.loans()) == 1
