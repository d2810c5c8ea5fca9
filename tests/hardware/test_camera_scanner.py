"""A scanner made of a camera and a decoder."""

import base64
import io
import json
import urllib.request
from collections import deque
from collections.abc import Callable
from threading import Event
from typing import Any

import numpy as np
import pytest
import segno
from PIL import Image

from hardware import factory
from hardware.camera_scanner import CameraScanner, SecondChance
from hardware.camera_scene import Manner
from hardware.camera_simulator import SimulatedCamera
from hardware.contracts import (
    Camera,
    CodeFormat,
    Detail,
    DeviceClosed,
    DeviceMissing,
    DeviceSilent,
    Frame,
    Health,
    HealthState,
    Now,
    Scan,
)
from hardware.decoder import Code
from tests.hardware.conftest import MOMENT

Opened = Callable[[Any], Any]

TICKET = b"LT1:6BFOXN*TS0BI$ZD.P9UOL97O4-2HH77HRM3DSPTRRAWFVD"


def ticket(data: bytes = TICKET) -> Image.Image:
    file = io.BytesIO()
    segno.make(data.decode(), error="m", micro=False).save(file, "png", scale=4)
    return Image.open(file)


@pytest.fixture
def scanner(now: Now, opened: Opened) -> CameraScanner:
    camera = {"driver": "simulator", "fps": 60, "control_port": 0}
    return opened(factory.make_scanner({"driver": "camera", "camera": camera}, now))  # type: ignore[no-any-return]


@pytest.fixture
def camera(scanner: CameraScanner) -> SimulatedCamera:
    assert isinstance(scanner.camera, SimulatedCamera)
    return scanner.camera


def test_a_ticket_held_to_the_camera_is_one_scan(
    scanner: CameraScanner, camera: SimulatedCamera
) -> None:
    assert scanner.read(0) is None
    camera.hold(ticket())
    assert scanner.read(5) == Scan(TICKET, CodeFormat.QR, MOMENT)


@pytest.mark.fault(9)
def test_a_ticket_held_still_is_reported_once(
    scanner: CameraScanner, camera: SimulatedCamera
) -> None:
    camera.hold(ticket())
    assert scanner.read(5) is not None
    assert scanner.read(0.8) is None
    camera.hold(ticket(b"LT1:NEXT"))
    assert scanner.read(5) == Scan(b"LT1:NEXT", CodeFormat.QR, MOMENT)


def test_another_program_can_hold_a_ticket_to_the_camera(
    scanner: CameraScanner, camera: SimulatedCamera
) -> None:
    file = io.BytesIO()
    ticket().save(file, "PNG")
    image = base64.b64encode(file.getvalue()).decode()
    assert camera.control is not None
    request = urllib.request.Request(
        f"http://127.0.0.1:{camera.control.port}/",
        json.dumps({"do": "hold", "image": image, "seconds": 30}).encode(),
        {"Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request, timeout=5) as response:  # noqa: S310
        assert json.load(response)["state"]["holding"] is True
    assert scanner.read(5) == Scan(TICKET, CodeFormat.QR, MOMENT)


@pytest.mark.fault(5)
def test_a_scanner_whose_camera_is_unplugged_says_so_and_goes_on_afterwards(
    scanner: CameraScanner, camera: SimulatedCamera
) -> None:
    camera.hold(ticket())
    camera.do("set", {"trouble": "gone"})
    with pytest.raises(DeviceMissing):
        scanner.read(0.05)
    assert scanner.health().detail_code == Detail.MISSING
    camera.do("reset", {})
    assert scanner.read(5) is not None
    assert scanner.health().state is HealthState.WORKS


def test_a_closed_scanner_closes_its_camera(
    scanner: CameraScanner, camera: SimulatedCamera
) -> None:
    scanner.close()
    scanner.close()
    with pytest.raises(DeviceClosed):
        scanner.read(0)
    with pytest.raises(DeviceClosed):
        camera.frame(0)


@pytest.mark.parametrize("top", [0, 700, 1500])
def test_a_long_slip_is_held_so_that_its_code_is_seen_and_read_once(
    scanner: CameraScanner, camera: SimulatedCamera, top: int
) -> None:
    slip = Image.new("L", (576, 1700), 255)
    slip.paste(ticket().resize((200, 200)), (370, top))
    camera.hold(slip, manner=Manner.PAPER)
    assert scanner.read(5) == Scan(TICKET, CodeFormat.QR, MOMENT)
    assert scanner.read(0.3) is None


class Script:
    """A camera and a decoder that follow a script, and the clock they are measured by."""

    def __init__(self, *looks: tuple[Code, ...] | None) -> None:
        self.looks = deque(looks)
        self.clock_s = 0.0

    def frame(self, timeout_s: float) -> Frame:
        self.clock_s += min(timeout_s, 0.1)
        if not self.looks or self.looks[0] is None:
            self.clock_s += max(0, timeout_s - 0.1)
            raise DeviceSilent("no frame")
        return np.zeros((4, 4, 3), np.uint8)

    def decode(self, _frame: Frame) -> tuple[Code, ...]:
        return self.looks.popleft() or ()

    def health(self) -> Health:
        return Health(HealthState.UNKNOWN, Detail.SILENT, None)

    def close(self) -> None:
        pass

    def scanner(self, now: Now) -> CameraScanner:
        camera: Camera = self
        return CameraScanner(camera, self, now, clock_s=lambda: self.clock_s)


def test_several_codes_in_one_frame_are_read_one_after_the_other(now: Now) -> None:
    both = (Code(b"one", CodeFormat.QR), Code(b"two", CodeFormat.QR))
    scanner = Script(both).scanner(now)
    assert [scan.data for scan in (scanner.read(1), scanner.read(1)) if scan] == [b"one", b"two"]


def test_the_time_to_wait_is_kept(now: Now) -> None:
    script = Script(*[()] * 100)
    assert script.scanner(now).read(2.0) is None
    assert script.clock_s == pytest.approx(2.0, abs=0.2)


def test_a_camera_slower_than_the_reader_is_not_silent(now: Now) -> None:
    script = Script((), None)
    scanner = script.scanner(now)
    assert scanner.read(0.1) is None
    assert scanner.read(0.1) is None


def test_a_camera_that_gives_nothing_for_seconds_is_silent(now: Now) -> None:
    scanner = Script((), None).scanner(now)
    assert scanner.read(0.1) is None
    with pytest.raises(DeviceSilent):
        _read_often(scanner)


def _read_often(scanner: CameraScanner) -> None:
    for _ in range(40):
        scanner.read(0.1)


class Desk(Script):
    """A camera ten times a second over a desk, and how often somebody looked for codes there."""

    def __init__(self) -> None:
        super().__init__()
        self.shade = 60
        self.there: tuple[Code, ...] = ()
        self.looked = 0

    def frame(self, timeout_s: float) -> Frame:
        self.clock_s += min(timeout_s, 0.1)
        return np.full((160, 160, 3), self.shade, np.uint8)

    def decode(self, _frame: Frame) -> tuple[Code, ...]:
        self.looked += 1
        return self.there

    def looks_in(self, scanner: CameraScanner, seconds: float) -> int:
        before = self.looked
        assert scanner.read(seconds) is None
        return self.looked - before


def test_while_nothing_moves_fewer_frames_are_looked_at(now: Now) -> None:
    desk = Desk()
    scanner = desk.scanner(now)
    assert desk.looks_in(scanner, 1.5) >= 14
    desk.looks_in(scanner, 1.5)
    assert 3 <= desk.looks_in(scanner, 1.5) <= 6


def test_what_is_shown_after_a_quiet_hour_is_read_in_the_first_frame(now: Now) -> None:
    desk = Desk()
    scanner = desk.scanner(now)
    desk.looks_in(scanner, 3600)
    desk.shade, desk.there = 70, (Code(TICKET, CodeFormat.QR),)
    before_s = desk.clock_s
    assert scanner.read(5) == Scan(TICKET, CodeFormat.QR, MOMENT)
    assert desk.clock_s - before_s < 0.15


@pytest.mark.fault(9)
def test_a_ticket_that_lies_still_for_an_hour_is_one_scan(now: Now) -> None:
    desk = Desk()
    scanner = CameraScanner(desk, desk, now, away_s=0.3, clock_s=lambda: desk.clock_s)
    desk.there = (Code(TICKET, CodeFormat.QR),)
    assert scanner.read(5) is not None
    assert scanner.read(3600) is None


def test_a_second_decoder_gets_a_chance_and_nobody_waits_for_it(opened: Opened) -> None:
    class Slow:
        def __init__(self) -> None:
            self.began, self.may_end = Event(), Event()

        def decode(self, _frame: Frame) -> tuple[Code, ...]:
            self.began.set()
            self.may_end.wait(10)
            return (Code(b"found", CodeFormat.QR),)

    slow, frame = Slow(), np.zeros((4, 4, 3), np.uint8)
    second = opened(SecondChance(slow))
    second.offer(frame)
    assert not slow.began.is_set(), "it rests first"
    second._due_s = 0.0
    second.offer(frame)
    assert slow.began.wait(5)
    second.offer(frame)
    assert second.take() == ()
    slow.may_end.set()
    found: tuple[Code, ...] = ()
    while not found:
        found = second.take()
    assert found == (Code(b"found", CodeFormat.QR),)
    assert second.take() == ()


def test_what_the_second_decoder_finds_is_a_scan(now: Now) -> None:
    class Second:
        def offer(self, _frame: Frame) -> None:
            self.offered = True

        def take(self) -> tuple[Code, ...]:
            return (Code(TICKET, CodeFormat.QR),)

        def close(self) -> None:
            pass

    script = Script((), (), ())
    scanner = script.scanner(now)
    scanner._second = Second()  # type: ignore[assignment]
    scan = scanner.read(1)
    assert scan is not None
    assert scan.data == TICKET
