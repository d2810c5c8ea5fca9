"""The camera of a Raspberry Pi, through its program: one of ours, with real pictures."""

from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from time import monotonic
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hardware import factory
from hardware.camera_rpicam import Settings, command
from hardware.contracts import (
    Camera,
    Detail,
    DeviceMissing,
    DeviceSilent,
    DriverNotInstalled,
    HardwareError,
    HealthState,
    Now,
)
from hardware.mjpeg import LONGEST_PICTURE, JpegCutter
from tests.hardware.mjpeg_peer import flat, jpeg
from tests.hardware.rpicam_peer import RpicamPeer

Made = Callable[..., Camera]


@pytest.fixture
def peer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> RpicamPeer:
    return RpicamPeer(tmp_path, monkeypatch)


@pytest.fixture
def made(now: Now, opened: Callable[[Any], Any]) -> Made:
    def make(**settings: Any) -> Camera:
        config = {"driver": "rpicam", "stall_s": 0.4, **settings}
        return opened(factory.make_camera(config, now))  # type: ignore[no-any-return]

    return make


def sees_soon(camera: Camera) -> float:
    """The shade of the first frame that comes within 5 s."""
    end_s = monotonic() + 5
    while True:
        try:
            return float(camera.frame(0.5).mean())
        except HardwareError:
            if monotonic() > end_s:
                raise


def look_on(camera: Camera) -> None:
    """Look until there is nothing to see."""
    while True:
        camera.frame(0.2)


def test_the_newest_picture_is_seen(peer: RpicamPeer, made: Made) -> None:
    camera = made()
    shades = {round(sees_soon(camera)) for _ in range(20)}
    assert len(shades) > 5
    assert shades <= set(range(58, 102))
    assert camera.health().state is HealthState.WORKS


def test_the_program_is_told_what_is_wanted(peer: RpicamPeer, made: Made) -> None:
    camera = made(camera=1, width=640, height=480, fps=15, shutter_us=8000, gain=2, more=["--hdr"])
    sees_soon(camera)
    for words in (
        "--nopreview --timeout 0 --codec mjpeg",
        "--output -",
        "--camera 1",
        "--width 640 --height 480",
        "--framerate 15",
        "--shutter 8000 --gain 2",
        "--hdr",
    ):
        assert words in peer.starts[0]
    assert "--rotation" not in peer.starts[0]
    assert command("x", Settings(driver="rpicam", upside_down=True))[-2:] == ["--rotation", "180"]


@pytest.mark.fault(5, 6)
@pytest.mark.parametrize("mood", ["dies", "hangs", "garbage"])
def test_a_program_that_gives_nothing_is_started_anew(
    peer: RpicamPeer, made: Made, mood: str
) -> None:
    camera = made()
    sees_soon(camera)
    peer.mood(mood)
    with pytest.raises((DeviceSilent, DeviceMissing)):
        look_on(camera)
    peer.wait_for_starts(2)
    peer.mood("well")
    started_s = monotonic()
    sees_soon(camera)
    assert monotonic() - started_s < 5
    assert camera.health().state is HealthState.WORKS


@pytest.mark.fault(5)
def test_a_program_that_ends_is_not_waited_for(peer: RpicamPeer, made: Made) -> None:
    camera = made(stall_s=30)
    sees_soon(camera)
    peer.mood("dies")
    peer.wait_for_starts(2)
    peer.mood("well")
    sees_soon(camera)


@pytest.mark.fault(6)
def test_a_frozen_picture_is_told_and_the_program_started_anew(
    peer: RpicamPeer, made: Made, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("hardware.camera_frames.FROZEN_AFTER_S", 0.1)
    monkeypatch.setattr("hardware.camera_pump._REOPEN_FROZEN_AFTER_S", 0.4)
    camera = made()
    sees_soon(camera)
    peer.mood("frozen")
    end_s = monotonic() + 5
    while camera.health().detail_code != Detail.CAMERA_FROZEN:
        assert monotonic() < end_s
        with suppress(HardwareError):
            camera.frame(0.5)
    peer.wait_for_starts(2)


def test_two_cameras_are_two_programs(peer: RpicamPeer, made: Made) -> None:
    left, right = made(camera=0), made(camera=1)
    assert sees_soon(left) != sees_soon(right)
    assert sorted("--camera 1" in words for words in peer.starts) == [False, True]


def test_a_machine_without_the_program_says_what_to_install(
    made: Made, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(DriverNotInstalled, match="rpicam-apps"):
        made()


def test_the_old_name_of_the_program_is_known(peer: RpicamPeer, made: Made) -> None:
    peer.remove()
    peer.install("libcamera-vid")
    sees_soon(made())


@pytest.mark.fault(5)
def test_a_program_that_vanishes_is_a_missing_camera(peer: RpicamPeer, made: Made) -> None:
    camera = made()
    sees_soon(camera)
    peer.remove()
    peer.mood("dies")
    end_s = monotonic() + 5
    while camera.health().detail_code != Detail.MISSING:
        assert monotonic() < end_s
    with pytest.raises(DeviceMissing):
        camera.frame(0.1)
    assert camera.health().state is HealthState.FAILED


# The stream of pictures.


@pytest.fixture(scope="module")
def pictures() -> list[bytes]:
    return [jpeg(flat(grey)) for grey in (80, 120, 160)]


@given(cuts=st.lists(st.integers(1, 5000), min_size=1, max_size=40))
def test_pictures_come_whole_however_the_stream_is_cut(cuts: list[int]) -> None:
    pictures = [jpeg(flat(grey)) for grey in (80, 120)]
    stream, cutter, found = b"noise" + b"".join(pictures), JpegCutter(), []
    for length in cuts:
        found.append(cutter.feed(stream[:length]))
        stream = stream[length:]
    found.append(cutter.feed(stream))
    whole = [picture for picture in found if picture]
    assert whole == pictures or whole == pictures[1:]


def test_of_several_pictures_the_newest_is_taken(pictures: list[bytes]) -> None:
    assert JpegCutter().feed(b"".join(pictures) + pictures[0][:99]) == pictures[2]


def test_the_marks_of_a_thumbnail_end_nothing(pictures: list[bytes]) -> None:
    thumbnail = pictures[0]
    length = (len(thumbnail) + 2).to_bytes(2, "big")
    picture = pictures[1][:2] + b"\xff\xe1" + length + thumbnail + pictures[1][2:]
    assert JpegCutter().feed(picture) == picture


@given(data=st.lists(st.binary(max_size=300), max_size=20))
@pytest.mark.threat(7)
def test_any_bytes_are_lived_through(data: list[bytes]) -> None:
    cutter, picture = JpegCutter(), jpeg(flat(100))
    for piece in data:
        cutter.feed(piece)
    assert picture in [cutter.feed(picture), cutter.feed(picture), cutter.feed(picture)]


@pytest.mark.threat(7)
@pytest.mark.parametrize("torn", [b"\xff\xd8", b"\xff\xd8\xff", b"\xff\xd8\xff\xff\xff\xff"])
def test_a_beginning_that_breaks_off_does_not_swallow_the_next_picture(
    torn: bytes, pictures: list[bytes]
) -> None:
    assert JpegCutter().feed(torn + pictures[0]) == pictures[0]


@pytest.mark.threat(7)
def test_ten_thousand_beginnings_of_nothing_are_passed_over(pictures: list[bytes]) -> None:
    assert JpegCutter().feed(b"\xff\xd8\x00" * 10_000 + pictures[0]) == pictures[0]


@pytest.mark.threat(7)
def test_a_picture_without_end_is_dropped(pictures: list[bytes]) -> None:
    cutter = JpegCutter()
    head = pictures[0][:-100]
    assert cutter.feed(head + bytes(LONGEST_PICTURE)) is None
    assert cutter.feed(pictures[1]) == pictures[1]
