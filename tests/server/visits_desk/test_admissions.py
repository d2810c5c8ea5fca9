"""Let in at the desk: by name, as a group; and own things allowed by name."""

import pytest

from gate.facts import CredentialKind, LoanPlace, OwnItemKind
from gate.reasons import Duty, Reason, Verdict
from server.models import EventOfDay, OwnItem, Visit, VisitOrigin
from server.services import admissions, copy, exits, lending, own_items, settings
from server.services.admissions import Party
from server.services.exits import Shown
from server.services.lending import Desk
from tests.server.console.library import NOON, Library
from tests.server.desk_library import audited, chance, staff_id

FREE_READER, BANNED = "000000000003", "000000000002"


def admit(library: Library, ticket: str, document: str = "passport") -> admissions.Admitted:
    return admissions.by_name(
        library.database, ticket, document_seen=document, persons=1, staff_id=staff_id(library),
        at=NOON, entropy=chance,
    )  # fmt: skip


def group(library: Library, event: str, persons: int) -> admissions.Admitted:
    return admissions.group(
        library.database, event, persons=persons, staff_id=staff_id(library), at=NOON,
        entropy=chance,
    )  # fmt: skip


@pytest.mark.clause("R3.1.2")
@pytest.mark.scenario("E49")
def test_who_forgot_the_ticket_is_admitted_by_name_and_document(desk: Library) -> None:
    admitted = admit(desk, FREE_READER)
    assert admitted.decision.verdict is Verdict.GRANT
    with desk.database.reading() as session:
        visit = session.get_one(Visit, admitted.visit_id)
    assert (visit.origin, visit.ticket_id) == (VisitOrigin.DESK, FREE_READER)
    assert visit.slip_number.startswith("00-")
    assert audited(desk, "admitted_at_desk")[0].details["document"] == "passport"


def test_the_rules_of_the_door_hold_at_the_desk_too(desk: Library) -> None:
    assert admit(desk, BANNED).decision.codes[0] is Reason.BANNED
    inside = admit(desk, "000000000001")
    assert (inside.visit_id, inside.decision.codes) == (None, (Reason.ALREADY_INSIDE,))
    with pytest.raises(ValueError, match="document"):
        admit(desk, FREE_READER, " ")
    with pytest.raises(LookupError):
        admit(desk, "ffffffffffff")


@pytest.mark.clause("R2.4")
@pytest.mark.scenario("V07")
def test_a_class_of_25_takes_25_places_and_25_go_out(desk: Library) -> None:
    admitted = group(desk, "reading", 25)
    with desk.database.reading() as session:
        left = copy.event_records(session, ["reading"], at=NOON)["reading"].places_left
        visit = session.get_one(Visit, admitted.visit_id)
    assert (left, visit.persons, visit.ticket_id) == (40 - 12 - 25, 25, None)
    shown = Shown(credential=CredentialKind.SLIP_CODE, value=visit.slip_number)
    done = exits.let_out(desk.database, shown, staff_id=staff_id(desk), at=NOON)
    assert done.visit is not None
    assert (done.may_go, done.visit.persons) == (True, 25)


@pytest.mark.scenario("V07", "V08")
def test_a_group_needs_its_places_and_its_time(desk: Library) -> None:
    assert group(desk, "reading", 29).decision.codes == (Reason.EVENT_FULL,)
    assert group(desk, "lecture", 5).decision.codes == (Reason.EVENT_NOT_OPEN,)
    with desk.database.writing() as session:
        session.get_one(EventOfDay, "reading").cancelled_at = NOON
    with pytest.raises(LookupError):
        group(desk, "reading", 5)


@pytest.mark.clause("R3.1.3", "R3.1.4")
@pytest.mark.scenario("X04", "E48")
def test_own_things_are_allowed_by_a_named_librarian_and_shown_at_the_exit(desk: Library) -> None:
    assert own_items.approve(desk.database, desk.visit, staff_id=staff_id(desk), at=NOON) == 1
    assert own_items.approve(desk.database, desk.visit, staff_id=staff_id(desk), at=NOON) == 0
    own_items.add(
        desk.database, desk.clean_visit, OwnItemKind.DOCUMENTS, 3, staff_id=staff_id(desk), at=NOON
    )
    with desk.database.reading() as session:
        names = [item.approved_name for item in session.query(OwnItem)]
    assert names == ["Марія Бондар"] * 2
    shown = Shown(credential=CredentialKind.SLIP_CODE, value=desk.clean_slip)
    duties = {task.code for task in exits.check(desk.database, shown, at=NOON).decision.duties}
    assert Duty.SHOW_OWN_DOCUMENTS in duties


@pytest.mark.parametrize("count", [0, 100])
def test_own_things_are_counted_within_reason(desk: Library, count: int) -> None:
    with pytest.raises(ValueError, match="at most"):
        own_items.add(desk.database, desk.visit, OwnItemKind.OTHER, count, staff_id=1, at=NOON)


@pytest.mark.clause("R2.4")
@pytest.mark.scenario("V07")
def test_a_group_with_a_guide_needs_no_event_and_gets_one_slip_without_rights(
    desk: Library,
) -> None:
    admitted = guided(desk, 25)
    with desk.database.reading() as session:
        visit = session.get_one(Visit, admitted.visit_id)
    assert (visit.persons, visit.ticket_id, visit.event_id) == (25, None, None)
    assert (visit.group_name, visit.guide) == ("Ліцей № 7, 9-А", "Ткач О. В.")
    at_desk = Desk(department="2", staff_id=staff_id(desk))
    issued = lending.issue(
        desk.database, visit.id, "482000000", LoanPlace.READING_ROOM, desk=at_desk, at=NOON
    )
    assert issued.decision is not None
    assert issued.decision.codes == (Reason.EVENT_SLIP_NO_SERVICE,)
    shown = Shown(credential=CredentialKind.SLIP_CODE, value=visit.slip_number)
    done = exits.let_out(desk.database, shown, staff_id=staff_id(desk), at=NOON)
    assert (done.may_go, Duty.HAND_IN_SLIP in {task.code for task in done.decision.duties}) == (
        True, True,
    )  # fmt: skip


@pytest.mark.scenario("E32")
def test_a_group_with_a_guide_counts_against_the_limit_of_the_building(desk: Library) -> None:
    with desk.database.writing() as session:
        settings.put(session, {"building_limit": 30}, actor="system", at=NOON)
    assert guided(desk, 25).decision.codes == (Reason.BUILDING_FULL,)
    assert guided(desk, 5).visit_id is not None


@pytest.mark.parametrize("name, guide, persons", [("", "Т", 5), ("7-А", " ", 5), ("7", "Т", 0)])
def test_a_group_has_a_name_a_guide_and_persons(
    desk: Library, name: str, guide: str, persons: int
) -> None:
    with pytest.raises(ValueError, match="a guide"):
        guided(desk, persons, Party(name=name, guide=guide))


CLASS = Party(name="Ліцей № 7, 9-А", guide="Ткач О. В.")


def guided(library: Library, persons: int, party: Party = CLASS) -> admissions.Admitted:
    return admissions.with_guide(
        library.database, party, persons=persons, staff_id=staff_id(library), at=NOON,
        entropy=chance,
    )  # fmt: skip
