"""A whole enrolment by keyboard alone, in a real browser, before a real server and its desk."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from time import monotonic

import cv2
import numpy as np
import pytest
import requests
from PIL import Image
from playwright.sync_api import Page, expect
from sqlalchemy import select

from demo.programs import wait_until
from demo.sample_files import read_staff
from demo.wire import Wire
from gate.applicants import AGE_OF_OWN_RIGHT
from kiosk import screens
from kiosk.clock import Clock
from kiosk.config import KioskConfig, PhotoSettings
from kiosk.enrolment import screens as es
from kiosk.program import Station, running
from server.config import load
from server.database import open_database
from server.models import Preregistration, StationEvent
from server.services import preregistrations, search
from tests.e2e.people import Staff
from tests.kiosk.photo.photographs import portrait
from tests.kiosk.test_with_server import camera_port, library, paired, wire
from tests.templates.slips.paper import read_codes

__all__ = ["camera_port", "library", "paired", "wire"]
SOON_MS = 15_000


def film(file: Path) -> Path:
    """Somebody before a camera for four seconds, who does not stand quite still."""
    picture, chance = portrait(), np.random.default_rng(7)
    height, width = picture.shape[:2]
    codec = cv2.VideoWriter.fourcc(*"MJPG")
    video = cv2.VideoWriter(str(file), codec, 15, (width, height))
    for _ in range(60):
        aside, down = chance.uniform(-1, 1, 2)
        moved = np.array([[1, 0, aside], [0, 1, down]], np.float32)
        frame = cv2.warpAffine(picture, moved, (width, height), borderMode=cv2.BORDER_REPLICATE)
        noise = chance.normal(0, 2, frame.shape)
        video.write(np.clip(frame + noise, 0, 255).astype(np.uint8))
    video.release()
    return file


@pytest.fixture
def station(
    paired: KioskConfig, request: pytest.FixtureRequest, tmp_path: Path
) -> Iterator[Station]:
    """It runs, with simulated devices and everything else real; asked for, with a photo camera."""
    config = paired
    if getattr(request, "param", "") == "photo":
        camera = {"driver": "opencv", "source": str(film(tmp_path / "person.avi")), "fps": 15}
        photo = PhotoSettings(hold_s=0.1, countdown_s=0.5)
        devices = config.devices.model_copy(update={"camera": camera})
        config = config.model_copy(update={"devices": devices, "photo": photo})
    with running(config, Clock(now=lambda: datetime.now(UTC))) as station:
        ends = monotonic() + 20
        # A scanner that is found changes the screen, and voids what was pressed before.
        assert wait_until(lambda: sees(station), 20), "the scanner was never found"
        while not isinstance(station.stage.shown.screen, screens.Start):
            assert monotonic() < ends, "the copy never came"
        yield station


def sees(station: Station) -> bool:
    """Whether its scanner works."""
    headers = {"X-Lystok-Token": station.token}
    told = requests.get(f"{station.url}state", headers=headers, timeout=5).json()
    return bool(told["devices"]["scanner"]["state"] == "works")


class Hands:
    """Somebody who has a keyboard and no mouse and no finger."""

    def __init__(self, page: Page) -> None:
        self._page = page

    def at(self, heading: str) -> None:
        expect(self._page.locator("h1")).to_contain_text(heading, timeout=SOON_MS)

    def press(self, control: str) -> None:
        """Go to a control by Tab, however far it is, and press it."""
        expect(self._page.locator(f"[id='{control}']")).to_be_visible(timeout=SOON_MS)
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
    hands.type("Е-пошта", "")
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


@pytest.mark.clause("R1.4")
@pytest.mark.threat(22)
def test_a_childs_form_that_is_left_before_it_is_sent_leaves_nothing_behind(
    page: Page, station: Station, library: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """A child of nine and their mother answer everything, look it through, and go."""
    page.set_viewport_size({"width": 800, "height": 480})
    page.goto(station.url, wait_until="commit")
    hands = Hands(page)
    answer_everything(hands, surname="Зозуля", given_name="Ївга", age=9)
    hands.at("Перевірте")
    expect(page.locator(".answers")).to_contain_text("Одарка Зозуля")
    page.keyboard.press("Escape")
    hands.at("Покажіть квиток")

    stored = b"".join(
        path.read_bytes() for path in station.database.path.parent.rglob("*") if path.is_file()
    )
    told = "".join(capfd.readouterr())
    for secret in ("Зозуля", "Ївга", "Одарка", "050 111 22 33"):
        assert secret not in page.content()
        assert secret.encode() not in stored
        assert secret not in told
    database = open_database(load(library / "server.toml").database.url)
    try:
        with database.reading() as session:
            kept = session.scalars(select(Preregistration)).all()
            assert "Зозуля" not in {one.data.get("surname") for one in kept}
    finally:
        database.close()


def with_database(library: Path, number: str) -> None:
    """The desk's side: it is there, whole, and its slip's code leads to it."""
    database = open_database(load(library / "server.toml").database.url)
    try:
        with database.reading() as session:
            ours = select(Preregistration).where(Preregistration.number == int(number))
            kept = session.scalars(ours).one()
            assert kept.data["given_name"] == "Мар’яна"
            assert kept.data["consents"]["enrolment"]
            code = f"LP1:{kept.id.hex.upper()}"
        found = search.scan(database, code.encode(), at=kept.at)
        assert found.preregistration_id == kept.id
        assert preregistrations.id_in(code) == kept.id
    finally:
        database.close()


@pytest.mark.clause("R2.1", "R2.2")
@pytest.mark.parametrize("station", ["photo"], indirect=True)
def test_with_their_photo_somebody_goes_from_the_kiosk_by_the_slip_to_a_ticket(
    page: Page, station: Station, library: Path, paired: KioskConfig
) -> None:
    """By keys alone to the end: the kiosk, its photo, the slip, the desk that scans it."""
    page.set_viewport_size({"width": 1024, "height": 600})
    page.goto(station.url, wait_until="commit")
    hands = Hands(page)
    answer_everything(hands, surname="Ґонта", given_name="Зоя")
    hands.at("Зробимо ваше фото?")
    hands.press("photo_yes")
    page.wait_for_selector("[data-shot]", timeout=60_000)
    hands.press("photo_accept")
    hands.at("Перевірте")
    expect(page.locator("main")).to_contain_text("Фото")
    before = slips(paired)
    hands.press("enrol_send")
    hands.at("Ваш номер")
    slip = next_slip(paired, before)
    (code,) = read_codes(slip).values()
    assert code.startswith("LP1:")
    assert wait_until(lambda: told_photo(library) == 1, 20)

    at_the_desk(page, library, code)
    expect(page.get_by_label("Прізвище", exact=True)).to_have_value("Ґонта")
    page.get_by_label("Прізвище", exact=True).press("Enter")
    page.wait_for_url("**/enrolment")
    expect(page.locator("body")).to_contain_text("З термінала перенесено")
    expect(page.locator(".portrait-photo")).to_be_visible()
    for name in ("Документ бачу", "Читач ознайомився"):
        button = page.get_by_role("button", name=name)
        if button.count():
            button.press("Enter")
            expect(button).to_have_count(0)
    page.get_by_label("Номер квитанції").fill("77")
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Видати квиток").press("Enter")
    page.wait_for_url("**/ticket")
    expect(page.locator(".notice-grant")).to_contain_text("Квиток видано.")


def answer_everything(hands: Hands, *, surname: str, given_name: str, age: int = 36) -> None:
    """Up to the photo; of a child the mother is beside them."""
    hands.press("enrol")
    hands.at("Запис до бібліотеки")
    hands.press("enrol_next")
    hands.at("Скільки це коштує")
    hands.press("pick-adult")
    for heading in ("Правила користування", "Ваші персональні дані"):
        hands.at(heading)
        hands.press("enrol_next")
    hands.type("прізвище", surname)
    hands.type("ім’я", given_name)
    hands.type("По батькові", "")
    hands.type("Дата народження", f"01.01.{datetime.now(UTC).year - age}")
    if age < AGE_OF_OWN_RIGHT:
        hands.at("хто поруч")
        hands.press("pick-parent")
        hands.type("Ім’я дорослого", "Одарка Зозуля")
        hands.type("Телефон дорослого", "")
    hands.at("Де ви зареєстровані?")
    hands.press("pick-city")
    hands.type("Адреса", "")
    hands.type("Телефон", "050 111 22 33")
    hands.type("Е-пошта", "")
    for heading in ("Згодні на обробку", "Повідомляти", "Радити книжки"):
        hands.at(heading)
        hands.press("pick-yes")


def slips(config: KioskConfig) -> dict[Path, int]:
    """The slips that came out so far, with when each was written."""
    assert config.devices.printer is not None
    folder = Path(config.devices.printer["folder"])
    return {file: file.stat().st_mtime_ns for file in folder.rglob("slip-*.png")}


def next_slip(config: KioskConfig, before: dict[Path, int]) -> Image.Image:
    """The slip that comes out after these, as its paper looks."""
    assert wait_until(lambda: slips(config) != before, 20), "nothing was printed"
    found = slips(config)
    with Image.open(max(found, key=found.__getitem__)) as slip:
        return slip.convert("L")


def told_photo(library: Path) -> int:
    """How many photos the stations told of."""
    database = open_database(load(library / "server.toml").database.url)
    try:
        with database.reading() as session:
            kinds = session.scalars(select(StationEvent.kind)).all()
            return kinds.count("photo_taken")
    finally:
        database.close()


def at_the_desk(page: Page, library: Path, code: str) -> None:
    """The Service Centre's own page, where the slip is scanned."""
    member = next(one for one in read_staff(library / "staff.txt") if one.login == "desk1")
    staff = Staff(page, f"http://127.0.0.1:{(library / 'port').read_text()}")
    page.set_viewport_size({"width": 1280, "height": 800})
    staff.sign_in(member.login, member.password)
    staff.open("/enrolment")
    staff.scan(code)


@pytest.mark.fault(11)
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
