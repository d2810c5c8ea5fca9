"""A department's librarian through the day, at a browser: by scanner, and what comes beside it."""

from __future__ import annotations

from datetime import timedelta

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import func, select

from demo.programs import wait_until
from gate.events import DocumentsQuery
from gate.facts import DocumentClass
from server.models import Document, Loan, Request, RequestState, Role, Staff
from server.services import self_requests
from tests.server.console.desk import Clock, enter
from tests.server.console.library import Library
from tests.server.console.test_browser import FREE
from tests.server.days.walking import go
from tests.server.lending.test_self_requests import ask
from tests.support.wedge import scan

TEN = [f"480000000{n}" for n in range(10)]


def loans(library: Library, *, out: bool = True) -> int:
    query = select(func.count()).select_from(Loan).join(Document)
    query = query.where(Document.barcode.in_(TEN), Loan.returned_at.is_(None) == out)
    with library.database.reading() as session:
        return session.scalar(query) or 0


def is_back(library: Library, barcode: str) -> bool:
    lent = select(Loan).join(Document).where(Document.barcode == barcode)
    with library.database.reading() as session:
        return session.scalar(lent.where(Loan.returned_at.is_(None))) is None


@pytest.fixture
def at_desk(page: Page, address: str, library: Library) -> Page:
    """The desk of the general reading room, with ten books before it."""
    with library.database.writing() as session:
        for n, barcode in enumerate(TEN):
            session.add(
                Document(
                    inventory_number=f"Д-{n}", barcode=barcode, title=f"Книга {n}",
                    document_class=DocumentClass.ORDINARY, department_code="2",
                )
            )  # fmt: skip
    enter(page, address, Role.DEPARTMENT)
    page.goto(f"{address}/desk")
    page.get_by_role("button", name="Універсальна читальна зала").click()
    expect(page.get_by_role("heading", name="Скануйте листок")).to_be_visible()
    return page


@pytest.mark.clause("R3.2.2")
@pytest.mark.scenario("S04")
def test_ten_documents_go_out_and_come_back_by_the_scanner_alone(
    at_desk: Page, library: Library
) -> None:
    """No mouse, no look for a field: each scan is typed wherever the focus happens to be."""
    scan(at_desk, library.clean_slip)
    expect(at_desk.locator(".desk-name")).to_contain_text("Їжак")
    for n, barcode in enumerate(TEN):
        scan(at_desk, barcode)
        expect(at_desk.locator(".act-last strong")).to_contain_text("Видано")
        expect(at_desk.locator(".act-last")).to_contain_text(f"Книга {n}")
    assert loans(library) == 10
    scan(at_desk, "482000000")
    expect(at_desk.locator(".act-last.act-refuse")).to_contain_text("Досягнуто межі")
    at_desk.keyboard.press("Escape")
    expect(at_desk.get_by_role("heading", name="Скануйте листок")).to_be_visible()
    for n, barcode in enumerate(TEN):
        scan(at_desk, barcode)
        expect(at_desk.locator(".act-last")).to_contain_text(f"Книга {n}")
    assert loans(library) == 0


@pytest.mark.clause("R3.2.1", "R3.2.4", "R3.2.10", "R3.3.2")
def test_a_day_of_defects_queues_requests_and_the_shelf(
    at_desk: Page, address: str, library: Library, clock: Clock
) -> None:
    asked = ask(library)
    go(at_desk, "Замовлення")
    row = at_desk.locator("li", has_text="Тіні забутих предків")
    expect(row).to_contain_text("термінал K1")
    paper = at_desk.request.get(address + (row.locator("a").get_attribute("href") or ""))
    assert paper.body().startswith(b"%PDF")
    row.get_by_role("button", name="Підібрано").click()
    expect(row).to_contain_text("на кафедрі")
    at_desk.goto(f"{address}/desk")
    scan(at_desk, library.clean_slip)
    scan(at_desk, "482000000")
    expect(at_desk.locator(".act-last")).to_contain_text("Тіні забутих предків")
    at_desk.get_by_label("Вади документа").fill("немає с. 12")
    at_desk.get_by_role("button", name="Записати").click()
    expect(at_desk.locator(".notice-grant")).to_contain_text("Вади записано")
    with library.database.reading() as session:
        assert session.get_one(Request, asked.number).state is RequestState.DONE
        shelved = self_requests.find(library.database, _asked("тіні")).found[0].document_id
    at_desk.goto(f"{address}/documents/{shelved}")
    at_desk.get_by_label("Поставити в чергу читача з квитком").fill("RD-1001")
    at_desk.get_by_role("button", name="У чергу").click()
    at_desk.goto(f"{address}/desk")
    at_desk.keyboard.press("Escape")
    clock.forward(timedelta(minutes=40))
    scan(at_desk, "482000000")
    assert wait_until(lambda: is_back(library, "482000000"), 15), "it was not taken back"
    go(at_desk, "Бронеполиця")
    waiting = at_desk.locator("li", has_text="Тіні забутих предків")
    expect(waiting).to_contain_text("Олена К.")
    waiting.get_by_role("button", name="Тримати довше").click()
    expect(at_desk.locator("li", has_text="Тіні забутих предків")).to_contain_text("читати в залі")
    for path in ("/settings", "/notices", "/retention", f"/patrons/{library.reader}/rights"):
        at_desk.goto(address + path)
        expect(at_desk.locator(".error-number")).to_have_text("403")


def _asked(text: str) -> DocumentsQuery:
    return DocumentsQuery(text=text)


def test_a_librarian_of_a_department_lends_takes_back_and_undoes_by_scanner(
    page: Page, address: str, library: Library
) -> None:
    with library.database.writing() as session:
        librarian = session.scalars(select(Staff).where(Staff.role == Role.DEPARTMENT)).one()
        librarian.department_code = "2"
        held = session.scalars(
            select(Document.barcode).join(Loan).where(Loan.visit_id == library.visit)
        ).first()
    enter(page, address, Role.DEPARTMENT)
    go(page, "Видача й повернення")
    expect(page.locator("h1")).to_have_text("Універсальна читальна зала")
    last = page.locator(".act-last strong")
    scan(page, library.slip)
    scan(page, FREE)
    expect(last).to_have_text("Видано")
    page.get_by_role("button", name="Скасувати").click()
    expect(last).to_have_text("Скасовано")
    scan(page, held or "")
    expect(last).to_contain_text("Повернуто")
    go(page, "Замовлення")
    expect(page.locator("h1")).to_be_visible()
    for path in ("/settings", "/audit", "/staff", "/shift"):
        page.goto(address + path)
        expect(page.locator(".error-number")).to_have_text("403")
