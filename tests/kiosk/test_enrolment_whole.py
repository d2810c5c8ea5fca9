"""A whole enrolment by keyboard alone, in a real browser, before a real server and its desk."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from time import monotonic

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import select

from demo.wire import Wire
from kiosk import screens
from kiosk.clock import Clock
from kiosk.enrolment import screens as es
from kiosk.program import Station, running
from server.config import load
from server.database import open_database
from server.models import Preregistration
from server.services import preregistrations, search
from tests.kiosk.test_with_server import camera_port, library, paired, wire

__all__ = ["camera_port", "library", "paired", "wire"]
SOON_MS = 15_000


@pytest.fixture
def station(paired: object, library: Path) -> Iterator[Station]:
    """It runs, with simulated devices and everything else real."""
    from datetime import UTC, datetime  # noqa: PLC0415 - beside its only use

    with running(paired, Clock(now=lambda: datetime.now(UTC))) as station:  # type: ignore[arg-type]
        ends = monotonic() + 20
        while not isinstance(station.stage.shown.screen, screens.Start):
            assert monotonic() < ends, "the copy never came"
        yield station


class Hands:
    """Somebody who has a keyboard and no mouse and no finger."""

    def __init__(self, page: Page) -> None:
        self._page = page

    def at(self, heading: str) -> None:
        expect(self._page.locator("h1")).to_contain_text(heading, timeout=SOON_MS)

    def press(self, control: str) -> None:
        """Go to a control by Tab, however far it is, and press it."""
        for _ in range(40):
            if self._page.evaluate("document.activeElement.id") == control:
                self._page.keyboard.press("Enter")
                return
            self._page.keyboard.press("Tab")
        raise AssertionError(f"no way by keys to {control}")

    def type(self, heading: str, text: str) -> None:
        """Answer a question: the field has the focus already."""
        self.at(heading)
        expect(self._page.locator("#typed")).to_be_focused()
        self._page.keyboard.insert_text(text)
        self._page.keyboard.press("Enter")


@pytest.mark.clause("R2.1", "R2.2")
@pytest.mark.threat(17, 21)
def test_somebody_enrols_by_keys_alone_and_the_desk_finds_it(
    page: Page, station: Station, library: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    page.set_viewport_size({"width": 1024, "height": 600})
    page.goto(station.url, wait_until="commit")
    hands = Hands(page)
    hands.press("enrol")
    hands.at("Запис до бібліотеки")
    hands.press("enrol_next")
    hands.at("Скільки це коштує")
    hands.press("pick-student")
    for heading in ("Правила користування", "Ваші персональні дані"):
        hands.at(heading)
        hands.press("enrol_next")
    hands.type("прізвище", "Гнатюк-Ґжицька")
    hands.type("ім’я", "Мар'яна")
    hands.type("По батькові", "")
    hands.at("Дата народження")
    page.keyboard.type("05112001")
    expect(page.locator("#typed")).to_have_value("05.11.2001")
    page.keyboard.press("Enter")
    hands.at("Де ви зареєстровані?")
    hands.press("pick-city")
    hands.type("Адреса", "вул. Шевченка, 54")
    hands.type("Телефон", "050")
    expect(page.locator("[data-fault='not_a_phone']")).to_be_visible()
    page.keyboard.insert_text(" 111 22 33")
    page.keyboard.press("Enter")
    hands.type("Електронна пошта", "")
    for heading in ("Згодні на обробку", "Повідомляти", "Радити книжки"):
        hands.at(heading)
        hands.press("pick-yes")
    hands.at("Перевірте")
    expect(page.locator(".answers")).to_contain_text("Гнатюк-Ґжицька")
    hands.press("enrol_send")
    hands.at("Ваш номер")
    number = re.sub(r"\D", "", page.locator("h1").inner_text())
    hands.press("cancel")
    hands.at("Покажіть квиток")

    assert "Гнатюк" not in page.content()
    with_database(library, number)
    stored = b"".join(path.read_bytes() for path in station.database.path.parent.rglob("*.sqlite*"))
    told = "".join(capfd.readouterr())
    for secret in ("Гнатюк", "Мар’яна", "111 22 33", "Шевченка"):
        assert secret.encode() not in stored
        assert secret not in told


def with_database(library: Path, number: str) -> None:
    """The desk's side: it is there, whole, and its slip's code leads to it."""
    database = open_database(load(library / "server.toml").database.url)
    try:
        with database.reading() as session:
            kept = session.scalars(select(Preregistration)).one()
            assert (str(kept.number), kept.data["given_name"]) == (number, "Мар’яна")
            assert kept.data["consents"]["enrolment"]
            code = f"LP1:{kept.id.hex.upper()}"
        found = search.scan(database, code.encode(), at=kept.at)
        assert found.preregistration_id == kept.id
        assert preregistrations.id_in(code) == kept.id
    finally:
        database.close()


@pytest.mark.fault(11)
@pytest.mark.threat(22)
def test_with_the_server_away_the_desk_is_named_kindly(
    page: Page, station: Station, wire: Wire
) -> None:
    page.goto(station.url, wait_until="commit")
    wire.cut()
    try:
        Hands(page).press("enrol")
        Hands(page).at("Вас запишуть у Сервісному центрі")
        assert isinstance(station.stage.shown.screen, es.EnrolAway)
    finally:
        wire.mend()
