"""A shift opens and closes by its lists, and the day's slips add up."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from gate.facts import CredentialKind, VisitState
from server.models import Role, Shift, Visit
from server.services import days, exits, leaves, lost_slips, shifts
from server.services.exit_checklist import Checked
from server.services.exits import Shown
from tests.server.console.conftest import Clock, Desk
from tests.server.console.library import NOON, Library
from tests.server.desk_library import chance, staff_id

EVENING = NOON + timedelta(hours=7, minutes=5)


def figures(library: Library) -> shifts.Figures:
    with library.database.reading() as session:
        return shifts.figures(session, NOON.date())


@pytest.mark.clause("R3.1.4", "R2.4")
def test_issued_slips_are_handed_in_lost_at_the_desk_or_missing(desk: Library) -> None:
    who = staff_id(desk)
    clean = Shown(credential=CredentialKind.SLIP_CODE, value=desk.clean_slip)
    leaves.leave(
        desk.database,
        clean,
        staff_id=who,
        at=NOON,
        entropy=chance,
        checked=Checked(overruled="для перевірки"),
    )
    lost_slips.duplicate(
        desk.database, desk.visit, staff_id=who, reason="Загубив", at=NOON, entropy=chance
    )
    counted = figures(desk)
    assert (counted.issued, counted.lost, counted.at_desk, counted.still_inside) == (4, 1, 1, 2)
    assert counted.adds_up
    days.close_today(desk.database, staff_id=who, at=EVENING)
    after = figures(desk)
    assert (after.missing, after.event_missing, after.handed_in) == (2, 1, 1)
    assert after.issued == after.handed_in + after.lost + after.missing


def test_an_event_slip_handed_in_is_counted_so(desk: Library) -> None:
    shown = Shown(credential=CredentialKind.SLIP_CODE, value=desk.event_slip)
    exits.let_out(desk.database, shown, staff_id=staff_id(desk), at=NOON)
    assert (figures(desk).handed_in, figures(desk).event_missing) == (1, 0)


def test_departments_that_wait_are_listed_with_their_count(desk: Library) -> None:
    with desk.database.reading() as session:
        owing = shifts.owing(session, NOON.date())
    assert [(room.code, count) for room, count in owing] == [("5", 2)]


def test_a_shift_keeps_its_lists_and_its_note(desk: Library) -> None:
    who = staff_id(desk)
    with pytest.raises(shifts.NoShift):
        shifts.close_shift(desk.database, {}, note="", staff_id=who, at=NOON)
    with pytest.raises(ValueError, match="duty"):
        shifts.open_shift(desk.database, "  ", {}, staff_id=who, at=NOON)
    shifts.open_shift(desk.database, "Ірина  Мельник", {"clock": True}, staff_id=who, at=NOON)
    shifts.close_shift(
        desk.database, {"cloakroom": True}, note="Папір у шухляді", staff_id=who, at=EVENING
    )
    with desk.database.reading() as session:
        shift = session.query(Shift).one()
        assert shifts.last_note(session) == "Папір у шухляді"
    assert (shift.librarian, shift.opening["clock"], shift.opening["forms"]) == (
        "Ірина Мельник", True, False,
    )  # fmt: skip
    assert shift.closing is not None
    assert shift.closing["figures"]["issued"] == 3


@pytest.mark.scenario("X19")
def test_the_day_at_the_desk_on_its_page(
    library: Library, desk_of: Callable[[Role], Desk], clock: Clock
) -> None:
    morning = desk_of(Role.SERVICE_CENTRE)
    page = morning.post("/shift/open", librarian="Ірина Мельник", clock="on")
    assert "Чергує Ірина Мельник" in page
    assert "День ще триває" in morning.post("/shift/day")
    clock.at = EVENING
    evening = desk_of(Role.SERVICE_CENTRE)
    assert "Закрито 3 відвідування." in evening.post("/shift/day")
    with library.database.reading() as session:
        assert session.get_one(Visit, library.visit).state is VisitState.UNRESOLVED
    assert "Замовити папір" in evening.post("/shift/close", note="Замовити папір")
