"""The exit check at the desk: one slip, one decision, one button."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import select

from gate.events import CheckAnswer
from gate.facts import CredentialKind, LoanPlace, VisitState
from server.models import AuditRecord, Visit
from server.services import exits
from server.services.exits import ExitCheck, Shown
from tests.server.centre.town import NOON, Town


def slip(answer: CheckAnswer, **more: object) -> Shown:
    return Shown(
        credential=CredentialKind.SLIP_CODE,
        value=answer.slip_number or "",
        **more,  # type: ignore[arg-type]
    )


def codes(found: ExitCheck) -> list[str]:
    return [code.value for code in found.decision.codes]


def duties(found: ExitCheck) -> list[tuple[str, int | None]]:
    return [(task.code.value, task.count) for task in found.decision.duties]


def state(town: Town, answer: CheckAnswer) -> Visit:
    with town.database.reading() as session:
        return session.get_one(Visit, answer.visit_id)


@pytest.mark.scenario("X01")
@pytest.mark.clause("R3.1.4")
def test_looking_changes_nothing_and_letting_out_closes_the_visit(town: Town) -> None:
    visitor = town.inside()
    assert exits.check(town.database, slip(visitor), at=NOON).may_go
    assert state(town, visitor).state is VisitState.INSIDE
    assert exits.let_out(town.database, slip(visitor), staff_id=1, at=NOON).may_go
    visit = state(town, visitor)
    assert (visit.state, visit.handed_in, visit.closed_by) == (VisitState.CLOSED, True, 1)


@pytest.mark.scenario("X02")
def test_documents_of_two_departments_are_named_each_with_its_count(town: Town) -> None:
    visitor = town.inside()
    town.issue(visitor)
    town.issue(visitor)
    town.desk = type(town.desk)(department="7", staff_id=1)
    town.issue(visitor)
    found = exits.let_out(town.database, slip(visitor), staff_id=1, at=NOON)
    assert codes(found) == ["reading_room_loans_open"]
    assert [(d.department, d.count) for d in found.decision.reasons[0].departments] == [
        ("5", 2), ("7", 1),
    ]  # fmt: skip
    assert state(town, visitor).state is VisitState.INSIDE


@pytest.mark.scenario("X03")
@pytest.mark.clause("R3.3.1")
def test_documents_taken_home_are_counted_at_the_door(town: Town) -> None:
    visitor = town.inside()
    for _ in range(3):
        town.issue(visitor, place=LoanPlace.HOME)
    found = exits.check(town.database, slip(visitor), at=NOON)
    assert found.may_go
    assert ("count_documents", 3) in duties(found)


@pytest.mark.scenario("X06")
@pytest.mark.clause("R3.2.9")
def test_without_its_slip_a_visit_ends_by_a_named_librarian_and_a_reason(town: Town) -> None:
    visitor = town.inside()
    lost = Shown(credential=None, visit_id=visitor.visit_id)
    assert codes(exits.let_out(town.database, lost, staff_id=1, at=NOON))[0] == "slip_missing"
    lost = Shown(credential=None, visit_id=visitor.visit_id, lost_slip_reason="загублено")
    assert exits.let_out(town.database, lost, staff_id=1, at=NOON).may_go
    visit = state(town, visitor)
    assert (visit.state, visit.handed_in, visit.close_reason) == (
        VisitState.CLOSED, False, "загублено",
    )  # fmt: skip


@pytest.mark.scenario("X15")
@pytest.mark.clause("R3.3.1")
def test_a_document_carried_out_that_is_lent_to_somebody_else_goes_to_the_desk(
    town: Town,
) -> None:
    visitor, other = town.inside(), town.inside()
    mine, theirs = town.document(), town.document()
    town.issue(visitor, mine, LoanPlace.HOME)
    town.issue(other, theirs, LoanPlace.HOME)
    found = exits.check(town.database, slip(visitor, carried=[mine, theirs]), at=NOON)
    assert (codes(found)[0], found.not_lent) == ("carried_not_lent", (theirs,))


@pytest.mark.scenario("V05")
@pytest.mark.clause("R2.4")
def test_an_event_visitor_hands_in_the_slip_and_goes(town: Town) -> None:
    visit_id = town.visitor_of_event(town.event())
    with town.database.reading() as session:
        number = session.get_one(Visit, visit_id).slip_number
    shown = Shown(credential=CredentialKind.SLIP_CODE, value=number)
    found = exits.let_out(town.database, shown, staff_id=1, at=NOON)
    assert duties(found) == [("hand_in_slip", None)]


def test_two_desks_close_one_visit_once(town: Town) -> None:
    visitor = town.inside()
    with ThreadPoolExecutor(4) as desks:
        found = list(
            desks.map(
                lambda _: exits.let_out(town.database, slip(visitor), staff_id=1, at=NOON),
                range(4),
            )
        )
    assert [each.may_go for each in found].count(True) == 1
    assert {codes(each)[0] for each in found if not each.may_go} == {"slip_closed"}


def test_refusals_and_exits_stand_in_the_audit_log_without_anybody_s_name(town: Town) -> None:
    visitor = town.inside()
    town.issue(visitor)
    exits.let_out(town.database, slip(visitor), staff_id=1, at=NOON)
    with town.database.reading() as session:
        record = session.scalars(select(AuditRecord).order_by(AuditRecord.id.desc())).first()
    assert record is not None
    assert (record.actor, record.action) == ("staff:1", "exit_refused")
    assert record.details["reasons"] == ["reading_room_loans_open"]


def test_an_unknown_slip_is_a_matter_for_staff(town: Town) -> None:
    shown = Shown(credential=CredentialKind.SLIP_CODE, value="K1-0001-7XQ2M")
    assert codes(exits.check(town.database, shown, at=NOON)) == ["slip_unknown"]
