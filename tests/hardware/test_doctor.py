"""What hardware is there, and how each configured device is."""

from pathlib import Path
from typing import Any

import pytest

from hardware import doctor
from hardware.contracts import Detail, HealthState, Now
from hardware.doctor import Bus, Part, examine, parts
from hardware.factory import Kind
from hardware.printer_simulator import PrinterSimulator
from tests.hardware.rpicam_peer import RpicamPeer


def write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


@pytest.fixture
def machine(tmp_path: Path) -> Path:
    """A Raspberry Pi with a printer, a hub, a webcam, a serial scanner and one that types."""
    usb = tmp_path / "sys/bus/usb/devices"
    for name, vendor, kind in (("1-1", "0fe6", "00"), ("usb1", "1d6b", "09")):
        write(usb / name / "idVendor", f"{vendor}\n")
        write(usb / name / "idProduct", "811e\n")
        write(usb / name / "bDeviceClass", f"{kind}\n")
    write(usb / "1-1/product", "POS58 Printer\n")
    write(usb / "1-1/1-1:1.0/bInterfaceClass", "07\n")
    write(tmp_path / "dev/serial/by-id/usb-Honeywell_1450g-if00", "")
    write(tmp_path / "dev/video0", "")
    write(tmp_path / "sys/class/video4linux/video0/name", "HD Webcam\n")
    by_id = tmp_path / "dev/v4l/by-id"
    by_id.mkdir(parents=True)
    (by_id / "usb-HD_Webcam-video-index0").symlink_to(tmp_path / "dev/video0")
    write(tmp_path / "dev/input/by-id/usb-Newland_Scanner-event-kbd", "")
    write(tmp_path / "dev/input/by-id/usb-Newland_Scanner-event-mouse", "")
    write(tmp_path / "dev/gpiochip0", "")
    write(tmp_path / "proc/device-tree/model", "Raspberry Pi 4 Model B Rev 1.5\0")
    return tmp_path


def test_everything_that_a_driver_could_use_is_listed_with_its_setting(machine: Path) -> None:
    found = [part for part in parts(machine) if part.bus not in (Bus.PROGRAM, Bus.CARDS)]
    assert found == [
        Part(Bus.USB, "POS58 Printer (printer)", "vendor = 0x0fe6, product = 0x811e"),
        Part(Bus.SERIAL, "usb-Honeywell_1450g-if00", 'port = "usb-Honeywell_1450g-if00"'),
        Part(Bus.VIDEO, "HD Webcam", 'source = "usb-HD_Webcam-video-index0"'),
        Part(
            Bus.KEYBOARD,
            "usb-Newland_Scanner-event-kbd",
            'device = "usb-Newland_Scanner-event-kbd"',
        ),
        Part(Bus.GPIO, "Raspberry Pi 4 Model B Rev 1.5", "/dev/gpiochip0"),
    ]


def test_the_program_of_the_pis_camera_is_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    RpicamPeer(tmp_path, monkeypatch)
    where = str(tmp_path / "rpicam-vid")
    assert Part(Bus.PROGRAM, "rpicam-vid", where) in parts(tmp_path)


def test_a_bare_machine_has_nothing_and_breaks_nothing(tmp_path: Path) -> None:
    assert {part.bus for part in parts(tmp_path)} <= {Bus.PROGRAM, Bus.CARDS}
    parts()


def test_a_device_that_works_is_told_as_such(paper_printer: PrinterSimulator, now: Now) -> None:
    config = {"driver": "network", "host": paper_printer.host, "port": paper_printer.port}
    finding = examine(Kind.PRINTER, config, now)
    assert finding.is_well
    assert (finding.driver, finding.simulated, finding.said) == ("network", False, "")
    assert paper_printer.state()["slips"] == [], "a trial prints nothing"


@pytest.mark.parametrize(
    "kind,config",
    [
        (Kind.CAMERA, {}),
        (Kind.CARD_READER, {}),
        (Kind.LANE, {}),
        (Kind.PRINTER, {"folder": "slips"}),
        (Kind.SCANNER, {"driver": "camera", "camera": {"driver": "simulator"}}),
    ],
)
def test_every_kind_of_device_can_be_tried(
    kind: Kind, config: dict[str, Any], now: Now, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    finding = examine(kind, {"driver": "simulator"} | config, now, patience_s=5)
    assert finding.is_well
    assert finding.simulated
    assert finding.took_s < 3


@pytest.mark.parametrize(
    "kind,config,detail",
    [
        (Kind.CAMERA, {"driver": "opencv", "source": "/dev/none"}, Detail.MISSING),
        (Kind.LANE, {"driver": "daemon", "socket": "/run/none.sock"}, Detail.MISSING),
        (Kind.PRINTER, {"driver": "serial", "port": "usb-none"}, Detail.MISSING),
        (Kind.PRINTER, {"driver": "network", "host": "127.0.0.1", "port": 1}, Detail.MISSING),
        (Kind.PRINTER, {"driver": "netwrok"}, Detail.DRIVER_UNKNOWN),
        (Kind.PRINTER, {"driver": "network"}, Detail.SETTINGS),
        (Kind.SCANNER, {"driver": "serial", "port": "usb-none"}, Detail.MISSING),
    ],
)
@pytest.mark.fault(5)
def test_a_device_that_is_missing_is_told_with_the_drivers_own_words(
    kind: Kind, config: dict[str, Any], detail: Detail, now: Now
) -> None:
    finding = examine(kind, config, now, patience_s=0.4)
    assert not finding.is_well
    assert finding.health.state is HealthState.FAILED
    assert finding.health.detail_code == detail
    assert finding.said or kind is Kind.PRINTER


@pytest.mark.fault(1, 3)
@pytest.mark.parametrize("fault,detail", [("out", "paper_out"), ("near_end", "paper_near_end")])
def test_what_a_device_says_of_itself_is_told(
    paper_printer: PrinterSimulator, now: Now, fault: str, detail: str
) -> None:
    paper_printer.set(paper=fault)
    config = {"driver": "network", "host": paper_printer.host, "port": paper_printer.port}
    finding = examine(Kind.PRINTER, config, now)
    assert not finding.is_well
    assert finding.health.detail_code == detail


def test_a_printer_behind_a_spool_is_no_reason_for_alarm(now: Now, tmp_path: Path) -> None:
    finding = examine(Kind.PRINTER, {"driver": "file", "path": str(tmp_path)}, now)
    assert finding.health.state is HealthState.UNKNOWN
    assert finding.is_well
    away = examine(Kind.PRINTER, {"driver": "file", "path": str(tmp_path / "a" / "b")}, now)
    assert not away.is_well


def test_a_trial_is_bounded() -> None:
    assert doctor.PATIENCE_S <= 5
