"""Visits of staff: inside, outside the statistics, and without a slip to hand in (E41)."""

from __future__ import annotations

from datetime import timedelta

import pytest

from gate.events import uuid7
from gate.facts import CredentialKind, TicketKind, VisitState
from gate.reasons import Reason, Verdict
from server.models import Ticket, Visit, VisitOrigin
from server.services import days, exits, inbox, presence, settings, shifts, visits
from server.services.exits import Shown
from tests.server.console.library import NOON, Library
from tests.server.desk_library import chance, staff_id

EVENING = NOON + timedelta(hours=7, minutes=5)


def staff_visit(library: Library) -> Visit:
    """Somebody who works here came in by their pass."""
    with library.database.writing() as session:
        ticket = session.get_one(Ticket, "000000000003")
        ticket.kind = TicketKind.STAFF
        beginning = visits.Beginning(
            visit_id=uuid7(NOON, chance(10)), slip_number="K1-0999-ABCD-X", at=NOON,
            origin=VisitOrigin.STATION, station="K1", ticket_id=ticket.id,
        )  # fmt: skip
        return visits.begin(session, beginning, settings.read(session))


def figures(library: Library) -> shifts.Figures:
    with library.database.reading() as session:
        return shifts.figures(session, NOON.date())


@pytest.mark.scenario("E41")
def test_staff_stand_among_those_inside_and_not_in_the_figures(desk: Library) -> None:
    before = figures(desk)
    visit = staff_visit(desk)
    found = {one.visit_id: one for one in presence.open_visits(desk.database)}
    assert found[visit.id].is_staff
    assert figures(desk) == before


@pytest.mark.scenario("E41")
def test_the_day_s_end_asks_staff_for_no_slip(desk: Library) -> None:
    visit = staff_visit(desk)
    days.close_today(desk.database, staff_id=staff_id(desk), at=EVENING)
    with desk.database.reading() as session:
        assert session.get_one(Visit, visit.id).state is VisitState.CLOSED
        waiting = {entry.visit_id for entry in inbox.entries(session, EVENING)}
    assert visit.id not in waiting
    assert desk.event_visit in waiting


@pytest.mark.scenario("E41")
def test_a_pass_is_enough_at_the_desk_s_exit(desk: Library) -> None:
    visit = staff_visit(desk)
    shown = Shown(credential=CredentialKind.TICKET_CODE, value="000000000003")
    found = exits.let_out(desk.database, shown, staff_id=staff_id(desk), at=EVENING)
    assert found.decision.verdict is Verdict.GRANT
    assert Reason.SLIP_MISSING not in found.decision.codes
    with desk.database.reading() as session:
        assert session.get_one(Visit, visit.id).state is VisitState.CLOSED
