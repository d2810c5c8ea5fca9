"""A reader asks for a document at the kiosk, and gets the form on paper (R3.2.1)."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from PIL import Image

from gate.events import Availability, OrderOutcome
from gate.facts import CredentialKind
from kiosk import screens
from kiosk.knowledge import Unanswered
from kiosk.ordering import Ordered, OrderFind, OrderFound, OrderShow, Trouble
from kiosk.printing import Paper
from tests.kiosk.centre import Centre, Mood
from tests.kiosk.counter import Counter, make_counter
from tests.kiosk.gallery import DOCUMENTS
from tests.kiosk.house import House, code_of, ticket

CODE = code_of(ticket())


@pytest.fixture
def papers() -> list[Paper]:
    return []


@pytest.fixture
def counter(build: Callable[..., House], centre: Centre, papers: list[Paper]) -> Counter:
    centre.documents = DOCUMENTS
    counter = make_counter(build(url=centre.url))
    counter.hands.print_paper = papers.append
    return counter


def look_for(counter: Counter, typed: str) -> None:
    counter.press("order")
    counter.press("order_find", typed)


@pytest.mark.clause("R3.2.1")
def test_a_reader_finds_a_document_shows_the_ticket_and_takes_the_form(
    counter: Counter, centre: Centre, papers: list[Paper]
) -> None:
    look_for(counter, "тіні")
    assert [one.title for one in counter.sees(OrderFound).found] == ["Тіні забутих предків"]
    counter.press("order_pick", "1")
    assert counter.sees(OrderShow).document == DOCUMENTS[1]
    counter.show(CODE)
    ordered = counter.sees(Ordered)
    assert (ordered.outcome, ordered.number, ordered.on_paper) == (OrderOutcome.ASKED, 17, True)
    (asked,) = centre.ordered
    assert (asked.credential, asked.value) == (CredentialKind.TICKET_CODE, ticket().ticket_id)
    (paper,) = papers
    for width in (576, 384):
        picture = paper(width)
        assert isinstance(picture, Image.Image)
        assert picture.width == width


def test_a_card_asks_as_well(counter: Counter, centre: Centre) -> None:
    look_for(counter, "тіні")
    counter.press("order_pick", "1")
    counter.lay(bytes.fromhex("04A1B2C3"))
    assert counter.sees(Ordered).is_asked
    assert centre.ordered[0].credential is CredentialKind.CARD


def test_without_a_printer_the_screen_tells_the_number(counter: Counter) -> None:
    counter.hands.print_paper = None
    look_for(counter, "тіні")
    counter.press("order_pick", "1")
    counter.show(CODE)
    assert not counter.sees(Ordered).on_paper
    assert counter.sees(Ordered).number == 17


@pytest.mark.parametrize("typed", ["місто", "енеїда"])
def test_what_is_not_there_can_not_be_chosen(counter: Counter, typed: str) -> None:
    look_for(counter, typed)
    (found,) = counter.sees(OrderFound).found
    assert found.availability is not Availability.FREE
    counter.press("order_pick", str(found.document_id))
    counter.sees(OrderFound)


def test_nothing_found_keeps_what_was_typed(counter: Counter) -> None:
    look_for(counter, "  кобзарь  ")
    shown = counter.sees(OrderFind)
    assert (shown.value, shown.trouble) == ("кобзарь", Trouble.NOTHING)
    look_for(counter, "   ")
    assert counter.sees(OrderFind).trouble is Trouble.EMPTY


@pytest.mark.fault(11)
def test_with_the_server_away_the_department_is_named(counter: Counter, centre: Centre) -> None:
    look_for(counter, "тіні")
    centre.mood = Mood.BROKEN
    counter.press("order_pick", "1")
    counter.show(CODE)
    assert counter.sees(Ordered).outcome is Unanswered.AWAY
    look_for(counter, "тіні")
    assert counter.sees(OrderFind).trouble is Trouble.AWAY


@pytest.mark.parametrize("outcome", [each for each in OrderOutcome if each.value != "asked"])
def test_whatever_the_server_says_is_shown(
    counter: Counter, centre: Centre, papers: list[Paper], outcome: OrderOutcome
) -> None:
    centre.orders = outcome
    look_for(counter, "тіні")
    counter.press("order_pick", "1")
    counter.show(CODE)
    assert counter.sees(Ordered).outcome.value == outcome.value
    assert papers == []


def test_what_is_no_ticket_asks_nobody(counter: Counter, centre: Centre) -> None:
    look_for(counter, "тіні")
    counter.press("order_pick", "1")
    counter.show(CODE[:-4] + b"AAAA")
    assert counter.sees(Ordered).outcome is OrderOutcome.DESK
    assert centre.ordered == []


@pytest.mark.threat(22)
def test_the_next_person_sees_nothing_of_the_last(counter: Counter) -> None:
    look_for(counter, "тіні")
    counter.press("cancel")
    counter.press("order")
    assert counter.sees(OrderFind).value == ""
    counter.press("order_pick", "1")
    counter.sees(OrderFind)


def test_a_ticket_opens_the_door_where_no_request_waits(counter: Counter) -> None:
    counter.press("order")
    counter.show(CODE)
    assert isinstance(counter.screen, screens.Greeting | screens.Refusal)
