"""Words for what happens at a station."""

import pytest

from gate.events import STATION_EVENT
from gate.passage import ALARMS, Phase
from templates import event_words, maintenance_words
from templates.words import Words

KINDS = sorted(STATION_EVENT.json_schema()["discriminator"]["mapping"])


@pytest.mark.parametrize("language", ["uk", "en"])
@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_event_has_a_name(kind: str, language: str) -> None:
    assert maintenance_words.event_name(kind, Words(language)) != kind


def test_every_phase_and_every_alarm_of_a_lane_has_words() -> None:
    assert set(event_words.PHASES) == {phase.value for phase in Phase}
    assert set(event_words.ALARMS) == {alarm.value for alarm in ALARMS}


def test_what_became_of_a_lane_is_told_in_words() -> None:
    codes = [("phase", "closed"), ("locked", "True")]
    assert event_words.event_words("lane_changed", codes, Words("en")) == "Works · Entrance locked"
    assert event_words.event_words("counted", [("way", "out")], Words("uk")) == "вихід"
