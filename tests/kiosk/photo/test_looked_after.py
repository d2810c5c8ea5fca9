"""A running station tells of its camera for photos while nobody is photographed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from demo.programs import free_ports, wait_until
from gate.events import STATION_EVENT, Health
from hardware.contracts import Detail, HealthState
from hardware.factory import Kind
from kiosk.config import load
from kiosk.doctor import Report, as_text, examine
from kiosk.keys import make_slip_key
from kiosk.program import Station, running
from kiosk.store import outbox
from templates.words import words_for
from tests.hardware.mjpeg_peer import MjpegPeer
from tests.kiosk.test_program import CLOCK, configured


@dataclass
class Watched:
    """A station, its configuration, and the camera on the network that its photos come from."""

    station: Station
    file: Path
    camera: MjpegPeer

    def camera_is(self, detail: Detail) -> bool:
        devices = self.station.devices
        return wait_until(lambda: devices.health()[Kind.CAMERA].detail_code == detail, 20)

    def all_work(self) -> bool:
        devices = self.station.devices
        return wait_until(
            lambda: all(each.state is HealthState.WORKS for each in devices.health().values()), 20
        )

    def told_server(self) -> list[str]:
        """What the server is told of the camera, oldest first."""
        with self.station.database.read() as tx:
            waiting = [STATION_EVENT.validate_json(one.body) for one in outbox.batch(tx, 1000)]
        health = [event for event in waiting if isinstance(event, Health)]
        told = [device for event in health for device in event.devices]
        return [device.detail for device in told if device.device == Kind.CAMERA]

    def doctor(self) -> Report:
        return examine(load(self.file), CLOCK.now)


@pytest.fixture
def watched(tmp_path: Path) -> Iterator[Watched]:
    (port,) = free_ports(1)
    make_slip_key(configured(tmp_path, port).slip_key_file)
    camera, file = MjpegPeer(), tmp_path / "kiosk.toml"
    with file.open("a") as more:
        source = f'driver = "opencv"\nsource = "{camera.url}"\nstall_s = 0.5\n'
        more.write(f"[devices.camera]\n{source}")
    with running(load(file), CLOCK) as station:
        yield Watched(station, file, camera)
    camera.close()


def test_the_doctor_asks_the_station_and_all_is_well(watched: Watched) -> None:
    assert watched.all_work()
    report = watched.doctor()
    assert report.running
    assert report.status == 0
    said = as_text(report, words_for("uk"))
    assert f"+ Камера для фото (opencv, source = {watched.camera.url}): працює" in said
    assert "Витримки на час знімка не тримає" in said


@pytest.mark.fault(5, 6)
def test_a_camera_that_goes_and_comes_back_is_told_to_doctor_and_server(
    watched: Watched, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("kiosk.photo.glances._EVERY_S", 0.5)
    assert watched.camera_is(Detail.FINE)
    watched.camera.close()
    assert watched.camera_is(Detail.MISSING)
    (finding,) = (each for each in watched.doctor().devices if each.kind is Kind.CAMERA)
    assert (finding.health.state, finding.health.detail_code) == ("failed", "missing")
    assert finding.where == f"source = {watched.camera.url}"
    watched.camera = MjpegPeer(watched.camera.port)
    assert watched.camera_is(Detail.FINE)
    assert wait_until(lambda: watched.told_server()[-2:] == ["missing", "fine"], 5)
