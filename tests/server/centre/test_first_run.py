"""A new library on its way to the first scan: how far it is stands in what it holds."""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import select

from gate.codes import new_signing_key
from gate.events import PairQuery
from gate.facts import TicketKind
from gate.pairing import code_of
from gate.reasons import Verdict
from server import founding
from server.console.tables import BRANCHES, DEPARTMENTS
from server.database import Database
from server.models import AuditRecord, Base, Role, StationRole, Ticket, Visit
from server.services import (
    accounts,
    calendar_days,
    decisions_made,
    desk_events,
    first_run,
    setting_history,
    settings,
    station_events,
    stations,
    tables,
)
from server.services.accounts import NewAccount
from server.services.by import By
from server.services.first_run import Progress
from server.services.settings import FirstStep
from tests.server.centre.town import NOON, Town, entry, told

BY = By(staff_id=1, at=NOON)


@pytest.fixture
def new(empty: Database) -> Database:
    """What `lystok server init` leaves behind: tables and one administrator."""
    Base.metadata.create_all(empty.engine)
    founding.first_administrator(empty, at=NOON, entropy=os.urandom)
    return empty


def progress(database: Database) -> Progress:
    with database.reading() as session:
        return first_run.progress(session, settings.read(session))


def is_shown(database: Database) -> bool:
    with database.reading() as session:
        return first_run.is_shown(session, settings.read(session))


def set_(**values: object) -> Callable[[Database], object]:
    return lambda database: settings.change(database, values, actor=BY.actor, at=NOON)


def add_branch(database: Database) -> None:
    row = {"code": "2", "name": "Філія на Сихові", "position": 1}
    tables.save(database, BRANCHES.table, None, row, BY)


def add_department(database: Database) -> None:
    row = {"code": "1", "name": "Абонемент", "position": 1}
    tables.save(database, DEPARTMENTS.table, None, row, BY)


def add_colleague(database: Database) -> None:
    told = NewAccount(login="o.koval", name="Олена Коваль", role=Role.DIRECTOR)
    accounts.make(database, told, "довгий пароль колеги", BY)


def join(database: Database, *, code: str = "K1") -> None:
    stations.register(
        database, code, name="Вхід", role=StationRole.BOTH, has_lane=False, actor=BY.actor, at=NOON
    )
    public = new_signing_key(b"\1" * 32).public_raw
    stations.approve(database, code, code_of(public), staff_id=1, at=NOON)
    query = PairQuery(code=code_of(public), station=code, slip_public_key=public.hex())
    stations.pair(database, query, at=NOON, entropy=os.urandom)


def scan(database: Database) -> None:
    join(database)
    refused = told("K1", "entry_decided", verdict="refuse", reasons=["unknown_code"],
                   facts_as_of=NOON.isoformat())  # fmt: skip
    station_events.ingest(database, "K1", [refused], at=NOON)


DOINGS: dict[FirstStep, Callable[[Database], object]] = {
    FirstStep.LIBRARY: set_(library_name="Бібліотека на Подолі"),
    FirstStep.BRANCHES: add_branch,
    FirstStep.DEPARTMENTS: add_department,
    FirstStep.HOURS: set_(hours=[*6 * [{"opens": "10:00", "closes": "18:00"}], None]),
    FirstStep.TARIFFS: set_(fee_full=6000),
    FirstStep.STAFF: add_colleague,
    FirstStep.STATION: join,
    FirstStep.SCAN: scan,
}


def test_a_new_library_has_every_step_before_it(new: Database) -> None:
    found = progress(new)
    assert list(found.open) == list(FirstStep)
    assert found.leads
    assert is_shown(new)


@pytest.mark.parametrize("step", FirstStep)
def test_each_step_is_done_by_the_deed_alone_wherever_it_was_done(
    new: Database, step: FirstStep
) -> None:
    DOINGS[step](new)
    also = {FirstStep.STATION} if step is FirstStep.SCAN else set()
    assert progress(new).done == {step} | also


def test_what_was_taken_back_is_open_again(new: Database) -> None:
    add_department(new)
    tables.retire(new, DEPARTMENTS.table, "1", BY)
    join(new)
    stations.revoke(new, "K1", actor=BY.actor, at=NOON)
    assert progress(new).done == frozenset()


def test_going_on_from_a_step_is_kept_once_and_audited_with_before_and_after(
    new: Database,
) -> None:
    for _ in range(2):
        first_run.note_passed(new, FirstStep.BRANCHES, BY)
    first_run.note_passed(new, FirstStep.LIBRARY, BY)
    assert progress(new).passed == {FirstStep.BRANCHES, FirstStep.LIBRARY}
    with new.reading() as session:
        records = session.scalars(
            select(AuditRecord).where(AuditRecord.object_id == "first_run").order_by(AuditRecord.id)
        ).all()
    assert [(record.actor, record.details) for record in records] == [
        ("staff:1", {"before": [], "after": ["branches"]}),
        ("staff:1", {"before": ["branches"], "after": ["library", "branches"]}),
    ]
    with pytest.raises(LookupError):
        setting_history.undo(new, records[0].id, BY)


def test_the_next_step_is_the_next_open_one_then_what_was_left_before(new: Database) -> None:
    add_department(new)
    found = progress(new)
    assert found.after(FirstStep.LIBRARY) is FirstStep.BRANCHES
    assert found.after(FirstStep.BRANCHES) is FirstStep.HOURS
    assert found.after(FirstStep.SCAN) is FirstStep.LIBRARY


def test_it_is_over_when_every_step_is_done_or_passed(new: Database) -> None:
    for step in FirstStep:
        first_run.note_passed(new, step, BY)
    found = progress(new)
    assert (list(found.open), found.leads, is_shown(new)) == ([], False, False)
    assert found.after(FirstStep.SCAN) is None


def test_a_library_that_works_leads_nobody_through_it(town: Town) -> None:
    town.tell("K1", entry("K1", ticket_id=town.ticket(), credential="ticket_code"))
    found = progress(town.database)
    assert FirstStep.SCAN in found.done
    assert found.open, "it never decided on its tariffs"
    assert not found.leads
    assert not is_shown(town.database)


def test_whoever_began_keeps_it_in_sight_until_all_is_settled(town: Town) -> None:
    town.tell("K1", entry("K1", ticket_id=town.ticket(), credential="ticket_code"))
    first_run.note_passed(town.database, FirstStep.HOURS, BY)
    assert is_shown(town.database)


def test_what_stations_decided_is_told_the_newest_first_and_a_desk_is_no_station(
    town: Town,
) -> None:
    ticket = town.ticket()
    refused = told("K1", "entry_decided", at=NOON - timedelta(minutes=2), verdict="refuse",
                   reasons=["unknown_code"], facts_as_of=NOON.isoformat())  # fmt: skip
    town.tell("K1", refused)
    town.tell("K1", entry("K1", ticket_id=ticket, credential="ticket_code"))
    with town.database.writing() as session:
        visit = session.scalars(select(Visit)).one()
        desk_events.tell(
            session, "exit_decided", visit, at=NOON + timedelta(minutes=1), entropy=os.urandom,
            payload={"verdict": "grant"},
        )  # fmt: skip
    with town.database.reading() as session:
        seen = decisions_made.latest(session, 5)
    assert [(each.made.verdict, each.ticket_id) for each in seen] == [
        (Verdict.GRANT, ticket), (Verdict.REFUSE, None),
    ]  # fmt: skip
    with town.database.reading() as session:
        assert len(decisions_made.latest(session, 1)) == 1


def test_the_first_scan_is_tried_with_the_newest_valid_staff_pass(town: Town) -> None:
    town.ticket()
    town.ticket(kind=TicketKind.STAFF)
    new = town.ticket(kind=TicketKind.STAFF)
    with town.database.writing() as session:
        session.get_one(Ticket, new).issued_at = NOON + timedelta(days=1)
    with town.database.reading() as session:
        found = first_run.test_ticket(session)
    assert found is not None
    assert found.id == new


def test_own_hours_of_a_department_are_not_the_library_s(new: Database) -> None:
    add_department(new)
    calendar_days.set_hours(new, DEPARTMENTS.table.model, "1", [None] * 7, BY)  # type: ignore[arg-type]
    assert FirstStep.HOURS not in progress(new).done
