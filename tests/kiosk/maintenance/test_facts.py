"""What the maintenance page is told: machine, last run, paper, settings, log, certificate."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
import structlog
from PIL import Image

from hardware.contracts import DeviceMissing, Health, HealthState, PaperStatus, PrintUncertain
from kiosk import logs
from kiosk.logs import LastLines
from kiosk.maintenance import machine
from kiosk.maintenance.last_run import Ending, RunLog
from kiosk.maintenance.paper import PaperCounter
from kiosk.origins import Origin, settings_of
from kiosk.store import Database
from tests.kiosk.house import AT, House, MovedClock
from tests.kiosk.test_program import configured

# --- The machine --------------------------------------------------------------------------------


@pytest.fixture
def pi(tmp_path: Path) -> Path:
    """The files in which a Raspberry Pi tells of itself."""
    files = {
        "proc/uptime": "93784.12 350000.00\n",
        "proc/meminfo": "MemTotal: 999 kB\nMemAvailable:  409600 kB\n",
        "sys/class/thermal/thermal_zone0/temp": "48312\n",
        "sys/class/hwmon/hwmon0/name": "cpu_thermal\n",
        "sys/class/hwmon/hwmon1/name": "rpi_volt\n",
        "sys/class/hwmon/hwmon1/in0_lcrit_alarm": "1\n",
        "sys/class/backlight/10-0045/brightness": "128\n",
        "sys/class/backlight/10-0045/max_brightness": "255\n",
    }
    for name, text in files.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return tmp_path


def test_a_pi_tells_its_temperature_supply_and_uptime(pi: Path) -> None:
    seen = machine.look(pi, pi)
    assert seen.temperature_c == pytest.approx(48.312)
    assert seen.undervoltage is True
    assert seen.uptime_s == pytest.approx(93784.12)
    assert seen.memory_free_mb == 400
    assert 0 <= seen.disk_free_percent <= 100


def test_a_supply_that_is_well_is_no_fault(pi: Path) -> None:
    (pi / "sys/class/hwmon/hwmon1/in0_lcrit_alarm").write_text("0\n")
    assert machine.look(pi, pi).undervoltage is False


def test_what_a_machine_does_not_tell_is_unknown_and_not_well(tmp_path: Path) -> None:
    seen = machine.look(tmp_path, tmp_path)
    assert (seen.temperature_c, seen.undervoltage, seen.uptime_s) == (None, None, None)
    assert machine.brightness_percent(tmp_path) is None
    assert not machine.set_brightness(50, tmp_path)


def test_the_screen_is_made_brighter_and_never_dark(pi: Path) -> None:
    light = pi / "sys/class/backlight/10-0045/brightness"
    assert machine.brightness_percent(pi) == 50
    assert machine.set_brightness(100, pi)
    assert light.read_text() == "255"
    assert machine.set_brightness(0, pi)
    assert int(light.read_text()) > 0


def test_the_mixer_is_asked_and_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    mixer = tmp_path / "amixer"
    mixer.write_text(
        f"#!/bin/sh\necho \"$@\" >> {tmp_path}/said\necho '  Front Left: 40 [62%] [on]'\n"
    )
    mixer.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    assert machine.volume_percent() == 62
    assert machine.set_volume(140)
    assert (tmp_path / "said").read_text().splitlines()[-1] == "-q sset Master 100%"


# --- The last run -------------------------------------------------------------------------------


@pytest.mark.parametrize("ending", [Ending.STOPPED, Ending.ASKED, Ending.CRASHED])
def test_a_run_tells_how_the_last_one_ended(tmp_path: Path, ending: Ending) -> None:
    run = RunLog(tmp_path / "run.json", "boot-1")
    assert run.begin(AT).ending is Ending.FIRST
    run.end(ending)
    assert run.begin(AT).ending is ending


@pytest.mark.parametrize("boot, ending", [("boot-1", Ending.CRASHED), ("boot-2", Ending.POWER)])
def test_a_run_without_an_end_crashed_or_lost_its_power(
    tmp_path: Path, boot: str, ending: Ending
) -> None:
    RunLog(tmp_path / "run.json", "boot-1").begin(AT)
    assert RunLog(tmp_path / "run.json", boot).begin(AT).ending is ending


def test_a_damaged_note_is_as_none(tmp_path: Path) -> None:
    (tmp_path / "run.json").write_text("{half")
    assert RunLog(tmp_path / "run.json", "boot-1").begin(AT).ending is Ending.FIRST


# --- Paper --------------------------------------------------------------------------------------


class Printer:
    """Prints, or does what it is told to."""

    width_dots = 576

    def __init__(self) -> None:
        self.trouble: Exception | None = None

    def print_picture(self, image: Image.Image) -> None:  # noqa: ARG002
        if self.trouble is not None:
            raise self.trouble

    def status(self) -> PaperStatus:
        return PaperStatus.OK

    def health(self) -> Health:
        return Health(HealthState.WORKS, "fine", AT)

    def close(self) -> None:
        pass


@pytest.fixture
def database(house: House) -> Database:
    return house.database


SLIP = Image.new("1", (576, 8 * 180))


def test_each_slip_takes_its_length_and_the_way_to_the_cutter(
    database: Database, moved: MovedClock
) -> None:
    counter = PaperCounter(Printer(), database, moved.now, roll_m=2)
    assert counter.roll.slips_left is None
    for _ in range(5):
        counter.print_picture(SLIP)
    assert counter.roll.left_m == 1.0
    assert counter.roll.left_percent == 50
    assert counter.roll.slips_left == 5


def test_what_may_be_on_paper_counts_and_what_is_not_does_not(
    database: Database, moved: MovedClock
) -> None:
    printer = Printer()
    counter = PaperCounter(printer, database, moved.now, roll_m=2)
    printer.trouble = DeviceMissing("gone")
    with pytest.raises(DeviceMissing):
        counter.print_picture(SLIP)
    assert counter.roll.left_percent == 100
    printer.trouble = PrintUncertain(DeviceMissing("gone"))
    with pytest.raises(PrintUncertain):
        counter.print_picture(SLIP)
    assert counter.roll.left_percent == 90


def test_a_new_roll_is_full_and_an_old_one_never_below_nothing(
    database: Database, moved: MovedClock
) -> None:
    counter = PaperCounter(Printer(), database, moved.now, roll_m=0.3)
    for _ in range(3):
        counter.print_picture(SLIP)
    assert counter.roll.left_m == 0
    moved.forward(timedelta(hours=1))
    counter.new_roll()
    assert counter.roll.left_percent == 100
    assert counter.roll.changed_at == moved.at


# --- Settings -----------------------------------------------------------------------------------


def test_each_setting_says_where_it_comes_from(tmp_path: Path) -> None:
    config = configured(tmp_path)
    environment = {"LYSTOK_KIOSK_SERVER__LONG_POLL_S": "5", "lystok_kiosk_photo": "{}", "PATH": "x"}
    found = {each.name: each.origin for each in settings_of(config, config.file, environment)}
    assert found["station"] is Origin.FILE
    assert found["devices.scanner.camera.driver"] is Origin.FILE
    assert found["server.long_poll_s"] is Origin.ENVIRONMENT
    assert found["photo.required"] is Origin.ENVIRONMENT
    assert found["printing.retry_s"] is Origin.DEFAULT


def test_secrets_are_masked(tmp_path: Path) -> None:
    config = configured(tmp_path)
    camera = {"driver": "opencv", "source": "rtsp://door:Geheim7@10.0.0.3/1", "password": "Geheim7"}
    devices = config.devices.model_copy(update={"camera": camera})
    told = settings_of(config.model_copy(update={"devices": devices}), None, {})
    assert not [each for each in told if "Geheim7" in each.value]
    assert next(each for each in told if each.name == "devices.camera.source").value.endswith(
        "@10.0.0.3/1"
    )
    assert next(each for each in told if each.name == "token_file").value.endswith("token")


# --- The log ------------------------------------------------------------------------------------


@pytest.fixture
def lines() -> Iterator[LastLines]:
    before, level = logging.root.handlers[:], logging.root.level
    kept = LastLines(most=3)
    logs.begin(kept)
    yield kept
    structlog.reset_defaults()
    logging.root.handlers[:] = before
    logging.root.setLevel(level)


def test_the_last_lines_are_kept_the_newest_first(lines: LastLines) -> None:
    log = structlog.get_logger()
    for number in range(5):
        log.info("counted", number=number)
    found = lines.newest_first()
    assert [line.split("number=")[1] for line in found] == ["4", "3", "2"]
    assert "level=info event=counted" in found[0]


def test_what_libraries_say_stands_among_them(lines: LastLines) -> None:
    logging.getLogger("some.library").warning("it is %s", "odd")
    assert "it is odd" in lines.newest_first()[0]
