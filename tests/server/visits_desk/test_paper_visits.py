"""Visits on paper, entered in one batch with the times at which they happened."""

from datetime import timedelta

import pytest

from server.models import Conflict, ConflictKind, Visit, VisitOrigin
from server.services import paper_visits
from server.services.paper_visits import Fault, Line
from tests.server.console.desk import Desk
from tests.server.console.library import NOON, Library
from tests.server.desk_library import audited, chance, staff_id

CAME, LEFT = NOON - timedelta(hours=2), NOON - timedelta(hours=1)
NOBODYS = "RD-1004"


def enter(library: Library, *lines: Line) -> int:
    return paper_visits.enter(
        library.database, lines, staff_id=staff_id(library), at=NOON, entropy=chance
    )


@pytest.mark.clause("R3.1.2")
@pytest.mark.scenario("X11")
def test_a_visit_on_paper_keeps_its_own_times(desk: Library) -> None:
    yesterday = timedelta(days=1)
    lines = [
        Line(ticket_number=NOBODYS, came_at=CAME, left_at=LEFT),
        Line(ticket_number=f" {NOBODYS} ", came_at=CAME - yesterday, left_at=LEFT - yesterday),
    ]
    assert enter(desk, *lines) == 2
    with desk.database.reading() as session:
        kept = session.query(Visit).filter(Visit.origin == VisitOrigin.DESK).all()
    assert {(visit.opened_at, visit.closed_at, visit.handed_in) for visit in kept} == {
        (CAME, LEFT, True), (CAME - yesterday, LEFT - yesterday, True),
    }  # fmt: skip
    assert len(audited(desk, "paper_visit_entered")) == 2


@pytest.mark.parametrize(
    "line,fault",
    [
        (Line(ticket_number="XX", came_at=CAME), Fault.UNKNOWN_TICKET),
        (Line(ticket_number=NOBODYS, came_at=LEFT, left_at=CAME), Fault.LEFT_BEFORE_COMING),
        (Line(ticket_number=NOBODYS, came_at=NOON + timedelta(minutes=1)), Fault.IN_THE_FUTURE),
    ],
)
def test_a_batch_is_kept_whole_or_not_at_all(desk: Library, line: Line, fault: Fault) -> None:
    good = Line(ticket_number=NOBODYS, came_at=CAME, left_at=LEFT)
    with pytest.raises(paper_visits.Refused) as refused:
        enter(desk, good, line)
    assert refused.value.faults == ((2, fault),)
    with desk.database.reading() as session:
        assert session.query(Visit).count() == 3


def test_the_same_sheet_is_not_entered_twice(desk: Library) -> None:
    sheet = Line(ticket_number=NOBODYS, came_at=CAME, left_at=LEFT)
    enter(desk, sheet)
    with pytest.raises(paper_visits.Refused) as refused:
        enter(desk, sheet)
    assert refused.value.faults == ((1, Fault.ENTERED_ALREADY),)


@pytest.mark.fault(18)
def test_what_happened_is_kept_even_where_the_rules_say_no(desk: Library) -> None:
    enter(desk, Line(ticket_number="RD-1003", came_at=CAME, left_at=LEFT))
    with desk.database.reading() as session:
        conflict = session.query(Conflict).one()
    assert conflict.kind is ConflictKind.VERDICTS_DIFFER
    assert "banned" in conflict.details["here"]


def test_a_sheet_is_typed_line_by_line(library: Library, centre: Desk) -> None:
    page = centre.post("/paper-visits", day="2025-11-20", sheet="RD-1004 8.05 9:40\nXX 9:00")
    assert "Ще нічого не внесено" in page
    assert "Рядок 2: такого квитка немає." in page
    assert 'value="2025-11-20"' in page, "the day stays too"
    assert "RD-1004 8.05 9:40" in page
    for wrong in ("RD-1004", "RD-1004 вчора", "RD-1004 25:00"):
        assert "Пишіть так" in centre.post("/paper-visits", day="2025-11-21", sheet=wrong)
    page = centre.post("/paper-visits", day="2025-11-21", sheet="RD-1004 8.05 9:40\n\n")
    assert "Внесено 1 відвідування." in page
    with library.database.reading() as session:
        visit = session.query(Visit).filter(Visit.origin == VisitOrigin.DESK).one()
    assert visit.opened_at == NOON - timedelta(hours=3, minutes=55)
