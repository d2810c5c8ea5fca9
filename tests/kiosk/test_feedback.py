"""Whoever shows a code is answered at once, before anybody has decided what it means."""

from __future__ import annotations

import threading
from datetime import UTC, datetime
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from PIL import ImageFilter
from playwright.sync_api import Page, expect

from demo.programs import wait_until
from hardware.abilities import HintCode
from hardware.camera_scanner import CameraScanner
from hardware.camera_simulator import SimulatedCamera
from kiosk.clock import Clock
from kiosk.keys import make_slip_key
from kiosk.messages import Message
from kiosk.program import running
from kiosk.screens import Reading
from kiosk.stage import Stage
from templates.tickets.draw import draw_code_only
from tests.kiosk.showing import Kiosk
from tests.kiosk.test_pages import HOST, client, pressed, stage
from tests.kiosk.test_program import configured

__all__ = ["client", "pressed", "stage"]
AT = datetime(2026, 11, 19, 9, 0, 0, 250_000, tzinfo=UTC)
_NOTES = """() => {
  window.notes = 0;
  const start = OscillatorNode.prototype.start;
  OscillatorNode.prototype.start = function (...when) {
    window.notes += 1;
    start.apply(this, when);
  };
}"""


def test_a_busy_station_says_all_the_same_that_it_read_something(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = configured(tmp_path)
    make_slip_key(config.slip_key_file)
    asked, decided = threading.Event(), threading.Event()

    def think_long(_: Message) -> None:
        asked.set()
        decided.wait(30)

    with running(config, Clock(now=lambda: datetime.now(UTC))) as station:
        monkeypatch.setattr(station.conductor, "handle", think_long)
        scanner = station.devices.scanner
        assert isinstance(scanner, CameraScanner)
        assert isinstance(scanner.camera, SimulatedCamera)
        scanner.camera.hold(draw_code_only("12345678"))
        try:
            assert wait_until(lambda: station.stage.last_read.number == 1, 30)
            assert asked.wait(30)
        finally:
            decided.set()


def test_whoever_holds_a_code_in_vain_is_told_why(tmp_path: Path) -> None:
    config = configured(tmp_path)
    make_slip_key(config.slip_key_file)
    with running(config, Clock(now=lambda: datetime.now(UTC))) as station:
        scanner = station.devices.scanner
        assert isinstance(scanner, CameraScanner)
        assert isinstance(scanner.camera, SimulatedCamera)
        code = draw_code_only("LT1:" + "6BFOXN*TS0BI$ZDYSHTHL%N3RG5QPP%" * 3)
        scanner.camera.hold(code.filter(ImageFilter.GaussianBlur(code.width / 60)))
        assert wait_until(lambda: station.stage.shown.hint is HintCode.BLURRED, 30)
        scanner.camera.lift()
        assert wait_until(lambda: station.stage.shown.hint is None, 30)


def test_the_page_hears_of_it_before_the_next_screen(client: FlaskClient, stage: Stage) -> None:
    answer = client.get("/stream", headers={"Host": HOST})
    pushed = (piece if isinstance(piece, str) else piece.decode() for piece in answer.response)
    assert "event: screen" in "".join(next(pushed) for _ in range(2))
    stage.note_read(AT)
    stage.show(Reading())
    assert next(pushed) == f"event: read\ndata: {round(AT.timestamp() * 1000)}\n\n"
    assert next(pushed).startswith("event: screen")
    answer.close()


def test_what_was_read_before_a_page_came_is_not_said_again(
    client: FlaskClient, stage: Stage
) -> None:
    stage.note_read(AT)
    stage.show(Reading())
    answer = client.get("/stream", headers={"Host": HOST})
    pushed = (piece if isinstance(piece, str) else piece.decode() for piece in answer.response)
    assert "event: read" not in "".join(next(pushed) for _ in range(2))
    answer.close()


def test_the_frame_lights_and_a_note_sounds(shown: Page, kiosk: Kiosk) -> None:
    shown.evaluate(_NOTES)
    expect(shown.locator("#read")).to_have_css("opacity", "0")
    shown.evaluate(
        "void (window.lit = new Promise((done) => { const look = () => getComputedStyle("
        "document.getElementById('read')).opacity > 0 ? done(true) : requestAnimationFrame(look);"
        " look(); }))"
    )
    kiosk.stage.note_read(AT)
    assert shown.evaluate("window.lit") is True
    assert shown.evaluate("window.notes") == 1
    expect(shown.locator("#read")).to_have_css("opacity", "0")
    assert shown.locator(".screen").get_attribute("data-name") == "start"
