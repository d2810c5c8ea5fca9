"""A person's rights in their own data: a copy of everything, demands with a term, erasure."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import timedelta
from io import BytesIO
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pytest
from axe_playwright_python.sync_playwright import Axe
from flask import Flask
from playwright.sync_api import Page
from sqlalchemy import select

from server.console import register
from server.console.centre import Outside
from server.console.own_copy import TITLES
from server.models import (
    Base,
    Damage,
    DamageState,
    Guarantor,
    GuarantorKind,
    Hold,
    HoldState,
    Loan,
    Mail,
    MailKind,
    Patron,
    Photo,
    RightKind,
    Role,
    Ticket,
    TicketLink,
    Visit,
)
from server.services import damages, data_rights, erasure, guarantors, mail, ticket_links, tickets
from server.services.by import By
from server.services.damages import Harm
from server.services.guarantors import Answerer
from server.services.mail import Letter
from tests.server.console.desk import Clock, Desk
from tests.server.console.library import NOON, Library
from tests.server.console.test_browser import RULES
from tests.server.desk_library import audited, chance

BY = By(staff_id=1, at=NOON)


@pytest.fixture
def app(library: Library, clock: Clock, tmp_path: Path) -> Flask:
    app = Flask("centre")
    app.secret_key = "for tests alone"
    outside = Outside(erasures=tmp_path / "backups")
    register(app, library.database, clock=clock, outside=outside)
    return app


def copy_of(centre: Desk, patron_id: int) -> dict[str, Any]:
    told: dict[str, Any] = json.loads(archive_of(centre, patron_id).read("data.json"))
    return told


def archive_of(centre: Desk, patron_id: int) -> ZipFile:
    answer = centre.client.get(f"/patrons/{patron_id}/own-data.zip")
    assert answer.status_code == 200
    return ZipFile(BytesIO(answer.data))


@pytest.mark.clause("R4.1.1")
def test_the_copy_holds_what_is_kept_and_nothing_of_others(centre: Desk, library: Library) -> None:
    told = copy_of(centre, library.reader)
    text = json.dumps(told, ensure_ascii=False)
    for value in ("Коваленко", "+380 50 123 45 60", "RD-1001", "Лісова пісня", library.slip):
        assert value in text, value
    assert len(told["loan"]) == 3
    for value in ("Ґалаґан", library.clean_slip, "Марія Бондар", "00" * 16):
        assert value not in text, value
    assert audited(library, "own_data_copied")


@pytest.mark.clause("R4.1.1")
def test_every_table_that_names_a_person_is_in_the_copy(centre: Desk, library: Library) -> None:
    told = copy_of(centre, library.reader)
    named = {
        str(mapper.local_table.description)
        for mapper in Base.registry.mappers
        if "patron_id" in mapper.columns
    }
    assert {"enrolment", "consent", "payment", "damage", "mail"} <= named
    assert named <= set(told)
    assert {"visit", "own_item", "department_visit", "enrolment_step", "audit_record"} <= set(told)
    assert set(told) == set(TITLES), "a table without a title on the page"
    assert len(told["ticket"]) == 1


@pytest.mark.clause("R4.1.1")
def test_the_copy_is_read_by_people_too(centre: Desk, library: Library) -> None:
    with library.database.writing() as session:
        session.add(Photo(patron_id=library.nasty, jpeg=b"jpeg", taken_at=NOON))
    archive = archive_of(centre, library.nasty)
    assert archive.read("photo.jpg") == b"jpeg"
    page = archive.read("data.html").decode()
    assert "Копія всіх даних" in page
    assert "14 березня 1990" in page
    assert "<script>" not in page
    assert not re.search("(?:href|src)=", page), "it is opened without a network"


@pytest.mark.clause("R4.1.1")
def test_the_copy_tells_what_was_done_with_the_data_and_by_no_name(
    centre: Desk, library: Library
) -> None:
    data_rights.take(library.database, library.reader, RightKind.ACCESS, "Копія", by=BY)
    copy = copy_of(centre, library.reader)
    (record,) = copy["audit_record"]
    assert record["action"] == "data_request_received"
    (demand,) = copy["data_request"]
    assert "received_by" not in demand


@pytest.mark.clause("R4.1.1")
def test_a_demand_is_answered_within_thirty_days(
    centre: Desk, library: Library, clock: Clock, desk_of: Callable[[Role], Desk]
) -> None:
    path = f"/patrons/{library.reader}/rights"
    centre.post(path, kind="access", text="Прошу копію")
    assert "відповісти до 21 грудня 2025" in centre.get("/data-requests")
    clock.forward(timedelta(days=31))
    page = desk_of(Role.DIRECTOR).get("/data-requests")
    assert "строк минув 21 грудня 2025" in page


@pytest.mark.clause("R4.1.1")
def test_a_settled_demand_says_what_was_done_once(centre: Desk, library: Library) -> None:
    path = f"/patrons/{library.reader}/rights"
    centre.post(path, kind="correction")
    with library.database.reading() as session:
        (demand,) = data_rights.waiting(session)
    assert "Напишіть, що зроблено." in centre.post(f"{path}/settled", request=f"{demand.id}")
    page = centre.post(f"{path}/settled", request=f"{demand.id}", outcome="Виправлено адресу")
    assert "Виправлено адресу" in page
    assert "Жодна вимога не чекає" in centre.get("/data-requests")
    with pytest.raises(data_rights.NotSettled):
        data_rights.settle(library.database, demand.id, "ще раз", by=BY)


def settle_everything(library: Library, patron_id: int) -> None:
    """Loans back, visits over."""
    with library.database.writing() as session:
        for loan in session.scalars(select(Loan).where(Loan.patron_id == patron_id)):
            loan.returned_at = NOON
        for visit in session.scalars(select(Visit)):
            visit.closed_at = NOON


def erase(desk: Desk, patron_id: int, surname: str = "Коваленко") -> str:
    return desk.post(f"/patrons/{patron_id}/erase", surname=surname)


@pytest.mark.clause("R4.1.1", "R5.1.5")
@pytest.mark.threat(24)
def test_an_erased_reader_leaves_no_name_no_letter_and_no_link(
    desk_of: Callable[[Role], Desk], library: Library, tmp_path: Path
) -> None:
    director = desk_of(Role.DIRECTOR)
    guarantors.renew(
        library.database, library.reader, Answerer(kind=GuarantorKind.PARENT, name="Ірина"),
        guarantees=True, by=BY,
    )  # fmt: skip
    harm = damages.note(
        library.database, library.reader, Harm(what="Пляма", amount=100), staff_id=1, at=NOON
    )
    damages.settle(library.database, harm, DamageState.PAID, settlement="7", staff_id=1, at=NOON)
    with library.database.writing() as session:
        letter = Letter(
            kind=MailKind.TICKET, recipient="olena@example.org", subject="Квиток", text="",
            patron_id=library.reader,
        )  # fmt: skip
        mail.put(session, letter, sender="a@example.org", sender_name="Б", actor="system", at=NOON)
        ticket = tickets.by_number(session, "RD-1001")
        ticket_links.to_send(session, ticket, at=NOON, entropy=chance)
        session.get_one(Damage, harm).guarantor_id = session.scalars(select(Guarantor.id)).one()
    settle_everything(library, library.reader)
    assert "Дані стерто." in erase(director, library.reader)
    with library.database.reading() as session:
        assert session.get_one(Patron, library.reader).full_name == ""
        assert session.scalars(select(Mail)).all() == []
        assert session.scalars(select(TicketLink)).all() == []
        assert session.get_one(Damage, harm).amount == 100
        numbers = session.scalars(select(Ticket.number)).all()
        assert "RD-1001" not in numbers, "who has the paper would know whose visits these are"
    (line,) = erasure.Journal(tmp_path / "backups").read()
    assert line.patron_id == library.reader


@pytest.mark.clause("R4.1.1")
def test_nobody_is_erased_who_owes_or_is_inside_or_by_a_slip_of_the_hand(
    desk_of: Callable[[Role], Desk], library: Library
) -> None:
    director = desk_of(Role.DIRECTOR)
    assert "Спершу повернути документи" in erase(director, library.reader)
    assert "зараз у бібліотеці" in erase(director, library.clean_reader, "Ґалаґан")
    assert "Введіть прізвище" in erase(director, library.banned, "Інший")
    with library.database.reading() as session:
        assert all(patron.surname for patron in session.scalars(select(Patron)))


@pytest.mark.clause("R3.2.10")
def test_who_is_erased_makes_room_on_the_reserve_shelf(
    desk_of: Callable[[Role], Desk], library: Library
) -> None:
    settle_everything(library, library.reader)
    with library.database.writing() as session:
        for patron_id, state in (
            (library.reader, HoldState.ON_SHELF), (library.clean_reader, HoldState.WAITING),
        ):  # fmt: skip
            session.add(Hold(document_id=1, patron_id=patron_id, state=state, placed_at=NOON))
    assert "Дані стерто." in erase(desk_of(Role.DIRECTOR), library.reader)
    with library.database.reading() as session:
        query = select(Hold.patron_id).where(Hold.state == HoldState.ON_SHELF)
        assert session.scalars(query).all() == [library.clean_reader]


@pytest.mark.threat(14)
def test_the_desk_itself_erases_nobody(centre: Desk, library: Library) -> None:
    assert "Стерти назавжди" not in centre.get(f"/patrons/{library.reader}/rights")


def test_axe_finds_nothing_at_the_rights(console: Page, address: str, library: Library) -> None:
    data_rights.take(library.database, library.reader, RightKind.ACCESS, "Копія", by=BY)
    for path in (f"/patrons/{library.reader}/rights", "/data-requests"):
        console.goto(address + path)
        found = Axe().run(console, options=RULES)
        assert found.violations_count == 0, found.generate_report()
        console.set_viewport_size({"width": 320, "height": 640})
        assert console.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
