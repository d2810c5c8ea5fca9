"""What a person sees for what they show and press."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from gate.events import (
    BanRecord,
    DepartmentCountRecord,
    EntryDecided,
    SlipJobState,
    VisitRecord,
)
from gate.facts import CredentialKind, Emergency
from gate.reasons import Duty, Reason
from kiosk import screens, slips
from kiosk.config import Role
from kiosk.messages import DevicesChanged, Pressed
from kiosk.printing import PrintReport
from kiosk.screens import Paper
from kiosk.store import jobs
from kiosk.store.jobs import Job
from tests.kiosk.counter import Counter, make_counter
from tests.kiosk.house import AT, House, MovedClock, building, code_of, event, make_house, ticket

CODE = code_of(ticket())


@pytest.fixture
def counter(house: House) -> Counter:
    return make_counter(house)


def last_job(house: House) -> Job:
    with house.database.read() as tx:
        return jobs.pending(tx)[-1]


def report(counter: Counter, state: SlipJobState, trouble: str | None = None) -> Job:
    """The printer tells what became of the slip."""
    job = last_job(counter.house)
    with counter.house.database.write() as tx:
        jobs.move(tx, job.job_id, state, trouble)
    counter.conductor.handle(PrintReport(job.job_id, job.visit_id, state, trouble))
    return job


# --- The way in ------------------------------------------------------------------------------


@pytest.mark.scenario("E01")
def test_a_reader_is_greeted_by_first_name_and_initial_and_takes_the_slip(
    counter: Counter,
) -> None:
    counter.show(CODE)
    greeting = counter.sees(screens.Greeting)
    assert (greeting.paper, greeting.reader) == (Paper.COMING, "Оксана К.")
    job = report(counter, SlipJobState.PRINTED)
    greeting = counter.sees(screens.Greeting)
    assert (greeting.paper, greeting.slip_number) == (Paper.READY, job.slip_number)


def test_something_is_shown_before_anything_is_asked(
    counter: Counter, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[str] = []
    knowledge = counter.house.premises.knowledge
    ask = knowledge.ask

    def watch(query):  # type: ignore[no-untyped-def] # noqa: ANN001, ANN202
        seen.append(counter.screen.name)
        return ask(query)

    monkeypatch.setattr(knowledge, "ask", watch)
    counter.show(CODE)
    assert seen == ["reading"]


@pytest.mark.fault(9)
def test_a_code_that_is_held_still_is_one_scan(counter: Counter, moved: MovedClock) -> None:
    for _ in range(4):
        counter.show(CODE)
        moved.forward(timedelta(seconds=3))
    assert counter.sees(screens.Greeting).paper is Paper.COMING
    assert counter.house.kinds() == ["entry_decided"]


def test_who_was_refused_may_try_again_at_once(counter: Counter) -> None:
    counter.show(b"nonsense")
    counter.show(b"nonsense")
    assert counter.house.kinds() == ["entry_decided"] * 2


@pytest.mark.scenario("E05")
def test_the_same_ticket_later_is_offered_a_reprint(counter: Counter, moved: MovedClock) -> None:
    counter.show(CODE)
    report(counter, SlipJobState.PRINTED)
    moved.forward(timedelta(minutes=1))
    counter.show(CODE)
    refusal = counter.sees(screens.Refusal)
    assert refusal.because.code is Reason.ALREADY_INSIDE
    assert refusal.may_reprint
    counter.press("reprint")
    assert counter.sees(screens.Greeting).paper is Paper.COMING
    assert slips.read(last_job(counter.house).content).content.reprint


@pytest.mark.scenario("E18")
def test_a_refusal_names_nobody(counter: Counter) -> None:
    counter.house.learn(ticket(ban=BanRecord(since=AT - timedelta(days=1))))
    counter.show(CODE)
    refusal = counter.sees(screens.Refusal)
    assert refusal.because.code is Reason.BANNED
    assert "Оксана" not in repr(refusal)


@pytest.mark.scenario("E29")
def test_a_card_is_as_good_as_a_code(counter: Counter) -> None:
    counter.house.learn(ticket(credentials=((CredentialKind.CARD, "04A1B2C3"),)))
    counter.lay(bytes.fromhex("04A1B2C3"))
    assert counter.sees(screens.Greeting).reader == "Оксана К."


@pytest.mark.scenario("E48", "E47")
def test_things_and_children_named_first_come_with_the_ticket(counter: Counter) -> None:
    counter.press("bring")
    for value in ("laptop", "folder", "folder", "documents+", "documents+", "children+"):
        counter.press("belongings", value)
    counter.press("ready")
    assert counter.sees(screens.ShowTicket).brought.documents == 2
    counter.show(CODE)
    greeting = counter.sees(screens.Greeting)
    assert [task.code for task in greeting.duties] == [Duty.APPROVE_OWN_ITEMS, Duty.SHOW_LAPTOP]
    assert greeting.persons == 2
    assert not greeting.may_declare


def test_things_are_counted_within_bounds(counter: Counter) -> None:
    counter.press("bring")
    counter.press("belongings", "documents-")
    for _ in range(30):
        counter.press("belongings", "children+")
    brought = counter.sees(screens.Belongings).brought
    assert (brought.documents, brought.children) == (0, 9)


def test_things_named_after_the_greeting_are_kept_with_the_visit(counter: Counter) -> None:
    counter.show(CODE)
    counter.press("bring")
    assert counter.sees(screens.Belongings).after_entry
    counter.press("belongings", "laptop")
    counter.press("ready")
    greeting = counter.sees(screens.Greeting)
    assert [task.code for task in greeting.duties] == [Duty.APPROVE_OWN_ITEMS, Duty.SHOW_LAPTOP]
    assert "item_declared" in counter.house.kinds()


# --- Paper -----------------------------------------------------------------------------------


@pytest.mark.fault(1)
def test_without_paper_the_code_of_the_slip_is_on_the_screen_and_the_entrance_stays_open(
    counter: Counter, moved: MovedClock
) -> None:
    counter.show(CODE)
    job = report(counter, SlipJobState.PENDING, "paper_out")
    shown = counter.sees(screens.CodeOnScreen)
    assert shown.slip_number == job.slip_number
    assert shown.code == slips.read(job.content).content.code
    moved.forward(timedelta(minutes=1))
    counter.show(code_of(ticket(ticket_id="0123456789ab")))
    assert counter.sees(screens.Greeting).paper is Paper.COMING


@pytest.mark.fault(3)
def test_a_silent_printer_leads_to_the_code_on_the_screen(counter: Counter) -> None:
    counter.show(CODE)
    report(counter, SlipJobState.PENDING, "silent")
    counter.sees(screens.CodeOnScreen)


def test_paper_that_comes_back_in_time_greets_again(counter: Counter) -> None:
    counter.show(CODE)
    report(counter, SlipJobState.PENDING, "paper_out")
    report(counter, SlipJobState.PRINTED)
    assert counter.sees(screens.Greeting).paper is Paper.READY


@pytest.mark.fault(2)
def test_a_slip_that_broke_off_asks_the_person_who_can_see_it(counter: Counter) -> None:
    counter.show(CODE)
    job = report(counter, SlipJobState.UNCERTAIN, "paper_out")
    assert counter.sees(screens.PaperUncertain).slip_number == job.slip_number
    counter.press("reprint")
    again = last_job(counter.house)
    assert again.slip_number == job.slip_number
    assert slips.read(again.content).content.reprint


@pytest.mark.fault(2)
def test_a_slip_that_came_out_whole_after_all_needs_no_reprint(counter: Counter) -> None:
    counter.show(CODE)
    report(counter, SlipJobState.UNCERTAIN)
    counter.press("got_it")
    assert counter.sees(screens.Greeting).paper is Paper.READY


def test_what_becomes_of_an_earlier_slip_does_not_disturb_the_next_person(
    counter: Counter, moved: MovedClock
) -> None:
    counter.show(CODE)
    earlier = last_job(counter.house)
    moved.forward(timedelta(minutes=1))
    counter.show(code_of(ticket(ticket_id="0123456789ab")))
    counter.conductor.handle(
        PrintReport(earlier.job_id, earlier.visit_id, SlipJobState.UNCERTAIN, "paper_out")
    )
    counter.sees(screens.Greeting)


# --- Events ----------------------------------------------------------------------------------


@pytest.mark.scenario("V01")
def test_a_visitor_chooses_an_event_says_how_many_and_gets_a_slip(counter: Counter) -> None:
    counter.press("events")
    (line,) = counter.sees(screens.Events).events
    assert (line.title, line.hall, line.places_left) == ("Вечір поезії", "Велика зала", 12)
    counter.press("choose", line.event_id)
    counter.press("persons", "persons+")
    assert counter.sees(screens.Persons).persons == 2
    counter.press("take")
    greeting = counter.sees(screens.Greeting)
    assert (greeting.event, greeting.persons, greeting.reader) == ("Вечір поезії", 2, None)
    assert not greeting.may_declare


@pytest.mark.scenario("V06")
def test_a_reader_who_shows_the_ticket_while_choosing_joins_the_event(counter: Counter) -> None:
    counter.press("events")
    counter.press("choose", "poetry")
    counter.show(CODE)
    greeting = counter.sees(screens.Greeting)
    assert (greeting.event, greeting.reader) == ("Вечір поезії", "Оксана К.")


@pytest.mark.parametrize(
    "changes, admits",
    [
        ({}, screens.Admits.NOW),
        ({"places_left": 0}, screens.Admits.FULL),
        ({"places_left": None}, screens.Admits.NOW),
        ({"doors_at": AT + timedelta(minutes=5)}, screens.Admits.LATER),
    ],
)
def test_the_list_tells_which_events_admit(
    counter: Counter, changes: dict[str, object], admits: screens.Admits
) -> None:
    counter.house.learn(event(**changes))
    counter.press("events")
    assert counter.sees(screens.Events).events[0].admits is admits
    counter.press("choose", "poetry")
    assert isinstance(counter.screen, screens.Persons) is (admits is screens.Admits.NOW)


def test_events_of_yesterday_and_those_that_are_over_are_not_listed(
    counter: Counter, moved: MovedClock
) -> None:
    day = timedelta(days=1)
    yesterday = {"starts_at": AT - day, "ends_at": AT - day + timedelta(hours=1)}
    counter.house.learn(event(event_id="yesterday", **yesterday))
    moved.forward(timedelta(hours=3))
    counter.press("events")
    assert counter.sees(screens.Events).events == ()


@pytest.mark.clause("C1.3", "R2.4")
def test_events_of_another_building_are_not_offered_at_this_door(counter: Counter) -> None:
    counter.house.learn(event(event_id="poetry", branch=""), event(event_id="far", branch="2"))
    day = timedelta(days=1)
    later = {"doors_at": AT + day, "starts_at": AT + day, "ends_at": AT + 2 * day}
    counter.house.learn(event(event_id="far-later", branch="2", **later))
    counter.press("events")
    listed = counter.sees(screens.Events).events
    assert [line.event_id for line in listed] == ["poetry"]


@pytest.mark.scenario("E34")
def test_an_open_day_offers_a_slip_to_everybody(counter: Counter) -> None:
    counter.house.learn(building(open_day=True))
    counter.conductor.look_around()
    assert counter.sees(screens.Start).open_day
    counter.press("open_day")
    counter.press("take")
    assert counter.sees(screens.Greeting).reader is None


# --- The way out -----------------------------------------------------------------------------


@pytest.fixture
def exit_counter(build: Callable[..., House]) -> Counter:
    return make_counter(build(), Role.BOTH)


def come_in(counter: Counter) -> tuple[VisitRecord, bytes]:
    counter.show(CODE)
    job = last_job(counter.house)
    visit = counter.house.visit(job.visit_id)
    return visit, slips.read(job.content).content.code.encode()


@pytest.mark.scenario("X01")
def test_who_owes_nothing_is_bid_farewell_and_drops_the_slip(exit_counter: Counter) -> None:
    _, code = come_in(exit_counter)
    exit_counter.show(code)
    farewell = exit_counter.sees(screens.Farewell)
    assert [task.code for task in farewell.duties] == [Duty.HAND_IN_SLIP]


@pytest.mark.scenario("X02")
def test_a_refused_exit_names_departments_and_counts(exit_counter: Counter) -> None:
    visit, code = come_in(exit_counter)
    exit_counter.house.acknowledge()
    out = tuple(
        DepartmentCountRecord(department=code, count=count) for code, count in (("5", 2), ("99", 1))
    )
    exit_counter.house.learn(visit.model_copy(update={"reading_room": out}))
    exit_counter.show(code)
    lines = exit_counter.sees(screens.StillOut).departments
    assert [(line.name, line.name_en, line.count) for line in lines] == [
        ("Читальна зала", "Reading room", 2),
        ("99", "", 1),
    ]


@pytest.mark.scenario("X13")
def test_an_unclear_exit_is_sent_to_the_desk(exit_counter: Counter, moved: MovedClock) -> None:
    _, code = come_in(exit_counter)
    moved.forward(timedelta(minutes=10))
    exit_counter.show(code)
    assert exit_counter.sees(screens.Refusal).because.code is Reason.COPY_TOO_OLD


def test_an_exit_takes_tickets_too_and_says_what_is_missing(
    exit_counter: Counter, house: House
) -> None:
    out = make_counter(house, Role.EXIT)
    come_in(exit_counter)
    out.show(CODE)
    assert out.sees(screens.Refusal).because.code is Reason.SLIP_MISSING


# --- Language, time, help --------------------------------------------------------------------


@pytest.mark.threat(22)
def test_the_reset_forgets_everything_of_the_last_person(
    counter: Counter, moved: MovedClock
) -> None:
    counter.press("language", "en")
    counter.press("bring")
    counter.press("belongings", "laptop")
    counter.press("ready")
    moved.forward(timedelta(seconds=61))
    counter.conductor.look_around()
    counter.sees(screens.Start)
    assert counter.stage.shown.language == "uk"
    counter.press("bring")
    assert not counter.sees(screens.Belongings).brought.laptop


def test_who_needs_more_time_gets_it(counter: Counter, moved: MovedClock) -> None:
    counter.press("events")
    moved.forward(timedelta(seconds=55))
    counter.press("more_time")
    moved.forward(timedelta(seconds=55))
    counter.conductor.look_around()
    counter.sees(screens.Events)
    moved.forward(timedelta(seconds=6))
    counter.conductor.look_around()
    counter.sees(screens.Start)


def test_another_language_on_the_idle_screen_is_not_left_to_the_next_person(
    counter: Counter, moved: MovedClock
) -> None:
    counter.press("language", "en")
    assert counter.stage.shown.language == "en"
    moved.forward(timedelta(seconds=61))
    counter.conductor.look_around()
    assert counter.stage.shown.language == "uk"


def test_the_language_stays_with_the_person(counter: Counter) -> None:
    counter.press("language", "en")
    counter.show(CODE)
    assert counter.stage.shown.language == "en"


def test_help_is_called_and_told(counter: Counter) -> None:
    counter.press("help")
    assert counter.sees(screens.HelpCalled).phone == "(0462) 67-45-12"
    assert counter.house.kinds() == ["help_called"]


def test_a_press_on_a_screen_that_is_gone_does_nothing(counter: Counter) -> None:
    counter.press("events")
    counter.conductor.handle(Pressed("cancel", "", counter.stage.shown.serial - 1))
    counter.sees(screens.Events)


@pytest.mark.parametrize("action", ["choose", "persons", "take", "reprint", "got_it", "ready", "x"])
def test_a_press_that_does_not_belong_to_the_screen_changes_nothing(
    counter: Counter, action: str
) -> None:
    counter.press(action, "poetry2")
    counter.sees(screens.Start)


# --- The house -------------------------------------------------------------------------------


@pytest.mark.scenario("E33")
@pytest.mark.parametrize(
    "changes, reason",
    [
        ({"emergency": Emergency.FIRE}, Reason.EVACUATION),
        ({"emergency": Emergency.AIR_RAID, "has_shelter": True}, Reason.SHELTER),
        ({"emergency": Emergency.AIR_RAID}, Reason.NO_SHELTER),
    ],
)
def test_an_alarm_interrupts_whoever_is_being_served(
    counter: Counter, changes: dict[str, object], reason: Reason
) -> None:
    counter.press("events")
    counter.house.learn(building(**changes))
    counter.conductor.look_around()
    assert counter.sees(screens.Evacuation).because.code is reason
    counter.house.learn(building())
    counter.conductor.look_around()
    counter.sees(screens.Start)


def test_a_broken_scanner_is_said_and_staff_are_named(counter: Counter) -> None:
    counter.scanner.works = False
    counter.conductor.look_around()
    assert counter.sees(screens.OutOfService).phone == "(0462) 67-45-12"


def test_without_a_copy_the_station_says_that_it_is_not_ready(
    tmp_path_factory: pytest.TempPathFactory, moved: MovedClock
) -> None:
    empty = make_house(tmp_path_factory.mktemp("empty"), moved)
    counter = make_counter(empty)
    counter.sees(screens.NotReady)
    counter.show(CODE)
    counter.sees(screens.NotReady)
    assert empty.kinds() == []
    empty.database.close()


def test_what_nobody_foresaw_promises_nothing(
    counter: Counter, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(counter.conductor, "handle", lambda _: 1 / 0)
    counter.conductor.start()
    before = counter.stage.shown.version
    counter.conductor.post(DevicesChanged())
    shown = counter.stage.wait(before, 5)
    counter.conductor.stop()
    assert shown is not None
    assert isinstance(shown.screen, screens.OutOfService)


def test_no_decision_of_an_entrance_is_lost_between_screens(counter: Counter) -> None:
    counter.show(b"nonsense")
    told = counter.house.told()[-1]
    assert isinstance(told, EntryDecided)
    assert told.reasons == (Reason.UNKNOWN_CODE,)
    assert counter.sees(screens.Refusal).because.code is Reason.UNKNOWN_CODE


def test_news_take_no_press_from_who_stands_before_the_idle_screen(
    counter: Counter,
) -> None:
    before = counter.stage.shown
    counter.house.moved.forward(timedelta(hours=9, minutes=35))
    counter.conductor.handle(DevicesChanged())
    assert counter.sees(screens.Start) != before.screen
    counter.conductor.handle(Pressed("languages", "", before.serial))
    counter.sees(screens.Languages)
