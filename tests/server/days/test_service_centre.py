"""The Service Centre's day in a real browser, from the opening of the shift to its report."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask
from playwright.sync_api import Page, expect
from sqlalchemy import select

from gate.facts import OwnItemKind, TicketState, VisitState
from server.console import register
from server.models import (
    Ban,
    Complaint,
    Damage,
    DataRequest,
    LostSlip,
    OwnItem,
    PaidService,
    Payment,
    Role,
    Ticket,
    Visit,
)
from server.services import keys
from tests.server.console.desk import Clock, enter
from tests.server.console.library import NOON, Library
from tests.server.days.walking import go
from tests.server.reader.conftest import Chance
from tests.support.wedge import scan


@pytest.fixture
def app(library: Library, clock: Clock, tmp_path: Path) -> Flask:
    """With the library's keys, so that tickets are drawn and slips are signed."""
    folder = tmp_path / "keys"
    keys.create(library.database, folder, actor="system", at=NOON, entropy=Chance())
    app = Flask("centre")
    app.secret_key = "for tests alone"
    register(app, library.database, clock=clock, keys_directory=folder)
    return app


@pytest.fixture
def desk_page(page: Page, address: str) -> Page:
    """A browser at the desk of the Service Centre."""
    enter(page, address, Role.SERVICE_CENTRE)
    page.wait_for_url("**/inside")
    return page


@pytest.mark.clause("R3.1.5", "R3.2.9")
@pytest.mark.scenario("X07", "X09")
def test_the_day_is_worked_at_one_desk(desk_page: Page, address: str, library: Library) -> None:
    desk_page.goto(f"{address}/shift")
    desk_page.check("text=Годинник збігається")
    desk_page.click("main button:has-text('Відкрити зміну')")
    expect(desk_page.locator(".notice-grant")).to_contain_text("Гарного дня")

    desk_page.goto(f"{address}/exit")
    scan(desk_page, library.clean_slip)
    desk_page.click("text=Вийде на час")
    desk_page.wait_for_url("**/stub")
    expect(desk_page.locator("img.paper")).to_be_visible()
    desk_page.goto(f"{address}/exit")
    scan(desk_page, "20251002")
    desk_page.click("text=Повернувся")
    expect(desk_page.locator(".notice-grant")).to_contain_text("Віддайте читачеві листок")

    desk_page.goto(f"{address}/visits/{library.visit}")
    desk_page.click("text=Листок загублено")
    desk_page.fill("#reason", "Загубила в гардеробі")
    desk_page.click("text=Видати дублікат")
    desk_page.wait_for_url("**/slip")
    expect(desk_page.locator("img.paper")).to_have_js_property("naturalWidth", 576)
    with library.database.reading() as session:
        assert session.get(LostSlip, library.slip) is not None
        assert session.get_one(Visit, library.clean_visit).state is VisitState.INSIDE


def test_the_service_centre_finds_admits_restricts_and_closes_its_shift(
    page: Page, address: str, library: Library
) -> None:
    with library.database.writing() as session:
        visit = session.get_one(Visit, library.clean_visit)
        visit.state, visit.closed_at = VisitState.CLOSED, NOON
    enter(page, address, Role.SERVICE_CENTRE)
    go(page, "Зміна")
    page.get_by_role("button", name="Відкрити зміну").click()
    expect(page.locator(".notice-grant")).to_contain_text("Гарного дня")
    page.locator("h1").click()
    page.keyboard.press("/")
    page.keyboard.type("галаган")
    page.keyboard.press("Enter")
    page.get_by_role("link", name="Ґалаґан").click()
    expect(page.locator("h1")).to_contain_text("Ґалаґан")
    page.get_by_role("button", name="Впустити").click()
    page.wait_for_url("**/slip")
    expect(page.locator("img.paper")).to_be_visible()
    scan(page, library.slip)
    expect(page.locator("h1")).to_contain_text(library.slip[:2])
    page.goto(f"{address}/shift")
    page.fill("#note", "Ключ від сховища — у відділі мистецтв")
    page.get_by_role("button", name="Закрити зміну").click()
    expect(page.locator(".notice-grant")).to_contain_text("Зміну закрито")
    expect(page.locator("main")).to_contain_text("Ключ від сховища")
    for path in ("/settings", "/audit", "/staff", "/imports"):
        page.goto(address + path)
        expect(page.locator(".error-number")).to_have_text("403")


@pytest.mark.clause("R2.1", "R2.2", "R2.3.1")
def test_a_reader_is_enrolled_loses_the_ticket_and_gets_a_duplicate(
    desk_page: Page, address: str, library: Library
) -> None:
    go(desk_page, "Запис читачів")
    desk_page.get_by_role("link", name="Новий читач").click()
    for label, typed in [
        ("Прізвище", "Мар'яненко"), ("Ім’я", "Зоя"), ("Дата народження", "1984-02-29"),
        ("Телефон", "050 111 22 33"), ("Електронна пошта", "zoia@example.org"),
    ]:  # fmt: skip
        desk_page.get_by_label(label, exact=True).fill(typed)
    desk_page.get_by_role("button", name="Далі").click()
    expect(desk_page.locator("h1")).to_have_text("Мар’яненко Зоя")
    issue = desk_page.get_by_role("button", name="Видати квиток")
    expect(issue).to_be_disabled()
    step = desk_page.locator(".step-done")
    desk_page.get_by_label("Вид документа").focus()
    desk_page.keyboard.press("Tab")
    desk_page.keyboard.press("Enter")
    expect(step).to_have_count(2)
    expect(desk_page.get_by_role("button", name="Читач ознайомився")).to_be_focused()
    desk_page.get_by_role("button", name="Читач ознайомився").click()
    expect(step).to_have_count(3)
    for answer in desk_page.locator("#step-consents input[value=yes]").all():
        answer.check()
    desk_page.get_by_role("button", name="Записати відповіді").click()
    expect(step).to_have_count(4)
    desk_page.get_by_label("Номер квитанції").fill("88-1")
    desk_page.get_by_role("button", name="Сплачено").click()
    expect(desk_page.locator("#step-payment")).to_contain_text("Марія Бондар")
    issue.click()
    expect(desk_page.locator(".notice-grant")).to_contain_text("Квиток видано")
    person = desk_page.url
    number = desk_page.locator(".ticket-number").inner_text()
    papers = {"Картка ID-1", "Квиток на аркуші А4", "Реєстраційна картка", "Читацький формуляр"}
    for name in papers:
        link = desk_page.get_by_role("link", name=name).get_attribute("href") or ""
        assert desk_page.request.get(address + link).body().startswith(b"%PDF"), name
    desk_page.get_by_label("Причина").first.select_option("lost")
    desk_page.get_by_label("Як сплачено").first.select_option("terminal")
    desk_page.get_by_label("Номер квитанції").fill("88-2")
    desk_page.get_by_role("button", name="Видати дублікат").click()
    expect(desk_page.locator(".ticket-number")).not_to_have_text(number)
    with library.database.reading() as session:
        old = session.scalars(select(Ticket).where(Ticket.number == number)).one()
        assert old.state is TicketState.REPLACED
        assert sorted(session.scalars(select(Payment.receipt_number))) == ["88-1", "88-2"]
    desk_page.goto(f"{address}/payments")
    expect(desk_page.locator("main")).to_contain_text("88-2")
    desk_page.goto(person)


@pytest.mark.clause("R2.4", "R3.1.2", "R3.2.9")
@pytest.mark.scenario("V07", "X06")
def test_groups_paper_visits_and_a_lost_slip(
    desk_page: Page, address: str, library: Library
) -> None:
    go(desk_page, "Впустити групу")
    desk_page.get_by_label("Чия група").fill("Ліцей № 7, 9-А")
    desk_page.locator("#guided-persons").fill("25")
    desk_page.get_by_role("button", name="Видати листок").first.click()
    desk_page.wait_for_url("**/slip")
    expect(desk_page.locator("img.paper")).to_be_visible()
    desk_page.get_by_role("button", name="Скасувати вхід").click()
    expect(desk_page.locator(".notice-grant")).to_be_visible()
    desk_page.goto(f"{address}/paper-visits")
    desk_page.get_by_label("Рядки з паперу").fill("RD-1004 09:05 11:40\nRD-9999 09:10 11:00")
    desk_page.get_by_role("button", name="Внести").click()
    expect(desk_page.locator("main")).to_contain_text("RD-9999")
    desk_page.goto(f"{address}/visits/{library.clean_visit}/lost")
    desk_page.fill("#reason", "Запитала відділи: усе повернуто")
    desk_page.get_by_role("button", name="Випустити").click()
    expect(desk_page.locator(".notice-grant")).to_contain_text("вийшов без листка")
    expect(desk_page.locator("main header .chip")).to_have_text("Вихід без листка")
    expect(desk_page.locator("#decisions + ul")).to_contain_text("дозволено")
    desk_page.goto(f"{address}/visits/{library.visit}/lost")
    desk_page.fill("#reason", "Загубила в гардеробі")
    desk_page.get_by_role("button", name="Випустити").click()
    refused = desk_page.get_by_role("alert").filter(has_text="Документи читальних залів")
    expect(refused).to_be_visible()
    desk_page.locator("main > details.why summary").first.click()
    expect(desk_page.locator("main > details.why").first).to_contain_text("із залів на руках: 2")


@pytest.mark.clause("R4.1.1", "R4.1.13", "R4.3.3", "R4.3.4")
def test_order_is_kept_bans_harm_complaints_and_data(
    desk_page: Page, address: str, library: Library
) -> None:
    desk_page.goto(f"{address}/patrons/{library.reader}")
    desk_page.get_by_role("link", name="Справа: обмеження, шкода").click()
    desk_page.get_by_label("Номер наказу").fill("21-к")
    desk_page.get_by_label("Останній день обмеження").fill("2025-12-20")
    desk_page.get_by_role("button", name="Обмежити").click()
    expect(desk_page.locator(".notice-grant")).to_contain_text("обмежено")
    desk_page.get_by_role("button", name="Скасувати").first.click()
    expect(desk_page.locator(".notice-grant")).to_contain_text("наче його не було")
    desk_page.get_by_label("Що сталося").fill("Залито сторінки 10–12")
    desk_page.get_by_label("Сума, грн").fill("120,50")
    desk_page.get_by_role("button", name="Записати").click()
    desk_page.get_by_label("Квитанція або причина").fill("91-4")
    desk_page.get_by_label("Чим відшкодовано").select_option("Сплачено: Каса")
    desk_page.locator("#damage + ul").get_by_role("button", name="Записати").click()
    expect(desk_page.locator("#damage + ul")).to_contain_text("91-4")
    go(desk_page, "Скарги й пропозиції")
    desk_page.get_by_label("Слова читача").fill("Темно біля каталогу")
    desk_page.get_by_role("button", name="Записати").click()
    desk_page.locator("summary", has_text="Відповісти").click()
    desk_page.get_by_label("Відповідь", exact=True).fill("Лампу замінено")
    desk_page.get_by_role("button", name="Записати відповідь").click()
    expect(desk_page.locator("tbody")).to_contain_text("Лампу замінено")
    desk_page.goto(f"{address}/patrons/{library.reader}/rights")
    desk_page.get_by_label("Слова читача").fill("Що про мене записано?")
    desk_page.get_by_role("button", name="Записати вимогу").click()
    desk_page.get_by_label("Що зроблено").fill("Видано копію")
    desk_page.get_by_role("button", name="Виконано").click()
    expect(desk_page.locator("#demands + ul")).to_contain_text("виконано")
    with library.database.reading() as session:
        held = session.scalars(select(Ban).where(Ban.patron_id == library.reader)).all()
        assert all(ban.lifted_at is not None for ban in held)
        assert session.scalars(select(Damage.amount)).one() == 12050
        assert session.scalars(select(Complaint.answer)).one() == "Лампу замінено"
        assert session.scalars(select(DataRequest.settled_at)).one() is not None


@pytest.mark.clause("R3.1.3", "R3.1.4", "R1.3")
def test_own_things_are_allowed_shown_or_answered_for(
    desk_page: Page, address: str, library: Library
) -> None:
    with library.database.writing() as session:
        session.add(PaidService(name="Копія", price=350, unit="сторінка", approved_on=NOON.date()))
    desk_page.goto(f"{address}/visits/{library.clean_visit}")
    desk_page.get_by_label("Що вносить").select_option("laptop")
    desk_page.get_by_role("button", name="Додати й дозволити").click()
    expect(desk_page.locator(".notice-grant")).to_contain_text("Дозволено")
    desk_page.get_by_role("link", name="До виходу").click()
    desk_page.get_by_role("button", name="Листок здано, вихід").click()
    expect(desk_page.locator(".field-title")).to_have_text("Ще не все перевірено")
    desk_page.get_by_label("Випустити все одно, бо").fill("Ноутбук щойно забрав брат")
    desk_page.get_by_role("button", name="Листок здано, вихід").click()
    expect(desk_page.locator(".notice-grant")).to_contain_text("здано")
    with library.database.reading() as session:
        mine = select(OwnItem).where(OwnItem.visit_id == library.clean_visit)
        item = session.scalars(mine).one()
        assert (item.kind, item.approved_name) == (OwnItemKind.LAPTOP, "Марія Бондар")
        assert session.get_one(Visit, library.clean_visit).state is VisitState.CLOSED
    desk_page.goto(f"{address}/payments")
    desk_page.get_by_label("Скільки").fill("4")
    desk_page.get_by_label("Номер квитанції").fill("92-1")
    desk_page.get_by_role("button", name="Записати").click()
    expect(desk_page.locator(".notice-grant")).to_contain_text("14,00")


@pytest.mark.clause("R3.2.8")
@pytest.mark.scenario("X19")
def test_the_day_is_closed_and_tells_what_was_left(
    desk_page: Page, address: str, library: Library, clock: Clock
) -> None:
    desk_page.goto(f"{address}/shift")
    desk_page.get_by_role("button", name="Відкрити зміну").click()
    clock.forward(timedelta(minutes=30))
    desk_page.get_by_role("button", name="Закрити день").click()
    expect(desk_page.locator("main").get_by_text("День ще триває")).to_be_visible()
    clock.at = NOON + timedelta(hours=10)
    enter_again(desk_page, address, clock)
    desk_page.goto(f"{address}/shift")
    desk_page.get_by_role("button", name="Закрити день").click()
    expect(desk_page.locator(".notice-grant").first).to_be_visible()
    desk_page.get_by_role("button", name="Закрити зміну").click()
    expect(desk_page.locator("main").get_by_text("Не все позначено")).to_be_visible()
    for each in desk_page.locator("form[action$=close] input[type=checkbox]").all():
        each.check()
    desk_page.get_by_role("button", name="Закрити зміну").click()
    expect(desk_page.locator(".notice-grant")).to_contain_text("Зміну закрито")
    with library.database.reading() as session:
        states = {session.get_one(Visit, visit).state for visit in (library.visit,)}
    assert states == {VisitState.UNRESOLVED}
    go(desk_page, "Вхідні")
    expect(desk_page.locator("main")).to_contain_text("Документи не повернуто")
    desk_page.get_by_role("button", name="Відділ знає").first.click()
    expect(desk_page.get_by_role("button", name="Відділ знає")).to_have_count(0)


def enter_again(page: Page, address: str, clock: Clock) -> None:
    """Ten hours later the session of noon is over."""
    page.context.clear_cookies()
    enter(page, address, Role.SERVICE_CENTRE, clock.at)
