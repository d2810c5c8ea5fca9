"""From `lystok server init` in an empty folder to the first scan, as an administrator does it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from io import BytesIO
from pathlib import Path

import pyotp
import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from demo.handles import Handle, hold
from demo.programs import Programs, answers, free_ports
from demo.stage import command
from tests.e2e import kiosk_file
from tests.e2e.conftest import OpenPage
from tests.e2e.people import SOON_MS, anybody_can_use

_HELD_S = 60.0
_START_S = 60.0
SERVER = """\
[server]
port = {port}
[database]
url = "{database}"
"""


@dataclass(frozen=True, slots=True)
class Beginning:
    """A server that was just founded, and a station out of its box."""

    server: str
    password: str
    station: str
    camera: Handle
    slips: Path


@pytest.fixture
def database() -> str:
    """Where the server keeps its data: the file that it makes by itself."""
    return "sqlite:///lystok.sqlite"


@pytest.fixture
def beginning(tmp_path: Path, database: str) -> Iterator[Beginning]:
    server, page, camera = free_ports(3)
    slips = tmp_path / "slips"
    slips.mkdir()
    (tmp_path / "server.toml").write_text(SERVER.format(port=server, database=database), "utf-8")
    kiosk_file.write(
        tmp_path / "K1.toml", "K1", server=server, page=page, camera=camera, slips=slips
    )
    made = command("--config", tmp_path / "server.toml", "server", "init")
    password = re.search(r"password (\S+)", made)
    assert password is not None
    url = f"http://127.0.0.1:{server}"
    with ExitStack() as down:
        programs = Programs()
        down.callback(programs.stop)
        for name, room, ready in (
            ("server", "server", f"{url}/readyz"),
            ("K1", "kiosk", f"http://127.0.0.1:{page}/"),
        ):
            words = ["lystok", room, "run", "--config", str(tmp_path / f"{name}.toml")]
            program = programs.start(name, words, tmp_path / f"{name}.log")
            program.wait_for(partial(answers, ready), _START_S)
        yield Beginning(url, password[1], f"http://127.0.0.1:{page}/", Handle(camera), slips)


def test_an_administrator_gets_from_an_empty_folder_to_the_first_scan(
    beginning: Beginning, open_page: OpenPage
) -> None:
    page = open_page()
    signs_in(page, beginning)
    expect(page.get_by_role("heading", name="Вітаємо в «Листку»")).to_be_visible()
    anybody_can_use(page)
    page.get_by_role("link", name="Почати").click()

    tells_of_the_library(page)
    screen = open_page(touch=True)
    screen.goto(beginning.station)
    page.wait_for_url("**/station")
    page.get_by_label("Код з екрана станції").fill(screen.locator("b.own-code").inner_text())
    page.get_by_label("Назва", exact=True).fill("Головний вхід")
    page.get_by_role("button", name="З’єднати", exact=True).click()
    expect(page.locator(".first-stations")).to_contain_text("на зв’язку", timeout=2 * SOON_MS)
    expect(screen.locator("#headline")).to_have_text("Покажіть квиток", timeout=2 * SOON_MS)
    page.get_by_role("button", name="Далі").click()

    page.wait_for_url("**/scan")
    page.get_by_label("Прізвище", exact=True).fill("Бондар")
    page.get_by_label("Ім’я", exact=True).fill("Марія")
    page.get_by_label("Дата народження").fill("1990-03-14")
    page.get_by_role("button", name="Видати пробний квиток").click()
    ticket = page.locator(".first-ticket img")
    expect(ticket).to_be_visible()
    anybody_can_use(page)
    hold(beginning.camera, shown(page), _HELD_S)
    expect(screen.locator('.screen[data-name="greeting"]')).to_be_visible(timeout=2 * SOON_MS)
    seen = page.get_by_role("heading", name="Станція K1 бачить квиток")
    expect(seen).to_be_visible(timeout=SOON_MS)
    expect(page.locator("main").get_by_text("Це ваш пробний квиток.")).to_be_visible()
    anybody_can_use(page)
    page.get_by_role("button", name="Завершити").click()
    expect(page.get_by_role("heading", name="Усе налаштовано")).to_be_visible()
    page.goto(beginning.server)
    page.wait_for_url("**/inside")


def tells_of_the_library(page: Page) -> None:
    """Its name, one building, the usual departments and one more, a colleague."""
    page.get_by_label("Назва", exact=True).fill("Бібліотека на Подолі")
    page.get_by_label("Населений пункт").fill("Київ")
    saves(page, "branches")
    page.get_by_role("button", name="Одна будівля, далі").click()
    page.wait_for_url("**/departments")
    page.get_by_label("Додати: Інтернет-центр").check()
    saves(page, "hours")
    opens_around_the_clock(page)
    saves(page, "tariffs")
    saves(page, "staff")
    page.get_by_label("Обліковий запис", exact=True).fill("o.koval")
    page.get_by_label("Прізвище та ім’я").fill("Олена Коваль")
    page.get_by_role("button", name="Створити й показати пароль").click()
    expect(page.locator(".shown-once").first).to_have_text("o.koval")
    page.get_by_role("button", name="Далі").click()


def opens_around_the_clock(page: Page) -> None:
    """The first scan is let in whenever this is run."""
    for name, hour in (("opens", "00:00"), ("closes", "24:00")):
        for field in page.locator(f".first-week input[name^={name}]").all():
            field.fill(hour)


def signs_in(page: Page, beginning: Beginning) -> None:
    """With the printed password; the second step is set up on the way."""
    page.goto(beginning.server)
    page.fill("#login", "admin")
    page.fill("#password", beginning.password)
    page.get_by_role("button", name="Увійти").click()
    secret = page.locator(".factor-secret").inner_text().replace(" ", "")
    page.locator("input[name=code]").fill(pyotp.TOTP(secret).at(datetime.now(UTC)))
    page.locator("button.primary").click()
    page.get_by_role("link", name="Коди збережено, далі").click()
    page.wait_for_url("**/first-run")


def saves(page: Page, following: str) -> None:
    """Send a step as it stands; the next one opens."""
    page.get_by_role("button", name="Зберегти й далі").click()
    page.wait_for_url(f"**/{following}")


def shown(page: Page) -> Image.Image:
    """The ticket's picture as the page shows it."""
    address = page.locator(".first-ticket img").get_attribute("src")
    assert address is not None
    body = page.request.get(f"{page.url.partition('/first-run')[0]}{address}").body()
    return Image.open(BytesIO(body)).convert("RGB")
