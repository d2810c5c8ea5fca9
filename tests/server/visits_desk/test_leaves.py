"""Out for a while: documents first, the slip stays, the same visit goes on (R3.1.5)."""

from datetime import timedelta
from uuid import UUID

import pytest

from gate.facts import CredentialKind, VisitState
from gate.reasons import Duty, Reason, Verdict
from server.models import Ban, Station, Visit
from server.services import days, leaves, lending, settings, station_events
from server.services.exit_checklist import Checked
from server.services.exits import ExitCheck, Shown
from server.services.lending import Desk
from tests.server.console.library import NOON, Library
from tests.server.desk_library import audited, chance, staff_id

SOON = NOON + timedelta(minutes=5)
LATER = NOON + timedelta(minutes=50)
OUT = ("482000002", "482000003")


def slip(number: str) -> Shown:
    return Shown(credential=CredentialKind.SLIP_CODE, value=number)


def visit_of(library: Library, visit_id: UUID) -> Visit:
    with library.database.reading() as session:
        return session.get_one(Visit, visit_id)


def leave(library: Library, number: str) -> ExitCheck:
    return leaves.leave(
        library.database, slip(number), staff_id=staff_id(library), at=SOON, entropy=chance,
        checked=Checked(seen=frozenset({Duty.SHOW_LAPTOP}), signed_by="Бондар М. І."),
    )  # fmt: skip


@pytest.mark.clause("R3.1.5")
@pytest.mark.scenario("X08")
def test_nobody_leaves_for_a_while_with_documents_of_a_reading_room(desk: Library) -> None:
    found = leave(desk, desk.slip)
    assert found.decision.codes[0] is Reason.READING_ROOM_LOANS_OPEN
    assert visit_of(desk, desk.visit).state is VisitState.INSIDE
    assert len(audited(desk, "leave_refused")) == 1


@pytest.mark.clause("R3.1.5")
@pytest.mark.scenario("X09", "E44")
def test_who_left_nothing_open_goes_and_comes_back_to_the_same_visit(desk: Library) -> None:
    at_desk = Desk(department="5", staff_id=staff_id(desk))
    for barcode in OUT:
        lending.take_back(desk.database, barcode, desk=at_desk, at=NOON)
    found = leave(desk, desk.slip)
    assert found.decision.duties[0].code is Duty.LEAVE_SLIP_AT_DESK
    assert visit_of(desk, desk.visit).state is VisitState.AWAY
    back = leaves.come_back(
        desk.database, desk.visit, staff_id=staff_id(desk), at=LATER, entropy=chance
    )
    assert (back.verdict, back.duties[0].code) == (Verdict.GRANT, Duty.COLLECT_SLIP)
    after = visit_of(desk, desk.visit)
    assert (after.state, after.slip_number) == (VisitState.INSIDE, desk.slip)
    told = audited(desk, "came_back")[0].details
    assert (told["before"], told["after"]) == ("away", "inside")


@pytest.mark.scenario("E44")
def test_a_full_house_keeps_nobody_out_who_only_left_for_a_while(desk: Library) -> None:
    leave(desk, desk.clean_slip)
    settings.change(desk.database, {"building_limit": 1}, actor="system", at=SOON)
    back = leaves.come_back(
        desk.database, desk.clean_visit, staff_id=staff_id(desk), at=LATER, entropy=chance
    )
    assert back.verdict is Verdict.GRANT


@pytest.mark.clause("R4.3.3")
def test_a_ban_of_meanwhile_stops_the_way_back_in(desk: Library) -> None:
    leave(desk, desk.clean_slip)
    with desk.database.writing() as session:
        session.add(Ban(patron_id=desk.clean_reader, since=SOON, until=None, reason="smoking"))
    back = leaves.come_back(
        desk.database, desk.clean_visit, staff_id=staff_id(desk), at=LATER, entropy=chance
    )
    assert back.codes == (Reason.BANNED,)
    assert visit_of(desk, desk.clean_visit).state is VisitState.AWAY


@pytest.mark.scenario("X09", "E44")
@pytest.mark.fault(14)
def test_who_left_at_the_desk_may_come_back_through_a_kiosk(desk: Library) -> None:
    """The desk tells its part of the story, so that the kiosk's part goes on from there."""
    leave(desk, desk.clean_slip)
    with desk.database.writing() as session:
        session.add(Station(code="K2", created_at=NOON))
    returned = {
        "kind": "returned", "id": "01939f5e-7a00-7000-8000-000000000001", "station": "K2",
        "incarnation": 1, "sequence": 1, "at": LATER.isoformat(), "boot_id": "b",
        "monotonic_s": 1.0, "clock": "trusted", "visit_id": str(desk.clean_visit),
    }  # fmt: skip
    receipts = station_events.ingest(desk.database, "K2", [returned], at=LATER).receipts
    assert receipts[0].problem is None
    assert visit_of(desk, desk.clean_visit).state is VisitState.INSIDE


def test_leaving_twice_leaves_once(desk: Library) -> None:
    leave(desk, desk.clean_slip)
    again = leave(desk, desk.clean_slip)
    assert again.decision.verdict is Verdict.GRANT
    assert len(audited(desk, "left_for_a_while")) == 1


@pytest.mark.scenario("X10")
def test_who_does_not_come_back_is_closed_without_blame(desk: Library) -> None:
    leave(desk, desk.clean_slip)
    days.close_past_days(desk.database, at=NOON + timedelta(days=1))
    assert visit_of(desk, desk.clean_visit).state is VisitState.CLOSED


def test_event_visitors_come_back_by_their_slip(desk: Library) -> None:
    leave(desk, desk.event_slip)
    back = leaves.come_back(
        desk.database, desk.event_visit, staff_id=staff_id(desk), at=LATER, entropy=chance
    )
    assert (back.verdict, back.duties[0].code) == (Verdict.GRANT, Duty.COLLECT_SLIP)
