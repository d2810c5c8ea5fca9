"""Computers of the centre booked ahead: no place twice, the centre's hours, and whoever comes."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from sqlalchemy import delete

from gate.events import WorkplaceOutcome
from server.database import open_database
from server.models import Department, DepartmentKind, Ticket, Visit, Workplace, WorkplaceBooking
from server.services import retention, settings, workplace_bookings, workplaces
from server.services.workplace_bookings import NotBooked, Whose, Wish
from server.services.workplaces import NotPossible
from tests.server.console.library import NOON, Library
from tests.server.desk_library import audited
from tests.server.information.computers import (
    HOUR,
    book,
    by,
    other,
    places,
    refused,
    show,
    uses,
    whose,
)


@pytest.mark.clause("C3.1.1")
def test_a_place_is_booked_once_and_the_next_one_is_given_to_the_next(desk: Library) -> None:
    first, second = places(desk, "ПК 1", "ПК 2")
    assert book(desk, NOON + HOUR).workplace_id == first
    assert book(desk, NOON + HOUR, who=other(desk)).workplace_id == second
    assert refused(desk, NOON + HOUR, place=first, who=other(desk)) == "already"
    assert [record.actor for record in audited(desk, "booking_made")] == ["station:K1"] * 2


@pytest.mark.clause("C3.1.1")
@pytest.mark.parametrize("begins, minutes", [(60, 60), (90, 30), (30, 60), (30, 180)])
def test_times_that_meet_are_refused(desk: Library, begins: int, minutes: int) -> None:
    (place,) = places(desk, "ПК 1")
    book(desk, NOON + HOUR, 60)
    later = NOON + timedelta(minutes=begins)
    assert refused(desk, later, minutes, place=place, who=other(desk)) == "taken"


def test_times_that_only_touch_are_kept(desk: Library) -> None:
    places(desk, "ПК 1")
    book(desk, NOON + HOUR, 60)
    book(desk, NOON + 2 * HOUR, 60, who=other(desk))
    book(desk, NOON, 60, who=other(desk))


@pytest.mark.clause("C3.1.1")
def test_of_two_who_want_one_place_at_the_same_moment_one_gets_it(desk: Library) -> None:
    (place,) = places(desk, "ПК 1")
    ready, got = threading.Barrier(2), list[str]()

    def want(who: Whose) -> None:
        ready.wait(10)
        try:
            book(desk, NOON + HOUR, place=place, who=who)
            got.append("booked")
        except NotBooked as told:
            got.append(str(told))

    threads = [threading.Thread(target=want, args=[who]) for who in (whose(desk), other(desk))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    assert sorted(got) == ["booked", "taken"]


@pytest.mark.clause("C3.1.1")
def test_whoever_books_waits_for_whoever_holds_the_places(desk: Library) -> None:
    """A lock, not luck: the second sees the first one's booking only once it is committed."""
    (place,) = places(desk, "ПК 1")
    who, told = other(desk), list[str]()

    def second() -> None:
        told.append(refused(desk, NOON + HOUR, place=place, who=who))

    thread = threading.Thread(target=second)
    mine = whose(desk)
    with desk.database.writing() as session:
        workplace_bookings.hold(session)
        thread.start()
        thread.join(1)
        assert thread.is_alive(), "it does not wait"
        session.add(
            WorkplaceBooking(
                workplace_id=place, ticket_id=mine.ticket_id, begins_at=NOON + HOUR,
                ends_at=NOON + 2 * HOUR, made_at=NOON,
            )
        )  # fmt: skip
    thread.join(20)
    assert told == ["taken"]


@pytest.mark.clause("C5.4")
def test_bookings_keep_to_the_hours_of_the_centre(desk: Library) -> None:
    places(desk, "ПК 1")
    closes = NOON.replace(hour=17)
    assert refused(desk, closes - HOUR, 90) == "late", "19:00 in Kyiv"
    book(desk, closes - HOUR, 60)
    with desk.database.writing() as session:
        session.add(
            Department(code="IC", name="Центр", kind=DepartmentKind.INFORMATION,
                       hours=[(600, 840)] * 7)
        )  # fmt: skip
    assert refused(desk, NOON + 2 * HOUR, 30, who=other(desk)) == "closed", "14:00 in Kyiv"
    book(desk, NOON + HOUR, 60, who=other(desk))


@pytest.mark.parametrize(
    "hours, minutes, why",
    [(-1, 60, "past"), (24 * 8, 60, "too_far"), (1, 45, "length"), (1, 270, "length"),
     (1, 0, "length")],
)  # fmt: skip
def test_what_can_not_be_booked_is_told(desk: Library, hours: int, minutes: int, why: str) -> None:
    places(desk, "ПК 1")
    assert refused(desk, NOON + hours * HOUR, minutes) == why


def test_nobody_hoards(desk: Library) -> None:
    places(desk, "ПК 1", "ПК 2")
    for hours in (1, 2, 3):
        book(desk, NOON + hours * HOUR)
    assert refused(desk, NOON + 4 * HOUR) == "too_many"


def test_a_retired_place_is_not_booked(desk: Library) -> None:
    (place,) = places(desk, "ПК 1")
    with desk.database.writing() as session:
        session.get_one(Workplace, place).retired_at = NOON
    with pytest.raises(LookupError):
        book(desk, NOON + HOUR, place=place)


def test_without_a_ticket_one_books_for_today_alone(desk: Library) -> None:
    places(desk, "ПК 1")
    guest = Whose(None, desk.visit)
    assert refused(desk, NOON + timedelta(days=3), who=guest) == "too_far"
    book(desk, NOON + HOUR, who=guest)


def test_old_bookings_are_erased(desk: Library) -> None:
    places(desk, "ПК 1")
    book(desk, NOON + HOUR)
    assert retention.run(desk.database, NOON + timedelta(days=80))[retention.Kind.BOOKINGS] == 0
    assert retention.run(desk.database, NOON + timedelta(days=100))[retention.Kind.BOOKINGS] == 1


# --- At its hour --------------------------------------------------------------------------------


@pytest.mark.clause("C1.5", "C3.1.1")
def test_the_slip_starts_the_booking_at_its_hour(desk: Library) -> None:
    places(desk, "ПК 1")
    book(desk, NOON + HOUR)
    told = show(desk, desk.slip, NOON + HOUR - timedelta(minutes=5))
    assert (told.outcome, told.place, told.at) == (WorkplaceOutcome.SITS, "ПК 1", NOON + 2 * HOUR)
    (use,) = uses(desk)
    assert (use.visit_id, use.ends_at) == (desk.visit, NOON + 2 * HOUR)


@pytest.mark.clause("C3.1.1")
def test_before_its_hour_a_booking_starts_nothing(desk: Library) -> None:
    places(desk, "ПК 1")
    kept = book(desk, NOON + HOUR)
    assert show(desk, desk.slip).outcome is WorkplaceOutcome.FREE
    with pytest.raises(NotPossible, match="too_early"):
        workplaces.start_booked(desk.database, kept.id, desk.visit, by(desk))


def test_where_somebody_still_sits_the_booked_place_is_named(desk: Library) -> None:
    (place,) = places(desk, "ПК 1")
    workplaces.start(desk.database, place, desk.clean_visit, 30, by(desk))
    book(desk, NOON + HOUR)
    told = show(desk, desk.slip, NOON + HOUR)
    assert (told.outcome, told.place) == (WorkplaceOutcome.WAITS, "ПК 1")
    assert len(uses(desk)) == 1, "they stand in no queue"


@pytest.mark.clause("C3.1.1")
def test_who_sits_on_the_place_already_goes_on_with_the_booking(desk: Library) -> None:
    (place,) = places(desk, "ПК 1")
    kept = book(desk, NOON + HOUR)
    workplaces.start(desk.database, place, desk.visit, 60, by(desk))
    at = by(desk, NOON + HOUR)
    assert workplaces.start_booked(desk.database, kept.id, desk.visit, at).ends_at == (
        NOON + 2 * HOUR
    )
    assert len(uses(desk)) == 1


@pytest.mark.clause("C3.1.1")
def test_whoever_does_not_come_frees_the_place_after_the_minutes_of_the_setting(
    desk: Library,
) -> None:
    (place,) = places(desk, "ПК 1")
    kept = book(desk, NOON + HOUR)
    settings.change(desk.database, {"booking_grace_min": 20}, actor="system", at=NOON)
    waits, free = NOON + HOUR + timedelta(minutes=19), NOON + HOUR + timedelta(minutes=20)
    with pytest.raises(NotPossible, match="booked"):
        workplaces.start(desk.database, place, desk.clean_visit, 30, by(desk, waits))
    workplaces.start(desk.database, place, desk.clean_visit, 30, by(desk, free))
    with pytest.raises(NotPossible, match="over"):
        workplaces.start_booked(desk.database, kept.id, desk.visit, by(desk, free))


@pytest.mark.clause("C3.1.1")
def test_nobody_sits_down_or_stays_into_somebody_else_s_booking(desk: Library) -> None:
    (place,) = places(desk, "ПК 1")
    book(desk, NOON + HOUR, who=other(desk))
    with pytest.raises(NotPossible, match="booked"):
        workplaces.start(desk.database, place, desk.visit, 90, by(desk))
    use = workplaces.start(desk.database, place, desk.visit, 30, by(desk))
    assert workplaces.extend(desk.database, use, 60, by(desk)) == NOON + HOUR
    with pytest.raises(NotPossible, match="booked"):
        workplaces.extend(desk.database, use, 30, by(desk))


def test_the_queue_is_sent_to_no_place_that_is_booked_soon(desk: Library) -> None:
    places(desk, "ПК 1")
    book(desk, NOON + timedelta(minutes=60), who=other(desk))
    told = show(desk, desk.slip, NOON + timedelta(minutes=50))
    assert (told.outcome, told.at) == (WorkplaceOutcome.WAITS, NOON + 2 * HOUR)


def test_a_duplicate_of_the_ticket_takes_what_the_old_one_booked(desk: Library) -> None:
    places(desk, "ПК 1")
    book(desk, NOON + HOUR)
    with desk.database.writing() as session:
        visit = session.get_one(Visit, desk.visit)
        old = session.get_one(Ticket, visit.ticket_id)
        session.add(
            Ticket(id="00000000000000ff", number="ДУБЛ-1", patron_id=old.patron_id, kind=old.kind,
                   issued_at=NOON, valid_from=old.valid_from, valid_until=old.valid_until,
                   registered_for=old.registered_for)
        )  # fmt: skip
        session.flush()
        visit.ticket_id = "00000000000000ff"
    assert show(desk, desk.slip, NOON + HOUR).outcome is WorkplaceOutcome.SITS


# --- Whatever is asked for ----------------------------------------------------------------------

WISHES = st.lists(
    st.tuples(
        st.integers(0, 1),
        st.integers(0, 13).map(lambda half: NOON + half * timedelta(minutes=30)),
        st.sampled_from([30, 60, 90, 120]),
        st.booleans(),
    ),
    max_size=12,
)


@pytest.mark.clause("C3.1.1")
@hypothesis_settings(max_examples=25, deadline=None)
@given(wishes=WISHES)
def test_whatever_is_booked_and_given_back_no_place_is_kept_twice(
    booked_library: tuple[Library, list[int]], wishes: list[tuple[int, datetime, int, bool]]
) -> None:
    library, found = booked_library
    with library.database.writing() as session:
        session.execute(delete(WorkplaceBooking))
    kept: dict[int, tuple[int, datetime, datetime]] = {}
    for number, (place, begins_at, minutes, gives_back) in enumerate(wishes):
        ends_at = begins_at + timedelta(minutes=minutes)
        met = [key for key, (where, first, last) in kept.items()
               if where == place and first < ends_at and begins_at < last]  # fmt: skip
        told = _try(library, number, Wish(begins_at, minutes, found[place]))
        assert isinstance(told, int) or told != "taken" or met
        if not isinstance(told, int):
            continue
        assert not met
        kept[told] = (place, begins_at, ends_at)
        if gives_back:
            workplace_bookings.cancel(library.database, told, actor="system", at=NOON)
            del kept[told]


def _try(library: Library, number: int, wish: Wish) -> int | str:
    """What was booked, or why it was not."""
    who = Whose(None, _visit(library, number))
    try:
        return workplace_bookings.book(
            library.database, who, wish, staff_id=None, actor="system", at=NOON
        ).id
    except NotBooked as told:
        return str(told)


@pytest.fixture(scope="module")
def booked_library(
    furnished: tuple[Path, Library], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Library, list[int]]]:
    """One library for every example: each begins without bookings."""
    path, library = furnished
    copied = shutil.copy(path, tmp_path_factory.mktemp("booked") / "library.sqlite")
    mine = replace(library, database=open_database(f"sqlite:///{copied}"))
    yield mine, places(mine, "ПК 1", "ПК 2")
    mine.database.close()


def _visit(library: Library, number: int) -> UUID:
    """Whoever wishes, one after another."""
    return (library.visit, library.clean_visit)[number % 2]
