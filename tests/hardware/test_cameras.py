"""What every camera promises, and what each does when it fails."""

from __future__ import annotations

import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from itertools import cycle, pairwise
from pathlib import Path
from threading import Event
from time import monotonic
from typing import Any

import cv2
import numpy as np
import pytest
from PIL import Image

from hardware import camera_pump, factory
from hardware.abilities import GivesGrey
from hardware.camera_frames import FROZEN_AFTER_S, FrameSlot, FrameWatch
from hardware.camera_opencv import OpencvCamera
from hardware.camera_pump import PumpedCamera
from hardware.camera_scene import Manner, Scene
from hardware.camera_simulator import SimulatedCamera, Trouble
from hardware.contracts import (
    Camera,
    Detail,
    DeviceClosed,
    DeviceMissing,
    DeviceSilent,
    Frame,
    HardwareError,
    HealthState,
    Now,
)
from hardware.simulator_control import WrongAction
from tests.hardware.conftest import MOMENT
from tests.hardware.mjpeg_peer import MjpegPeer, flat
from tests.hardware.rpicam_peer import RpicamPeer

Opened = Callable[[Any], Any]


@pytest.fixture
def peer(opened: Opened) -> MjpegPeer:
    return opened(MjpegPeer())  # type: ignore[no-any-return]


def video(path: Path) -> Path:
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"MJPG"), 50, (320, 240))
    for grey in range(60, 120, 5):
        writer.write(flat(grey))
    writer.release()
    return path


DRIVERS = {"simulator": "simulator", "file": "opencv", "mjpeg": "opencv", "rpicam": "rpicam"}
"""The cameras that all must promise the same, and their drivers."""


@pytest.fixture(params=DRIVERS)
def camera(
    request: pytest.FixtureRequest,
    tmp_path: Path,
    peer: MjpegPeer,
    monkeypatch: pytest.MonkeyPatch,
    now: Now,
    opened: Opened,
) -> Camera:
    if request.param == "rpicam":
        RpicamPeer(tmp_path, monkeypatch)
    configs: dict[str, dict[str, Any]] = {
        "simulator": {"driver": "simulator", "fps": 100},
        "file": {"driver": "opencv", "source": str(video(tmp_path / "desk.avi")), "fps": 100},
        "mjpeg": {"driver": "opencv", "source": peer.url},
        "rpicam": {"driver": "rpicam", "width": 320, "height": 240},
    }
    return opened(factory.make_camera(configs[request.param], now))  # type: ignore[no-any-return]


def test_a_frame_is_rows_of_blue_green_and_red(camera: Camera) -> None:
    frame = camera.frame(5)
    assert frame.dtype == np.uint8
    assert frame.ndim == 3
    assert frame.shape[2] == 3


def test_frames_go_on_and_differ(camera: Camera) -> None:
    frames = [camera.frame(5) for _ in range(3)]
    assert not np.array_equal(frames[0], frames[1])
    assert not np.array_equal(frames[1], frames[2])


@pytest.mark.parametrize("camera", [name for name in DRIVERS if name != "simulator"], indirect=True)
def test_who_reads_codes_may_have_frames_without_colours(camera: Camera) -> None:
    assert isinstance(camera, GivesGrey)
    shape = camera.frame(5).shape
    camera.leave_colours_out()
    _until(lambda: camera.frame(5).shape == shape[:2])
    first, second = camera.frame(5), camera.frame(5)
    assert first.mean() > 50
    assert not np.array_equal(first, second)
    assert camera.health().state is HealthState.WORKS


def test_health_tells_when_the_last_frame_came(camera: Camera) -> None:
    camera.frame(5)
    assert camera.health().state is HealthState.WORKS
    assert camera.health().detail_code == Detail.FINE
    assert camera.health().seen_at == MOMENT


def test_several_may_look_through_one_camera(camera: Camera) -> None:
    with ThreadPoolExecutor(2) as viewers:
        seen = list(viewers.map(lambda _: camera.frame(5).shape, range(8)))
    assert len(set(seen)) == 1


def test_a_closed_camera_gives_nothing(camera: Camera) -> None:
    camera.close()
    camera.close()
    assert camera.health().detail_code == Detail.CLOSED
    with pytest.raises(DeviceClosed):
        camera.frame(5)


def test_only_the_freshest_frame_is_kept() -> None:
    slot = FrameSlot()
    for grey in (10, 20, 30):
        slot.put(flat(grey))
    assert slot.next(0) is None
    with ThreadPoolExecutor(1) as viewer:
        waiting = viewer.submit(slot.next, 5)
        while not waiting.done():
            slot.put(flat(40))
    frame = waiting.result()
    assert frame is not None
    assert abs(float(frame.mean()) - 40) < 2


@pytest.mark.fault(6)
def test_a_library_that_stumbles_does_not_blind_the_camera_for_good(
    now: Now, opened: Opened, caplog: pytest.LogCaptureFixture
) -> None:
    class Stumbling:
        shades = iter([90, 91, 0, 120, 121, *range(60, 90)])

        def read(self, *, grey: bool) -> Frame:
            assert not grey
            shade = next(self.shades)
            if not shade:
                raise cv2.error("a frame that nobody expected")
            return flat(shade)

        def close(self) -> None:
            pass

    camera = opened(PumpedCamera(Stumbling, now, stall_s=1, pace_s=0.02))
    with caplog.at_level(logging.CRITICAL, "hardware.camera_pump"):
        seen = [float(camera.frame(5).mean()) for _ in range(3)]
    assert max(seen) > 100


# Trouble that every camera can have, judged by its frames.


@pytest.mark.fault(6)
def test_a_covered_camera_is_told() -> None:
    watch = FrameWatch()
    watch.note(flat(2), 0)
    assert watch.detail == "camera_black"
    watch.note(flat(80), 1)
    assert watch.detail == "fine"


@pytest.mark.fault(6)
def test_a_hanging_camera_is_told_after_two_seconds() -> None:
    watch, frame = FrameWatch(), flat(80)
    for moment in (0, 1, 1.9):
        watch.note(frame, moment)
        assert watch.detail == "fine"
    watch.note(frame, FROZEN_AFTER_S)
    assert watch.detail == "camera_frozen"
    watch.note(flat(81), 3)
    assert watch.detail == "fine"


# The simulated one.


@pytest.fixture
def simulated(now: Now, opened: Opened) -> SimulatedCamera:
    config = {"driver": "simulator", "fps": 200, "control_port": 0}
    return opened(factory.make_camera(config, now))  # type: ignore[no-any-return]


@pytest.mark.parametrize(
    "trouble,state,detail",
    [
        (Trouble.BLACK, HealthState.DEGRADED, Detail.CAMERA_BLACK),
        (Trouble.NONE, HealthState.WORKS, Detail.FINE),
    ],
)
def test_the_simulated_camera_can_be_covered(
    simulated: SimulatedCamera, trouble: Trouble, state: HealthState, detail: Detail
) -> None:
    simulated.do("set", {"trouble": trouble})
    frame = simulated.frame(5)
    assert bool(frame.any()) is (trouble is Trouble.NONE)
    assert (simulated.health().state, simulated.health().detail_code) == (state, detail)


@pytest.mark.fault(6)
def test_the_simulated_camera_can_hang(simulated: SimulatedCamera) -> None:
    before = simulated.frame(5)
    simulated.do("set", {"trouble": "frozen"})
    assert np.array_equal(simulated.frame(5), before)
    simulated.do("reset", {})
    assert not np.array_equal(simulated.frame(5), before)


@pytest.mark.fault(5, 6)
def test_the_simulated_camera_can_be_unplugged_and_plugged_in(
    simulated: SimulatedCamera,
) -> None:
    simulated.do("set", {"trouble": "gone"})
    assert simulated.health().detail_code == Detail.MISSING
    with pytest.raises(DeviceMissing):
        simulated.frame(0.01)
    simulated.do("reset", {})
    assert simulated.frame(5).any()


def test_the_simulated_camera_can_be_slow(simulated: SimulatedCamera) -> None:
    simulated.do("set", {"trouble": "slow"})
    with pytest.raises(DeviceSilent):
        simulated.frame(0.001)


def test_a_picture_is_held_for_its_time(simulated: SimulatedCamera, tmp_path: Path) -> None:
    path = tmp_path / "white.png"
    Image.new("L", (400, 400), 255).save(path)
    desk = float(simulated.frame(5).mean())
    simulated.do("hold", {"path": str(path), "manner": "whole"})
    told = {"holding": True, "held_at": MOMENT.isoformat(), "trouble": "none"}
    assert simulated.state() == told
    assert float(simulated.frame(5).mean()) > desk + 50
    simulated.do("lift", {})
    assert simulated.state()["holding"] is False
    simulated.hold(Image.new("L", (9, 9)), seconds=0.001, manner=Manner.PAPER)
    while simulated.state()["holding"]:
        simulated.frame(5)
    assert float(simulated.frame(5).mean()) == pytest.approx(desk, abs=1)


def test_a_long_picture_without_code_is_moved_through_the_view() -> None:
    scene, long = Scene(), Image.new("L", (576, 3000), 255)
    long.paste(0, (0, 1000, 576, 2000))
    scene.hold(long, Manner.PAPER)
    shades = [float(scene.frame(0, moment).mean()) for moment in (0, 1, 2, 3)]
    assert max(shades) - min(shades) > 20


@pytest.mark.parametrize(
    "arguments",
    [
        {},
        {"path": "/dev/null"},
        {"path": "/no/such/file.png"},
        {"image": "bm8gaW1hZ2U="},
        {"image": "???"},
        {"path": "/dev/null", "image": "bm8="},
        {"path": "/dev/null", "seconds": -1},
        {"path": "/dev/null", "manner": "upside down"},
    ],
)
def test_a_wrong_picture_is_refused_and_the_desk_stays_empty(
    simulated: SimulatedCamera, arguments: dict[str, Any]
) -> None:
    with pytest.raises(WrongAction):
        simulated.do("hold", arguments)
    assert simulated.state()["holding"] is False


# The real driver, against a camera on the network.


@pytest.fixture
def remote(peer: MjpegPeer, now: Now, opened: Opened) -> OpencvCamera:
    config = {"driver": "opencv", "source": peer.url, "stall_s": 0.3}
    return opened(factory.make_camera(config, now))  # type: ignore[no-any-return]


def test_what_was_shown_before_the_question_is_never_the_answer(
    peer: MjpegPeer, remote: OpencvCamera
) -> None:
    remote.frame(5)
    peer.frames = [data for data in peer.frames if data is peer.frames[-1]]
    latest = [float(remote.frame(5).mean()) for _ in range(8)]
    assert latest[-1] == pytest.approx(139, abs=2)


@pytest.mark.fault(5)
def test_a_camera_that_hangs_is_silent_and_opened_anew(
    peer: MjpegPeer, remote: OpencvCamera, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Nor is it for a picture that stands still that it is opened.
    monkeypatch.setattr(camera_pump, "_REOPEN_FROZEN_AFTER_S", 3600)
    remote.frame(5)
    peer.hangs.set()
    with pytest.raises(DeviceSilent):
        _look_often(remote)
    before, tries = peer.opened, 0
    while peer.opened == before and (tries := tries + 1) < 100:
        with suppress(HardwareError):
            remote.frame(0.1)
    assert peer.opened > before
    peer.hangs.clear()
    _until_it_sees(remote)
    assert remote.health().state is HealthState.WORKS


@pytest.mark.fault(5)
def test_a_camera_that_was_unplugged_is_found_again_within_five_seconds(
    peer: MjpegPeer, remote: OpencvCamera, opened: Opened
) -> None:
    remote.frame(5)
    peer.close()
    with pytest.raises(DeviceMissing):
        _until_it_sees(remote, still=True)
    assert remote.health().state is HealthState.FAILED
    opened(MjpegPeer(peer.port))
    started = monotonic()
    _until_it_sees(remote)
    assert monotonic() - started < 5


class Still:
    """A source that is opened, and a device that is there or not."""

    def __init__(self) -> None:
        self.there = True
        self.open = 0
        self.shades = cycle(range(60, 200))

    def __call__(self) -> Still | None:
        if not self.there:
            return None
        self.open += 1
        return self

    def read(self, *, grey: bool) -> Frame | None:
        assert not grey
        return flat(next(self.shades)) if self.there else None

    def close(self) -> None:
        self.open -= 1


@pytest.fixture
def still() -> Still:
    return Still()


@pytest.fixture
def rested(still: Still, now: Now, opened: Opened) -> PumpedCamera:
    """A camera that was looked through, and by now rests."""
    camera = PumpedCamera(still, now, stall_s=1, pace_s=0.02, is_there=lambda: still.there)
    opened(camera).frame(5)
    _until(lambda: still.open == 0)
    return camera


def test_a_camera_rests_while_nobody_looks_and_wakes_for_who_does(
    still: Still, rested: PumpedCamera
) -> None:
    assert rested.health().state is HealthState.WORKS
    assert rested.frame(5).any()
    assert still.open == 1


@pytest.mark.fault(5)
def test_a_camera_pulled_out_while_it_rests_is_missed_and_found(
    still: Still, rested: PumpedCamera
) -> None:
    still.there = False
    _until(lambda: rested.health().detail_code == Detail.MISSING)
    still.there = True
    # It is not called well before it has shown anything.
    _until(lambda: rested.health().detail_code == Detail.NOT_TRIED)
    _until_it_sees(rested)
    assert rested.health().state is HealthState.WORKS


@pytest.mark.fault(6)
def test_broken_pictures_are_passed_over(peer: MjpegPeer, remote: OpencvCamera) -> None:
    remote.frame(5)
    before = peer.opened
    peer.frames[::3] = [b"\xff\xd8 no picture"] * len(peer.frames[::3])
    seen = [float(remote.frame(5).mean()) for _ in range(30)]
    assert min(seen) > 90
    assert peer.opened == before


@pytest.mark.fault(6)
def test_a_camera_that_shows_one_picture_for_ten_seconds_is_opened_anew(
    peer: MjpegPeer, remote: OpencvCamera, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(camera_pump, "_REOPEN_FROZEN_AFTER_S", 2.5)
    remote.frame(5)
    before = peer.opened
    peer.freezes.set()
    _until(lambda: _sees(remote) and remote.health().detail_code == Detail.CAMERA_FROZEN)
    _until(lambda: _sees(remote) and peer.opened > before)
    peer.freezes.clear()
    _until(lambda: _sees(remote) and remote.health().state is HealthState.WORKS)


def _sees(camera: Camera) -> bool:
    with suppress(DeviceSilent, DeviceMissing):
        return bool(camera.frame(0.5).any())
    return False


def _until(holds: Callable[[], bool]) -> None:
    end, pause = monotonic() + 10, Event()
    while not holds():
        assert monotonic() < end, "it never happened"
        pause.wait(0.01)


def _look_often(camera: Camera) -> None:
    for _ in range(100):
        camera.frame(0.1)


def _until_it_sees(camera: Camera, *, still: bool = False) -> None:
    """Look until there is a frame; `still` looks until the camera is found missing."""
    end = monotonic() + 10
    while monotonic() < end:
        try:
            camera.frame(0.2)
        except DeviceSilent:
            continue
        except DeviceMissing:
            if still:
                raise
            continue
        if not still:
            return
    pytest.fail("nothing changed in 10 s")


@pytest.mark.fault(5)
def test_a_camera_that_was_never_there_says_so(now: Now, opened: Opened) -> None:
    config = {"driver": "opencv", "source": "/dev/no-such-camera"}
    camera = opened(factory.make_camera(config, now))
    assert camera.health().state in {HealthState.UNKNOWN, HealthState.FAILED}
    with pytest.raises(DeviceMissing):
        _until_it_sees(camera, still=True)
    assert camera.health().seen_at is None


def test_a_video_begins_again_at_its_end(tmp_path: Path, now: Now, opened: Opened) -> None:
    source = str(video(tmp_path / "short.avi"))
    config = {"driver": "opencv", "source": source, "fps": 120}
    camera = opened(factory.make_camera(config, now))
    shades = [float(camera.frame(5).mean()) for _ in range(30)]
    assert any(later < earlier for earlier, later in pairwise(shades))
