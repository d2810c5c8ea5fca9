"""From a configuration to a driver."""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from hardware import factory
from hardware.camera_simulator import SimulatedCamera
from hardware.contracts import BadSettings, DriverNotInstalled, HealthState, Now, UnknownDriver
from hardware.factory import Kind
from hardware.settings import DriverSettings


def test_the_named_driver_is_made(now: Now, opened: Callable[[Any], Any]) -> None:
    camera = opened(factory.make_camera({"driver": "simulator"}, now))
    assert isinstance(camera, SimulatedCamera)


@pytest.mark.parametrize("kind", Kind)
def test_every_driver_has_settings_and_a_way_to_connect(kind: Kind) -> None:
    for name in factory.drivers(kind):
        module = factory._module(kind, name)
        assert issubclass(module.Settings, DriverSettings)
        assert callable(module.connect)


def test_a_wrong_name_refuses_and_says_what_was_meant(now: Now) -> None:
    with pytest.raises(UnknownDriver, match=r"'netwrok', did you mean 'network'\?"):
        factory.make_printer({"driver": "netwrok"}, now)


def test_a_missing_name_refuses_and_says_what_there_is(now: Now) -> None:
    with pytest.raises(UnknownDriver, match="there are: opencv, rpicam, simulator"):
        factory.make_camera({}, now)


def test_a_missing_library_is_named_and_nothing_else_is_taken(
    now: Now, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delitem(sys.modules, "hardware.camera_opencv", raising=False)
    monkeypatch.setitem(sys.modules, "cv2", None)
    with pytest.raises(DriverNotInstalled, match=r"camera driver 'opencv' needs .*cv2"):
        factory.make_camera({"driver": "opencv", "source": 0}, now)


def test_all_faults_of_the_settings_are_named_at_once() -> None:
    faults = factory.check(
        Kind.PRINTER, {"driver": "network", "prot": 9100, "paper_mm": 70, "timeout_s": 0}
    )
    assert len(faults) == 4
    assert "prot: no such setting, did you mean 'port'?" in faults
    assert {fault.split(":")[0] for fault in faults} == {"prot", "paper_mm", "timeout_s", "host"}


def test_the_settings_of_a_device_within_a_device_are_checked_too() -> None:
    faults = factory.check(Kind.SCANNER, {"driver": "camera", "camera": {"driver": "simulatr"}})
    assert faults == ("camera: driver: no camera driver 'simulatr', did you mean 'simulator'?",)


def test_right_settings_have_no_faults_and_open_nothing() -> None:
    assert factory.check(Kind.CAMERA, {"driver": "opencv", "source": "/dev/no-such"}) == ()


def test_wrong_settings_never_make_a_driver(now: Now) -> None:
    with pytest.raises(BadSettings):
        factory.make_lane({"driver": "simulator", "release_s": -1}, now)


@pytest.mark.fault(5)
def test_a_device_that_is_missing_does_not_keep_a_station_from_starting(
    now: Now, opened: Callable[[Any], Any]
) -> None:
    printer = opened(
        factory.make_printer({"driver": "network", "host": "127.0.0.1", "port": 1}, now)
    )
    assert printer.health().state is HealthState.UNKNOWN


def test_simulators_are_known_as_such_wherever_they_stand(tmp_path: Path) -> None:
    assert factory.is_simulator("simulator")
    assert not factory.is_simulator("network")
    within = {"driver": "camera", "camera": {"driver": "simulator"}}
    assert factory.uses_simulator(within)
    assert not factory.uses_simulator({"driver": "camera", "camera": {"driver": "opencv"}})
