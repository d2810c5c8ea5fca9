"""The queue for a document and the reserve shelf."""

from datetime import date, timedelta

import pytest
from sqlalchemy import select

from gate.facts import LoanPlace
from gate.reasons import Reason
from server.models import Document, Hold, HoldState, Loan, Role
from server.services import holds, lending
from server.services.by import By
from server.services.holds import NotPossible
from server.services.lending import Desk
from tests.server import desk_library
from tests.server.console.library import NOON, Library
from tests.server.desk_library import staff_id

TODAY = date(2025, 11, 21)


@pytest.fixture
def out(desk: Library) -> Document:
    """A document of the arts that the reader has in the room."""
    with desk.database.reading() as session:
        loan = select(Document).join(Loan).where(Loan.visit_id == desk.visit)
        return session.scalars(loan.order_by(Document.id)).first() or pytest.fail("nothing is out")


def by(library: Library, days: int = 0) -> By:
    return desk_library.by(library, at=NOON + timedelta(days=days))


def worker(library: Library) -> Desk:
    return Desk(department="5", staff_id=staff_id(library, Role.DEPARTMENT))


def place(library: Library, document: Document, patron_id: int, days: int = 0) -> int:
    return holds.place(library.database, document.id, patron_id, by=by(library, days))


def take_back(library: Library, document: Document) -> lending.Returned:
    back = lending.take_back(library.database, document.barcode, desk=worker(library), at=NOON)
    assert back is not None
    return back


def issue(library: Library, document: Document, visit: object) -> lending.Issued:
    return lending.issue(
        library.database, visit, document.barcode, LoanPlace.READING_ROOM,  # type: ignore[arg-type]
        desk=worker(library), at=NOON,
    )  # fmt: skip


def hold(library: Library, hold_id: int) -> Hold:
    with library.database.reading() as session:
        return session.get_one(Hold, hold_id)


@pytest.mark.clause("R3.2.10")
def test_what_comes_back_lies_on_the_shelf_for_whoever_waits_longest(
    desk: Library, out: Document
) -> None:
    first = place(desk, out, desk.clean_reader)
    second = place(desk, out, desk.nasty, days=1)
    assert take_back(desk, out).held
    assert (hold(desk, first).state, hold(desk, first).shelf_until) == (
        HoldState.ON_SHELF, TODAY + timedelta(days=2),
    )  # fmt: skip
    assert hold(desk, second).state is HoldState.WAITING


@pytest.mark.scenario("S07")
def test_what_waits_for_a_reader_is_issued_to_nobody_else(desk: Library, out: Document) -> None:
    mine = place(desk, out, desk.clean_reader)
    take_back(desk, out)
    refused = issue(desk, out, desk.visit)
    assert refused.decision is not None
    assert refused.decision.codes == (Reason.ON_HOLD_FOR_OTHER,)
    assert issue(desk, out, desk.clean_visit).done
    assert hold(desk, mine).state is HoldState.FULFILLED


@pytest.mark.scenario("S09")
@pytest.mark.clause("R3.2.10")
def test_on_the_fourth_day_it_is_free_or_the_next_reader_s(desk: Library, out: Document) -> None:
    first = place(desk, out, desk.clean_reader)
    second = place(desk, out, desk.nasty)
    take_back(desk, out)
    assert holds.expire(desk.database, NOON + timedelta(days=2)) == 0
    assert holds.expire(desk.database, NOON + timedelta(days=3)) == 1
    assert hold(desk, first).state is HoldState.EXPIRED
    assert hold(desk, second).shelf_until == TODAY + timedelta(days=5)
    assert holds.expire(desk.database, NOON + timedelta(days=6)) == 1
    assert issue(desk, out, desk.visit).done


@pytest.mark.clause("R3.2.11")
def test_kept_longer_it_may_be_read_by_others_in_the_house(desk: Library, out: Document) -> None:
    mine = place(desk, out, desk.clean_reader)
    take_back(desk, out)
    assert holds.extend(desk.database, mine, by=by(desk)) == TODAY + timedelta(days=7)
    with pytest.raises(NotPossible, match="extended"):
        holds.extend(desk.database, mine, by=by(desk))
    with desk.database.reading() as session:
        at_home = holds.held_for_other(session, out.id, desk.reader, LoanPlace.HOME)
        in_the_room = holds.held_for_other(session, out.id, desk.reader, LoanPlace.READING_ROOM)
    assert (at_home, in_the_room) == (True, False)
    assert issue(desk, out, desk.visit).done
    assert not take_back(desk, out).held, "it lies on the shelf already"


def test_a_hold_given_up_moves_the_next_one_up(desk: Library, out: Document) -> None:
    first = place(desk, out, desk.clean_reader)
    second = place(desk, out, desk.nasty)
    take_back(desk, out)
    holds.cancel(desk.database, first, by=by(desk))
    assert hold(desk, second).state is HoldState.ON_SHELF
    with pytest.raises(NotPossible, match="over"):
        holds.cancel(desk.database, first, by=by(desk))


def test_there_is_a_queue_only_for_what_is_out_and_once_a_reader(
    desk: Library, out: Document
) -> None:
    with pytest.raises(NotPossible, match="own"):
        place(desk, out, desk.reader)
    place(desk, out, desk.clean_reader)
    with pytest.raises(NotPossible, match="twice"):
        place(desk, out, desk.clean_reader)
    with desk.database.reading() as session:
        free = session.scalars(
            select(Document).where(Document.id.not_in(select(Loan.document_id)))
        ).first()
    assert free is not None
    with pytest.raises(NotPossible, match="not_out"):
        place(desk, free, desk.clean_reader)


@pytest.mark.clause("R3.2.10")
def test_who_waited_waits_again_when_a_return_or_an_issue_was_a_mistake(
    desk: Library, out: Document
) -> None:
    waiting = place(desk, out, desk.clean_reader)
    returned = take_back(desk, out)
    assert hold(desk, waiting).state is HoldState.ON_SHELF
    assert returned.loan_id is not None
    assert lending.undo(desk.database, returned.loan_id, desk=worker(desk), at=NOON)
    assert (hold(desk, waiting).state, hold(desk, waiting).shelf_until) == (HoldState.WAITING, None)
    take_back(desk, out)
    issued = issue(desk, out, desk.clean_visit)
    assert issued.loan_id is not None
    assert hold(desk, waiting).state is HoldState.FULFILLED
    assert lending.undo(desk.database, issued.loan_id, desk=worker(desk), at=NOON)
    assert (hold(desk, waiting).state, hold(desk, waiting).ended_at) == (HoldState.ON_SHELF, None)
