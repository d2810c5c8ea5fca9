"""A department's librarian lends, renews, holds and fetches, page by page."""

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import select

from gate.facts import LoanPlace
from server.models import Document, Loan, Role, Ticket
from tests.server.console.desk import Desk
from tests.server.console.library import Library


@pytest.fixture
def librarian(desk_of: Callable[[Role], Desk]) -> Desk:
    desk = desk_of(Role.ADMIN)
    desk.post("/desk/department", department="5")
    return desk


def out(library: Library) -> Document:
    with library.database.reading() as session:
        mine = select(Document).join(Loan).where(Loan.visit_id == library.visit)
        return session.scalars(mine.order_by(Document.id)).first() or pytest.fail("nothing out")


def number(library: Library, patron_id: int) -> str:
    with library.database.reading() as session:
        mine = Ticket.patron_id == patron_id
        return session.scalars(select(Ticket.number).where(mine)).first() or ""


def test_a_reader_waits_gets_the_document_and_may_keep_it_longer(
    library: Library, librarian: Desk
) -> None:
    document = out(library)
    path = f"/documents/{document.id}/hold"
    assert "Такого квитка немає" in librarian.post(path, ticket="нема")
    assert "у цього самого читача" in librarian.post(path, ticket=number(library, library.reader))
    page = librarian.post(path, ticket=number(library, library.clean_reader))
    assert "поставлено в чергу" in page
    assert "на бронеполицю" in librarian.scan(document.barcode, "desk")
    assert "Чекають на читача" in librarian.get("/holds")
    assert "Тримаємо до" in librarian.post("/holds/extend", hold="1")
    assert "уже продовжено" in librarian.post("/holds/extend", hold="1")
    assert "Бронювання знято" in librarian.post("/holds/cancel", hold="1")
    assert "Полиця порожня" in librarian.get("/holds")


@pytest.mark.clause("R3.2.3", "R3.3.1")
def test_a_home_loan_is_renewed_on_the_reader_s_page(library: Library, librarian: Desk) -> None:
    with library.database.reading() as session:
        loan = session.scalars(select(Loan).where(Loan.place == LoanPlace.HOME)).one()
    path = f"/loans/{loan.id}/renew"
    assert "Продовжено до 6 грудня 2025" in librarian.post(path)
    assert "попросіть показати" in librarian.post(path)
    assert "Продовжено до" in librarian.post(path, shown="1")


@pytest.mark.clause("R3.2.4")
def test_defects_are_noted_right_after_the_issue(library: Library, librarian: Desk) -> None:
    librarian.scan(library.clean_slip, "desk")
    with library.database.reading() as session:
        free = session.scalars(
            select(Document.barcode).where(Document.id.not_in(select(Loan.document_id)))
        ).first()
    page = librarian.scan(free or "", "desk")
    act = re.search(r'name="loan" value="(\d+)"', page)
    assert act is not None
    assert "Вади записано" in librarian.post("/desk/defects", loan=act[1], defects="плями на с. 3")
    with library.database.reading() as session:
        assert session.get_one(Loan, int(act[1])).defects == "плями на с. 3"


@pytest.mark.clause("R3.2.1", "R3.2.5")
def test_a_request_goes_from_the_form_to_the_reader(library: Library, librarian: Desk) -> None:
    assert "Спершу скануйте листок" in librarian.get("/requests")
    librarian.scan(library.clean_slip, "desk")
    assert "не до кінця: «Шифр»" in librarian.post("/requests", title="Кобзар", author="Шевченко")
    page = librarian.post("/requests", title="Кобзар", author="Шевченко", shelf_mark="84 Ш37")
    assert "Замовлення прийнято" in page
    response = librarian.client.get("/requests/1.pdf")
    assert response.data.startswith(b"%PDF-")
    librarian.post("/requests/1", state="fetched")
    assert "на кафедрі" in librarian.get("/requests")
    librarian.post("/requests/1", state="done")
    assert "Нічого підбирати" in librarian.get("/requests")
    librarian.post("/requests", title="Рідкісне", author="Автор", kind="interlibrary")
    assert "вартість пересилання" in librarian.post("/requests/2", state="fetched", postage="x")
    librarian.post("/requests/2", state="fetched", postage="120,50", receipt="77")
    assert "МБА" in librarian.get("/requests")


@pytest.mark.clause("R3.2.1")
def test_the_form_names_the_ticket_that_the_reader_has_now(
    library: Library, librarian: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    with library.database.writing() as session:
        mine = select(Ticket).where(Ticket.patron_id == library.clean_reader)
        old = session.scalars(mine).one()
        session.add(
            Ticket(
                id="dd01", number="RD-2001", patron_id=old.patron_id, kind=old.kind,
                issued_at=old.issued_at + timedelta(days=1), valid_from=old.valid_from,
                valid_until=old.valid_until, registered_for=2025,
            )
        )  # fmt: skip
    papers: list[dict[str, object]] = []

    def print_page(_template: str, paper: dict[str, object]) -> bytes:
        papers.append(paper)
        return b"%PDF"

    monkeypatch.setattr("server.console.pages.requests.pdf", print_page)
    librarian.scan(library.clean_slip, "desk")
    librarian.post("/requests", title="Кобзар", author="Шевченко", shelf_mark="84 Ш37")
    librarian.client.get("/requests/1.pdf")
    assert [paper["ticket"] for paper in papers] == ["RD-2001"]


def test_the_pages_of_lending_open_in_a_browser(
    console: Page, address: str, library: Library
) -> None:
    console.goto(f"{address}/documents/{out(library).id}")
    console.get_by_label("Поставити в чергу читача з квитком").fill(
        number(library, library.clean_reader)
    )
    console.get_by_role("button", name="У чергу").click()
    expect(console.locator("#main").get_by_text("Читача поставлено в чергу.")).to_be_visible()
    console.goto(f"{address}/holds")
    expect(console.get_by_role("heading", name="Черга 1")).to_be_visible()
