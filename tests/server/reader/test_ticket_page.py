"""The ticket on a phone: by a link that nobody guesses and that ends, and without a network."""

from __future__ import annotations

import io
import re
from datetime import UTC, datetime, timedelta
from http import HTTPStatus

import pytest
import zxingcpp
from axe_playwright_python.sync_playwright import Axe
from flask import Flask, Response
from flask.testing import FlaskClient
from PIL import Image
from playwright.sync_api import Page, expect
from sqlalchemy import select

from gate.codes import read_ticket
from server.models import TicketLink
from server.services import keys, ticket_links
from server.services import ticket_life as life
from server.services.by import By
from tests.server.console.desk import Clock
from tests.server.console.library import NOON, Library
from tests.server.console.test_browser import RULES
from tests.server.reader.conftest import NUMBER, chance, new_link, ticket_of

STAFF = By(staff_id=1, at=NOON)


def keep(phone: FlaskClient, link: str) -> str:
    """Press the button of the letter's page; answers the path of the page to keep."""
    answer = phone.post(link)
    assert answer.status_code == 303, answer.text
    return answer.headers["Location"]


@pytest.mark.clause("R2.3.1")
def test_a_letter_s_link_leads_to_a_page_to_keep(phone: FlaskClient, link: str) -> None:
    assert "Відкрити на цьому телефоні" in phone.get(link).text
    page = phone.get(keep(phone, link)).text
    assert "RD-1001" in page
    assert "14 січня 2029" in page
    assert "2025 рік" in page


def test_looking_at_the_link_alone_makes_nothing(
    phone: FlaskClient, link: str, library: Library
) -> None:
    """Filters of mail programs open every link."""
    for _ in range(3):
        assert phone.get(link).status_code == 200
    with library.database.reading() as session:
        assert ticket_links.count(session, ticket_of(library).id) == 0


@pytest.mark.threat(14)
def test_no_more_than_first_name_and_initial_stands_there(phone: FlaskClient, link: str) -> None:
    for page in (phone.get(link).text, phone.get(keep(phone, link)).text):
        assert "Олена К." in page
        assert "Коваленко" not in page
        assert "Петрівна" not in page


@pytest.mark.threat(3, 14)
def test_a_guessed_link_and_the_other_kind_of_link_open_nothing(
    phone: FlaskClient, link: str
) -> None:
    kept = keep(phone, link)
    for path in (f"/t/{'A' * 43}", f"/my/{'A' * 43}", kept.replace("/my/", "/t/"),
                 link.replace("/t/", "/my/")):  # fmt: skip
        answer = phone.get(path)
        assert answer.status_code == 410
        assert "Це посилання вже не діє" in answer.text


@pytest.mark.threat(14)
def test_the_database_alone_opens_no_ticket(
    phone: FlaskClient, link: str, library: Library
) -> None:
    kept = keep(phone, link)
    with library.database.reading() as session:
        stored = [row.token_hash for row in session.scalars(select(TicketLink))]
    assert len(stored) == 2
    assert not any(token in stored for token in (link[3:], kept[4:]))


def test_an_old_letter_opens_nothing_while_the_kept_page_goes_on(
    phone: FlaskClient, link: str, clock: Clock
) -> None:
    kept = keep(phone, link)
    clock.forward(timedelta(days=ticket_links.OPEN_DAYS))
    assert phone.get(link).status_code == 410
    assert phone.post(link).status_code == 410
    assert phone.get(kept).status_code == 200


@pytest.mark.clause("R2.3.1")
@pytest.mark.scenario("E11")
def test_a_lost_ticket_s_page_is_over_at_once(
    phone: FlaskClient, link: str, library: Library
) -> None:
    kept = keep(phone, link)
    life.report_lost(library.database, ticket_of(library).id, by=STAFF)
    assert phone.get(kept).status_code == 410
    life.found_again(library.database, ticket_of(library).id, by=STAFF)
    assert phone.get(kept).status_code == 200
    life.duplicate(library.database, ticket_of(library).id, damaged=False, by=STAFF, entropy=chance)
    assert phone.get(kept).status_code == 410


def test_the_page_ends_with_the_ticket_s_last_day(
    phone: FlaskClient, link: str, clock: Clock
) -> None:
    kept = keep(phone, link)
    last = datetime(2029, 1, 14, 22, 0, tzinfo=UTC)
    clock.at = last - timedelta(minutes=1)
    assert phone.get(kept).status_code == 200
    clock.at = last
    assert phone.get(kept).status_code == 410


def test_five_phones_keep_a_ticket_and_the_oldest_gives_way(
    phone: FlaskClient, link: str, clock: Clock
) -> None:
    pages = []
    for _ in range(ticket_links.PHONES_MOST + 1):
        pages.append(keep(phone, link))
        clock.forward(timedelta(minutes=1))
    assert [phone.get(page).status_code for page in pages] == [410] + [200] * 5


def test_the_desk_ends_every_link(phone: FlaskClient, link: str, library: Library) -> None:
    kept = keep(phone, link)
    ticket_links.revoke(library.database, ticket_of(library).id, by=STAFF)
    assert [phone.get(path).status_code for path in (link, kept)] == [410, 410]


@pytest.mark.threat(12)
def test_the_link_is_told_to_nobody(phone: FlaskClient, link: str) -> None:
    headers = phone.get(keep(phone, link)).headers
    assert headers["Referrer-Policy"] == "no-referrer"
    assert headers["X-Robots-Tag"] == "noindex, nofollow"
    assert headers["Cache-Control"] == "no-store"
    assert "'unsafe" not in headers["Content-Security-Policy"]


def test_the_phone_s_language_is_spoken(phone: FlaskClient, link: str) -> None:
    english = {"Accept-Language": "en-GB,en;q=0.9"}
    assert "Open on this phone" in phone.get(link, headers=english).text
    manifest = phone.get(f"{keep(phone, link)}/manifest.webmanifest", headers=english).json
    assert manifest is not None
    assert (manifest["lang"], manifest["name"]) == ("en", "Reader’s ticket")
    for sign in manifest["icons"]:
        picture = Image.open(io.BytesIO(phone.get(sign["src"]).data))
        assert f"{picture.width}x{picture.height}" == sign["sizes"]


def test_no_wallet_is_offered_without_the_library_s_own_keys(phone: FlaskClient, link: str) -> None:
    kept = keep(phone, link)
    assert "Wallet" not in phone.get(kept).text
    assert [phone.get(f"{kept}/{name}").status_code for name in ("lystok.pkpass", "google")] == [
        404, 404,
    ]  # fmt: skip


def read_code(page: Page) -> str:
    (found,) = zxingcpp.read_barcodes(Image.open(io.BytesIO(page.screenshot())))
    return str(found.text)


@pytest.mark.clause("R2.3.1")
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_real_phone_shows_the_ticket_without_a_network(
    page: Page, address: str, library: Library, scheme: str
) -> None:
    page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(address + new_link(library))
    page.get_by_role("button", name="Відкрити на цьому телефоні").click()
    expect(page.locator("[data-kept]")).to_be_visible()
    page.context.set_offline(True)
    page.reload()
    expect(page.locator(".pass-number")).to_have_text("RD-1001")
    expect(page.locator("[data-away]")).to_be_visible()
    assert page.evaluate("document.fonts.check('16px Manrope')")
    ground = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert (ground == "rgb(250, 248, 243)") == (scheme == "light")
    with library.database.reading() as session:
        claims = read_ticket(read_code(page), keys.ring(session), NOON).claims
    assert claims is not None
    assert claims.ticket_id == ticket_of(library).id
    found = Axe().run(page, options=RULES)
    assert found.violations_count == 0, found.generate_report()


def test_a_server_that_fails_takes_the_kept_ticket_from_nobody(
    page: Page, address: str, library: Library, app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As the front does while the server behind it is being renewed."""
    page.goto(address + new_link(library))
    page.get_by_role("button").click()
    expect(page.locator("[data-kept]")).to_be_visible()
    monkeypatch.setattr(app, "wsgi_app", Response("renewed", HTTPStatus.BAD_GATEWAY))
    page.reload()
    expect(page.locator(".pass-number")).to_have_text(NUMBER)
    assert re.match("LT1:", read_code(page))


def test_the_code_fills_the_screen_on_a_touch(page: Page, address: str, library: Library) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(address + new_link(library))
    page.get_by_role("button").click()
    code = page.locator("[data-enlarge]")
    code.click()
    expect(code).to_have_attribute("aria-pressed", "true")
    box = page.locator(".code").bounding_box()
    assert box is not None
    assert box["width"] == pytest.approx(390, abs=1)
    assert re.match("LT1:", read_code(page))
    code.press("Enter")
    expect(code).to_have_attribute("aria-pressed", "false")


def test_a_ticket_that_is_over_is_forgotten_by_the_phone(
    page: Page, address: str, library: Library
) -> None:
    page.goto(address + new_link(library))
    page.get_by_role("button").click()
    expect(page.locator("[data-kept]")).to_be_visible()
    life.report_lost(library.database, ticket_of(library).id, by=STAFF)
    page.reload()
    expect(page.locator("h1")).to_have_text("Це посилання вже не діє")
    kept = page.evaluate(
        "async () => (await (await caches.open('lystok-ticket')).keys()).map((each) => each.url)"
    )
    assert page.url not in kept
