"""What was written down by mistake is opened again by whoever did it, at once and alone."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from gate.facts import VisitState
from server.models import (
    Complaint,
    ComplaintKind,
    Conflict,
    ConflictKind,
    Damage,
    DamageState,
    DataRequest,
    Hold,
    HoldState,
    InboxKind,
    RightKind,
    Visit,
)
from server.services import (
    complaints,
    damages,
    data_rights,
    holds,
    inbox,
    lending,
    payments,
    second_thoughts,
    undoing,
)
from server.services.by import By
from server.services.damages import Harm
from server.services.lending import Desk
from tests.server.console.desk import Clock
from tests.server.console.desk import Desk as Page
from tests.server.console.library import NOON, Library
from tests.server.desk_library import audited, staff_id

SOON = NOON + timedelta(minutes=1)
Act = Callable[[By], None]


def me(library: Library) -> By:
    return By(staff_id=staff_id(library), at=NOON)


def answered(library: Library) -> Act:
    base, clerk = library.database, staff_id(library)
    number = complaints.write(
        base, ComplaintKind.COMPLAINT, "Темно", author="", contact="", staff_id=clerk, at=NOON
    )
    complaints.answer(base, number, "Не туди", staff_id=clerk, at=NOON)
    return lambda by: second_thoughts.answer(base, number, by=by)


def settled(library: Library) -> Act:
    base, clerk = library.database, staff_id(library)
    harm = Harm(what="Залито", amount=5000)
    number = damages.note(base, library.reader, harm, staff_id=clerk, at=NOON)
    damages.settle(base, number, DamageState.PAID, settlement="88-1", staff_id=clerk, at=NOON)
    return lambda by: second_thoughts.settlement(base, number, by=by)


def demand_settled(library: Library) -> Act:
    base, by = library.database, me(library)
    data_rights.take(base, library.reader, RightKind.ACCESS, "", by=by)
    data_rights.settle(base, 1, "Видано", by=by)
    return lambda by: second_thoughts.demand(base, 1, by=by)


def looked_at(library: Library) -> Act:
    base, key = library.database, _slip_kept(library)
    kind = InboxKind.SLIP_NOT_RETURNED
    assert inbox.resolve(base, kind, key, note="", staff_id=staff_id(library), at=NOON)
    return lambda by: second_thoughts.inbox_entry(base, kind, key, by=by)


def _slip_kept(library: Library) -> str:
    """A visit that ended an hour ago, whose slip was never handed in."""
    with library.database.writing() as session:
        visit = session.get_one(Visit, library.clean_visit)
        visit.state, visit.closed_at = VisitState.NOT_RETURNED, NOON - timedelta(hours=1)
        session.flush()
        waiting = inbox.entries(session, NOON)
    return next(each.key for each in waiting if each.kind == InboxKind.SLIP_NOT_RETURNED)


def conflict_looked_at(library: Library) -> Act:
    base = library.database
    with base.writing() as session:
        conflict = Conflict(
            kind=ConflictKind.EXIT_WITHOUT_ENTRY, details={"station": "K1"}, raised_at=NOON
        )
        session.add(conflict)
        session.flush()
        key = str(conflict.id)
    assert inbox.resolve(base, "conflict", key, note="так", staff_id=staff_id(library), at=NOON)
    return lambda by: second_thoughts.inbox_entry(base, "conflict", key, by=by)


def hold_cancelled(library: Library) -> Act:
    base, by = library.database, me(library)
    number = holds.place(base, 3, library.clean_reader, by=by)
    holds.cancel(base, number, by=by)
    return lambda by: second_thoughts.cancelled_hold(base, number, by=by)


ACTS = [answered, settled, demand_settled, looked_at, conflict_looked_at, hold_cancelled]


@pytest.mark.parametrize("act", ACTS)
def test_whoever_did_it_takes_it_back_once(desk: Library, act: Callable[[Library], Act]) -> None:
    undo = act(desk)
    by = By(staff_id=staff_id(desk), at=SOON)
    undo(by)
    with pytest.raises(undoing.TooLate):
        undo(by)


@pytest.mark.parametrize("act", ACTS)
def test_nobody_else_does_and_not_after_a_while(
    desk: Library, act: Callable[[Library], Act]
) -> None:
    undo = act(desk)
    for by in (
        By(staff_id=staff_id(desk) + 1, at=SOON),
        By(staff_id=staff_id(desk), at=NOON + undoing.WITHIN),
    ):
        with pytest.raises(undoing.TooLate):
            undo(by)


def take_back(library: Library, act: Callable[[Library], Act]) -> None:
    act(library)(By(staff_id=staff_id(library), at=SOON))


@pytest.mark.clause("R4.1.13")
def test_an_entry_of_the_book_waits_for_its_answer_again(desk: Library) -> None:
    take_back(desk, answered)
    with desk.database.reading() as session:
        entry = session.get_one(Complaint, 1)
        assert (entry.answer, entry.answered_at, entry.answered_by) == ("", None, None)
    assert len(audited(desk, "complaint_reopened")) == 1


@pytest.mark.clause("R4.3.4")
def test_a_damage_is_owed_again_and_no_payment_stands_for_it(desk: Library) -> None:
    take_back(desk, settled)
    with desk.database.reading() as session:
        assert session.get_one(Damage, 1).state is DamageState.OPEN
        until = SOON + timedelta(minutes=1)
        report = payments.report(session, NOON, until)
        assert (report.amount, report.cancelled, report.cancelled_amount) == (0, 1, 5000)
        (line,) = payments.lines(session, NOON, until)
        assert (line.is_cancelled, line.receipt_number) == (True, "88-1")


@pytest.mark.clause("R4.1.1")
def test_a_demand_waits_again(desk: Library) -> None:
    take_back(desk, demand_settled)
    with desk.database.reading() as session:
        assert [each.id for each in data_rights.waiting(session)] == [1]
        assert session.get_one(DataRequest, 1).outcome == ""


@pytest.mark.parametrize("act", [looked_at, conflict_looked_at])
def test_an_entry_of_the_inbox_is_there_again(desk: Library, act: Callable[[Library], Act]) -> None:
    undo = act(desk)
    with desk.database.reading() as session:
        assert list(inbox.entries(session, NOON)) == []
    undo(By(staff_id=staff_id(desk), at=SOON))
    with desk.database.reading() as session:
        assert len(inbox.entries(session, NOON)) == 1


@pytest.mark.clause("R3.2.10")
def test_a_reader_has_the_place_in_the_queue_again(desk: Library) -> None:
    take_back(desk, hold_cancelled)
    with desk.database.reading() as session:
        (hold,) = holds.open_holds(session)
        assert (hold.state, hold.patron_id) == (HoldState.WAITING, desk.clean_reader)


@pytest.mark.clause("R3.2.10")
def test_what_lies_there_for_the_next_reader_stays_theirs(desk: Library) -> None:
    base, by = desk.database, me(desk)
    first = holds.place(base, 3, desk.clean_reader, by=by)
    holds.place(base, 3, desk.nasty, by=by)
    clerk = Desk(department="5", staff_id=by.staff_id)
    lending.take_back(base, "482000002", desk=clerk, at=NOON)
    with base.reading() as session:
        assert session.get_one(Hold, first).state is HoldState.ON_SHELF
    holds.cancel(base, first, by=by)
    with pytest.raises(undoing.TooLate):
        second_thoughts.cancelled_hold(base, first, by=By(staff_id=by.staff_id, at=SOON))
    with base.reading() as session:
        (hold,) = holds.open_holds(session)
        assert hold.patron_id == desk.nasty


def test_the_next_page_offers_it_and_leads_back_to_the_list(
    library: Library, centre: Page, clock: Clock
) -> None:
    answered(library)
    key = complaints.write(
        library.database, ComplaintKind.COMPLAINT, "Холодно", author="", contact="", at=NOON,
        staff_id=staff_id(library),
    )  # fmt: skip
    page = centre.post("/complaints/answer", number=str(key), answer="Топимо")
    assert "Скасувати відповідь <b>№ 2</b>" in page
    page = centre.post("/undo")
    assert "Скасовано: № 2" in page
    assert "Книга скарг" in page
    assert "Скасувати відповідь" not in page
