"""A station's copy: everything once, then what changed, and nothing jumped over."""

from __future__ import annotations

import json
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from gate.events import Changes, Row, RowTable, TicketRecord, VisitRecord
from gate.facts import CredentialKind, LoanPlace
from server.models import Change, Patron, Ticket
from server.services import changes, feed, lending
from tests.server.centre.town import NOON, Town


def everything(town: Town) -> tuple[dict[str, Any], list[Row]]:
    lines = b"".join(feed.snapshot(town.database, at=NOON)).splitlines()
    return json.loads(lines[0]), [Row.model_validate_json(line) for line in lines[1:]]


def after(town: Town, cursor: int, epoch: str | None = None) -> Changes:
    return feed.read(town.database, cursor, epoch=epoch, at=NOON)


def cursor_of(town: Town) -> int:
    return int(everything(town)[0]["cursor"])


def test_a_snapshot_begins_with_its_head_and_holds_every_table(town: Town) -> None:
    ticket, event_id = town.ticket(), town.event()
    visitor = town.inside(ticket)
    head, rows = everything(town)
    assert (head["epoch"], head["as_of"]) == ("e1", NOON.isoformat())
    keys = {(row.table, row.key) for row in rows}
    assert {
        (RowTable.TICKET, ticket), (RowTable.EVENT, event_id), (RowTable.BUILDING, "building"),
        (RowTable.VISIT, str(visitor.visit_id)),
    } <= keys  # fmt: skip
    assert len([row for row in rows if row.table is RowTable.KEY]) == 5


@pytest.mark.threat(17)
def test_a_copy_holds_one_display_name_and_nothing_else_personal(town: Town) -> None:
    ticket = town.ticket(
        town.patron(patronymic="Іванівна", phone="+380501234567", email="o@example.org")
    )
    town.credential(ticket, CredentialKind.CARD, "04A1B2C3D4E5F6")
    told = b"".join(feed.snapshot(town.database, at=NOON)).decode()
    for secret in ("Коваленко", "Іванівна", "+380501234567", "o@example.org", "1990-05-01"):
        assert secret not in told
    [row] = [row for row in everything(town)[1] if row.table is RowTable.TICKET]
    record = TicketRecord.model_validate(row.value)
    assert record.display_name == "Олена К."
    assert record.credentials == ((CredentialKind.CARD, "04A1B2C3D4E5F6"),)


def test_many_tickets_come_in_parts_and_none_is_left_out(town: Town) -> None:
    patron = town.patron()
    with town.database.writing() as session:
        session.add_all(_tickets(patron, 2 * feed.PAGE + 1))
    rows = [row for row in everything(town)[1] if row.table is RowTable.TICKET]
    assert len({row.key for row in rows}) == 2 * feed.PAGE + 1


def _tickets(patron: int, count: int) -> list[Ticket]:
    return [
        Ticket(
            id=f"{n:012x}", number=f"М-{n}", patron_id=patron, kind="permanent", issued_at=NOON,
            valid_from=NOON.date(), valid_until=NOON.date(), registered_for=2026,
        )
        for n in range(count)
    ]  # fmt: skip


def test_only_what_changed_behind_the_cursor_comes_and_each_row_once(town: Town) -> None:
    town.inside()
    cursor = cursor_of(town)
    assert after(town, cursor).rows == ()
    visitor = town.inside()
    town.issue(visitor)
    town.issue(visitor)
    found = after(town, cursor)
    [row] = found.rows
    record = VisitRecord.model_validate(row.value)
    assert (record.visit_id, record.reading_room[0].count) == (visitor.visit_id, 2)
    assert found.cursor > cursor
    assert after(town, found.cursor).rows == ()


def test_a_change_in_the_middle_of_a_reading_comes_with_its_own_value(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    cursor = cursor_of(town)
    floor = changes.floor

    def meanwhile(session: Session) -> int:
        if not town.database.is_sqlite:
            town.set(building_limit=77)
        return floor(session)

    monkeypatch.setattr("server.services.feed.changes.floor", meanwhile)
    told = [row.value for row in after(town, cursor).rows if row.table is RowTable.BUILDING]
    monkeypatch.undo()
    assert all(value is not None and value["limit"] == 77 for value in told)
    if town.database.is_sqlite:
        town.set(building_limit=77)
    later = after(town, cursor).rows
    assert [row.value["limit"] for row in later if row.value is not None] == [77]


def test_a_visit_that_ended_is_gone_from_the_copy(town: Town) -> None:
    visitor = town.inside()
    cursor = cursor_of(town)
    town.check(visitor.slip_number or "", leaving=True)
    [row] = after(town, cursor).rows
    assert (row.table, row.value) == (RowTable.VISIT, None)


def test_a_changed_setting_reaches_stations_as_the_building(town: Town) -> None:
    cursor = cursor_of(town)
    town.set(building_limit=120, closing_soon_min=20)
    [row] = after(town, cursor).rows
    assert row.table is RowTable.BUILDING
    assert row.value is not None
    assert (row.value["limit"], row.value["policy"]) == (120, {"closing_soon": 1200.0})


def test_a_loan_home_changes_what_is_known_of_the_ticket(town: Town) -> None:
    ticket = town.ticket()
    visitor = town.inside(ticket)
    cursor = cursor_of(town)
    barcode = town.document()
    town.issue(visitor, barcode, LoanPlace.HOME)
    lending.take_back(town.database, barcode, desk=town.desk, at=NOON)
    assert (RowTable.TICKET, ticket) in [(row.table, row.key) for row in after(town, cursor).rows]


@pytest.mark.fault(10)
def test_changes_that_nobody_needs_are_forgotten_and_who_missed_them_takes_a_snapshot(
    town: Town,
) -> None:
    before = cursor_of(town)
    for number in range(30):
        town.set(building_limit=100 + number)
    latest = cursor_of(town)
    changes.forget_old(town.database, kept=10, bite=15)
    with town.database.reading() as session:
        left = session.scalars(select(Change.position)).all()
    assert 10 <= len(left) <= 30 + before
    assert after(town, before).reset
    assert not after(town, latest).reset
    assert everything(town)[0]["cursor"] >= latest


def test_few_changes_are_kept_however_old_they_are(town: Town) -> None:
    before = cursor_of(town)
    town.set(building_limit=100)
    changes.forget_old(town.database)
    assert len(after(town, before).rows) == 1


@pytest.mark.fault(15)
def test_a_cursor_of_another_life_of_the_database_asks_for_a_snapshot(town: Town) -> None:
    town.inside()
    cursor = cursor_of(town)
    assert after(town, cursor, epoch="another").reset
    assert after(town, cursor + 1_000_000).reset
    assert not after(town, cursor, epoch="e1").reset


def test_long_feeds_come_in_pages_and_a_transaction_is_never_cut(town: Town) -> None:
    cursor = cursor_of(town)
    for part in range(3):
        with town.database.writing() as session:
            changes.note(
                session, RowTable.TICKET, (f"t{part}-{n}" for n in range(feed.PAGE * 2 // 3))
            )
    seen: list[str] = []
    for _ in range(10):
        page = after(town, cursor)
        if not page.rows:
            break
        seen += [row.key for row in page.rows]
        cursor = page.cursor
    assert len(seen) == len(set(seen)) == 3 * (feed.PAGE * 2 // 3)


@pytest.mark.parametrize("town", ["postgresql"], indirect=True)
@pytest.mark.parametrize("late_begins", [True, False])
def test_a_row_that_commits_late_is_never_jumped_over(town: Town, late_begins: bool) -> None:
    cursor = cursor_of(town)
    with Session(town.database.engine) as late, Session(town.database.engine) as early:
        first, second = (late, early) if late_begins else (early, late)
        first.execute(select(Patron.id))
        for session, name in ((first, "first"), (second, "second")):
            changes.note(session, RowTable.TICKET, [name])
        early.commit()
        between = after(town, cursor)
        late.commit()
    rest = after(town, between.cursor)
    seen = [row.key for row in (*between.rows, *rest.rows)]
    assert sorted(seen) == ["first", "second"]


@pytest.mark.parametrize("town", ["postgresql"], indirect=True)
def test_numbers_out_of_the_order_of_commits_are_served_in_the_order_of_transactions(
    town: Town,
) -> None:
    """The older transaction takes the larger row number: a cursor over numbers would lose it."""
    cursor = cursor_of(town)
    with Session(town.database.engine) as old, Session(town.database.engine) as young:
        old.add(Patron(surname="А", given_name="Б", name_key="", salt="", created_at=NOON))
        old.flush()
        changes.note(young, RowTable.TICKET, ["young"])
        changes.note(old, RowTable.TICKET, ["old"])
        young.commit()
        assert after(town, cursor).rows == ()
        old.commit()
    assert {row.key for row in after(town, cursor).rows} == {"young", "old"}


def test_the_feed_on_sqlite_is_read_by_the_number_of_its_rows(town: Town) -> None:
    town.inside()
    with town.database.reading() as session:
        newest = session.scalars(select(Change).order_by(Change.id.desc())).first()
    assert newest is not None
    if town.database.is_sqlite:
        assert cursor_of(town) == newest.id
    else:
        assert newest.position <= cursor_of(town)
