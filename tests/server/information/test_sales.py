"""Paid services of the centre: sold by the approved list, with a numbered slip (C3.1.7, C3.2)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from io import BytesIO

import pytest
from PIL import Image
from sqlalchemy import select

from server.console.tables import SERVICES
from server.models import Department, DepartmentKind, Indicator, PaidService, Payment, Role
from server.services import centre_plan, settings, tables
from server.services.by import By
from server.services.reports.table import Period
from templates.slips.content import SaleContent
from templates.slips.sale import compose_sale, draw_sale
from tests.server.console.desk import Clock, Desk
from tests.server.console.library import NOON, Library
from tests.server.desk_library import staff_id
from tests.templates.slips.paper import misplaced, said

SALE = SaleContent(
    library="Обласна наукова бібліотека", number="000123", service="Друк А4, чорно-білий",
    price="4,00 ₴", quantity="12", amount="48,00 ₴", method="Каса", receipt="К-1024",
    at="21.11.2026, 14:05", staff="Уляна Садова", approved="Наказ № 58-од, 15 жовтня 2026 р.",
)  # fmt: skip


@pytest.fixture
def centre_desk(desk_of: Callable[[Role], Desk]) -> Desk:
    return desk_of(Role.INFORMATION_CENTRE)


def list_price(library: Library, price: int = 400, **fields: object) -> int:
    """A service written into the price list at noon, as its page does."""
    by = By(staff_id=staff_id(library, Role.DIRECTOR), at=NOON)
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


def test_a_payment_that_is_no_sale_has_no_such_slip(centre_desk: Desk) -> None:
    centre_desk.get("/centre/sales/17", 404)
    centre_desk.get("/centre/sales/17.png", 404)


@pytest.mark.clause("C3.2")
def test_the_price_list_keeps_its_versions(
    centre_desk: Desk, library: Library, clock: Clock
) -> None:
    service = list_price(library, 350, order_number="7-од")
    by = By(staff_id=staff_id(library, Role.DIRECTOR), at=NOON + timedelta(days=10))
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
    assert answer.mimetype == "application/pdf"


def test_a_service_that_is_sold_no_longer_leaves_the_list(library: Library) -> None:
    service = list_price(library)
    by = By(staff_id=staff_id(library, Role.DIRECTOR), at=NOON + timedelta(days=1))
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
