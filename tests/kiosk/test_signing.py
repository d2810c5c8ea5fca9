"""Signing up for an event at the station, by the ticket (R4.1.11)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from gate.events import SignupOutcome
from gate.facts import CredentialKind
from kiosk import screens
from kiosk.knowledge import Unanswered
from kiosk.signing import Signed, SignUp
from tests.kiosk.centre import Centre
from tests.kiosk.counter import Counter, make_counter
from tests.kiosk.house import AT, House, code_of, event, ticket

CODE = code_of(ticket())
TOMORROW = timedelta(days=1)


SHUT = event(doors_at=AT + timedelta(minutes=5))


@pytest.fixture
def counter(build: Callable[..., House], centre: Centre) -> Counter:
    house = build(url=centre.url)
    later = {"starts_at": AT + TOMORROW, "doors_at": AT + TOMORROW, "ends_at": AT + 2 * TOMORROW}
    house.learn(SHUT, event(event_id="later", **later))
    return make_counter(house)


@pytest.mark.clause("R4.1.11")
def test_a_reader_signs_up_by_the_ticket_for_an_event_whose_doors_are_shut(
    counter: Counter, centre: Centre
) -> None:
    counter.press("events")
    counter.press("choose", "poetry")
    assert counter.sees(SignUp).event.places_left == 12
    counter.show(CODE)
    signed = counter.sees(Signed)
    assert (signed.outcome, signed.event.event_id) == (SignupOutcome.SIGNED_UP, "poetry")
    (asked,) = centre.signed
    assert (asked.credential, asked.value) == (CredentialKind.TICKET_CODE, ticket().ticket_id)


def test_the_name_is_taken_off_again_at_once(counter: Counter, centre: Centre) -> None:
    counter.press("events")
    counter.press("choose", "poetry")
    counter.lay(bytes.fromhex("04A1B2C3"))
    counter.press("sign_off")
    assert counter.sees(Signed).outcome is SignupOutcome.CANCELLED
    assert [query.cancel for query in centre.signed] == [False, True]
    assert centre.signed[-1].credential is CredentialKind.CARD


@pytest.mark.clause("R4.1.11")
def test_events_of_the_next_fortnight_are_listed_behind_those_of_today(counter: Counter) -> None:
    far = {"starts_at": AT + 15 * TOMORROW, "doors_at": AT + 15 * TOMORROW}
    counter.house.learn(event(event_id="far", ends_at=AT + 16 * TOMORROW, **far))
    counter.press("events")
    listed = counter.sees(screens.Events).events
    assert [(line.event_id, line.other_day) for line in listed] == [
        ("poetry", False), ("later", True),
    ]  # fmt: skip


@pytest.mark.parametrize(
    "answer", [SignupOutcome.ALREADY, SignupOutcome.FULL, SignupOutcome.OVER, SignupOutcome.DESK]
)
def test_whatever_the_server_says_is_shown(
    counter: Counter, centre: Centre, answer: SignupOutcome
) -> None:
    centre.signups = answer
    counter.press("events")
    counter.press("choose", "later")
    counter.show(CODE)
    signed = counter.sees(Signed)
    assert signed.outcome.value == answer.value
    assert signed.is_listed is (answer is SignupOutcome.ALREADY)


@pytest.mark.clause("R4.1.11")
def test_for_a_full_event_one_waits_by_the_ticket_and_is_told_the_turn(
    counter: Counter, centre: Centre
) -> None:
    counter.house.learn(event(places_left=0))
    centre.signups = SignupOutcome.FULL
    counter.press("events")
    counter.press("choose", "poetry")
    assert counter.sees(SignUp).event.has_queue
    counter.show(CODE)
    assert counter.sees(Signed).turn == 2
    counter.press("sign_off")
    assert counter.sees(Signed).outcome is SignupOutcome.CANCELLED
    assert [(query.wait, query.cancel) for query in centre.signed] == [(True, False), (True, True)]


def test_whoever_misses_the_last_place_is_asked_before_waiting(
    counter: Counter, centre: Centre
) -> None:
    centre.signups = SignupOutcome.FULL
    counter.press("events")
    counter.press("choose", "later")
    counter.show(CODE)
    assert counter.sees(Signed).turn is None
    counter.press("queue")
    assert counter.sees(Signed).turn == 2


def test_nobody_waits_for_a_full_event_that_has_begun(counter: Counter) -> None:
    counter.house.learn(event(places_left=0, starts_at=AT - timedelta(minutes=5)))
    counter.press("events")
    counter.press("choose", "poetry")
    assert isinstance(counter.screen, screens.Events)


def test_what_is_no_ticket_goes_to_the_desk_and_asks_nobody(
    counter: Counter, centre: Centre
) -> None:
    counter.press("events")
    counter.press("choose", "later")
    counter.show(CODE[:-4] + b"AAAA")
    assert counter.sees(Signed).outcome is SignupOutcome.DESK
    assert centre.signed == []


@pytest.mark.fault(10)
def test_without_the_server_nobody_is_promised_a_place(build: Callable[..., House]) -> None:
    house = build()
    house.learn(SHUT)
    counter = make_counter(house)
    counter.press("events")
    counter.press("choose", "poetry")
    counter.show(CODE)
    assert counter.sees(Signed).outcome is Unanswered.AWAY


def test_whoever_leaves_the_list_shows_the_ticket_to_come_in(counter: Counter) -> None:
    counter.press("events")
    counter.press("choose", "poetry")
    counter.press("cancel")
    counter.show(CODE)
    assert not isinstance(counter.screen, Signed)
