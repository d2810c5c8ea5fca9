"""What stations tell: kept once, in any order, and never refused."""

from __future__ import annotations

import itertools
import os
from datetime import UTC, date, datetime, timedelta
from typing import Annotated, Any
from uuid import UUID

import pytest
from pydantic import Field, TypeAdapter
from sqlalchemy import select

from gate.events import EntryDecided, Passed, Receipt
from gate.facts import Emergency, LoanPlace, SlipState, VisitState
from server.models import (
    AuditRecord,
    Conflict,
    ConflictKind,
    EmergencyCase,
    EmergencyOrigin,
    LaneStatus,
    OwnItem,
    Station,
    StationEvent,
    Ticket,
    Visit,
)
from server.services import days, emergencies, station_events
from tests.server.centre.town import NOON, Town, entry, new_id, told

MINUTE = timedelta(minutes=1)


def visit(town: Town, event: dict[str, Any]) -> Visit:
    with town.database.reading() as session:
        return session.get_one(Visit, UUID(event["visit_id"]))


def conflicts(town: Town) -> list[Conflict]:
    with town.database.reading() as session:
        return list(session.scalars(select(Conflict).order_by(Conflict.id)))


def kinds(town: Town) -> list[ConflictKind]:
    return [conflict.kind for conflict in conflicts(town)]


def receipts(answer: Any) -> list[Receipt]:
    return [receipt.receipt for receipt in answer.receipts]


@pytest.mark.clause("R3.1.2")
def test_an_entry_told_by_a_station_is_a_visit_with_its_slip(town: Town) -> None:
    ticket = town.ticket()
    event = entry("K1", ticket_id=ticket, credential="ticket_code", home_loans=True)
    assert receipts(town.tell("K1", event)) == [Receipt.STORED]
    found = visit(town, event)
    assert (found.state, found.station_code, found.ticket_id, found.home_loans) == (
        VisitState.INSIDE, "K1", ticket, True,
    )  # fmt: skip
    assert kinds(town) == []


@pytest.mark.fault(14)
def test_a_batch_sent_again_is_known_and_changes_nothing(town: Town) -> None:
    event = entry("K1", ticket_id=town.ticket())
    town.tell("K1", event)
    again = town.tell("K1", event, entry("K1"))
    assert receipts(again) == [Receipt.KNOWN, Receipt.STORED]
    assert again.epoch == "e1"


def test_an_event_twice_in_one_batch_is_kept_once(town: Town) -> None:
    event = entry("K1")
    assert receipts(town.tell("K1", event, event)) == [Receipt.STORED, Receipt.KNOWN]


@pytest.mark.fault(12)
@pytest.mark.parametrize(
    "broken",
    [
        {},
        {"kind": "entry_decided"},
        {"id": "no id", "kind": "passed"},
        {"id": 17, "kind": None, "at": "yesterday"},
        {"kind": "from_the_future", "id": "018f0000-0000-7000-8000-000000000001"},
        {"kind": "passed\x00", "note": "a\x00b\ud800"},
    ],
)
def test_what_cannot_be_read_is_set_aside_and_the_rest_flows(
    town: Town, broken: dict[str, Any]
) -> None:
    before, after = entry("K1"), entry("K1")
    answer = town.tell("K1", before, broken, after)
    assert receipts(answer) == [Receipt.STORED, Receipt.UNPROCESSABLE, Receipt.STORED]
    assert answer.receipts[1].problem
    with town.database.reading() as session:
        kept = session.scalars(
            select(StationEvent).where(StationEvent.receipt == Receipt.UNPROCESSABLE)
        ).one()
    assert kept.station_code == "K1"
    assert receipts(town.tell("K1", broken)) == [Receipt.KNOWN]


@pytest.mark.fault(34)
def test_what_a_newer_station_told_lives_on_until_the_server_knows_it(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The server of the version before knew neither lanes nor people counted."""
    older = TypeAdapter(Annotated[EntryDecided | Passed, Field(discriminator="kind")])
    emergencies.raise_alarm(
        town.database, Emergency.AIR_RAID, origin=EmergencyOrigin.CONSOLE, at=NOON,
        entropy=os.urandom,
    )  # fmt: skip
    later = NOON + MINUTE
    news = (
        entry("K1", ticket_id=town.ticket(), at=later),
        told("K1", "counted", at=later, way="in", persons=3),
        told("K1", "lane_changed", at=later, phase="shelter"),
        told("K1", "thought_of_in_years", at=later),
    )
    with monkeypatch.context() as before:
        before.setattr(station_events, "STATION_EVENT", older)
        answer = town.tell("K1", *news, at=later)
        assert receipts(answer) == [Receipt.STORED, *[Receipt.UNPROCESSABLE] * 3]
        assert station_events.read_anew(town.database, at=later) == 0
    assert station_events.read_anew(town.database, at=later + MINUTE) == 2
    with town.database.reading() as session:
        [case] = session.scalars(select(EmergencyCase))
        assert case.counted_in == 3
        assert session.get_one(LaneStatus, "K1").phase == "shelter"
        [aside] = session.scalars(
            select(StationEvent).where(StationEvent.receipt == Receipt.UNPROCESSABLE)
        )
        assert aside.kind == "thought_of_in_years"
    assert station_events.read_anew(town.database, at=later + MINUTE) == 0
    assert receipts(town.tell("K1", *news)) == [Receipt.KNOWN] * 4


@pytest.mark.fault(12)
def test_a_good_record_with_a_sign_that_a_database_cannot_take_harms_no_other(town: Town) -> None:
    strange = entry("K1", ticket_id=town.ticket(), slip_number="K1-\x00")
    answer = town.tell("K1", strange, entry("K1", ticket_id=town.ticket()))
    assert answer.receipts[1].receipt is Receipt.STORED
    with town.database.reading() as session:
        # PostgreSQL keeps a NUL within JSON, and fails whoever reads it out.
        asked = select(StationEvent.payload["slip_number"].as_string())
        assert len(session.scalars(asked).all()) == 2


def story(town: Town) -> list[dict[str, Any]]:
    """In, out for a while, back, out for good; told by two stations."""
    begun = entry("K1", ticket_id=town.ticket(), visit_state="admitted")
    about = {"visit_id": begun["visit_id"]}
    return [
        begun,
        told("K1", "passed", at=NOON + MINUTE, **about),
        told("E1", "left", at=NOON + 10 * MINUTE, **about),
        told("E1", "returned", at=NOON + 20 * MINUTE, **about),
        told("E1", "exited", at=NOON + 60 * MINUTE, **about),
    ]


@pytest.mark.fault(20)
@pytest.mark.parametrize(
    "came_at, day",
    [
        (datetime(2026, 3, 28, 21, 59, tzinfo=UTC), date(2026, 3, 28)),
        (datetime(2026, 3, 28, 22, 1, tzinfo=UTC), date(2026, 3, 29)),
        # From the night of the change on midnight is an hour earlier in UTC.
        (datetime(2026, 3, 29, 21, 1, tzinfo=UTC), date(2026, 3, 30)),
    ],
)
def test_a_visit_is_of_the_library_s_day_and_its_instants_stay_as_they_were(
    town: Town, came_at: datetime, day: date
) -> None:
    began = entry("K1", at=came_at, ticket_id=town.ticket())
    town.tell("K1", began, at=came_at + timedelta(days=2))
    with town.database.reading() as session:
        visit = session.get_one(Visit, UUID(began["visit_id"]))
        assert (visit.opened_at, visit.local_day) == (came_at, day)


@pytest.mark.fault(14)
@pytest.mark.scenario("X12")
@pytest.mark.parametrize("order", list(itertools.permutations(range(5)))[::17])
def test_the_order_of_arrival_changes_nothing(town: Town, order: tuple[int, ...]) -> None:
    events = story(town)
    for place in order:
        town.tell("K1" if place < 2 else "E1", events[place])
    found = visit(town, events[0])
    assert (found.state, found.closed_at, found.handed_in) == (
        VisitState.CLOSED, NOON + 60 * MINUTE, True,
    )  # fmt: skip
    assert found.exit_station_code == "E1"
    assert [c.kind for c in conflicts(town) if c.resolved_at is None] == []


@pytest.mark.fault(14)
@pytest.mark.parametrize("order", list(itertools.permutations(range(4)))[::5])
def test_who_went_out_for_a_while_and_came_back_is_inside_however_it_was_told(
    town: Town, order: tuple[int, ...]
) -> None:
    events = story(town)
    for place in order:
        town.tell("K1" if place < 2 else "E1", events[place])
    assert visit(town, events[0]).state is VisitState.INSIDE


@pytest.mark.scenario("X12")
def test_the_same_exit_sent_again_after_the_next_day_s_entry_is_one_exit(town: Town) -> None:
    ticket = town.ticket()
    first = entry("K1", ticket_id=ticket)
    town.tell("K1", first)
    out = told("E1", "exited", at=NOON + 60 * MINUTE, visit_id=first["visit_id"])
    tomorrow = NOON + timedelta(days=1)
    second = entry("K1", ticket_id=ticket, at=tomorrow)
    town.tell("E1", out)
    town.tell("K1", second, at=tomorrow)
    assert receipts(town.tell("E1", out, at=tomorrow)) == [Receipt.KNOWN]
    assert visit(town, first).closed_at == NOON + 60 * MINUTE
    assert visit(town, second).state is VisitState.INSIDE


@pytest.mark.fault(10)
def test_an_exit_heard_of_after_the_day_was_closed_still_counts(town: Town) -> None:
    begun = entry("K1", ticket_id=town.ticket())
    town.tell("K1", begun)
    tomorrow = NOON + timedelta(days=1)
    assert days.close_past_days(town.database, at=tomorrow) == 1
    assert visit(town, begun).state is VisitState.NOT_RETURNED
    out = told("E1", "exited", at=NOON + 60 * MINUTE, visit_id=begun["visit_id"])
    town.tell("E1", out, at=tomorrow)
    found = visit(town, begun)
    assert (found.state, found.closed_at) == (VisitState.CLOSED, NOON + 60 * MINUTE)


@pytest.mark.fault(30)
def test_who_did_not_pass_has_no_visit_and_may_try_again(town: Town) -> None:
    begun = entry("K1", ticket_id=town.ticket(), visit_state="admitted")
    town.tell("K1", begun, told("K1", "not_passed", at=NOON + MINUTE, visit_id=begun["visit_id"]))
    assert visit(town, begun).state is VisitState.NOT_PASSED
    again = entry(
        "K1", at=NOON + 2 * MINUTE, ticket_id=begun["ticket_id"], visit_id=begun["visit_id"],
        visit_state="admitted", slip_number=begun["slip_number"],
    )  # fmt: skip
    town.tell("K1", again)
    found = visit(town, begun)
    assert (found.state, found.closed_at, found.slip_state) == (
        VisitState.ADMITTED, None, SlipState.OPEN,
    )  # fmt: skip


@pytest.mark.fault(17)
def test_two_kiosks_without_the_server_let_one_ticket_in_twice_and_both_are_kept(
    town: Town,
) -> None:
    ticket = town.ticket()
    first = entry("K1", ticket_id=ticket, source="copy")
    second = entry("E1", ticket_id=ticket, source="copy", at=NOON + MINUTE)
    town.tell("K1", first)
    town.tell("E1", second)
    assert [visit(town, first).parallel, visit(town, second).parallel] == [False, True]
    assert kinds(town) == [ConflictKind.TWO_VISITS]


@pytest.mark.fault(17)
@pytest.mark.parametrize("together", [True, False])
def test_two_visits_of_which_one_ended_before_the_other_began_explain_themselves(
    town: Town, together: bool
) -> None:
    """One station tells late of a visit that was over when another station let the reader in."""
    ticket = town.ticket()
    later = entry("E1", ticket_id=ticket, at=NOON + 60 * MINUTE)
    town.tell("E1", later)
    early = entry("K1", ticket_id=ticket)
    out = told("K1", "exited", at=NOON + 30 * MINUTE, visit_id=early["visit_id"])
    if together:
        town.tell("K1", early, out)
    else:
        town.tell("K1", early)
        assert [c.resolved_at for c in conflicts(town)] == [None]
        town.tell("K1", out)
    assert [c.resolution for c in conflicts(town)] == ["one_after_the_other"]
    assert visit(town, early).closed_at == NOON + 30 * MINUTE
    assert visit(town, later).state is VisitState.INSIDE


@pytest.mark.fault(12, 14)
def test_one_event_that_does_not_fit_undoes_no_other_of_its_batch(town: Town) -> None:
    first, clone = entry("K1", ticket_id=town.ticket()), entry("K1", ticket_id=town.ticket())
    clone["visit_id"] = str(new_id())
    # SQLite takes longer texts than the column is for, PostgreSQL does not.
    misfit = entry("K1", ticket_id=town.ticket(), slip_number="Ж" * 60)
    answer = town.tell("K1", first, misfit, clone)
    fits = Receipt.STORED if town.database.is_sqlite else Receipt.UNPROCESSABLE
    assert receipts(answer) == [Receipt.STORED, fits, Receipt.STORED]
    assert visit(town, first).state is visit(town, clone).state is VisitState.INSIDE


@pytest.mark.fault(18)
@pytest.mark.scenario("X11")
def test_an_exit_whose_entry_comes_later_explains_itself(town: Town) -> None:
    begun = entry("K1", ticket_id=town.ticket())
    out = told("E1", "exited", at=NOON + MINUTE, visit_id=begun["visit_id"])
    town.tell("E1", out)
    assert kinds(town) == [ConflictKind.EXIT_WITHOUT_ENTRY]
    town.tell("K1", begun)
    [conflict] = conflicts(town)
    assert conflict.resolution == "entry_arrived"
    assert visit(town, begun).state is VisitState.CLOSED


def test_an_exit_by_ticket_without_an_entry_is_shown_to_staff(town: Town) -> None:
    event = told(
        "E1", "exit_decided", verdict="grant", reasons=["no_entry"], ticket_id=town.ticket(),
        credential="ticket_code", facts_as_of=NOON.isoformat(),
    )  # fmt: skip
    town.tell("E1", event)
    assert kinds(town) == [ConflictKind.EXIT_WITHOUT_ENTRY]


@pytest.mark.scenario("E18")
def test_a_verdict_on_an_old_copy_is_judged_again_at_the_event_s_own_time(town: Town) -> None:
    ticket = town.ticket()
    town.ban(ticket, NOON - timedelta(days=1), None)
    let_in = entry("K1", ticket_id=ticket, source="copy", credential="ticket_code")
    town.tell("K1", let_in)
    [conflict] = conflicts(town)
    assert conflict.kind is ConflictKind.VERDICTS_DIFFER
    assert conflict.details["here"] == ["refuse", "banned"]
    assert visit(town, let_in).state is VisitState.INSIDE


def test_a_ban_that_came_after_the_entry_is_no_conflict(town: Town) -> None:
    ticket = town.ticket()
    town.ban(ticket, NOON + MINUTE, None)
    event = entry("K1", ticket_id=ticket, source="copy", credential="ticket_code")
    town.tell("K1", event, at=NOON + 5 * MINUTE)
    assert kinds(town) == []


def test_a_ticket_cancelled_since_was_good_at_that_time(town: Town) -> None:
    ticket = town.ticket()
    town.change(Ticket, ticket, state="cancelled", state_since=NOON + MINUTE)
    town.tell("K1", entry("K1", ticket_id=ticket, credential="ticket_code"))
    assert kinds(town) == []
    town.change(Ticket, ticket, state_since=NOON - MINUTE)
    town.tell("K1", entry("K1", ticket_id=ticket, credential="ticket_code", at=NOON + 2 * MINUTE))
    assert ConflictKind.TWO_VISITS in kinds(town)


def test_an_exit_granted_while_documents_were_out_is_a_conflict(town: Town) -> None:
    visitor = town.inside()
    town.issue(visitor)
    event = told(
        "E1", "exit_decided", at=NOON + MINUTE, verdict="grant", credential="slip_code",
        visit_id=str(visitor.visit_id), source="copy", facts_as_of=NOON.isoformat(),
    )  # fmt: skip
    town.tell("E1", event)
    [conflict] = conflicts(town)
    assert conflict.details["here"] == ["refuse", "reading_room_loans_open"]


def test_documents_taken_home_make_no_conflict_of_an_exit(town: Town) -> None:
    visitor = town.inside()
    town.issue(visitor, place=LoanPlace.HOME)
    event = told(
        "E1", "exit_decided", at=NOON + MINUTE, verdict="grant", credential="slip_code",
        visit_id=str(visitor.visit_id), facts_as_of=NOON.isoformat(),
    )  # fmt: skip
    town.tell("E1", event)
    assert kinds(town) == []


@pytest.mark.scenario("E43")
def test_a_ticket_that_the_server_does_not_know_is_shown_to_staff(town: Town) -> None:
    event = entry("K1", ticket_id="0123456789ab", source="copy")
    town.tell("K1", event)
    assert kinds(town) == [ConflictKind.SIGNED_UNKNOWN]
    assert visit(town, event).ticket_id == "0123456789ab"


@pytest.mark.fault(16)
def test_a_slip_number_used_twice_is_kept_and_shown(town: Town) -> None:
    first = entry("K1", ticket_id=town.ticket())
    second = entry("K1", ticket_id=town.ticket(), slip_number=first["slip_number"])
    assert receipts(town.tell("K1", first, second)) == [Receipt.STORED] * 2
    assert kinds(town) == [ConflictKind.SLIP_NUMBER_TWICE]


def test_things_declared_later_join_those_of_the_entry(town: Town) -> None:
    laptop = {"kind": "laptop", "count": 1}
    begun = entry("K1", own_items=[laptop])
    folder = {"kind": "folder", "approved_by": "Ольга Бібліотекар"}
    declared = told("K1", "item_declared", visit_id=begun["visit_id"], own_items=[folder])
    town.tell("K1", begun, declared)
    with town.database.reading() as session:
        items = session.scalars(select(OwnItem).order_by(OwnItem.id)).all()
    assert [(item.kind.value, item.approved_name) for item in items] == [
        ("laptop", None), ("folder", "Ольга Бібліотекар"),
    ]  # fmt: skip


def test_a_station_is_known_by_what_it_told_last(town: Town) -> None:
    health = told("K1", "health", version="1.2", devices=[{"device": "printer", "state": "works"}])
    town.tell("K1", {**health, "incarnation": 4}, at=NOON + MINUTE)
    with town.database.reading() as session:
        station = session.get_one(Station, "K1")
    assert (station.incarnation, station.last_seen_at) == (4, NOON + MINUTE)
    assert station.last_health is not None
    assert station.last_health["version"] == "1.2"


@pytest.mark.threat(23)
def test_who_came_to_the_maintenance_page_of_a_station_is_in_the_audit_log(town: Town) -> None:
    town.tell("K1", told("K1", "maintenance", act="refused", means="code"))
    with town.database.reading() as session:
        newest = select(AuditRecord).order_by(AuditRecord.id.desc()).limit(1)
        record = session.scalars(newest).one()
    assert (record.actor, record.action) == ("station:K1", "maintenance")
    assert record.details["act"] == "refused"
    assert record.details["means"] == "code"


def test_a_visit_nobody_knows_is_moved_by_nobody(town: Town) -> None:
    event = told("K1", "passed", visit_id=str(new_id()))
    assert receipts(town.tell("K1", event)) == [Receipt.STORED]
    assert kinds(town) == []
