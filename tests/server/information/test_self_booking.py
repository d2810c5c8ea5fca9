"""Booking a computer at a kiosk: days, times, one's own bookings, by slip (C3.1.1)."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from gate.events import BookingAnswer, BookingOutcome, BookingQuery
from gate.facts import CredentialKind
from server.services import self_booking
from tests.server.console.library import NOON, Library
from tests.server.information.computers import HOUR, book, other, places

TODAY = date(2025, 11, 21)


def ask(library: Library, value: str = "", **wish: object) -> BookingAnswer:
    query = BookingQuery.model_validate(
        {"credential": CredentialKind.SLIP_CODE, "value": value or library.slip} | wish
    )
    return self_booking.ask(library.database, query, station="K1", at=NOON)


@pytest.mark.clause("C1.5", "C3.1.1")
def test_a_kiosk_hears_days_and_times_and_books_one(desk: Library) -> None:
    places(desk, "ПК 1")
    book(desk, NOON + HOUR, who=other(desk))
    told = ask(desk)
    assert (told.outcome, told.days[0], len(told.days)) == (BookingOutcome.OPEN, TODAY, 8)
    times = ask(desk, day=TODAY).openings
    assert times[0].begins_at == NOON
    assert times[0].minutes == 60, "then it is booked"
    assert NOON + HOUR not in [each.begins_at for each in times]
    done = ask(desk, begins_at=NOON + 2 * HOUR, minutes=30)
    assert done.outcome is BookingOutcome.BOOKED
    assert done.booked is not None
    assert (done.booked.place, done.booked.ends_at) == ("ПК 1", NOON + timedelta(minutes=150))
    assert ask(desk).mine == (done.booked,)


def test_who_is_too_late_hears_what_is_still_free(desk: Library) -> None:
    places(desk, "ПК 1")
    book(desk, NOON + HOUR, who=other(desk))
    told = ask(desk, begins_at=NOON + HOUR)
    assert told.outcome is BookingOutcome.TAKEN
    assert told.openings


@pytest.mark.threat(22)
def test_one_gives_back_one_s_own_booking_alone(desk: Library) -> None:
    places(desk, "ПК 1")
    kept = book(desk, NOON + HOUR)
    assert ask(desk, desk.clean_slip, cancel=kept.id).outcome is BookingOutcome.NOT_THEN
    assert ask(desk, cancel=kept.id).outcome is BookingOutcome.CANCELLED
    assert ask(desk, cancel=kept.id).outcome is BookingOutcome.NOT_THEN
    book(desk, NOON + HOUR, who=other(desk))


@pytest.mark.clause("R2.4", "R3.1.1")
def test_an_event_slip_and_whoever_is_not_inside_book_nothing(desk: Library) -> None:
    places(desk, "ПК 1")
    assert ask(desk, desk.event_slip, day=TODAY) == BookingAnswer(outcome=BookingOutcome.DESK)
    assert ask(desk, "K1-9999-XXXXX").outcome is BookingOutcome.NOT_INSIDE
