"""Records become facts and decisions become records, with nothing lost on the way."""

from dataclasses import fields, replace
from datetime import UTC, date, timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gate import events, records
from gate.facts import (
    Because,
    BuildingFacts,
    CredentialKind,
    Decision,
    DepartmentCount,
    Emergency,
    EventFacts,
    OldCopy,
    OwnItem,
    OwnItemKind,
    Policy,
    SlipState,
    Task,
    TicketFacts,
    TicketKind,
    TicketState,
    VisitFacts,
    VisitState,
)
from gate.reasons import Duty, Reason, Verdict
from tests.gate import strategies as any_
from tests.gate.code_sample import PUBLIC_SLIP_KEY, PUBLIC_TICKET_KEY
from tests.gate.sample import AT, BAN, CLOSES, KYIV, OPENS

VISIT_ID = UUID("0195b7a0-7e1c-7c3a-9d55-2f1e6a0b9c11")
TICKET = events.TicketRecord(
    ticket_id="3f9a01bc22d4",
    number="00012",
    kind=TicketKind.ONE_TIME,
    state=TicketState.LOST,
    valid_from=date(2024, 5, 1),
    valid_until=date(2029, 4, 30),
    registered_for=2026,
    fee_paid=False,
    home_loans=False,
    ban=events.BanRecord(since=BAN.since, until=BAN.until),
    consent_missing_until=date(2027, 1, 1),
    document_to_renew_from=date(2027, 1, 2),
    agreement_until=date(2027, 1, 3),
    overdue_loans=2,
    slip_not_returned=True,
    display_name="Олена К.",
    credentials=((CredentialKind.CARD, "04A1"),),
)
VISIT = events.VisitRecord(
    visit_id=VISIT_ID,
    slip_number="K1-0007-C0001",
    state=VisitState.AWAY,
    station="K1",
    opened_at=AT,
    ticket_id="3f9a01bc22d4",
    event_id="lecture",
    persons=3,
    slip_state=SlipState.VOID,
    reading_room=(events.DepartmentCountRecord(department="5", count=2),),
    home_today=1,
    marks=4,
    own_items=(events.OwnItemRecord(kind=OwnItemKind.LAPTOP, count=2, approved_by="Ірина"),),
    closed_at=AT,
)
HOUSE = events.BuildingRecord(
    library_name="Бібліотека",
    opens_at=OPENS,
    closes_at=CLOSES,
    closed_today=True,
    open_day=True,
    inside=7,
    limit=120,
    emergency=Emergency.AIR_RAID,
    has_shelter=True,
)


def test_a_ticket_record_becomes_facts() -> None:
    assert records.ticket_facts(TICKET) == TicketFacts(
        ticket_id="3f9a01bc22d4",
        kind=TicketKind.ONE_TIME,
        state=TicketState.LOST,
        valid_from=date(2024, 5, 1),
        valid_until=date(2029, 4, 30),
        registered_for=2026,
        fee_paid=False,
        home_loans=False,
        ban=BAN,
        consent_missing_until=date(2027, 1, 1),
        document_to_renew_from=date(2027, 1, 2),
        agreement_until=date(2027, 1, 3),
        overdue_loans=2,
        slip_not_returned=True,
        display_name="Олена К.",
        number="00012",
    )
    assert records.ticket_facts(TICKET.model_copy(update={"ban": None})).ban is None


def test_a_visit_record_becomes_facts() -> None:
    assert records.visit_facts(VISIT, loans_as_of=AT) == VisitFacts(
        visit_id=str(VISIT_ID),
        slip_number="K1-0007-C0001",
        state=VisitState.AWAY,
        station="K1",
        opened_at=AT,
        ticket_id="3f9a01bc22d4",
        event_id="lecture",
        persons=3,
        slip_state=SlipState.VOID,
        reading_room=(DepartmentCount(department="5", count=2),),
        home_today=1,
        marks=4,
        own_items=(OwnItem(kind=OwnItemKind.LAPTOP, count=2, approved_by="Ірина"),),
        closed_at=AT,
        loans_as_of=AT,
    )
    assert records.visit_facts(VISIT).loans_as_of is None


def test_an_event_record_becomes_facts() -> None:
    record = events.EventRecord(
        event_id="lecture",
        title="Лекція",
        hall="Зала",
        doors_at=AT,
        starts_at=AT + timedelta(minutes=30),
        ends_at=AT + timedelta(hours=2),
        places=50,
        places_left=40,
    )
    assert records.event_facts(record) == EventFacts(
        event_id="lecture", opens_at=AT, ends_at=AT + timedelta(hours=2), places_left=40
    )


def test_a_building_record_becomes_facts() -> None:
    assert records.building_facts(HOUSE) == BuildingFacts(
        opens_at=OPENS,
        closes_at=CLOSES,
        closed_today=True,
        open_day=True,
        inside=7,
        limit=120,
        emergency=Emergency.AIR_RAID,
        has_shelter=True,
    )


@pytest.mark.parametrize(
    "record, facts",
    [
        (TICKET, records.ticket_facts(TICKET)),
        (VISIT, records.visit_facts(VISIT, AT)),
        (HOUSE, records.building_facts(HOUSE)),
    ],
    ids=["ticket", "visit", "building"],
)
def test_these_samples_leave_no_field_at_its_default(record: events.Record, facts: Any) -> None:
    """So that a field forgotten in a conversion shows."""
    for field in fields(facts):
        assert getattr(facts, field.name) != field.default, field.name


def test_without_settings_the_policy_is_the_default() -> None:
    assert records.policy_of(HOUSE, KYIV) == Policy(timezone=KYIV)


def test_settings_come_in_json_terms() -> None:
    settings = {
        "grace_until_month_day": [2, 28],
        "closing_soon": 600,
        "old_copy": "desk",
        "exit_on_old_counts": "grant",
        "reading_room_limit": 5,
        "overdue_blocks_home_loans": False,
    }
    policy = records.policy_of(HOUSE.model_copy(update={"policy": settings}), UTC)
    assert policy == Policy(
        timezone=UTC,
        grace_until_month_day=(2, 28),
        closing_soon=timedelta(minutes=10),
        old_copy=OldCopy.DESK,
        exit_on_old_counts=Verdict.GRANT,
        reading_room_limit=5,
        overdue_blocks_home_loans=False,
    )


@pytest.mark.fault(34)
def test_a_setting_of_a_newer_server_is_left_out() -> None:
    record = HOUSE.model_copy(update={"policy": {"limit_of_tomorrow": 3, "home_limit": 4}})
    assert records.policy_of(record, KYIV) == Policy(timezone=KYIV, home_limit=4)


@pytest.mark.parametrize(
    "name, value",
    [
        ("home_limit", "ten"),
        ("home_limit", True),
        ("overdue_blocks_home_loans", 1),
        ("closing_soon", "soon"),
        ("closing_soon", 1e300),
        ("grace_until_month_day", [1]),
        ("old_copy", "maybe"),
        ("exit_on_old_counts", None),
    ],
)
def test_a_wrong_setting_is_named(name: str, value: object) -> None:
    record = HOUSE.model_copy(update={"policy": {name: value}})
    with pytest.raises(ValueError, match=f"no value for {name}"):
        records.policy_of(record, KYIV)


reasonable = st.timedeltas(timedelta(0), timedelta(days=400)).map(
    lambda span: timedelta(seconds=int(span.total_seconds()))
)


@given(any_.policies, reasonable)
def test_a_policy_survives_the_wire(policy: Policy, span: timedelta) -> None:
    names = ("closing_soon", "return_before_closing", "stack_stops_before_closing")
    ages = ("copy_max_age", "loan_counts_max_age", "inside_again_after")
    sent = replace(policy, **dict.fromkeys(names + ages, span))  # type: ignore[arg-type]
    record = HOUSE.model_copy(update={"policy": records.policy_settings(sent)})
    received = events.BuildingRecord.model_validate_json(record.model_dump_json())
    assert records.policy_of(received, sent.timezone) == sent


def test_keys_go_there_and_back() -> None:
    for key in (PUBLIC_TICKET_KEY, replace(PUBLIC_SLIP_KEY, not_after=AT, revoked_at=AT)):
        sent = records.key_record(key).model_dump_json()
        assert records.public_key(events.KeyRecord.model_validate_json(sent)) == key


@pytest.mark.parametrize("change", [{"key_id": "00"}, {"public_key": "zz"}, {"public_key": ""}])
def test_a_key_that_is_none_is_refused(change: dict[str, str]) -> None:
    record = records.key_record(PUBLIC_TICKET_KEY).model_copy(update=change)
    with pytest.raises(ValueError, match=r"."):
        records.public_key(record)


def test_a_decision_is_told_with_all_that_words_need() -> None:
    decision = Decision.of(
        (
            Because(code=Reason.BANNED, until=AT),
            Because(
                code=Reason.READING_ROOM_LOANS_OPEN,
                departments=(DepartmentCount(department="5", count=2),),
            ),
        ),
        (Task(code=Duty.COUNT_DOCUMENTS, count=3),),
    )
    assert [reason.model_dump(mode="json") for reason in records.reason_records(decision)] == [
        {"code": "banned", "until": "2026-03-10T09:00:00Z", "departments": []},
        {
            "code": "reading_room_loans_open",
            "until": None,
            "departments": [{"department": "5", "count": 2}],
        },
    ]
    assert [duty.model_dump() for duty in records.duty_records(decision)] == [
        {"code": Duty.COUNT_DOCUMENTS, "count": 3}
    ]
