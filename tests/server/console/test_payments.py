"""Payments of a day: added up, each with its receipt, and kept with the shift that took them."""

from __future__ import annotations

from datetime import timedelta

import pytest

from server.models import Concession, PaidFor, PaidService, Patron, PaymentMethod, Shift
from server.services import payments, shifts, tariffs
from server.services.by import By
from tests.server.console.desk import Desk
from tests.server.console.library import NASTY, NOON, Library
from tests.server.desk_library import staff_id


def pay(
    library: Library, amount: int, *, at: timedelta = timedelta(),
    method: PaymentMethod = PaymentMethod.TERMINAL, patron: int | None = None,
    what: Concession = Concession.FULL, receipt: str = "7",
) -> None:  # fmt: skip
    with library.database.writing() as session:
        person = session.get_one(Patron, patron or library.reader)
        by = By(staff_id=staff_id(library), at=NOON + at)
        tariffs.add_payment(
            session, person, PaidFor.ENROLMENT, amount, what, method, receipt, by
        )  # fmt: skip


def report(library: Library, hours: int = 24) -> payments.Report:
    with library.database.reading() as session:
        return payments.report(session, NOON, NOON + timedelta(hours=hours))


@pytest.mark.clause("R2.2")
def test_payments_add_up_by_method_and_by_tariff(library: Library) -> None:
    pay(library, 5000)
    pay(library, 2500, what=Concession.REDUCED)
    pay(library, 5000, method=PaymentMethod.CASH_DESK)
    found = report(library)
    assert (found.count, found.amount) == (3, 12500)
    assert found.by_method() == [
        (PaymentMethod.CASH_DESK, 1, 5000), (PaymentMethod.TERMINAL, 2, 7500),
    ]  # fmt: skip
    assert sorted((each.concession, each.amount) for each in found.sums) == [
        ("full", 5000), ("full", 5000), ("reduced", 2500),
    ]  # fmt: skip


def test_a_day_ends_where_the_next_one_begins(library: Library) -> None:
    pay(library, 100)
    pay(library, 10, at=timedelta(hours=24))
    pay(library, 1, at=timedelta(microseconds=-1))
    assert report(library).amount == 100
    assert payments.Report(sums=()).amount == 0


@pytest.mark.clause("R1.3")
def test_the_page_takes_money_for_what_has_a_price_and_names_it(
    centre: Desk, library: Library
) -> None:
    with library.database.writing() as session:
        session.add(PaidService(name="Читальна зала", price=0))
        session.add(PaidService(name="Копія", unit="сторінка", price=350))
    page = centre.get("/payments")
    assert "Копія, 3,50" in page
    assert "Читальна зала" not in page


@pytest.mark.clause("R2.2")
def test_the_page_shows_each_receipt_and_what_the_cash_desk_must_hold(
    centre: Desk, library: Library
) -> None:
    pay(library, 5000, receipt="A-17")
    pay(library, 2500, patron=library.nasty, receipt="A-18", method=PaymentMethod.CASH_DESK)
    page = centre.get("/payments")
    assert "75,00" in page
    assert "A-17" in page
    assert "Каса, оплат: 1" in page
    assert NASTY not in page
    assert "75,00" in centre.get("/shift")
    assert "Оплат цього дня не було" in centre.get("/payments?day=2025-11-20")
    text = centre.client.get("/payments?format=csv").data.decode("utf-8-sig")
    assert "A-18" in text


@pytest.mark.clause("R2.2")
def test_a_shift_keeps_what_was_paid_in_it(library: Library) -> None:
    pay(library, 100, at=-timedelta(hours=1))
    who = staff_id(library)
    shifts.open_shift(library.database, "Марія", {}, staff_id=who, at=NOON)
    pay(library, 5000, at=timedelta(minutes=5))
    shifts.close_shift(
        library.database, {}, told=shifts.Told(note="Решту — вранці"), staff_id=who,
        at=NOON + timedelta(hours=8),
    )  # fmt: skip
    with library.database.reading() as session:
        shift = session.query(Shift).one()
    assert shift.closing is not None
    assert shift.closing["payments"] == {
        "count": 1, "amount": 5000, "methods": [["terminal", 1, 5000]],
    }  # fmt: skip
