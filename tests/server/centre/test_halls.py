"""How many people are in each hall and in the shelter, and what their limits do."""

from __future__ import annotations

import os
from collections import Counter
from datetime import timedelta

import pytest

from gate.events import HallRecord, RowTable
from gate.facts import Emergency
from server.models import EmergencyOrigin, Hall, Patron, Station
from server.services import copy, emergencies, feed, halls, house_record, settings
from server.services.by import By
from server.services.patron_changes import note_help
from tests.server.centre.town import NOON, TODAY, Town, entry, reasons, told

BY = By(staff_id=1, at=NOON)


def hall(town: Town, name: str, **fields: object) -> int:
    with town.database.writing() as session:
        made = Hall(name=name, **fields)
        session.add(made)
        session.flush()
        return made.id


def by_hall(town: Town) -> Counter[str]:
    with town.database.reading() as session:
        return halls.counted(session, TODAY)


def known(town: Town, name: str) -> HallRecord:
    """A hall as stations hear of it."""
    with town.database.reading() as session:
        house = house_record.building_record(session, settings.read(session), at=NOON)
    return next(one for one in house.halls if one.name == name)


def test_people_are_counted_where_they_were_seen_last(town: Town) -> None:
    hall(town, "Краєзнавча", department_code="5")
    corner = hall(town, "Дитячий куток")
    town.change(Station, "R2", hall_id=corner)
    reader = town.inside()
    assert by_hall(town) == {"": 1}
    town.issue(reader)
    town.visitor_of_event(town.event(), persons=3)
    town.check(town.code(town.ticket()), station="R2")
    assert by_hall(town) == {"Краєзнавча": 1, "Зала мистецтв": 3, "Дитячий куток": 1}


def test_stations_hear_of_limits_and_of_whom_they_count(town: Town) -> None:
    limited = hall(town, "Зала мистецтв", capacity=40, name_en="Arts")
    town.change(Station, "K1", hall_id=limited)
    town.visitor_of_event(town.event(), persons=3)
    assert known(town, "Зала мистецтв") == HallRecord(
        name="Зала мистецтв", name_en="Arts", limit=40, inside=3, stations=("K1",)
    )


def test_every_coming_and_going_reaches_stations_while_a_limit_makes_people_wait(
    town: Town,
) -> None:
    before = feed.read(town.database, 0, epoch=None, at=NOON).cursor

    def buildings() -> int:
        rows = feed.read(town.database, before, epoch=None, at=NOON).rows
        return sum(row.table is RowTable.BUILDING for row in rows)

    town.inside()
    assert buildings() == 0, "nobody waits for a place"
    hall(town, "Мала", capacity=5)
    assert buildings() == 1


def test_a_reader_that_asks_is_stopped_by_the_hall_it_leads_to(town: Town) -> None:
    room = hall(town, "Мала", capacity=1)
    town.change(Station, "R2", hall_id=room)
    code = town.code(town.ticket())
    first = town.check(town.code(town.ticket()), station="R2")
    assert reasons(town.check(code, station="R2")) == ["hall_full"]
    assert town.check(town.code(town.ticket()), station="R1").verdict == "grant"
    town.check(first.slip_number or "", leaving=True)
    assert town.check(code, station="R2").verdict == "grant"


@pytest.mark.scenario("E33")
def test_the_shelter_counts_who_was_inside_and_who_came_from_the_street(town: Town) -> None:
    hall(town, "Підвал", capacity=4, is_shelter=True)
    town.set(has_shelter=True)
    town.inside()
    case = emergencies.raise_alarm(
        town.database, Emergency.AIR_RAID, origin=EmergencyOrigin.CONSOLE, at=NOON,
        entropy=os.urandom,
    )  # fmt: skip
    assert case is not None
    later = NOON + timedelta(minutes=1)
    town.tell("K1", told("K1", "counted", at=later, way="in", persons=2), at=later)
    with town.database.reading() as session:
        assert (halls.shelter(session, None).inside, halls.shelter(session, None).limit) == (3, 4)
    assert reasons(town.check("будь-який код", at=later)) == ["shelter"]
    assert reasons(town.check("ще один", at=later)) == ["shelter_full"]
    town.tell("K1", told("K1", "counted", at=later, way="out"), at=later)
    assert reasons(town.check("ще один", at=later)) == ["shelter"]


@pytest.mark.scenario("E33")
def test_who_has_a_visit_is_not_counted_from_the_street_again(town: Town) -> None:
    hall(town, "Підвал", capacity=4, is_shelter=True)
    town.set(has_shelter=True)
    ticket = town.ticket()
    town.inside(ticket)
    emergencies.raise_alarm(
        town.database, Emergency.AIR_RAID, origin=EmergencyOrigin.CONSOLE, at=NOON,
        entropy=os.urandom,
    )  # fmt: skip
    assert reasons(town.check(town.code(ticket))) == ["shelter"]
    with town.database.reading() as session:
        assert halls.shelter(session, None).inside == 1


def test_lists_and_stations_say_who_needs_help_and_only_while_they_are_inside(town: Town) -> None:
    hall(town, "Краєзнавча", department_code="5")
    ticket = town.ticket()
    note_help(town.database, town.owner(ticket), needed=True, by=BY)
    reader = town.inside(ticket)
    town.issue(reader)
    said = entry("K1", ticket_id=town.ticket(), needs_help=True)
    town.tell("K1", said)
    town.inside()
    with town.database.reading() as session:
        assert reader.visit_id is not None
        assert copy.visit_records(session, [reader.visit_id])[reader.visit_id].needs_help
    case = emergencies.raise_alarm(
        town.database, Emergency.FIRE, origin=EmergencyOrigin.CONSOLE, at=NOON,
        entropy=os.urandom,
    )  # fmt: skip
    assert case is not None
    with town.database.reading() as session:
        lines = [(one.hall, one.needs_help) for one in emergencies.roll(session, case)]
    assert lines == [("Краєзнавча", True), ("", True), ("", False)]


def test_the_wish_for_help_is_forgotten_with_the_person(town: Town) -> None:
    patron = town.patron(needs_help=True)
    with town.database.reading() as session:
        assert session.get_one(Patron, patron).needs_help
    note_help(town.database, patron, needed=False, by=BY)
    with town.database.reading() as session:
        assert not session.get_one(Patron, patron).needs_help
