"""A whole station takes a photo: program, page, presses, the drawn person before its camera."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import pytest
import requests

from demo.programs import wait_until
from kiosk import screens
from kiosk.clock import Clock
from kiosk.config import PhotoSettings
from kiosk.keys import make_slip_key
from kiosk.photo.screens import PhotoShot
from kiosk.program import Station, running
from kiosk.service import Service
from tests.kiosk.test_program import configured

SOON_S = 60


@dataclass
class Visitor:
    """Somebody at the photo step of a station."""

    station: Station
    results: list[bytes | None] = field(default_factory=list)

    def begin(self) -> None:
        self.service.photo.begin(child=False, done=self.results.append, back=lambda: None)

    @property
    def service(self) -> Service:
        return self.station.conductor._service

    def press(self, action: str) -> int:
        origin = self.station.url.rstrip("/")
        return requests.post(
            f"{origin}/press",
            json={"action": action, "serial": self.station.stage.shown.serial},
            headers={"Origin": origin, "X-Lystok-Token": self.station.token},
            timeout=5,
        ).status_code

    def sees(self, kind: type[screens.Screen]) -> None:
        assert wait_until(lambda: isinstance(self.station.stage.shown.screen, kind), SOON_S)


@pytest.fixture
def visitor(tmp_path: Path) -> Iterator[Visitor]:
    plain = configured(tmp_path)
    make_slip_key(plain.slip_key_file)
    camera = {"driver": "simulator", "view": "person", "fps": 30}
    devices = plain.devices.model_copy(update={"camera": camera})
    photo = PhotoSettings(hold_s=0.1, countdown_s=0.1)
    config = plain.model_copy(update={"devices": devices, "photo": photo})
    with running(config, Clock(now=lambda: datetime.now(UTC))) as station:
        yield Visitor(station)


@pytest.mark.clause("R2.2")
def test_the_person_arrives_is_shot_and_keeps_the_photo(visitor: Visitor) -> None:
    visitor.begin()
    assert visitor.press("photo_yes") == 204
    visitor.sees(PhotoShot)
    visitor.press("photo_accept")
    assert wait_until(lambda: visitor.results != [], SOON_S)
    (jpeg,) = visitor.results
    assert jpeg is not None
    assert jpeg.startswith(b"\xff\xd8")


def test_who_shows_a_code_meanwhile_ends_the_photo(visitor: Visitor) -> None:
    visitor.begin()
    visitor.press("photo_yes")
    booth = visitor.service._hands.booth
    assert booth is not None
    assert wait_until(lambda: booth.session is not None, SOON_S)
    visitor.service.scan(b"2000000000017", datetime.now(UTC))
    assert booth.session is None
    assert visitor.results == []


@pytest.mark.threat(22)
def test_the_reset_of_the_screen_ends_the_photo(visitor: Visitor) -> None:
    visitor.begin()
    visitor.press("photo_yes")
    booth = visitor.service._hands.booth
    assert booth is not None
    assert wait_until(lambda: booth.session is not None, SOON_S)
    visitor.service.go_home()
    assert booth.session is None
