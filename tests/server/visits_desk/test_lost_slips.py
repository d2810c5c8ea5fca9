"""Lost slips: departments asked, leave in a name, a duplicate that voids the old one (R3.2.9)."""

from datetime import timedelta
from pathlib import Path

import pytest

from gate.codes import read_slip
from gate.events import FactsQuery
from gate.facts import CodeCheck, CredentialKind, SlipState, VisitState
from gate.reasons import Reason, Verdict
from server.models import Visit
from server.services import desk_slips, exits, facts, keys, lending, lost_slips, search
from server.services.exits import Shown
from server.services.lending import Desk
from server.services.search import FoundKind
from tests.server.console.library import NOON, Library
from tests.server.desk_library import audited, chance, staff_id

SOON = NOON + timedelta(minutes=5)
WHY = "Загубила в гардеробі"


def duplicate(library: Library) -> str:
    return lost_slips.duplicate(
        library.database, library.visit, staff_id=staff_id(library), reason=WHY, at=SOON,
        entropy=chance,
    )  # fmt: skip


@pytest.mark.clause("R3.2.9")
def test_the_departments_tell_what_each_has_out(desk: Library) -> None:
    with desk.database.reading() as session:
        answers = lost_slips.inquire(session, desk.visit)
        arts = answers[0]
        assert (arts.department.code, arts.out, arts.returned) == ("5", 2, 0)
        assert {answer.department.code for answer in answers} == {"СЦ", "1", "2", "5"}
        assert sum(answer.out for answer in answers) == 2


@pytest.mark.clause("R3.2.9")
def test_the_list_is_live(desk: Library) -> None:
    at_desk = Desk(department="5", staff_id=staff_id(desk))
    lending.take_back(desk.database, "482000002", desk=at_desk, at=SOON)
    with desk.database.reading() as session:
        arts = lost_slips.inquire(session, desk.visit)[0]
    assert (arts.out, arts.returned) == (1, 1)


@pytest.mark.clause("R3.2.9")
@pytest.mark.scenario("X06")
def test_leave_without_a_slip_has_a_name_and_a_reason(desk: Library) -> None:
    done = lost_slips.let_go(
        desk.database, desk.clean_visit, staff_id=staff_id(desk), reason=WHY, at=SOON
    )
    assert done.decision.verdict is Verdict.GRANT
    with desk.database.reading() as session:
        visit = session.get_one(Visit, desk.clean_visit)
        told = (visit.state, visit.closed_by, visit.close_reason, visit.handed_in)
    assert told == (VisitState.CLOSED, staff_id(desk), WHY, False)


@pytest.mark.scenario("X17")
def test_nobody_goes_without_a_slip_while_documents_are_out(desk: Library) -> None:
    done = lost_slips.let_go(
        desk.database, desk.visit, staff_id=staff_id(desk), reason=WHY, at=SOON
    )
    assert Reason.READING_ROOM_LOANS_OPEN in done.decision.codes


@pytest.mark.parametrize("reason", ["", "  \n "])
def test_a_reason_of_nothing_is_none(desk: Library, reason: str) -> None:
    with pytest.raises(lost_slips.ReasonMissing):
        lost_slips.let_go(
            desk.database, desk.clean_visit, staff_id=staff_id(desk), reason=reason, at=SOON
        )


@pytest.mark.scenario("V09")
def test_a_lost_event_slip_needs_no_inquiry(desk: Library) -> None:
    shown = Shown(credential=None, visit_id=desk.event_visit)
    done = exits.let_out(desk.database, shown, staff_id=staff_id(desk), at=SOON)
    assert (done.decision.verdict, done.decision.codes) == (
        Verdict.GRANT,
        (Reason.SLIP_NOT_RETURNED,),
    )


@pytest.mark.clause("R3.2.9")
@pytest.mark.scenario("X07")
def test_a_duplicate_voids_the_lost_slip_at_the_desk(desk: Library) -> None:
    new = duplicate(desk)
    assert new.startswith("00-")
    old = exits.check(
        desk.database, Shown(credential=CredentialKind.SLIP_CODE, value=desk.slip), at=SOON
    )
    assert Reason.SLIP_VOID in old.decision.codes
    good = exits.check(
        desk.database, Shown(credential=CredentialKind.SLIP_CODE, value=new), at=SOON
    )
    assert Reason.SLIP_VOID not in good.decision.codes
    told = audited(desk, "slip_duplicated")[0].details
    assert told == {"before": desk.slip, "after": new, "reason": WHY}


@pytest.mark.scenario("X07")
def test_a_duplicate_voids_the_lost_slip_at_a_station(desk: Library) -> None:
    new = duplicate(desk)
    for number, state in ((desk.slip, SlipState.VOID), (new, SlipState.OPEN)):
        query = FactsQuery(credential=CredentialKind.SLIP_CODE, value=number)
        visit = facts.answer(desk.database, query, at=SOON).visit
        assert visit is not None
        assert (visit.slip_number, visit.slip_state) == (number, state)


@pytest.mark.scenario("X07")
def test_a_scan_of_the_lost_slip_tells_that_it_is_void(desk: Library) -> None:
    new = duplicate(desk)
    lost = search.scan(desk.database, desk.slip.encode(), at=SOON)
    assert (lost.kind, lost.void_number) == (FoundKind.VISIT, desk.slip)
    assert search.scan(desk.database, new.encode(), at=SOON).void_number is None


def test_a_visit_that_is_over_gets_no_duplicate(desk: Library) -> None:
    lost_slips.let_go(desk.database, desk.clean_visit, staff_id=staff_id(desk), reason=WHY, at=SOON)
    with pytest.raises(lost_slips.NotOpen):
        lost_slips.duplicate(
            desk.database, desk.clean_visit, staff_id=staff_id(desk), reason=WHY, at=SOON,
            entropy=chance,
        )  # fmt: skip


def test_the_documents_stay_on_the_visit_of_the_duplicate(desk: Library) -> None:
    duplicate(desk)
    with desk.database.reading() as session:
        visit = facts.of_visit(session, desk.visit)
    assert visit is not None
    assert sum(out.count for out in visit.reading_room) == 2


def signed(library: Library, tmp_path: Path) -> str:
    with library.database.reading() as session:
        visit = desk_slips.load(session, library.visit)
        assert visit is not None
        return desk_slips.code_of(session, visit, tmp_path / "keys")


def test_the_desk_signs_its_own_slips_with_a_key_of_its_own(desk: Library, tmp_path: Path) -> None:
    for _ in range(2):
        desk_slips.ensure_key(
            desk.database, tmp_path / "keys", actor="system", at=NOON, entropy=chance
        )
    new = duplicate(desk)
    with desk.database.reading() as session:
        ring = keys.ring(session)
    reading = read_slip(signed(desk, tmp_path), ring)
    assert reading.check is CodeCheck.GOOD
    assert reading.claims is not None
    assert (reading.claims.number, reading.claims.station) == (new, "00")
    assert len(audited(desk, "slip_key_created")) == 1
    assert [path.stat().st_mode & 0o77 for path in (tmp_path / "keys").iterdir()] == [0]


def test_nobody_signs_in_the_name_of_another_station(desk: Library, tmp_path: Path) -> None:
    assert signed(desk, tmp_path) == desk.slip


@pytest.mark.clause("R4.4")
def test_a_reprint_is_no_duplicate_and_is_logged(desk: Library) -> None:
    assert desk_slips.note_print(desk.database, desk.visit, staff_id=staff_id(desk), at=SOON)
    new = duplicate(desk)
    printed = [
        desk_slips.note_print(desk.database, desk.visit, staff_id=staff_id(desk), at=SOON)
        for _ in range(2)
    ]
    assert printed == [False, True]
    numbers = [record.details["number"] for record in audited(desk, "slip_reprinted")]
    assert numbers == [desk.slip, new]
