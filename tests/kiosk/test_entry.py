"""Coming in, decided from the copy and from the server, kept in one commit."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gate.events import BanRecord, EntryDecided, FactsAnswer, FactsQuery, OwnItemRecord
from gate.facts import (
    CredentialKind,
    Emergency,
    OwnItemKind,
    Source,
    TicketKind,
    TicketState,
    VisitState,
)
from gate.reasons import Duty, Reason, Verdict
from kiosk import answers, slips
from kiosk.departure import WayOut
from kiosk.entry import Brought, Entrance
from kiosk.knowledge import NothingKnown
from kiosk.screens import Farewell
from kiosk.store import jobs
from tests.kiosk.centre import Centre, Mood
from tests.kiosk.house import (
    AT,
    TICKET_ID,
    House,
    MovedClock,
    building,
    code_of,
    event,
    make_house,
    ticket,
)

CODE = code_of(ticket())


def entered(house: House) -> EntryDecided:
    """The last decision of the way in, as it is told to the server."""
    return [one for one in house.told() if isinstance(one, EntryDecided)][-1]


@pytest.mark.scenario("E01")
@pytest.mark.clause("R3.1.2")
def test_a_good_ticket_opens_a_visit_with_a_slip(house: House) -> None:
    outcome = Entrance(house.premises).scan(CODE, AT)
    assert outcome.decision.verdict is Verdict.GRANT
    assert outcome.visit is not None
    assert outcome.job is not None
    assert house.visit(outcome.visit.visit_id).state is VisitState.INSIDE
    assert outcome.job.slip_number == outcome.visit.slip_number
    assert outcome.visit.slip_number.startswith("K1-0001-")
    told = entered(house)
    assert (told.visit_id, told.ticket_id) == (outcome.visit.visit_id, TICKET_ID)
    assert told.visit_state is VisitState.INSIDE


def test_visit_slip_and_event_are_one_commit(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise OSError("the disk is full")

    monkeypatch.setattr(house.premises.journal, "write", fail)
    with pytest.raises(OSError, match="disk"):
        Entrance(house.premises).scan(CODE, AT)
    with house.database.read() as tx:
        assert jobs.pending(tx) == ()
        assert tx.execute("SELECT count(*) FROM visit").fetchone()[0] == 0
    assert house.told() == []


@pytest.mark.scenario("E05")
def test_a_second_scan_while_inside_offers_a_reprint_and_no_second_visit(house: House) -> None:
    entrance = Entrance(house.premises)
    first = entrance.scan(CODE, AT)
    again = entrance.scan(CODE, AT + timedelta(minutes=5))
    assert again.decision.verdict is Verdict.DESK
    assert again.decision.codes[0] is Reason.ALREADY_INSIDE
    assert again.asks_for(Duty.OFFER_REPRINT)
    assert again.visit is not None
    assert first.visit is not None
    assert again.visit.visit_id == first.visit.visit_id
    with house.database.read() as tx:
        assert len(jobs.pending(tx)) == 1


@pytest.mark.scenario("E05")
def test_who_has_not_passed_the_lane_is_let_in_again_with_the_same_slip(
    build: Callable[..., House],
) -> None:
    house = build(has_lane=True)
    entrance = Entrance(house.premises)
    first = entrance.scan(CODE, AT)
    again = entrance.scan(CODE, AT + timedelta(seconds=20))
    assert again.decision.verdict is Verdict.GRANT
    assert again.job == first.job
    assert house.visit(first.job.visit_id).state is VisitState.ADMITTED  # type: ignore[union-attr]
    with house.database.read() as tx:
        assert len(jobs.pending(tx)) == 1


@pytest.mark.scenario("E08")
def test_a_signed_ticket_that_the_copy_does_not_know_is_let_in_while_the_server_is_away(
    house: House,
) -> None:
    newcomer = ticket(ticket_id="0123456789ab")
    outcome = Entrance(house.premises).scan(code_of(newcomer), AT)
    assert outcome.decision.verdict is Verdict.GRANT
    assert Reason.OFFLINE in outcome.decision.codes
    assert outcome.job is not None
    slip = slips.read(outcome.job.content)
    assert isinstance(slip, slips.ReaderSlip)
    assert slip.content.ticket_tail == "id 89ab"
    assert slip.content.reader is None


@pytest.mark.scenario("E18")
def test_a_ban_that_only_the_copy_still_has_refuses_and_shows_the_age_of_the_copy(
    house: House,
) -> None:
    morning = AT - timedelta(hours=2)
    house.learn(ticket(ban=BanRecord(since=AT - timedelta(days=9))), as_of=morning)
    outcome = Entrance(house.premises).scan(CODE, AT)
    assert outcome.decision.verdict is Verdict.REFUSE
    assert outcome.decision.codes[0] is Reason.BANNED
    told = entered(house)
    assert (told.source, told.facts_as_of) == (Source.COPY, morning)
    assert told.visit_id is None


@pytest.mark.scenario("E35")
def test_a_copy_of_yesterday_admits_and_the_slip_says_offline(
    house: House, moved: MovedClock
) -> None:
    moved.forward(timedelta(hours=25))
    outcome = Entrance(house.premises).scan(CODE, moved.at)
    assert outcome.decision.verdict is Verdict.GRANT
    assert Reason.OFFLINE in outcome.decision.codes
    assert outcome.job is not None
    assert slips.read(outcome.job.content).content.copy_age_min == 25 * 60


@pytest.mark.scenario("E36")
def test_a_copy_of_yesterday_sends_to_the_desk_where_the_policy_says_so(
    house: House, moved: MovedClock
) -> None:
    house.learn(building(policy={"old_copy": "desk"}))
    moved.forward(timedelta(hours=25))
    outcome = Entrance(house.premises).scan(CODE, moved.at)
    assert outcome.decision.verdict is Verdict.DESK
    assert Reason.COPY_TOO_OLD in outcome.decision.codes


@pytest.mark.scenario("E39")
@pytest.mark.parametrize("around", [(b"]Q3", b"\r\n"), (b"\x02", b"\x03\r"), (b" ", b"\n")])
def test_what_a_scanner_adds_around_a_code_does_not_matter(
    house: House, around: tuple[bytes, bytes]
) -> None:
    outcome = Entrance(house.premises).scan(around[0] + CODE + around[1], AT)
    assert outcome.decision.verdict is Verdict.GRANT


@pytest.mark.scenario("E02")
def test_a_code_that_no_one_issued_is_kept_as_a_digest_alone(house: House) -> None:
    outcome = Entrance(house.premises).scan(b"https://example.org/?q=1", AT)
    assert outcome.decision.codes == (Reason.UNKNOWN_CODE,)
    told = entered(house)
    assert told.attempt is not None
    assert len(told.attempt) == 64
    assert "example" not in told.model_dump_json()


@pytest.mark.threat(8)
def test_no_bytes_of_a_scanner_do_anything_but_be_refused(house: House) -> None:
    entrance = Entrance(house.premises)

    @given(st.binary(max_size=300) | st.text(max_size=100).map(str.encode))
    def refused(data: bytes) -> None:
        outcome = entrance.scan(data, AT)
        assert outcome.decision.verdict is Verdict.REFUSE
        assert outcome.visit is None

    refused()


@pytest.mark.threat(8)
@pytest.mark.parametrize(
    "data",
    [
        b"<script>alert(1)</script>",
        b"javascript:alert(1)",
        b"\x1b@\x1dV\x00",
        b"\x1bp\x00\x19\xfa",
        b"LT1:" + b"\x1b@" * 20,
        b"LT1:'; DROP TABLE visit; --",
        b"\x11\x14\x00\x00LWIN R",
        b"LT1:" + b"A" * 5000,
    ],
)
def test_links_scripts_and_printer_commands_in_a_code_are_bytes(house: House, data: bytes) -> None:
    outcome = Entrance(house.premises).scan(data, AT)
    assert outcome.decision.verdict is Verdict.REFUSE
    with house.database.read() as tx:
        assert jobs.pending(tx) == ()


@pytest.mark.scenario("E29")
def test_a_card_lets_in_and_is_called_weak(house: House) -> None:
    house.learn(ticket(credentials=((CredentialKind.CARD, "04A1B2C3D4E5F6"),)))
    outcome = Entrance(house.premises).card(bytes.fromhex("04a1b2c3d4e5f6"), AT)
    assert outcome.decision.verdict is Verdict.GRANT
    assert Reason.WEAK_CREDENTIAL in outcome.decision.codes


@pytest.mark.scenario("E30")
def test_a_card_with_two_tickets_means_the_permanent_one(house: House) -> None:
    both = {"credentials": ((CredentialKind.CARD, "04A1B2C3"),)}
    one_time = {"ticket_id": "0000000000ff", "kind": TicketKind.ONE_TIME}
    house.learn(ticket(**both), ticket(**both, **one_time))
    outcome = Entrance(house.premises).card(bytes.fromhex("04a1b2c3"), AT)
    assert outcome.known.ticket is not None
    assert outcome.known.ticket.kind is TicketKind.PERMANENT


@pytest.mark.scenario("E31")
def test_a_card_of_a_cancelled_ticket_is_refused(house: House) -> None:
    shown = {"credentials": ((CredentialKind.CARD, "04A1B2C3"),)}
    house.learn(ticket(**shown, state=TicketState.CANCELLED))
    outcome = Entrance(house.premises).card(bytes.fromhex("04a1b2c3"), AT)
    assert outcome.decision.codes[0] is Reason.TICKET_CANCELLED


@pytest.mark.scenario("E32")
def test_the_limit_of_the_house_counts_whom_the_server_has_not_heard_of(house: House) -> None:
    second = ticket(ticket_id="00000000abcd")
    house.learn(building(limit=120, inside=119), second)
    entrance = Entrance(house.premises)
    assert entrance.scan(CODE, AT).decision.verdict is Verdict.GRANT
    refused = entrance.scan(code_of(second), AT)
    assert refused.decision.codes[0] is Reason.BUILDING_FULL


@pytest.mark.scenario("E33")
def test_an_alarm_is_stronger_than_any_ticket(house: House) -> None:
    house.learn(building(emergency=Emergency.FIRE))
    outcome = Entrance(house.premises).scan(CODE, AT)
    assert outcome.decision.codes == (Reason.EVACUATION,)
    assert outcome.visit is None


@pytest.mark.scenario("E44")
def test_who_left_for_a_while_goes_on_with_the_same_visit(house: House) -> None:
    first = Entrance(house.premises).scan(CODE, AT)
    assert first.visit is not None
    house.acknowledge()
    house.learn(first.visit.model_copy(update={"state": VisitState.AWAY}))
    back = Entrance(house.premises).scan(CODE, AT + timedelta(hours=1))
    assert back.decision.verdict is Verdict.GRANT
    assert back.asks_for(Duty.COLLECT_SLIP)
    assert back.visit is not None
    assert back.visit.visit_id == first.visit.visit_id
    assert house.kinds() == ["returned", "entry_decided"]


@pytest.mark.scenario("E47")
def test_children_are_counted_on_the_slip_of_the_adult(house: House) -> None:
    outcome = Entrance(house.premises).scan(CODE, AT, Brought(children=2))
    assert outcome.visit is not None
    assert outcome.visit.persons == 3
    assert outcome.job is not None
    slip = slips.read(outcome.job.content)
    assert isinstance(slip, slips.ReaderSlip)
    assert slip.content.children == 2
    assert entered(house).persons == 3


@pytest.mark.scenario("E48")
@pytest.mark.clause("R3.1.3")
def test_a_declared_laptop_is_on_the_slip_and_wants_approval(house: House) -> None:
    outcome = Entrance(house.premises).scan(CODE, AT, Brought(laptop=True, documents=2))
    assert outcome.asks_for(Duty.APPROVE_OWN_ITEMS)
    assert outcome.asks_for(Duty.SHOW_LAPTOP)
    assert entered(house).own_items == (
        OwnItemRecord(kind=OwnItemKind.LAPTOP),
        OwnItemRecord(kind=OwnItemKind.DOCUMENTS, count=2),
    )


def test_things_named_after_the_entry_are_kept_with_the_visit(house: House) -> None:
    entrance = Entrance(house.premises)
    visit = entrance.scan(CODE, AT).visit
    assert visit is not None
    entrance.declare(visit.visit_id, Brought(folder=True), AT)
    assert house.visit(visit.visit_id).own_items == (OwnItemRecord(kind=OwnItemKind.FOLDER),)
    assert house.kinds()[-1] == "item_declared"


def test_fresh_facts_of_the_server_are_preferred(online: House, centre: Centre) -> None:
    online.learn(ticket(ban=BanRecord(since=AT - timedelta(days=9))))
    centre.facts = lambda _: FactsAnswer(
        epoch="first", as_of=AT, ticket=ticket(), building=building()
    )
    outcome = Entrance(online.premises).scan(CODE, AT)
    assert outcome.decision.verdict is Verdict.GRANT
    assert entered(online).source is Source.SERVER


def test_a_code_that_nobody_signed_costs_no_question_to_the_server(
    online: House, centre: Centre
) -> None:
    Entrance(online.premises).scan(b"LT1:WHATEVER", AT)
    assert centre.asked == []


@pytest.mark.fault(11)
@pytest.mark.parametrize("mood", [Mood.SILENT, Mood.BROKEN])
def test_a_server_that_does_not_answer_in_time_leaves_the_decision_to_the_copy(
    online: House, centre: Centre, mood: Mood
) -> None:
    centre.mood = mood
    outcome = Entrance(online.premises).scan(CODE, AT)
    assert outcome.decision.verdict is Verdict.GRANT
    assert entered(online).source is Source.COPY


@pytest.mark.fault(13)
@pytest.mark.parametrize("mood", [Mood.PORTAL, Mood.SIGN_IN, Mood.REDIRECTS])
def test_the_page_of_a_captive_portal_is_no_answer_of_the_server(
    online: House, centre: Centre, mood: Mood
) -> None:
    centre.mood = mood
    outcome = Entrance(online.premises).scan(CODE, AT)
    assert outcome.decision.verdict is Verdict.GRANT
    assert entered(online).source is Source.COPY


def test_without_server_and_copy_nothing_can_be_decided(
    tmp_path_factory: pytest.TempPathFactory, moved: MovedClock
) -> None:
    empty = make_house(tmp_path_factory.mktemp("empty"), moved)
    with pytest.raises(NothingKnown):
        Entrance(empty.premises).scan(CODE, AT)
    empty.database.close()


# --- Events ----------------------------------------------------------------------------------


@pytest.mark.scenario("V01")
@pytest.mark.clause("R2.4")
def test_an_event_slip_takes_a_place_and_needs_no_ticket(online: House, centre: Centre) -> None:
    centre.facts = lambda _: FactsAnswer(
        epoch="first", as_of=AT, event=event(), building=building()
    )
    outcome = Entrance(online.premises).visit_event("poetry", 2, AT)
    assert outcome.decision.verdict is Verdict.GRANT
    assert outcome.job is not None
    slip = slips.read(outcome.job.content)
    assert isinstance(slip, slips.EventSlip)
    assert (slip.content.event, slip.content.persons) == ("Вечір поезії", 2)
    told = entered(online)
    assert told.reservation_id == centre.reserved[0].id
    assert (told.event_id, told.persons) == ("poetry", 2)


def test_a_place_that_another_kiosk_took_a_moment_ago_is_gone(
    online: House, centre: Centre
) -> None:
    centre.facts = lambda _: FactsAnswer(
        epoch="first", as_of=AT, event=event(places_left=1), building=building()
    )
    centre.places_left = 1
    entrance = Entrance(online.premises)
    assert entrance.visit_event("poetry", 1, AT).decision.verdict is Verdict.GRANT
    assert entrance.visit_event("poetry", 1, AT).decision.codes[0] is Reason.EVENT_FULL


def test_away_from_the_server_a_station_gives_away_its_small_quota_alone(house: House) -> None:
    entrance = Entrance(house.premises)
    assert entrance.visit_event("poetry", 3, AT).decision.verdict is Verdict.GRANT
    assert entrance.visit_event("poetry", 3, AT).decision.codes[0] is Reason.EVENT_FULL
    assert entrance.visit_event("poetry", 2, AT).decision.verdict is Verdict.GRANT


@pytest.mark.scenario("V03")
def test_an_event_that_is_over_lets_nobody_in(house: House, moved: MovedClock) -> None:
    moved.forward(timedelta(hours=3))
    outcome = Entrance(house.premises).visit_event("poetry", 1, moved.at)
    assert outcome.decision.codes[0] is Reason.EVENT_OVER


@pytest.mark.scenario("V06")
def test_a_reader_who_joins_an_event_has_a_slip_with_all_services(house: House) -> None:
    outcome = Entrance(house.premises).scan(CODE, AT, event_id="poetry")
    assert outcome.visit is not None
    assert (outcome.visit.ticket_id, outcome.visit.event_id) == (TICKET_ID, "poetry")
    assert outcome.job is not None
    slip = slips.read(outcome.job.content)
    assert isinstance(slip, slips.ReaderSlip)
    assert slip.content.event == "Вечір поезії"


@pytest.mark.scenario("V07")
def test_a_class_has_one_slip_for_everybody(build: Callable[..., House]) -> None:
    house = build(offline_event_places=30)
    house.learn(event(places_left=30))
    outcome = Entrance(house.premises).visit_event("poetry", 25, AT)
    assert outcome.visit is not None
    assert outcome.visit.persons == 25
    assert outcome.job is not None
    code = slips.read(outcome.job.content).content.code.encode()
    farewell = answers.departed(WayOut(house.premises).scan(code, AT))
    assert isinstance(farewell, Farewell)
    assert farewell.persons == 25


@pytest.mark.scenario("V08")
def test_before_the_doors_open_the_time_is_told(house: House) -> None:
    doors = AT + timedelta(hours=2)
    house.learn(event(doors_at=doors, starts_at=doors, ends_at=doors + timedelta(hours=1)))
    outcome = Entrance(house.premises).visit_event("poetry", 1, AT)
    assert outcome.decision.codes[0] is Reason.EVENT_NOT_OPEN
    assert outcome.decision.reasons[0].until == doors


@pytest.mark.scenario("E34")
def test_on_an_open_day_a_slip_is_given_without_a_ticket(house: House) -> None:
    house.learn(building(open_day=True))
    outcome = Entrance(house.premises).visit_event(None, 1, AT)
    assert outcome.decision.verdict is Verdict.GRANT
    assert outcome.visit is not None
    assert outcome.visit.ticket_id is None


def test_the_server_is_asked_about_the_ticket_and_the_event_at_once(
    online: House, centre: Centre
) -> None:
    asked: list[FactsQuery] = []

    def answer(query: FactsQuery) -> FactsAnswer:
        asked.append(query)
        return FactsAnswer(epoch="first", as_of=AT, ticket=ticket(), building=building())

    centre.facts = answer
    Entrance(online.premises).scan(CODE, AT, event_id="poetry")
    assert asked == [
        FactsQuery(credential=CredentialKind.TICKET_CODE, value=TICKET_ID, event_id="poetry")
    ]


@pytest.mark.threat(4)
@pytest.mark.parametrize(
    "state, reason",
    [
        (TicketState.CANCELLED, Reason.TICKET_CANCELLED),
        (TicketState.LOST, Reason.TICKET_REPLACED),
        (TicketState.REPLACED, Reason.TICKET_REPLACED),
    ],
)
def test_a_ticket_cancelled_before_the_line_was_cut_opens_nothing_and_the_list_s_age_is_told(
    house: House, state: TicketState, reason: Reason
) -> None:
    """Its signature is still good: the copy is the deny list."""
    house.learn(ticket(state=state))
    heard_at = house.moved.at
    house.moved.forward(timedelta(hours=3))
    outcome = Entrance(house.premises).scan(CODE, house.moved.at)
    assert outcome.decision.verdict is Verdict.REFUSE
    assert reason in outcome.decision.codes
    told = entered(house)
    assert (told.source, told.facts_as_of) == (Source.COPY, heard_at)
    assert told.visit_id is None


@pytest.mark.threat(4)
def test_a_ticket_cancelled_after_the_line_was_cut_is_let_in_with_the_list_s_age_on_the_slip(
    house: House,
) -> None:
    house.moved.forward(timedelta(hours=3))
    outcome = Entrance(house.premises).scan(CODE, house.moved.at)
    assert outcome.decision.verdict is Verdict.GRANT
    assert Reason.OFFLINE in outcome.decision.codes
    assert outcome.job is not None
    assert slips.read(outcome.job.content).content.copy_age_min == 180
