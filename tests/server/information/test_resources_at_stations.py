"""The catalogue of e-resources reaches the stations' copy, and what changes follows."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from gate.events import RowTable, Topic
from server.models import EResource, Role
from server.services import consultations, feed
from tests.server import desk_library
from tests.server.console.desk import Desk
from tests.server.console.library import NOON, Library


def changed(library: Library, after: int) -> dict[tuple[str, str], dict[str, Any] | None]:
    """What a station hears behind a cursor."""
    rows = feed.read(library.database, after, epoch=None, at=NOON).rows
    return {(row.table, row.key): row.value for row in rows}


def cursor(library: Library) -> int:
    return feed.read(library.database, 0, epoch="none", at=NOON).cursor


def add(library: Library, **fields: Any) -> int:
    told = {"name": "Дія", "topic": Topic.STATE, "address": "https://diia.gov.ua"} | fields
    with library.database.writing() as session:
        row = EResource(**told)
        session.add(row)
        session.flush()
        return row.id


@pytest.mark.clause("C2.2a", "C3.1.1")
def test_a_snapshot_brings_the_catalogue_without_what_was_taken_off(desk: Library) -> None:
    kept = add(desk, owner="Мінцифри", checked_on=NOON.date())
    add(desk, address="https://old.example", retired_at=NOON)
    lines = b"".join(feed.snapshot(desk.database, at=NOON)).decode().splitlines()[1:]
    (row,) = [line for line in lines if '"table":"resource"' in line]
    assert f'"key":"{kept}"' in row
    assert '"owner":"Мінцифри"' in row
    assert f'"checked_on":"{NOON.date()}"' in row


@pytest.mark.clause("C3.1.1")
def test_what_is_added_changed_and_taken_off_follows(
    library: Library, desk_of: Callable[[Role], Desk]
) -> None:
    centre, before = desk_of(Role.INFORMATION_CENTRE), cursor(library)
    form = {"name": "Дія", "topic": "state", "address": "https://diia.gov.ua", "language": "uk"}
    centre.post("/resources", position="1", **form)
    ((key, told),) = changed(library, before).items()
    assert key[0] == RowTable.RESOURCE
    assert told is not None
    assert told["name"] == "Дія"
    before = cursor(library)
    centre.post(f"/resources/row/{key[1]}/retire")
    assert changed(library, before) == {key: None}


@pytest.mark.clause("C3.1.1")
def test_a_check_is_told_with_its_day(desk: Library) -> None:
    resource, before = add(desk), cursor(desk)
    by = desk_library.by(desk, Role.INFORMATION_CENTRE)
    consultations.checked(desk.database, resource, by)
    told = changed(desk, before)[RowTable.RESOURCE, str(resource)]
    assert told is not None
    assert told["checked_on"] == str(NOON.date())


def test_a_computer_more_is_told_with_the_house(
    library: Library, desk_of: Callable[[Role], Desk]
) -> None:
    before = cursor(library)
    desk_of(Role.INFORMATION_CENTRE).post("/computers", name="ПК 1", position="1")
    told = changed(library, before)[RowTable.BUILDING, "building"]
    assert told is not None
    assert told["workplaces"] == 1
