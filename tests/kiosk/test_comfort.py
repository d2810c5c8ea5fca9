"""What makes a screen easier: contrast, letters, voice, language; gone with the person."""

from __future__ import annotations

import io
import shutil
import wave
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from gate.facts import ClockTrust
from kiosk import screens
from kiosk.config import Role, SpeechSettings
from kiosk.front import Front
from kiosk.messages import CopyChanged
from kiosk.speech import Voice
from kiosk.stage import Ease
from tests.kiosk.counter import Counter, make_counter
from tests.kiosk.house import AT, House, MovedClock, building, code_of, event, ticket

CODE = code_of(ticket())


@pytest.fixture
def counter(house: House) -> Counter:
    return make_counter(house)


@pytest.mark.parametrize("ease", Ease)
def test_ease_goes_on_to_the_next_screens_of_the_same_person(counter: Counter, ease: Ease) -> None:
    counter.press("ease", ease)
    counter.show(CODE)
    assert counter.stage.shown.eased == {ease}
    counter.press("ease", ease)
    assert counter.stage.shown.eased == frozenset()


@pytest.mark.threat(22)
def test_the_next_person_finds_the_screen_as_the_library_chose_it(counter: Counter) -> None:
    for ease in Ease:
        counter.press("ease", ease)
    counter.press("language", "en")
    counter.show(CODE)
    counter.press("cancel")
    assert (counter.stage.shown.eased, counter.stage.shown.language) == (frozenset(), "uk")


def test_an_idle_screen_left_large_goes_back_by_itself(counter: Counter, moved: MovedClock) -> None:
    counter.press("ease", "large")
    moved.forward(timedelta(seconds=61))
    counter.conductor.look_around()
    assert counter.stage.shown.eased == frozenset()


def test_an_ease_that_there_is_not_changes_nothing(counter: Counter) -> None:
    before = counter.stage.shown
    counter.press("ease", "wings")
    assert counter.stage.shown == before


def test_the_list_of_languages_leads_back_to_where_it_was_asked_for(counter: Counter) -> None:
    counter.press("events")
    counter.press("languages")
    counter.sees(screens.Languages)
    counter.press("language", "en")
    counter.sees(screens.Events)
    assert counter.stage.shown.language == "en"


# --- The voice -------------------------------------------------------------------------------

needs_voice = pytest.mark.skipif(not shutil.which("espeak-ng"), reason="no eSpeak NG here")


def seconds_of(sound: bytes) -> float:
    with wave.open(io.BytesIO(sound)) as read:
        # Written to a pipe, the header can't tell the length: count what came.
        frames: int = len(read.readframes(2**24)) // read.getsampwidth()
        return float(frames / read.getframerate())


@needs_voice
@pytest.mark.parametrize("language, text", [("uk", "Візьміть листок"), ("en", "Take your slip")])
def test_words_become_sound_in_their_language(language: str, text: str) -> None:
    sound = Voice(SpeechSettings()).say(text, language, private=False)
    assert 0.5 < seconds_of(sound) < 5


@needs_voice
def test_a_phrase_is_made_once_and_a_private_one_is_not_kept() -> None:
    voice = Voice(SpeechSettings())
    first = voice.say("Ласкаво просимо", "uk", private=False)
    assert voice.say("Ласкаво просимо", "uk", private=False) is first
    secret = voice.say("Оксана", "uk", private=True)
    assert voice.say("Оксана", "uk", private=True) is not secret


@needs_voice
@pytest.mark.threat(8)
def test_words_that_look_like_options_are_only_words() -> None:
    sound = Voice(SpeechSettings()).say("-w /tmp/x --version; rm -rf", "en", private=False)
    assert seconds_of(sound) > 1


@pytest.mark.parametrize("program", ["", "no-such-voice"])
def test_without_a_voice_nothing_is_offered_and_nothing_breaks(program: str) -> None:
    voice = Voice(SpeechSettings(program=program))
    assert not voice.works
    assert voice.say("Листок", "uk", private=False) == b""


# --- Hours and places ------------------------------------------------------------------------


def home(house: House, role: Role = Role.ENTRANCE) -> screens.Screen:
    counter = make_counter(house, role)
    counter.conductor.handle(CopyChanged(frozenset()))
    return counter.screen


@pytest.fixture
def quiet(build: Callable[..., House]) -> House:
    """A day without events."""
    house = build()
    house.learn(event(ends_at=AT - timedelta(hours=1), starts_at=AT - timedelta(hours=2)))
    return house


@pytest.mark.clause("R5.1.2")
@pytest.mark.parametrize(
    "hours, opens_at",
    [
        ({"opens_at": AT + timedelta(minutes=5)}, AT + timedelta(minutes=5)),
        ({"closes_at": AT}, None),
        ({"closed_today": True, "opens_at": None, "closes_at": None}, None),
    ],
)
def test_out_of_hours_the_entrance_says_so(
    quiet: House, hours: dict[str, object], opens_at: object
) -> None:
    quiet.learn(building(**hours))
    assert home(quiet) == screens.Closed(opens_at=opens_at, phone=building().service_centre_phone)  # type: ignore[arg-type]


@pytest.mark.parametrize("role", [Role.EXIT, Role.BOTH])
def test_where_people_go_out_nobody_is_told_that_it_is_closed(quiet: House, role: Role) -> None:
    quiet.learn(building(closes_at=AT))
    assert isinstance(home(quiet, role), screens.Start)


def test_an_evening_event_keeps_the_entrance_open(house: House) -> None:
    house.learn(building(closes_at=AT))
    assert isinstance(home(house), screens.Start)


def test_a_clock_that_nobody_confirmed_closes_nothing(quiet: House) -> None:
    quiet.learn(building(closes_at=AT))
    clock = replace(quiet.premises.clock, trust=lambda: ClockTrust.UNTRUSTED)
    front = Front(quiet.database, Role.ENTRANCE, clock, lambda: True, station="K1", has_cards=False)
    assert isinstance(front.home(), screens.Start)


@pytest.mark.scenario("E32")
def test_a_full_house_asks_to_wait(quiet: House) -> None:
    quiet.learn(building(limit=5, inside=5))
    assert isinstance(home(quiet), screens.Full)
    quiet.learn(building(limit=5, inside=4))
    assert isinstance(home(quiet), screens.Start)


@pytest.mark.clause("R3.2.8", "R3.2.7")
@pytest.mark.parametrize("minutes, told", [(31, False), (30, True), (1, True)])
def test_the_end_of_the_day_is_announced(quiet: House, minutes: int, told: bool) -> None:
    closes_at = AT + timedelta(minutes=minutes)
    quiet.learn(building(closes_at=closes_at))
    start = home(quiet)
    assert isinstance(start, screens.Start)
    assert (start.closes_at == closes_at) is told
