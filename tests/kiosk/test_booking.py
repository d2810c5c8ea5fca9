"""Booking a computer of the centre at the kiosk: slip or ticket, day, time, how long."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from PIL import Image

from gate.events import BookingAnswer, BookingOutcome, BookingRecord, OpeningRecord
from gate.facts import CredentialKind
from kiosk import booking
from kiosk.booking import (
    AskBooking,
    BookCancel,
    BookDay,
    Booked,
    BookLength,
    BookTime,
)
from kiosk.knowledge import Unanswered
from kiosk.printing import Paper
from kiosk.seating import AskWorkplace
from templates.slips.booking import draw_booking
from templates.slips.content import BookingContent, Language, WidthDots
from templates.words import KYIV
from tests.kiosk.centre import Centre, Mood
from tests.kiosk.counter import Counter, make_counter
from tests.kiosk.house import AT, House, building, code_of, ticket

CODE = code_of(ticket())
LATER = AT + timedelta(hours=3)
KEPT = BookingRecord(
    booking_id=7, place="ПК 2", begins_at=LATER, ends_at=LATER + timedelta(hours=1)
)
FREE = BookingAnswer(
    outcome=BookingOutcome.OPEN, days=(AT.date(), AT.date() + timedelta(days=1)),
    openings=(
        OpeningRecord(begins_at=LATER, minutes=75),
        OpeningRecord(begins_at=LATER + timedelta(minutes=30), minutes=300),
    ),
)  # fmt: skip


@pytest.fixture
def papers() -> list[Paper]:
    """What the printer was given."""
    return []


@pytest.fixture
def counter(build: Callable[..., House], centre: Centre, papers: list[Paper]) -> Counter:
    centre.booking = FREE
    house = build(url=centre.url)
    house.learn(building(workplaces=4))
    counter = make_counter(house)
    counter.hands.print_paper = papers.append
    counter.press("workplace")
    counter.sees(AskWorkplace)
    counter.press("booking")
    counter.sees(AskBooking)
    return counter


def choose_time(counter: Counter) -> None:
    """Day and hour are chosen."""
    counter.show(CODE)
    counter.press("book_day", AT.date().isoformat())
    counter.press("book_time", LATER.isoformat())


@pytest.mark.clause("C1.5", "C3.1.1")
def test_somebody_books_by_ticket_a_day_an_hour_and_a_length(
    counter: Counter, centre: Centre
) -> None:
    counter.show(CODE)
    assert counter.sees(BookDay).days == FREE.days
    counter.press("book_day", AT.date().isoformat())
    assert counter.sees(BookTime).openings == FREE.openings
    counter.press("book_time", LATER.isoformat())
    assert counter.sees(BookLength).lengths == (30, 60), "it is free for 75 minutes"
    centre.booking = BookingAnswer(outcome=BookingOutcome.BOOKED, booked=KEPT, kept_min=20)
    counter.press("book_length", "60")
    told = counter.sees(Booked)
    assert (told.outcome, told.booked, told.kept_min) == (BookingOutcome.BOOKED, KEPT, 20)
    asked = centre.booked[-1]
    assert (asked.credential, asked.value) == (CredentialKind.TICKET_CODE, ticket().ticket_id)
    assert (asked.begins_at, asked.minutes) == (LATER, 60)


@pytest.mark.clause("C3.1.1")
def test_a_booking_comes_out_on_paper_with_its_hour(
    counter: Counter, centre: Centre, papers: list[Paper], monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[BookingContent] = []

    def draw(content: BookingContent, width: WidthDots, language: Language) -> Image.Image:
        told.append(content)
        return draw_booking(content, width, language)

    monkeypatch.setattr(booking, "draw_booking", draw)
    choose_time(counter)
    centre.booking = BookingAnswer(outcome=BookingOutcome.BOOKED, booked=KEPT, kept_min=20)
    counter.press("book_length", "60")
    assert counter.sees(Booked).on_paper
    (paper,) = papers
    drawn = [picture for width in (576, 384) if (picture := paper(width)) is not None]
    assert [picture.width for picture in drawn] == [576, 384]
    begins = LATER.astimezone(KYIV)
    assert told[0].hours == f"{begins:%H:%M}–{begins + timedelta(hours=1):%H:%M}"
    assert f"{begins.day} " in told[0].day
    assert (told[0].number, told[0].place, told[0].kept_min) == ("7", "ПК 2", 20)


def test_without_a_printer_a_booking_stands_on_the_screen_alone(
    counter: Counter, centre: Centre, papers: list[Paper]
) -> None:
    counter.hands.print_paper = None
    choose_time(counter)
    centre.booking = BookingAnswer(outcome=BookingOutcome.BOOKED, booked=KEPT, kept_min=20)
    counter.press("book_length", "60")
    assert not counter.sees(Booked).on_paper


def test_what_was_not_booked_prints_nothing(
    counter: Counter, centre: Centre, papers: list[Paper]
) -> None:
    choose_time(counter)
    centre.booking = BookingAnswer(outcome=BookingOutcome.ALREADY)
    counter.press("book_length", "60")
    assert counter.sees(Booked).outcome is BookingOutcome.ALREADY
    assert papers == []


@pytest.mark.parametrize("why", [BookingOutcome.TAKEN, BookingOutcome.NOT_THEN])
def test_who_is_too_late_chooses_among_what_is_left(
    counter: Counter, centre: Centre, why: BookingOutcome
) -> None:
    choose_time(counter)
    left = FREE.openings[1:]
    centre.booking = BookingAnswer(outcome=why, openings=left)
    counter.press("book_length", "30")
    told = counter.sees(BookTime)
    assert (told.is_gone, told.openings) == (True, left)


def test_another_time_is_one_press_away(counter: Counter) -> None:
    choose_time(counter)
    counter.press("book_day", counter.sees(BookLength).day.isoformat())
    assert counter.sees(BookTime).openings == FREE.openings


def test_one_s_own_booking_is_given_back(counter: Counter, centre: Centre) -> None:
    centre.booking = FREE.model_copy(update={"mine": (KEPT,)})
    counter.show(CODE)
    assert counter.sees(BookDay).mine == (KEPT,)
    counter.press("book_cancel", "7")
    assert counter.sees(BookCancel).booking == KEPT
    assert centre.booked[-1].cancel is None, "not before a second press"
    centre.booking = BookingAnswer(outcome=BookingOutcome.CANCELLED, booked=KEPT)
    counter.press("book_give_back", "7")
    assert counter.sees(Booked).outcome is BookingOutcome.CANCELLED
    assert centre.booked[-1].cancel == 7


def test_a_booking_that_is_over_is_gone_from_the_days(counter: Counter, centre: Centre) -> None:
    centre.booking = FREE.model_copy(update={"mine": (KEPT,)})
    counter.show(CODE)
    counter.press("book_cancel", "7")
    centre.booking = FREE.model_copy(update={"outcome": BookingOutcome.NOT_THEN})
    counter.press("book_give_back", "7")
    assert counter.sees(BookDay).mine == ()


def test_who_has_as_many_as_one_may_hears_the_number(counter: Counter, centre: Centre) -> None:
    choose_time(counter)
    centre.booking = BookingAnswer(outcome=BookingOutcome.TOO_MANY, most=3)
    counter.press("book_length", "30")
    told = counter.sees(Booked)
    assert (told.outcome, told.most) == (BookingOutcome.TOO_MANY, 3)


@pytest.mark.parametrize("outcome", [BookingOutcome.NOT_INSIDE, BookingOutcome.DESK])
def test_who_may_not_book_hears_where_to_turn(
    counter: Counter, centre: Centre, outcome: BookingOutcome
) -> None:
    centre.booking = BookingAnswer(outcome=outcome)
    counter.show(CODE)
    assert counter.sees(Booked).outcome.value == outcome.value


@pytest.mark.fault(11)
def test_without_the_server_the_desk_is_named(counter: Counter, centre: Centre) -> None:
    centre.mood = Mood.BROKEN
    counter.show(CODE)
    assert counter.sees(Booked).outcome is Unanswered.AWAY


@pytest.mark.fault(11)
def test_a_wish_without_an_answer_is_not_said_to_have_failed(
    counter: Counter, centre: Centre
) -> None:
    choose_time(counter)
    centre.mood = Mood.BROKEN
    counter.press("book_length", "60")
    assert counter.sees(Booked).outcome is Unanswered.UNSURE


@pytest.mark.threat(22)
def test_the_next_person_books_nothing_for_the_last(counter: Counter, centre: Centre) -> None:
    choose_time(counter)
    counter.press("cancel")
    asked = len(centre.booked)
    for press in (("book_length", "60"), ("book_day", AT.date().isoformat()), ("book_days", "")):
        counter.press(*press)
    assert len(centre.booked) == asked


@pytest.mark.parametrize(
    "press",
    [
        ("book_day", "soon"),
        ("book_time", "x"),
        ("book_length", "7"),
        ("book_cancel", "-"),
        ("book_give_back", "-"),
    ],
)
def test_what_stands_on_no_button_does_nothing(
    counter: Counter, centre: Centre, press: tuple[str, str]
) -> None:
    choose_time(counter)
    asked = len(centre.booked)
    counter.press(*press)
    counter.sees(BookLength)
    assert len(centre.booked) == asked


def test_what_is_no_code_of_ours_asks_nobody(counter: Counter, centre: Centre) -> None:
    counter.show(CODE[:-4] + b"AAAA")
    assert counter.sees(Booked).outcome is BookingOutcome.DESK
    assert centre.booked == []
