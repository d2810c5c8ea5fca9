"""Parts of a snapshot: what was packed is unpacked, and nothing else is believed."""

from __future__ import annotations

import json
from datetime import date
from hashlib import sha256
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gate.events import BadPart, TicketColumns, TicketRecord, pack, unpack
from tests.gate.sample import AT

texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=20)
days = st.integers(1, date.max.toordinal())


@st.composite
def columns(draw: st.DrawFn) -> TicketColumns:
    numbers = sorted(draw(st.sets(st.integers(0, (1 << 48) - 1), max_size=12)))
    count = len(numbers)

    def every(values: st.SearchStrategy[Any]) -> list[Any]:
        return draw(st.lists(values, min_size=count, max_size=count))

    places = st.integers(0, max(count - 1, 0))
    some = 5 if count else 0
    return TicketColumns(
        ids=[f"{number:012x}" for number in numbers],
        numbers=every(texts),
        names=every(texts),
        kinds=every(st.sampled_from(["permanent", "one_time"])),
        states=every(st.sampled_from(["active", "lost", "replaced"])),
        flags=every(st.integers(0, 7)),
        valid_from=every(days),
        valid_until=every(days),
        registered_for=every(st.integers(0, 9999)),
        overdue=draw(st.lists(st.tuples(places, st.integers(0, 1000)), max_size=some)),
        rest=draw(st.lists(st.tuples(places, texts), max_size=some)),
        credentials=draw(
            st.lists(st.tuples(places, st.sampled_from(["card", "number"]), texts), max_size=some)
        ),
    )


def packed(tickets: TicketColumns, last: str | None = None) -> bytes:
    return pack(tickets, epoch="e1", cursor=7, as_of=AT, last=last)


def plain(tickets: TicketColumns) -> dict[str, Any]:
    return {name: list(getattr(tickets, name)) for name in TicketColumns.__dataclass_fields__}


SOME = TicketColumns(
    ids=["00000000000a", "ffffffffffff"], numbers=["1", "Ч-2"], names=["Олена К.", ""],
    kinds=["permanent", "one_time"], states=["active", "lost"], flags=[3, 4],
    valid_from=[738000, 738001], valid_until=[739826, 738001], registered_for=[2026, 2025],
    overdue=[(1, 3)], rest=[(0, '{"agreement_until": "2027-01-01"}')],
    credentials=[(1, "card", "04A1B2")],
)  # fmt: skip


@given(columns())
def test_what_was_packed_is_unpacked(tickets: TicketColumns) -> None:
    part = unpack(packed(tickets, "00ff00ff00ff"))
    head, found = part.head, part.columns()
    assert (head.epoch, head.cursor, head.as_of, head.last) == ("e1", 7, AT, "00ff00ff00ff")
    assert plain(found) == plain(tickets)


@given(columns(), st.data())
def test_no_part_is_believed_that_lost_or_changed_a_byte(
    tickets: TicketColumns, data: st.DataObject
) -> None:
    part = packed(tickets)
    at = data.draw(st.integers(0, len(part) - 1))
    changed = bytes([*part[:at], part[at] ^ data.draw(st.integers(1, 255)), *part[at + 1 :]])
    for broken in (changed, part[:at]):
        with pytest.raises(BadPart):
            unpack(broken).columns()


def sealed(part: bytes) -> bytes:
    return part + sha256(part).digest()


@given(st.binary(max_size=300))
def test_bytes_of_a_stranger_are_no_part(strange: bytes) -> None:
    """Even where their checksum is right."""
    with pytest.raises(BadPart):
        unpack(sealed(strange)).columns()


@pytest.mark.threat(7)
@given(st.data())
def test_columns_that_do_not_fit_their_head_are_refused(data: st.DataObject) -> None:
    line, _, body = packed(SOME)[:-32].partition(b"\n")
    head = json.loads(line)
    place = data.draw(st.integers(0, len(head["columns"]) - 1))
    head["columns"][place][1] = data.draw(st.integers(-5, 400))
    part = sealed(json.dumps(head).encode() + b"\n" + body)
    try:
        found = unpack(part).columns()
    except BadPart:
        return
    assert len(found.numbers) == len(found.valid_until) == len(found.ids)


def test_another_version_is_not_read_as_this_one() -> None:
    line, _, body = packed(SOME)[:-32].partition(b"\n")
    newer = json.dumps(json.loads(line) | {"version": 2}).encode()
    with pytest.raises(BadPart, match="version 2"):
        unpack(sealed(newer + b"\n" + body))


@pytest.mark.fault(34)
def test_a_column_of_a_newer_version_is_left_out() -> None:
    line, _, body = packed(SOME)[:-32].partition(b"\n")
    head = json.loads(line)
    head["columns"].insert(0, ["loyalty", 3])
    found = unpack(sealed(json.dumps(head).encode() + b"\nabc" + body)).columns()
    assert plain(found) == plain(SOME)


@pytest.mark.parametrize("ids", [["00", "00"], ["02", "01"], ["1000000000000"], ["x"]])
def test_only_sorted_ids_of_six_bytes_can_be_packed(ids: list[str]) -> None:
    many = [1] * len(ids)
    words = ["a"] * len(ids)
    with pytest.raises(ValueError, match=r"ids|invalid literal"):
        packed(TicketColumns(
            ids=ids, numbers=words, names=words, kinds=words, states=words, flags=many,
            valid_from=many, valid_until=many, registered_for=many,
        ))  # fmt: skip


def test_every_field_of_a_ticket_has_its_column() -> None:
    """Whoever adds a field to the record must say how it is packed."""
    assert set(TicketRecord.model_fields) == {
        "ticket_id", "number", "display_name", "kind", "state", "fee_paid", "home_loans",
        "slip_not_returned", "valid_from", "valid_until", "registered_for", "overdue_loans",
        "credentials", "ban", "consent_missing_until", "document_to_renew_from", "agreement_until",
    }  # fmt: skip
