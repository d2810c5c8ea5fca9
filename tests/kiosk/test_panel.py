"""The panel turns and goes dark by a program of the compositor, played by one of ours."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from kiosk.config import ScreenSettings
from kiosk.panel import Panel

PROGRAM = """#!/bin/sh
echo "$*" >>"{folder}/asked"
[ ! -e "{folder}/broken" ] || {{ echo "no display" >&2; exit 1; }}
echo 'HDMI-A-1 "Some panel"'
"""
MINUTE = 60.0


class Station:
    """What is shown, and what time it is."""

    def __init__(self) -> None:
        self.screen: str | None = "start"
        self.now_s = 1000.0

    def panel(self, **settings: int) -> Panel:
        chosen = ScreenSettings.model_validate(settings)
        return Panel(chosen, lambda: self.screen, lambda: self.now_s)


@pytest.fixture
def asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[], list[str]]:
    """What the program was asked to do since the last look; questions left out."""
    program = tmp_path / "wlr-randr"
    program.write_text(PROGRAM.format(folder=tmp_path))
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    log = tmp_path / "asked"

    def since() -> list[str]:
        lines = log.read_text().splitlines() if log.exists() else []
        log.unlink(missing_ok=True)
        return [line for line in lines if line]

    return since


@pytest.mark.parametrize("rotate, turned", [(0, "normal"), (90, "90"), (270, "270")])
def test_a_panel_is_turned_once(rotate: int, turned: str, asked: Callable[[], list[str]]) -> None:
    panel = Station().panel(rotate=rotate)
    panel.step()
    assert asked() == [f"--output HDMI-A-1 --on --transform {turned}"]
    panel.step()
    assert asked() == []


def test_it_goes_dark_when_the_library_has_been_shut_for_its_time_and_wakes_turned(
    asked: Callable[[], list[str]],
) -> None:
    station = Station()
    panel = station.panel(rotate=180, dark_after_min=15)
    panel.step()
    asked()
    station.screen = "closed"
    panel.step()
    station.now_s += 14 * MINUTE
    panel.step()
    assert asked() == []
    station.now_s += 2 * MINUTE
    panel.step()
    assert asked() == ["--output HDMI-A-1 --off"]
    station.screen = "greeting"
    panel.step()
    assert asked() == ["--output HDMI-A-1 --on --transform 180"]
    station.screen = "closed"
    panel.step()
    assert asked() == [], "the time begins anew"


@pytest.mark.parametrize("screen, settings", [("start", {}), (None, {}), ("closed", 0)])
def test_it_stays_light_otherwise(
    screen: str | None, settings: object, asked: Callable[[], list[str]]
) -> None:
    station = Station()
    panel = station.panel(**({"dark_after_min": 0} if settings == 0 else {}))
    station.screen = screen
    for _ in range(3):
        panel.step()
        station.now_s += 100 * MINUTE
    assert asked() == ["--output HDMI-A-1 --on --transform normal"]


def test_a_compositor_that_does_not_answer_is_asked_again_later(
    asked: Callable[[], list[str]], tmp_path: Path
) -> None:
    panel = Station().panel()
    (tmp_path / "broken").touch()
    assert panel.step() > 10
    (tmp_path / "broken").unlink()
    asked()
    panel.step()
    assert asked() == ["--output HDMI-A-1 --on --transform normal"]


def test_without_the_program_nothing_happens(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    assert Station().panel().step() > 10
