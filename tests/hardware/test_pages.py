"""The pages about hardware say what holds."""

import re
from pathlib import Path

from docs.hardware.drawings import DRAWINGS, ENGLISH, FOLDER, UKRAINIAN
from hardware import factory
from hardware.factory import Kind
from hardware.lane_daemon import load, told_levels

ROW = re.compile(r"^\| (?P<kind>[a-z ]+) \| `(?P<driver>\w+)` \|.*\|(?P<tried>[^|]*)\|$")


def page(name: str) -> str:
    return (FOLDER / name).read_text("utf-8")


def rows() -> list[re.Match[str]]:
    """The rows of the table of drivers."""
    return [row for line in page("drivers.md").splitlines() if (row := ROW.match(line))]


def test_every_driver_is_on_the_page_with_what_it_was_proven_against() -> None:
    told = {(row["kind"].replace(" ", "_"), row["driver"]) for row in rows()}
    assert told == {(kind.value, name) for kind in Kind for name in factory.drivers(kind)}


def test_nobody_claims_hardware_that_nobody_named() -> None:
    for row in rows():
        tried = row["tried"].strip()
        assert not tried or re.search(r"\d{4}-\d{2}-\d{2}", tried), "make, model, date, who"


def test_the_levels_on_the_page_are_those_of_its_example() -> None:
    assert told_levels(load(FOLDER / "lane.toml")) in page("wiring.md")


def test_the_drawings_are_those_of_their_script() -> None:
    for name, draw in DRAWINGS.items():
        assert (FOLDER / f"{name}.svg").read_text("utf-8") == draw(ENGLISH)
        assert (FOLDER / f"{name}-uk.svg").read_text("utf-8") == draw(UKRAINIAN)
        assert f"({name}.svg)" in page("wiring.md")


def said_on(drawing: str) -> set[str]:
    return set(re.findall(r">([^<]+)</t", drawing))


def test_only_settings_and_voltages_are_the_same_on_a_ukrainian_drawing() -> None:
    for draw in DRAWINGS.values():
        for words in said_on(draw(ENGLISH)) & said_on(draw(UKRAINIAN)):
            assert re.fullmatch(
                r"GPIO|GND|SSD|PC/SC|(USB|HDMI|CSI|I²C|Ethernet)[ ,\w]*|[+\d.]+ V|.+ = .+", words
            ), words


def test_the_unit_sets_safe_levels_after_every_stop() -> None:
    unit = (Path(__file__).parents[2] / "deploy/systemd/lystok-lane.service").read_text("utf-8")
    assert re.search(r"^ExecStopPost=\S+ lane safe ", unit, re.MULTILINE)
    assert "WatchdogSec=" in unit
