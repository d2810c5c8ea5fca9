"""The information centre at the kiosk: its catalogue without the server, its computers with it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from playwright.sync_api import Page

from gate.events import ResourceRecord, Row, RowTable, Topic, WorkplaceAnswer, WorkplaceOutcome
from gate.facts import CredentialKind
from kiosk import screens
from kiosk.catalogue import Resource, Resources, Topics
from kiosk.config import Role
from kiosk.knowledge import Unanswered
from kiosk.seating import AskWorkplace, Workplace
from tests.kiosk.centre import Centre, Mood
from tests.kiosk.counter import Counter, make_counter
from tests.kiosk.gallery import GALLERY
from tests.kiosk.house import AT, House, building, code_of, ticket
from tests.kiosk.showing import Kiosk

CODE = code_of(ticket())
DIIA = ResourceRecord(
    resource_id=3, name="Дія", topic=Topic.STATE, address="https://diia.gov.ua/", owner="Мінцифри",
    language="uk", checked_on=AT.date(),
)  # fmt: skip
CNAP = ResourceRecord(
    resource_id=2, name="ЦНАП", topic=Topic.ADMINISTRATIVE, address="https://cnap.example/",
    position=1,
)  # fmt: skip
LATER = DIIA.model_copy(update={"resource_id": 9, "name": "Реєстри", "position": 2})


@pytest.fixture
def alone(build: Callable[..., House]) -> Counter:
    """A station that no server answers, with the catalogue in its copy."""
    house = build()
    house.learn(LATER, CNAP, DIIA)
    return make_counter(house)


@pytest.fixture
def counter(build: Callable[..., House], centre: Centre) -> Counter:
    house = build(url=centre.url)
    house.learn(building(workplaces=4))
    return make_counter(house)


# --- The catalogue ------------------------------------------------------------------------------


@pytest.mark.clause("C2.2a", "C3.1.1")
@pytest.mark.fault(10)
def test_the_catalogue_is_read_by_topic_without_the_server(alone: Counter) -> None:
    alone.conductor.look_around()
    assert alone.sees(screens.Start).has_resources
    alone.press("topics")
    assert alone.sees(Topics).topics == ((Topic.STATE, 2), (Topic.ADMINISTRATIVE, 1))
    alone.press("topic", "state")
    assert alone.sees(Resources).resources == (DIIA, LATER), "as the library orders them"
    alone.press("resource", "3")
    assert alone.sees(Resource).site == "diia.gov.ua"
    alone.press("topic", "state")
    alone.sees(Resources)


def test_what_is_not_in_the_catalogue_opens_nothing(alone: Counter) -> None:
    alone.press("topics")
    alone.press("topic", "social")
    alone.press("resource", "17")
    alone.sees(Topics)


def test_where_there_is_no_catalogue_the_start_does_not_speak_of_it(counter: Counter) -> None:
    start = counter.sees(screens.Start)
    assert (start.has_resources, start.has_workplaces) == (False, True)


def test_a_resource_taken_off_the_catalogue_leaves_the_screen(alone: Counter) -> None:
    alone.house.take([Row(table=RowTable.RESOURCE, key="2", value=None)])
    alone.press("topics")
    assert alone.sees(Topics).topics == ((Topic.STATE, 2),)


def test_at_an_exit_nobody_is_kept_with_a_catalogue(build: Callable[..., House]) -> None:
    house = build()
    house.learn(DIIA, building(workplaces=4))
    start = make_counter(house, Role.EXIT).sees(screens.Start)
    assert (start.has_resources, start.has_workplaces) == (False, False)


@pytest.mark.clause("C2.2a", "C3.1.1")
def test_the_screen_shows_the_code_and_opens_nothing(shown: Page, kiosk: Kiosk) -> None:
    kiosk.show(shown, GALLERY["resource"])
    assert shown.locator("svg.qr").count() == 1
    said = shown.inner_text("main")
    for word in (
        "diia.gov.ua",
        "Міністерство цифрової трансформації",
        "українська",
        "19 листопада",
    ):
        assert word in said
    assert shown.locator("#screen a, #screen iframe").count() == 0


# --- Computers ----------------------------------------------------------------------------------


@pytest.mark.clause("C1.5", "C3.1.1")
def test_somebody_asks_for_a_computer_and_hears_how_it_stands(
    counter: Counter, centre: Centre
) -> None:
    until = AT + timedelta(minutes=25)
    centre.workplace = WorkplaceAnswer(outcome=WorkplaceOutcome.WAITS, before=2, at=until)
    counter.press("workplace")
    counter.sees(AskWorkplace)
    counter.show(CODE)
    told = counter.sees(Workplace)
    assert (told.outcome, told.before, told.at, told.minutes) == (
        WorkplaceOutcome.WAITS,
        2,
        until,
        25,
    )
    (asked,) = centre.seated
    assert (asked.credential, asked.value) == (CredentialKind.TICKET_CODE, ticket().ticket_id)


def test_where_people_go_both_ways_the_slip_asks_and_lets_nobody_out(
    build: Callable[..., House], centre: Centre
) -> None:
    counter = make_counter(build(url=centre.url), Role.BOTH)
    counter.press("workplace")
    counter.show(b"K1-0000-0000")
    counter.sees(Workplace)


def test_whoever_waits_may_leave_the_queue(counter: Counter, centre: Centre) -> None:
    counter.press("workplace")
    counter.lay(bytes.fromhex("04A1B2C3"))
    counter.press("workplace_leave")
    assert counter.sees(Workplace).outcome is WorkplaceOutcome.LEFT
    assert [query.cancel for query in centre.seated] == [False, True]
    assert centre.seated[-1].credential is CredentialKind.CARD


@pytest.mark.parametrize("outcome", WorkplaceOutcome)
def test_whatever_the_server_says_is_shown(
    counter: Counter, centre: Centre, outcome: WorkplaceOutcome
) -> None:
    centre.workplace = WorkplaceAnswer(outcome=outcome, place="ПК 1")
    counter.press("workplace")
    counter.show(CODE)
    assert counter.sees(Workplace).outcome.value == outcome.value


@pytest.mark.fault(11)
def test_without_the_server_the_centre_s_staff_are_named(counter: Counter, centre: Centre) -> None:
    centre.mood = Mood.BROKEN
    counter.press("workplace")
    counter.show(CODE)
    assert counter.sees(Workplace).outcome is Unanswered.AWAY


def test_what_is_no_code_of_ours_asks_nobody(counter: Counter, centre: Centre) -> None:
    counter.press("workplace")
    counter.show(CODE[:-4] + b"AAAA")
    assert counter.sees(Workplace).outcome is WorkplaceOutcome.DESK
    assert centre.seated == []


@pytest.mark.threat(22)
def test_the_next_person_can_not_leave_the_queue_for_the_last(
    counter: Counter, centre: Centre
) -> None:
    counter.press("workplace")
    counter.show(CODE)
    counter.press("cancel")
    counter.press("workplace_leave")
    assert len(centre.seated) == 1
