"""Records on the wire: identity, tolerance, bounds."""

from datetime import UTC, datetime, timedelta
from typing import Any, get_args
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from gate import events
from tests.gate.sample import AT

PASSED: dict[str, Any] = {
    "kind": "passed",
    "id": "0195b7a0-7e1c-7c3a-9d55-2f1e6a0b9c11",
    "incarnation": 1,
    "sequence": 7,
    "at": "2026-03-10T09:00:00Z",
    "visit_id": "0195b7a0-7e1c-7c3a-9d55-2f1e6a0b9c12",
}
KINDS = [
    "entry_decided",
    "exit_decided",
    "slip_job",
    "passed",
    "not_passed",
    "exited",
    "left",
    "returned",
    "item_declared",
    "help_called",
    "photo_taken",
    "alarm",
    "counted",
    "lane_changed",
    "maintenance",
    "health",
]


def test_an_event_is_known_by_its_kind() -> None:
    event = events.STATION_EVENT.validate_python(PASSED)
    assert isinstance(event, events.Passed)
    assert (event.sequence, event.at) == (7, AT)


def test_every_kind_of_event_is_read() -> None:
    union = get_args(get_args(events.StationEvent)[0])
    assert [kind.model_fields["kind"].default for kind in union] == KINDS


@pytest.mark.fault(34)
def test_fields_of_a_newer_version_are_ignored() -> None:
    newer = PASSED | {"schema_version": 2, "lane": "B", "nested": {"a": [1]}}
    event = events.STATION_EVENT.validate_python(newer)
    assert event.schema_version == 2
    assert not hasattr(event, "lane")


@pytest.mark.fault(12)
@pytest.mark.parametrize(
    "change",
    [
        {"kind": "teleported"},
        {"id": "not an id"},
        {"sequence": 0},
        {"incarnation": 0},
        {"at": "2026-03-10T09:00:00"},
        {"monotonic_ms": -1},
        {"boot_id": "x" * 201},
        {"visit_id": None},
    ],
)
def test_a_broken_event_is_refused_alone(change: dict[str, Any]) -> None:
    """A batch keeps its events raw, so that one that cannot be read harms no other."""
    batch = events.EventBatch(events=(PASSED, PASSED | change))
    with pytest.raises(ValidationError):
        events.STATION_EVENT.validate_python(batch.events[1])
    assert events.STATION_EVENT.validate_python(batch.events[0]).sequence == 7


def test_a_batch_has_its_bounds() -> None:
    with pytest.raises(ValidationError):
        events.EventBatch(events=(PASSED,) * 1001)


def test_an_event_comes_back_as_it_was_sent() -> None:
    sent = events.EntryDecided.model_validate(
        PASSED
        | {
            "kind": "entry_decided",
            "verdict": "grant",
            "reasons": ["weak_credential", "offline"],
            "duties": ["print_slip"],
            "credential": "card",
            "source": "copy",
            "facts_as_of": AT,
            "own_items": [{"kind": "laptop"}],
        }
    )
    assert events.STATION_EVENT.validate_json(sent.model_dump_json()) == sent


@given(
    st.datetimes(datetime(1970, 1, 1), datetime(9000, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001
    st.binary(min_size=10, max_size=10),
)
def test_an_id_is_a_uuid_7_that_tells_its_time(at: datetime, entropy: bytes) -> None:
    made = events.uuid7(at, entropy)
    assert (made.version, made.variant) == (7, UUID(int=0x8 << 60).variant)
    told = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=made.int >> 80)
    assert abs(told - at) < timedelta(milliseconds=2)


def test_later_ids_sort_behind_earlier_ones() -> None:
    earlier = events.uuid7(AT, b"\xff" * 10)
    later = events.uuid7(AT + timedelta(milliseconds=1), bytes(10))
    assert earlier < later


def test_an_id_needs_its_chance() -> None:
    with pytest.raises(ValueError, match="10 random bytes"):
        events.uuid7(AT, bytes(9))


@pytest.mark.parametrize("station", ["k1", "K", "K12", "К1", "K-"])
def test_a_station_has_a_code_of_two_signs(station: str) -> None:
    with pytest.raises(ValidationError):
        events.PairQuery(code="123456", station=station, slip_public_key="0" * 64)


def test_records_are_frozen() -> None:
    event = events.STATION_EVENT.validate_python(PASSED)
    with pytest.raises(ValidationError):
        setattr(event, "sequence", 8)  # noqa: B010
