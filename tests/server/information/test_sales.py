"""Paid services of the centre: sold by the approved list, with a numbered slip (C3.1.7, C3.2)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from io import BytesIO

import pytest
from PIL import Image
from sqlalchemy import select

from server.console.tables import SERVICES
from server.models import Department, DepartmentKind, Indicator, PaidService, Payment, Role
from server.services import centre_plan, payments, settings, tables
from server.services.reports.table import Period
from templates.slips.content import SaleContent
from templates.slips.sale import compose_sale, draw_sale
from tests.server import desk_library
from tests.server.console.desk import Clock, Desk, secret_of
from tests.server.console.library import NOON, Library
from tests.server.desk_library import audited, staff_id
from tests.templates.slips.paper import misplaced, said

SALE = SaleContent(
    library="Обласна наукова бібліотека", number="000123", service="Друк А4, чорно-білий",
    price="4,00 ₴", quantity="12", amount="48,00 ₴", method="Каса", receipt="К-1024",
    at="21.11.2026, 14:05", staff="Уляна Садова", approved="Наказ № 58-од, 15 жовтня 2026 р.",
)  # fmt: skip


def list_price(library: Library, price: int = 400, **fields: object) -> int:
    """A service written into the price list at noon, as its page does."""
    by = desk_library.by(library, Role.DIRECTOR)
    told = {"name": "Друк А4", "unit": "сторінка", "price": price, "position": 1} | fields
    key = tables.save(library.database, SERVICES.table, None, told, by)
    assert isinstance(key, int)
    return key


def sell(desk: Desk, service: int, quantity: int = 3) -> str:
    return desk.post(
        "/centre/sales", service=str(service), quantity=str(quantity), method="cash_desk",
        receipt="К-7",
    )  # fmt: skip


@pytest.mark.clause("C3.1.7", "C3.2")
def test_a_sale_prints_a_numbered_slip_and_stands_in_the_day_s_total(
    centre_desk: Desk, library: Library
) -> None:
    service = list_price(library, order_number="58-од", approved_on=date(2025, 10, 15))
    page = sell(centre_desk, service)
    with library.database.reading() as session:
        sold = session.scalars(select(Payment)).one()
    assert f"№ {sold.id:06}" in page
    picture = centre_desk.client.get(f"/centre/sales/{sold.id}.png")
    assert Image.open(BytesIO(picture.data)).width == 576
    assert centre_desk.client.get(f"/centre/sales/{sold.id}.pdf").data.startswith(b"%PDF")
    day = centre_desk.get("/centre/sales")
    assert "12,00" in day
    assert "К-7" in day
    assert "12,00" not in centre_desk.get("/centre/sales?day=2025-11-20")


def test_a_sale_by_a_scanned_slip_is_that_reader_s(centre_desk: Desk, library: Library) -> None:
    service = list_price(library)
    assert library.slip in centre_desk.scan(library.slip, "sales")
    sell(centre_desk, service)
    with library.database.reading() as session:
        assert session.scalars(select(Payment.patron_id)).one() == library.reader


@pytest.mark.parametrize("wrong", [{"receipt": ""}, {"quantity": "0"}, {"method": "barter"}])
def test_without_receipt_or_quantity_nothing_is_sold(
    centre_desk: Desk, library: Library, wrong: dict[str, str]
) -> None:
    form = {"service": str(list_price(library)), "quantity": "1", "method": "cash_desk",
            "receipt": "К-7"}  # fmt: skip
    assert "Вкажіть" in centre_desk.post("/centre/sales", **form | wrong)
    with library.database.reading() as session:
        assert session.scalars(select(Payment)).all() == []


@pytest.fixture
def sold(centre_desk: Desk, library: Library) -> int:
    """A sale of today for 12 hryvnias."""
    sell(centre_desk, list_price(library, department_code=None))
    with library.database.reading() as session:
        return session.scalars(select(Payment.id)).one()


@pytest.mark.clause("C3.2")
def test_a_cancelled_sale_stays_on_record_and_out_of_the_total(
    centre_desk: Desk, library: Library, sold: int
) -> None:
    page = centre_desk.post(f"/centre/sales/{sold}/cancel", reason="Не та послуга")
    assert "Продаж скасовано" in page
    assert "Не та послуга" in page
    day = centre_desk.get("/centre/sales")
    assert f"{sold:06}" in day
    assert "скасовано, продажів: 1" in day
    with library.database.reading() as session:
        since, until = NOON - timedelta(days=1), NOON + timedelta(days=1)
        paid = payments.report(session, since, until)
        kept = session.get_one(Payment, sold)
        assert (paid.count, paid.amount, paid.by_method()) == (0, 0, [])
        assert (paid.cancelled, paid.cancelled_amount) == (1, 1200)
        assert (kept.cancelled_at, kept.cancel_reason) == (NOON, "Не та послуга")
    (record,) = audited(library, "sale_cancelled")
    assert record.object_id == str(sold)
    assert record.actor == f"staff:{staff_id(library, Role.INFORMATION_CENTRE)}"


@pytest.mark.clause("C3.2")
def test_the_number_of_a_cancelled_sale_is_not_given_again(
    centre_desk: Desk, library: Library, sold: int
) -> None:
    centre_desk.post(f"/centre/sales/{sold}/cancel", reason="Помилка")
    sell(centre_desk, list_price(library, name="Друк А3"))
    with library.database.reading() as session:
        newest = session.scalars(select(Payment.id).where(Payment.cancelled_at.is_(None)))
        assert newest.one() > sold


@pytest.mark.clause("C3.2")
def test_after_its_day_the_director_alone_cancels_a_sale(
    centre_desk: Desk, desk_of: Callable[[Role], Desk], clock: Clock, sold: int
) -> None:
    clock.forward(timedelta(days=1))
    director, centre = desk_of(Role.DIRECTOR), desk_of(Role.INFORMATION_CENTRE)
    assert "скасовує директор" in centre.get(f"/centre/sales/{sold}")
    assert "День закрито" in centre.post(f"/centre/sales/{sold}/cancel", reason="Помилка")
    form = {"reason": "Помилка", "csrf_token": secret_of(centre.client)}
    assert centre.client.post(f"/centre/sales/{sold}/cancel-later", data=form).status_code == 403
    assert "Продаж скасовано" in director.post(
        f"/centre/sales/{sold}/cancel-later", reason="Помилка"
    )
    page = director.get("/centre/sales")
    assert "Сторно: скасовано цього дня з попередніх днів" in page


@pytest.mark.clause("C3.2")
def test_the_total_of_a_day_that_is_over_stays_and_the_day_of_giving_back_is_less(
    library: Library, desk_of: Callable[[Role], Desk], clock: Clock, sold: int
) -> None:
    clock.forward(timedelta(days=1))
    director = desk_of(Role.DIRECTOR)
    sell(director, list_price(library, name="Друк А3"), quantity=5)
    director.post(f"/centre/sales/{sold}/cancel-later", reason="Помилка")
    day = timedelta(days=1)
    with library.database.reading() as session:
        totals = [
            payments.report(session, since, since + day)
            for since in (NOON - day / 2, NOON + day / 2)
        ]
        both = payments.report(session, NOON - day / 2, NOON + 3 * day / 2)
    assert [(each.count, each.amount) for each in totals] == [(1, 1200), (1, 2000 - 1200)]
    assert [each.by_method()[0][2] for each in totals] == [1200, 800]
    assert [each.cancelled for each in totals] == [0, 0]
    assert (both.count, both.amount, both.cancelled) == (1, 2000 - 0, 1), "of both days: none"
    assert "8,00" in director.get("/centre/sales")
    page = director.get("/centre/sales?day=2025-11-21")
    assert "12,00" in page
    assert "is-cancelled" not in page


def test_a_sale_is_cancelled_once_and_with_a_reason(centre_desk: Desk, sold: int) -> None:
    assert "Напишіть, чому" in centre_desk.post(f"/centre/sales/{sold}/cancel", reason=" ")
    centre_desk.post(f"/centre/sales/{sold}/cancel", reason="Помилка")
    assert "уже скасовано" in centre_desk.post(f"/centre/sales/{sold}/cancel", reason="Ще раз")


def test_the_service_centre_takes_back_what_it_sold(
    centre: Desk, library: Library, sold: int
) -> None:
    assert f"/centre/sales/{sold}" in centre.get("/payments")
    assert "Продаж скасовано" in centre.post(f"/centre/sales/{sold}/cancel", reason="Помилка")


@pytest.mark.clause("C3.2", "C8.2")
def test_the_centre_s_report_counts_no_cancelled_sale(centre_desk: Desk, library: Library) -> None:
    with library.database.writing() as session:
        session.add(Department(code="IC", name="Центр", kind=DepartmentKind.INFORMATION))
    sell(centre_desk, list_price(library, department_code="IC"))
    centre_desk.post("/centre/sales/1/cancel", reason="Помилка")
    with library.database.reading() as session:
        facts = centre_plan.facts(session, Period.of_month(NOON.date()), settings.read(session))
    assert facts[Indicator.PAID_SERVICES] == 0


@pytest.mark.clause("C3.2")
@pytest.mark.parametrize("language", ["uk", "en"])
@pytest.mark.parametrize("width", [576, 384])
def test_the_slip_of_a_cancelled_sale_says_so(width: int, language: str) -> None:
    gone = replace(SALE, cancelled="21.11.2026, 14:20", cancel_reason="Помилкова кількість",
                   canceller="Ярослава Левицька")  # fmt: skip
    sheet = compose_sale(gone, width, language)  # type: ignore[arg-type]
    assert misplaced(sheet) == []
    for word in (
        "14:20",
        "Помилкова",
        "Левицька",
        {"uk": "СКАСОВАНО", "en": "CANCELLED"}[language],
    ):
        assert word in said(sheet)


def test_a_payment_that_is_no_sale_has_no_such_slip(centre_desk: Desk) -> None:
    centre_desk.get("/centre/sales/17", 404)
    centre_desk.get("/centre/sales/17.png", 404)


@pytest.mark.clause("C3.2")
def test_the_price_list_keeps_its_versions(
    centre_desk: Desk, library: Library, clock: Clock
) -> None:
    service = list_price(library, 350, order_number="7-од")
    by = desk_library.by(library, Role.DIRECTOR, NOON + timedelta(days=10))
    tables.save(library.database, SERVICES.table, service, {"price": 400, "order_number": "58"}, by)
    with library.database.reading() as session:
        row = session.get_one(PaidService, service)
        held = [
            tables.as_of(session, SERVICES.table, row, NOON + timedelta(days=days))
            for days in (-1, 1, 11)
        ]
    assert held[0] is None, "it did not exist yet"
    assert [(each["price"], each["order_number"]) for each in held[1:] if each] == [
        (350, "7-од"), (400, "58"),
    ]  # fmt: skip
    answer = centre_desk.client.get("/centre/price-list?day=2025-11-25")
    assert answer.data.startswith(b"%PDF")


@pytest.mark.clause("C3.2")
def test_the_price_list_of_a_day_holds_the_prices_and_the_order_of_that_day(
    centre_desk: Desk, library: Library, printed: list[str]
) -> None:
    service = list_price(library, 350, order_number="7-од", approved_on=date(2025, 10, 15))
    by = desk_library.by(library, Role.DIRECTOR, NOON + timedelta(days=10))
    tables.save(library.database, SERVICES.table, service, {"price": 400, "order_number": "58"}, by)
    for day in ("2025-11-25", "2025-12-05"):
        centre_desk.client.get(f"/centre/price-list?day={day}")
    before, after = printed
    assert "3,50" in before
    assert "7-од" in before
    assert "15 жовтня 2025" in before
    assert "4,00" in after
    assert "58" in after
    assert "3,50" not in after


def test_a_service_that_is_sold_no_longer_leaves_the_list(library: Library) -> None:
    service = list_price(library)
    by = desk_library.by(library, Role.DIRECTOR, NOON + timedelta(days=1))
    tables.retire(library.database, SERVICES.table, service, by)
    with library.database.reading() as session:
        row = session.get_one(PaidService, service)
        assert tables.as_of(session, SERVICES.table, row, by.at) is None
        assert tables.as_of(session, SERVICES.table, row, NOON) is not None


@pytest.mark.clause("C3.1.7", "C8.2")
def test_the_centre_s_report_counts_its_own_services_alone(
    centre_desk: Desk, library: Library
) -> None:
    with library.database.writing() as session:
        session.add(Department(code="IC", name="Центр", kind=DepartmentKind.INFORMATION))
    for service in (list_price(library, department_code="IC"), list_price(library, name="Музей")):
        sell(centre_desk, service)
    with library.database.reading() as session:
        facts = centre_plan.facts(session, Period.of_month(NOON.date()), settings.read(session))
    assert facts[Indicator.PAID_SERVICES] == 1


@pytest.mark.clause("C3.2")
@pytest.mark.parametrize("language", ["uk", "en"])
@pytest.mark.parametrize("width", [576, 384])
def test_the_slip_says_that_it_is_no_fiscal_receipt_and_everything_is_in_its_place(
    width: int, language: str
) -> None:
    sheet = compose_sale(SALE, width, language)  # type: ignore[arg-type]
    assert misplaced(sheet) == []
    text, note = said(sheet), {"uk": "фіскальний", "en": "fiscal"}[language]
    for word in ("000123", "48,00", "К-1024", "58-од", note):
        assert word in text
    assert draw_sale(SALE, width, language).width == width  # type: ignore[arg-type]
