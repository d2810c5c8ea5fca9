"""The e-ticket by e-mail: put into the queue at the desk, carried by a real mail server (R2.3)."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from datetime import timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path

import pytest
import zxingcpp
from aiosmtpd.controller import Controller
from flask import Flask
from PIL import Image
from sqlalchemy import select

from gate.codes import read_ticket
from server.config import MailSection, MailSecurity
from server.console import register
from server.console.centre import Outside
from server.mailer import Postman
from server.models import Mail, MailState, Patron, Role, Ticket
from server.services import inbox, keys
from server.services import ticket_life as life
from server.services.by import By
from tests.server.console.desk import Clock, Desk, secret_of
from tests.server.console.library import NOON, Library
from tests.server.mail.conftest import Door, PostOffice

BASE = "https://lystok.example.org"
SENDER = "library@example.org"


@pytest.fixture
def app(library: Library, clock: Clock, tmp_path: Path) -> Flask:
    keys.create(
        library.database,
        tmp_path / "keys",
        actor="system",
        at=NOON,
        entropy=lambda n: bytes(range(n)),
    )
    app = Flask("centre")
    app.secret_key = "for tests alone"
    register(
        app, library.database, clock=clock, keys_directory=tmp_path / "keys",
        outside=Outside(base_url=BASE, mail_sender=SENDER),
    )  # fmt: skip
    return app


@pytest.fixture
def office() -> PostOffice:
    return PostOffice()


@pytest.fixture
def way(office: PostOffice) -> Iterator[MailSection]:
    controller: Controller = Door(office, hostname="127.0.0.1", port=0, server_hostname="mail")
    controller.start()
    yield MailSection(
        host="127.0.0.1", port=controller.port, sender=SENDER, security=MailSecurity.NONE
    )
    controller.stop()


def give_address(library: Library, address: str = "olena@example.org") -> None:
    with library.database.writing() as session:
        session.get_one(Patron, library.reader).email = address


def send(centre: Desk, library: Library, language: str = "uk") -> str:
    return centre.post(f"/patrons/{library.reader}/ticket/send", language=language)


def delivered(library: Library, way: MailSection, office: PostOffice) -> EmailMessage:
    Postman(library.database, way, lambda: NOON).send_all()
    letter = message_from_bytes(office.taken[-1], policy=policy.default)
    assert isinstance(letter, EmailMessage)
    return letter


def text_of(letter: EmailMessage, kind: str = "plain") -> str:
    body = letter.get_body((kind,))
    assert body is not None
    content: str = body.get_content()
    return content


@pytest.mark.clause("R2.3.1")
def test_a_reader_gets_the_ticket_with_a_code_that_opens(
    centre: Desk, library: Library, way: MailSection, office: PostOffice
) -> None:
    give_address(library)
    page = send(centre, library)
    assert "Лист із квитком надсилаємо." in page
    assert "чекає відправлення" in page
    letter = delivered(library, way, office)
    assert letter["To"] == "olena@example.org"
    assert "Ваш читацький квиток" in letter["Subject"]
    assert "Доброго дня, Олена К.!" in text_of(letter)
    assert "2029\u00a0р.\r\n" in text_of(letter), "an abbreviation has its point already"
    assert f"{BASE}/t/" in text_of(letter)
    files = {part.get_filename(): part for part in letter.walk() if part.get_filename()}
    assert set(files) == {"code.png", "ticket.png", "ticket.pdf"}
    assert files["ticket.pdf"].get_content().startswith(b"%PDF-")
    with library.database.reading() as session:
        ring = keys.ring(session)
        known = session.scalars(select(Ticket).where(Ticket.patron_id == library.reader)).one()
    for name in ("code.png", "ticket.png"):
        (found,) = zxingcpp.read_barcodes(Image.open(io.BytesIO(files[name].get_content())))
        claims = read_ticket(found.text, ring, NOON).claims
        assert claims is not None
        assert claims.ticket_id == known.id
    assert "надіслано 21 листопада" in centre.get(f"/patrons/{library.reader}/ticket")


@pytest.mark.clause("R2.3.1")
def test_the_letter_speaks_the_reader_s_language_and_the_page_the_librarian_s(
    centre: Desk, library: Library, way: MailSection, office: PostOffice
) -> None:
    give_address(library)
    assert "Лист із квитком надсилаємо." in send(centre, library, "en")
    letter = delivered(library, way, office)
    assert letter["From"].addresses[0].display_name == "Library"
    assert "Your reader’s ticket" in letter["Subject"]
    assert "Your reader’s ticket" in text_of(letter, "html")
    assert "квиток" not in text_of(letter)


@pytest.mark.threat(21)
def test_a_letter_holds_neither_the_full_name_nor_anything_else_of_the_card(
    centre: Desk, library: Library, way: MailSection, office: PostOffice
) -> None:
    give_address(library)
    send(centre, library)
    letter = delivered(library, way, office)
    for kind in ("plain", "html"):
        assert "Коваленко" not in text_of(letter, kind)
        assert "+380 50" not in text_of(letter, kind)
    with library.database.reading() as session:
        log = str([(mail.recipient, mail.message) for mail in session.scalars(select(Mail))])
    assert "PNG" not in log


def test_without_an_address_the_desk_is_asked_for_one(centre: Desk, library: Library) -> None:
    assert "запишіть у даних електронну пошту" in centre.get(f"/patrons/{library.reader}/ticket")
    assert "Спершу запишіть електронну пошту" in send(centre, library)
    with library.database.reading() as session:
        assert session.scalar(select(Mail)) is None


@pytest.mark.scenario("E11")
def test_no_dead_ticket_is_sent(centre: Desk, library: Library) -> None:
    give_address(library)
    with library.database.reading() as session:
        ticket = session.scalars(select(Ticket).where(Ticket.patron_id == library.reader)).one()
    life.report_lost(library.database, ticket.id, by=By(staff_id=1, at=NOON))
    form = {"csrf_token": secret_of(centre.client)}
    answer = centre.client.post(f"/patrons/{library.reader}/ticket/send", data=form)
    assert answer.status_code == 404
    assert "електронною поштою" not in centre.get(f"/patrons/{library.reader}/ticket")


def test_no_ticket_is_sent_whose_term_is_over(centre: Desk, library: Library) -> None:
    give_address(library)
    with library.database.writing() as session:
        ticket = session.scalars(select(Ticket).where(Ticket.patron_id == library.reader)).one()
        ticket.valid_until = NOON.date() - timedelta(days=1)
    page = centre.get(f"/patrons/{library.reader}/ticket")
    assert "електронною поштою" not in page
    assert "Чинний квиток" not in page
    assert "строк минув" in page
    form = {"csrf_token": secret_of(centre.client)}
    answer = centre.client.post(f"/patrons/{library.reader}/ticket/send", data=form)
    assert answer.status_code == 404
    with library.database.reading() as session:
        assert session.scalar(select(Mail)) is None


def test_a_letter_that_nobody_took_stands_in_the_inbox_until_somebody_looked(
    centre: Desk, library: Library, way: MailSection, office: PostOffice
) -> None:
    give_address(library, "nobody@example.org")
    send(centre, library)
    office.to_recipients = ["550 no such user"]
    Postman(library.database, way, lambda: NOON).send_all()
    with library.database.reading() as session:
        letter = session.scalars(select(Mail)).one()
        assert letter.state is MailState.FAILED
        (entry,) = [one for one in inbox.entries(session, NOON) if one.kind == "mail_failed"]
    inbox_page, ticket_page = centre.get("/inbox"), centre.get(f"/patrons/{library.reader}/ticket")
    assert "Лист не доставлено" in inbox_page
    assert "не доставлено" in ticket_page
    for page in (inbox_page, ticket_page):
        assert "не знає такої адреси: уточніть її в читача (recipient_550)" in page
    centre.post("/inbox", kind=entry.kind, key=entry.key, note="Адресу виправлено")
    assert "Лист не доставлено" not in centre.get("/inbox")


@pytest.mark.parametrize(
    "answer, said",
    [
        ("554 spam", "не взяв листа: повідомте адміністратора (letter_554)"),
        ("451 later", "поки не взяв листа. Спробуємо ще (letter_451)"),
    ],
)
def test_the_desk_is_told_why_a_letter_did_not_go(
    centre: Desk, library: Library, way: MailSection, office: PostOffice, answer: str, said: str
) -> None:
    give_address(library)
    send(centre, library)
    office.answers = [answer]
    Postman(library.database, way, lambda: NOON).send_all()
    assert said in centre.get(f"/patrons/{library.reader}/ticket")


def test_no_letter_is_offered_where_no_mail_server_is_configured(
    library: Library, clock: Clock, tmp_path: Path, desk_of: Callable[[Role], Desk]
) -> None:
    give_address(library)
    plain = Flask("plain")
    plain.secret_key = "for tests alone"
    register(plain, library.database, clock=clock, keys_directory=tmp_path / "keys")
    centre = desk_of(Role.SERVICE_CENTRE)
    page = centre.get(f"/patrons/{library.reader}/ticket")
    assert "Надіслати на olena@example.org" in page
    centre.client.application.extensions.update(plain.extensions)
    assert "Надіслати на" not in centre.get(f"/patrons/{library.reader}/ticket")


def test_the_newest_letter_s_link_ends_the_one_before(
    centre: Desk, library: Library, way: MailSection, office: PostOffice, clock: Clock
) -> None:
    give_address(library)
    links = []
    for _ in range(2):
        send(centre, library)
        clock.forward(timedelta(minutes=1))
        Postman(library.database, way, clock).send_all()
        letter = message_from_bytes(office.taken[-1], policy=policy.default)
        assert isinstance(letter, EmailMessage)
        links.append(text_of(letter).split("/t/")[1].split()[0])
    assert len(set(links)) == 2
    assert min(map(len, links)) >= 43
