"""The technician's page of the link: tries, answers without names, comparison, recording."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, date
from time import monotonic, sleep

import pytest
from flask import Flask
from sqlalchemy import select

from gate.facts import LoanPlace
from server.console.centre import EXTENSION
from server.library_systems.contract import Account, Block, OutsideLoan
from server.library_systems.link import Link
from server.library_systems.sip2.client import Manners, Sip2System
from server.library_systems.sip2.connection import Address, Connection
from server.library_systems.sip2.pool import Pool
from server.library_systems.sip2.recorder import WireRecorder
from server.models import OutsideAccount, Patron, Role, Ticket
from tests.server.console.desk import Desk
from tests.server.console.library import NOON, Library
from tests.server.library_systems.scripted import Scripted
from tests.server.library_systems.sip2.wild import WildCentre, answering

LONG_S = 30.0
HOME = OutsideLoan(
    item="1002", title="Лісова пісня", place=LoanPlace.HOME, due_on=date(2030, 4, 1)
)  # fmt: skip


def test_a_try_says_whether_it_answers(desk_of: Callable[[Role], Desk], system: Scripted) -> None:
    desk = desk_of(Role.TECHNICIAN)
    assert "Відповідає" in desk.post("/library-system/try")
    system.away = True
    page = desk.post("/library-system/try")
    assert "Не вийшло: немає відповіді за відведений час" in page
    assert "востаннє не вийшло" in page
    assert "Відповідей: 1 з 2" in page


def test_an_answer_is_shown_without_name_and_titles(
    desk_of: Callable[[Role], Desk], system: Scripted
) -> None:
    system.accounts["4711"] = Account(
        number="4711", as_of=NOON, loans=(HOME,), name="Олена Коваленко",
        blocks=frozenset({Block.FINES}),
    )  # fmt: skip
    page = desk_of(Role.TECHNICIAN).post("/library-system/ask", number="4711")
    assert "штрафи" in page
    assert "додому" in page
    for private in ("Коваленко", "Лісова", "1002"):
        assert private not in page


def test_all_readers_are_compared_and_what_differs_is_shown(
    desk_of: Callable[[Role], Desk], system: Scripted, library: Library, app: Flask
) -> None:
    with library.database.reading() as session:
        rows = session.execute(
            select(Ticket.number, Ticket.valid_until, Patron.surname)
            .join(Patron)
            .where(Ticket.state == "active")
        ).all()
    for number, until, surname in rows[1:]:
        name = f"{surname} О."
        system.accounts[number] = Account(
            number=number, as_of=NOON, name=name, expires_on=until
        )  # fmt: skip
    odd, until, _ = rows[1]
    system.accounts[odd] = Account(
        number=odd, as_of=NOON, name="Інша Людина", expires_on=date(2031, 1, 1)
    )  # fmt: skip
    desk = desk_of(Role.ADMIN)
    desk.post("/library-system/compare")
    comparison = app.extensions[EXTENSION].outside.comparison
    ends = monotonic() + LONG_S
    while comparison.progress.running and monotonic() < ends:
        sleep(0.01)
    page = desk.get("/library-system")
    file = desk.get("/library-system?format=csv&q=прізвище").splitlines()
    with library.database.reading() as session:
        kept = {row.number: row.differences for row in session.scalars(select(OutsideAccount))}
        names = session.scalars(select(Patron.surname)).all()
    assert kept.pop(odd) == ["expires", "name"]
    assert kept.pop(rows[0][0]) == ["unknown"]
    assert set(map(tuple, kept.values())) <= {()}
    assert "інше прізвище" in page
    assert "там до 1 січня 2031" in page
    assert "там такого квитка немає" in page
    assert "Інша" not in names
    assert [line.split(";")[0] for line in file[1:]] == [odd]
    assert "розбіжності у 2" in page
    assert "Нічого не знайдено" in desk.get("/library-system?q=qqq")


def test_before_anything_was_asked_nothing_is_claimed(desk_of: Callable[[Role], Desk]) -> None:
    page = desk_of(Role.TECHNICIAN).get("/library-system")
    assert "ще не питали" in page
    assert "Ще нікого не звіряли" in page
    assert "Запис обміну" not in page


def test_who_may_not_compare_is_not_offered_it(desk_of: Callable[[Role], Desk]) -> None:
    assert "Звірити всіх" not in desk_of(Role.TECHNICIAN).get("/library-system")
    assert "Звірити всіх" in desk_of(Role.ADMIN).get("/library-system")


def test_without_another_system_the_page_says_so(
    desk_of: Callable[[Role], Desk], app: Flask
) -> None:
    centre = app.extensions[EXTENSION]
    object.__setattr__(centre.outside, "link", None)
    desk = desk_of(Role.TECHNICIAN)
    assert "Видачі ведемо тут" in desk.get("/library-system")
    desk.get("/library-system/frames", 404)


@pytest.fixture
def recorded(app: Flask, library: Library, wild: WildCentre) -> Iterator[Link]:
    """A link by SIP2."""
    recorder = WireRecorder("utf-8", lambda: NOON)
    address = Address(host="127.0.0.1", port=wild.port)
    pool = Pool(lambda until_s: Connection(address, recorder, until_s=until_s), 1)
    system = Sip2System(pool, Manners(institution="LIB", zone=lambda: UTC), recorder)
    link = app.extensions[EXTENSION].outside.link
    link.system = system
    with closing(system):
        yield link


def test_the_recording_can_be_sent_away(
    desk_of: Callable[[Role], Desk], recorded: Link, wild: WildCentre
) -> None:
    wild.will(answering("98YYYYYY01000320261121    2112372.00AOLIB|AMБібліотека|"))
    desk = desk_of(Role.TECHNICIAN)
    page = desk.post("/library-system/try")
    assert "AOLIB" in page
    told = desk.get("/library-system/frames").splitlines()
    assert [line.split(" ")[2] for line in told] == [">", "<"]
    assert "AOLIB" in told[1]
