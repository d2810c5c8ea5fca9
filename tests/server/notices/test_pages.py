"""The pages of notices: what will go, the words, one reader's choice, and the letter's link."""

from __future__ import annotations

from collections.abc import Callable
from email import message_from_bytes, policy
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from flask import Flask
from flask.testing import FlaskClient
from playwright.sync_api import Page
from sqlalchemy import select

from server import notice_letters, reader
from server.config import WalletSection
from server.console import register
from server.console.centre import Outside
from server.models import Mail, MailKind, NoticeKind, NoticeRefusal, Role
from tests.server.console.desk import Clock, Desk, enter
from tests.server.console.library import NOON, Library
from tests.server.console.test_browser import RULES
from tests.server.notices.conftest import BASE, CONFIG, SENDER, agree

OVERDUE = "/notices/texts/overdue/uk"


@pytest.fixture
def app(library: Library, clock: Clock, tmp_path: Path) -> Flask:
    app = Flask("centre")
    app.secret_key = "for tests alone"
    outside = Outside(base_url=BASE, mail_sender=SENDER)
    register(app, library.database, clock=clock, outside=outside)
    reader.register(app, keys_directory=tmp_path, wallet=WalletSection())
    return app


@pytest.fixture
def link(library: Library) -> str:
    """The path of the link in a letter about an overdue book."""
    agree(library, library.reader)
    assert notice_letters.put_due(library.database, CONFIG, NOON) == 1
    with library.database.reading() as session:
        letter = message_from_bytes(session.scalars(select(Mail.message)).one(), policy=policy.SMTP)
    return str(letter["List-Unsubscribe"]).strip("<>").removeprefix(BASE)


def refused(library: Library) -> set[NoticeKind]:
    with library.database.reading() as session:
        return set(session.scalars(select(NoticeRefusal.kind)))


@pytest.fixture
def director(desk_of: Callable[[Role], Desk]) -> Desk:
    return desk_of(Role.DIRECTOR)


def test_the_page_tells_what_goes_and_after_it_went_how(director: Desk, library: Library) -> None:
    agree(library, library.reader)
    before = director.get("/notices")
    assert "Місто, повернути до 18 листопада 2025" in before
    assert "Ще нічого не надсилали" in before
    notice_letters.put_due(library.database, CONFIG, NOON)
    after = director.get("/notices")
    assert "чекає відправлення" in after
    assert "Нічого не знайдено" in director.get("/notices?kind=hold")


def test_the_page_looks_ahead_to_a_day(director: Desk, library: Library) -> None:
    agree(library, library.reader)
    notice_letters.put_due(library.database, CONFIG, NOON)
    assert "Місто, повернути" not in director.get("/notices?day=2025-11-22")
    assert "Місто, повернути" in director.get("/notices?day=2025-11-28")


def test_words_are_shown_as_a_letter_before_they_are_kept(director: Desk) -> None:
    typed = {"subject": "Наша тема", "body": "Поверніть, {name}:\n{list}"}
    shown = director.post(OVERDUE, act="show", **typed)
    assert "Поверніть, Олена:\n• Лісова пісня" in shown
    assert "Наша тема" not in director.get(OVERDUE)
    assert "Наша тема" in director.post(OVERDUE, act="save", **typed)
    assert "Наша тема" in director.get(OVERDUE)
    assert "Строк повернення минув" in director.post(OVERDUE, act="drop")


def test_words_that_can_t_be_sent_stay_on_the_page_with_the_reason(director: Desk) -> None:
    form = {"act": "save", "subject": "Тема", "body": "Без нічого"}
    form["csrf_token"] = director.get(OVERDUE).split('csrf_token" value="')[1].split('"')[0]
    answer = director.client.post(OVERDUE, data=form)
    assert answer.status_code == 422
    assert "має бути {list}" in answer.text
    assert "Без нічого" in answer.text


def test_a_trial_letter_takes_the_way_of_all_letters(director: Desk, library: Library) -> None:
    typed = {"subject": "Проба", "body": "{list}", "address": "me@example.org"}
    assert "Пробний лист надсилаємо" in director.post(OVERDUE, act="try", **typed)
    with library.database.reading() as session:
        (mail,) = session.scalars(select(Mail))
    assert (mail.kind, mail.recipient, mail.patron_id) == (MailKind.TRIAL, "me@example.org", None)
    assert message_from_bytes(mail.message, policy=policy.default)["Subject"] == "Проба"


def test_the_desk_keeps_a_reader_s_choice(centre: Desk, library: Library) -> None:
    agree(library, library.reader)
    chosen = {kind.value: "1" for kind in NoticeKind if kind is not NoticeKind.EVENT}
    page = centre.post(f"/patrons/{library.reader}/notices", language="en", **chosen)
    assert refused(library) == {NoticeKind.EVENT}
    assert '<option value="en" selected>' in page


def test_the_desk_is_told_why_nobody_is_written_to(centre: Desk, library: Library) -> None:
    page = centre.get(f"/patrons/{library.reader}/notices")
    assert "Немає згоди на сповіщення" in page
    assert "Електронної адреси не записано" in page


def test_a_link_shows_the_choice_and_changes_nothing_by_itself(
    anybody: FlaskClient, link: str, library: Library
) -> None:
    page = anybody.get(link)
    assert page.status_code == 200
    assert "Коваленко" not in page.text
    assert refused(library) == set()


def test_a_link_takes_the_choice_and_gives_it_back(
    anybody: FlaskClient, link: str, library: Library
) -> None:
    anybody.post(link, data={"all": "1"})
    assert refused(library) == set(NoticeKind)
    anybody.post(link, data={"overdue": "1", "hold": "1"})
    assert refused(library) == set(NoticeKind) - {NoticeKind.OVERDUE, NoticeKind.HOLD}


def test_one_press_of_a_mail_program_refuses_this_kind_alone(
    anybody: FlaskClient, link: str, library: Library
) -> None:
    answer = anybody.post(link, data={"List-Unsubscribe": "One-Click"})
    assert answer.status_code == 200
    assert refused(library) == {NoticeKind.OVERDUE}


@pytest.mark.threat(14)
def test_a_link_that_nobody_sent_opens_nothing(anybody: FlaskClient, link: str) -> None:
    assert anybody.get(link + "x").status_code == 410
    assert anybody.post("/n/guess", data={"all": "1"}).status_code == 410


def test_the_pages_are_open_to_everybody_s_hands_and_eyes(
    page: Page, address: str, library: Library, link: str
) -> None:
    enter(page, address, Role.ADMIN)
    for path in ("/notices", OVERDUE, f"/patrons/{library.reader}/notices", link):
        page.goto(address + path)
        assert Axe().run(page, options=RULES).violations_count == 0, path
    page.uncheck("[name=overdue]")
    page.click("text=Зберегти вибір")
    page.wait_for_selector("text=Так і робитимемо")
    assert refused(library) == {NoticeKind.OVERDUE}
