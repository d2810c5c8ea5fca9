"""An act that was a mistake is taken back by whoever did it, while nothing follows from it."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import delete

from gate.facts import CredentialKind, LoanPlace, SlipState, VisitState
from server.models import DepartmentVisit, StaffSession, Visit
from server.services import admissions, exits, leaves, lending, undoing
from server.services.admissions import Party
from server.services.by import By
from server.services.exit_checklist import Checked
from server.services.exits import Shown
from server.services.lending import Desk
from tests.server.console.desk import Clock
from tests.server.console.desk import Desk as Page
from tests.server.console.library import NOON, Library
from tests.server.desk_library import audited, chance, staff_id

SOON, LATE = NOON + timedelta(minutes=1), NOON + undoing.WITHIN
FREE_READER = "000000000003"


def me(library: Library, at: object = SOON) -> By:
    return By(staff_id=staff_id(library), at=at)  # type: ignore[arg-type]


def let_out(library: Library) -> None:
    shown = Shown(credential=CredentialKind.SLIP_CODE, value=library.clean_slip)
    assert exits.let_out(library.database, shown, staff_id=staff_id(library), at=NOON).may_go


def visit(library: Library, visit_id: UUID | None = None) -> Visit:
    with library.database.reading() as session:
        return session.get_one(Visit, visit_id or library.clean_visit)


def test_a_visit_closed_by_mistake_goes_on_with_its_slip(desk: Library) -> None:
    let_out(desk)
    undoing.exit_(desk.database, desk.clean_visit, by=me(desk))
    after = visit(desk)
    assert (after.state, after.slip_state, after.handed_in, after.closed_at) == (
        VisitState.INSIDE, SlipState.OPEN, False, None,
    )  # fmt: skip
    assert len(audited(desk, "exit_undone")) == 1
    let_out(desk)
    assert visit(desk).state is VisitState.CLOSED


@pytest.mark.parametrize("late", [True, False])
def test_an_exit_of_another_desk_or_of_long_ago_stays(desk: Library, late: bool) -> None:
    let_out(desk)
    by = me(desk, LATE) if late else By(staff_id=staff_id(desk) + 1, at=SOON)
    with pytest.raises(undoing.TooLate):
        undoing.exit_(desk.database, desk.clean_visit, by=by)
    assert visit(desk).state is VisitState.CLOSED


def test_an_exit_stays_where_the_reader_came_in_again(desk: Library) -> None:
    let_out(desk)
    admissions.by_name(
        desk.database, "000000000001", document_seen="passport", persons=1,
        staff_id=staff_id(desk), at=SOON, entropy=chance,
    )  # fmt: skip
    with pytest.raises(undoing.TooLate):
        undoing.exit_(desk.database, desk.clean_visit, by=me(desk))


def test_a_reader_who_stays_after_all_gets_the_slip_back(desk: Library) -> None:
    shown = Shown(credential=CredentialKind.SLIP_CODE, value=desk.clean_slip)
    leaves.leave(
        desk.database, shown, staff_id=staff_id(desk), at=NOON, entropy=chance, checked=Checked()
    )
    undoing.leave(desk.database, desk.clean_visit, by=me(desk), entropy=chance)
    assert visit(desk).state is VisitState.INSIDE
    with pytest.raises(undoing.TooLate):
        undoing.leave(desk.database, desk.clean_visit, by=me(desk), entropy=chance)


def test_whoever_was_let_in_by_mistake_never_passed_and_the_slip_is_void(desk: Library) -> None:
    made = admissions.with_guide(
        desk.database, Party(name="7-А", guide="Ткач"), persons=3, staff_id=staff_id(desk),
        at=NOON, entropy=chance,
    )  # fmt: skip
    assert made.visit_id is not None
    undoing.admission(desk.database, made.visit_id, by=me(desk))
    after = visit(desk, made.visit_id)
    assert (after.state, after.slip_state) == (VisitState.NOT_PASSED, SlipState.VOID)


def test_an_admission_stays_once_a_department_saw_the_slip(desk: Library) -> None:
    made = admissions.by_name(
        desk.database, FREE_READER, document_seen="passport", persons=1, staff_id=staff_id(desk),
        at=NOON, entropy=chance,
    )  # fmt: skip
    assert made.visit_id is not None
    lending.mark(desk.database, made.visit_id, desk=at(desk, "2"), at=NOON)
    with pytest.raises(undoing.TooLate):
        undoing.admission(desk.database, made.visit_id, by=me(desk))


@pytest.mark.clause("R3.1.2")
def test_a_mark_on_the_wrong_slip_goes_until_a_document_is_given_on_it(desk: Library) -> None:
    lending.mark(desk.database, desk.clean_visit, desk=at(desk, "5"), at=NOON)
    undoing.mark(desk.database, desk.clean_visit, "5", by=me(desk))
    with desk.database.reading() as session:
        assert session.get(DepartmentVisit, (desk.clean_visit, "5")) is None
    issued = lending.issue(
        desk.database, desk.clean_visit, "482000000", LoanPlace.READING_ROOM, desk=at(desk, "5"),
        at=NOON,
    )  # fmt: skip
    assert issued.done
    with pytest.raises(undoing.TooLate):
        undoing.mark(desk.database, desk.clean_visit, "5", by=me(desk))


def at(library: Library, department: str) -> Desk:
    return Desk(department=department, staff_id=staff_id(library))


def test_the_next_page_offers_to_take_an_exit_back(
    library: Library, centre: Page, clock: Clock
) -> None:
    page = centre.post(f"/exit/{library.clean_visit}")
    assert "Скасувати вихід" in page
    page = centre.post("/undo")
    assert "Можна виходити" in page
    assert "Скасувати вихід" not in page
    assert "вже не можна" in centre.post("/undo")
    centre.post(f"/exit/{library.clean_visit}")
    clock.forward(undoing.WITHIN)
    assert "Скасувати вихід" not in centre.get("/exit")


@pytest.mark.threat(15)
def test_whoever_finds_a_desk_whose_session_was_ended_is_offered_nothing(
    library: Library, centre: Page
) -> None:
    assert "Скасувати вихід" in centre.post(f"/exit/{library.clean_visit}")
    with library.database.writing() as session:
        session.execute(delete(StaffSession))
    page = centre.get("/sign-in?next=/exit")
    assert "Пароль" in page
    assert "Скасувати вихід" not in page


def test_a_department_takes_the_wrong_slip_back(library: Library, centre: Page) -> None:
    centre.post("/desk/department", department="5")
    assert "Не той листок" in centre.scan(library.clean_slip, "desk")
    page = centre.post("/desk/unmark")
    assert "Скасовано" in page
    assert "Скануйте листок" in page
