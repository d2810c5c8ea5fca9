"""Bans: by order and for a term, of people and organisations, and never on the way out."""

from datetime import UTC, date, datetime, timedelta

import pytest

from gate.facts import CredentialKind, Decision, EntryFacts
from gate.reasons import Reason, Verdict
from gate.rules import decide_entry
from server.models import Ban, Patron, Role
from server.services import bans, copy, exits, facts, lending, organisations, settings
from server.services.bans import Fault, Violation, Wish
from server.services.exits import Shown
from server.services.lending import Desk
from tests.server.console.library import NOON, Library
from tests.server.desk_library import audited, staff_id

TODAY = date(2025, 11, 21)
TERM = Wish(reason=Violation.SMOKING, order_number="21-о", last_day=TODAY)
MIDNIGHT = datetime(2025, 11, 21, 22, 0, tzinfo=UTC)
"""The end of the day in Kyiv."""


def impose(library: Library, patron_id: int, wish: Wish = TERM, role: Role = Role.DIRECTOR) -> int:
    return bans.impose(
        library.database, patron_id, wish, staff_id=staff_id(library, role), role=role, at=NOON
    )


def at_the_door(library: Library, ticket_id: str, at: datetime) -> Decision:
    with library.database.reading() as session:
        rules = settings.read(session)
        return decide_entry(
            EntryFacts(
                station="K1", credential=CredentialKind.TICKET_CODE, freshness=facts.fresh(at),
                ticket=facts.of_ticket(session, ticket_id, rules, at=at), policy=rules.policy,
            ),
            at,
        )  # fmt: skip


FREE_READER = "000000000003"


@pytest.mark.clause("R4.3.3", "R5.1.10")
@pytest.mark.scenario("E13", "E14", "E46")
def test_a_ban_ends_with_its_last_day_in_the_librarys_own_time(desk: Library) -> None:
    impose(desk, desk.nasty)
    last = at_the_door(desk, FREE_READER, MIDNIGHT - timedelta(minutes=1))
    assert (last.verdict, last.reasons[0].until) == (Verdict.REFUSE, MIDNIGHT)
    assert last.codes[0] is Reason.BANNED
    assert Reason.BANNED not in at_the_door(desk, FREE_READER, MIDNIGHT).codes


@pytest.mark.scenario("E16")
def test_a_ban_without_end_names_no_date(desk: Library) -> None:
    forever = Wish(reason=Violation.THEFT, order_number="22-о", last_day=None, indefinite=True)
    impose(desk, desk.nasty, forever)
    found = at_the_door(desk, FREE_READER, NOON + timedelta(days=9999))
    banned = next(because for because in found.reasons if because.code is Reason.BANNED)
    assert banned.until is None


@pytest.mark.parametrize(
    "wish,role,fault",
    [
        (Wish(reason=Violation.FOOD, order_number="1", last_day=None), Role.SERVICE_CENTRE,
         Fault.END_MISSING),
        (Wish(reason=Violation.FOOD, order_number="1", last_day=None), Role.DIRECTOR,
         Fault.END_MISSING),
        (Wish(reason=Violation.FOOD, order_number="1", last_day=None, indefinite=True), Role.ADMIN,
         Fault.END_MISSING),
        (Wish(reason=Violation.FOOD, order_number=" ", last_day=TODAY), Role.DIRECTOR,
         Fault.ORDER_MISSING),
        (Wish(reason=Violation.OTHER, order_number="1", last_day=TODAY), Role.DIRECTOR,
         Fault.NOTE_MISSING),
        (Wish(reason=Violation.FOOD, order_number="1", last_day=TODAY - timedelta(days=1)),
         Role.DIRECTOR, Fault.ENDS_BEFORE_IT_BEGINS),
        (Wish(reason=Violation.FOOD, order_number="1", last_day=date(2099, 1, 1)),
         Role.DIRECTOR, Fault.TOO_LONG),
    ],
)  # fmt: skip
@pytest.mark.clause("R4.3.3")
def test_a_ban_needs_an_order_a_term_and_a_reason(wish: Wish, role: Role, fault: Fault) -> None:
    assert bans.judge(wish, role, TODAY) == (fault,)


def test_a_ban_that_may_not_be_is_not_made(desk: Library) -> None:
    forever = Wish(reason=Violation.FOOD, order_number="1", last_day=None)
    with pytest.raises(bans.Refused):
        impose(desk, desk.nasty, forever, Role.SERVICE_CENTRE)
    with desk.database.reading() as session:
        assert session.query(Ban).count() == 1


@pytest.mark.clause("R4.4")
def test_every_prohibited_act_has_its_code() -> None:
    acts = {
        "intoxicated", "animals", "adverts", "smoking", "copying", "disruption", "slip_altered",
        "cards_removed", "food",
    }  # fmt: skip
    assert acts <= {violation.value for violation in Violation}


@pytest.mark.clause("R4.3.3")
@pytest.mark.scenario("X05")
def test_a_ban_of_meanwhile_keeps_nobody_inside(desk: Library) -> None:
    impose(desk, desk.clean_reader)
    shown = Shown(credential=CredentialKind.SLIP_CODE, value=desk.clean_slip)
    done = exits.let_out(desk.database, shown, staff_id=staff_id(desk), at=NOON)
    assert done.may_go
    assert Reason.BANNED not in done.decision.codes


@pytest.mark.clause("R4.3.3")
def test_a_ban_stops_no_return_of_documents(desk: Library) -> None:
    impose(desk, desk.reader)
    at_desk = Desk(department="5", staff_id=staff_id(desk))
    back = lending.take_back(desk.database, "482000002", desk=at_desk, at=NOON)
    assert back is not None
    assert back.loan_id is not None


@pytest.mark.scenario("E17")
def test_a_lifted_ban_lets_in_at_once_and_stations_hear_of_it(desk: Library) -> None:
    number = impose(desk, desk.nasty)
    bans.lift(desk.database, number, staff_id=staff_id(desk), reason="Вибачився", at=NOON)
    assert at_the_door(desk, FREE_READER, NOON).verdict is Verdict.GRANT
    with desk.database.reading() as session:
        record = copy.ticket_records(session, [FREE_READER], today=TODAY, at=NOON)
    assert record[FREE_READER].ban is None
    told = audited(desk, "ban_lifted")[0].details
    assert (told["before"], told["after"]["lifted"]) == (
        {"until": MIDNIGHT.isoformat()},
        NOON.isoformat(),
    )


def test_a_ban_is_lifted_once_and_for_a_reason(desk: Library) -> None:
    number = impose(desk, desk.nasty)
    with pytest.raises(ValueError, match="reason"):
        bans.lift(desk.database, number, staff_id=staff_id(desk), reason=" ", at=NOON)
    bans.lift(desk.database, number, staff_id=staff_id(desk), reason="Так", at=NOON)
    with pytest.raises(bans.NobodyThere):
        bans.lift(desk.database, number, staff_id=staff_id(desk), reason="Так", at=NOON)


def organise(library: Library, *patrons: int) -> int:
    """Make these the readers of one organisation; answers its id."""
    with library.database.writing() as session:
        firm = organisations.find_or_make(session, "ТОВ «Ранок»")
        for patron_id in patrons:
            organisations.join(session, session.get_one(Patron, patron_id), firm, at=NOON)
        return firm.id


@pytest.mark.clause("R5.1.10")
def test_an_organisations_ban_holds_for_all_its_readers_new_ones_too(desk: Library) -> None:
    firm = organise(desk, desk.clean_reader, desk.nasty)
    readers = bans.impose_on_organisation(
        desk.database, firm, TERM, staff_id=staff_id(desk), role=Role.DIRECTOR, at=NOON
    )
    assert readers == 2
    organise(desk, desk.reader)
    assert Reason.BANNED in at_the_door(desk, "000000000000", NOON).codes
    with desk.database.reading() as session:
        listed = [ban for ban in bans.in_force(session, NOON) if ban.organisation_id == firm]
    assert [ban.patron_id for ban in listed] == [None]
    lifted = bans.lift(
        desk.database, listed[0].id, staff_id=staff_id(desk), reason="Сплачено", at=NOON
    )
    assert len(lifted) == 4
    assert Reason.BANNED not in at_the_door(desk, FREE_READER, NOON).codes


def test_an_organisation_that_nobody_knows_is_not_banned(desk: Library) -> None:
    with pytest.raises(bans.NobodyThere):
        bans.impose_on_organisation(
            desk.database, 404, TERM, staff_id=1, role=Role.DIRECTOR, at=NOON
        )


def test_a_ban_made_by_mistake_is_taken_back_by_its_author_while_it_is_fresh(
    desk: Library,
) -> None:
    author = staff_id(desk)
    number = bans.impose(
        desk.database, desk.clean_reader, TERM, staff_id=author, role=Role.SERVICE_CENTRE, at=NOON
    )
    for who, at in ((author + 1, NOON), (author, NOON + bans.UNDO_WITHIN)):
        with pytest.raises(bans.NobodyThere):
            bans.undo(desk.database, number, staff_id=who, at=at)
    bans.undo(desk.database, number, staff_id=author, at=NOON + timedelta(minutes=1))
    assert Reason.BANNED not in at_the_door(desk, FREE_READER, NOON + timedelta(minutes=2)).codes


@pytest.mark.clause("R4.3.3")
def test_a_lifting_by_mistake_is_taken_back_by_whoever_lifted_while_it_is_fresh(
    desk: Library,
) -> None:
    firm = organise(desk, desk.clean_reader, desk.nasty)
    director, later = staff_id(desk), NOON + timedelta(minutes=1)
    bans.impose_on_organisation(
        desk.database, firm, TERM, staff_id=director, role=Role.DIRECTOR, at=NOON
    )
    with desk.database.reading() as session:
        (ban,) = bans.of_organisation(session, firm)
    bans.lift(
        desk.database, ban.id, staff_id=director, reason="Не та організація", order="9", at=later
    )
    for who, at in ((director + 1, later), (director, later + bans.UNDO_WITHIN)):
        with pytest.raises(bans.NobodyThere):
            bans.restore(desk.database, ban.id, staff_id=who, at=at)
    bans.restore(desk.database, ban.id, staff_id=director, at=later)
    assert Reason.BANNED in at_the_door(desk, FREE_READER, later).codes
    assert audited(desk, "ban_lifted")[0].details["order"] == "9"
    assert len(audited(desk, "ban_restored")) == 3


def test_what_was_taken_back_at_once_is_no_lifting_to_be_taken_back(desk: Library) -> None:
    number, director = impose(desk, desk.clean_reader), staff_id(desk, Role.DIRECTOR)
    bans.undo(desk.database, number, staff_id=director, at=NOON)
    with pytest.raises(bans.NobodyThere):
        bans.restore(desk.database, number, staff_id=director, at=NOON)
