"""A form that is refused keeps what was filled in, and the focus goes where to go on."""

import pytest
from playwright.sync_api import Page, expect

from server.models import Ticket
from tests.server.console.library import Library


@pytest.mark.clause("R2.6")
def test_documents_ticked_as_shown_stay_ticked_where_the_receipt_is_missing(
    console: Page, address: str, library: Library
) -> None:
    with library.database.writing() as session:
        session.get_one(Ticket, f"{0:012x}").registered_for = 2024
    console.goto(f"{address}/patrons/{library.reader}/ticket")
    loans = console.locator("[name=loan]")
    expect(loans).to_have_count(3)
    for loan in loans.all():
        loan.check()
    console.select_option("#register-method", "cash_desk")
    console.select_option("#register-document", "residence_permit")
    console.get_by_role("button", name="Перереєструвати").click()
    expect(console.locator(".notice-refuse")).to_be_in_viewport()
    expect(console.locator("[name=loan]:checked")).to_have_count(3)
    expect(console.locator("#register-method")).to_have_value("cash_desk")
    expect(console.locator("#register-document")).to_be_focused()
    expect(console.locator("#register-document")).to_have_value("residence_permit")
    expect(console.locator("#duplicate-method")).to_have_value("")
    console.fill("#register-receipt", "88-1")
    console.get_by_role("button", name="Перереєструвати").click()
    expect(console.locator(".notice-grant")).to_contain_text("перереєстровано")


@pytest.mark.clause("R4.3.3")
def test_a_ban_without_its_order_keeps_what_was_told_of_the_violation(
    console: Page, address: str, library: Library
) -> None:
    console.goto(f"{address}/patrons/{library.reader}/case")
    console.fill("[name=note]", "Гучно розмовляв телефоном")
    console.fill("[name=last_day]", "2025-12-01")
    console.evaluate("document.querySelector('[name=order]').required = false")
    console.get_by_role("button", name="Обмежити").click()
    expect(console.locator(".notice-desk").last).to_contain_text("наказу")
    expect(console.locator("[name=note]").first).to_have_value("Гучно розмовляв телефоном")
    expect(console.locator("[name=last_day]")).to_have_value("2025-12-01")


@pytest.mark.clause("R2.2")
def test_after_a_refused_enrolment_the_focus_is_on_what_is_to_be_put_right(
    console: Page, address: str
) -> None:
    console.goto(f"{address}/enrolment/new")
    console.fill("[name=surname]", "Зоряна")
    console.fill("[name=given_name]", "Ольга")
    console.fill("[name=birth_date]", "1890-01-01")
    console.evaluate("document.querySelector('form[method=post].sheet-form').noValidate = true")
    console.locator("main button.primary").click()
    expect(console.locator("[name=birth_date]")).to_be_focused()
    expect(console.locator("[name=surname]")).to_have_value("Зоряна")


def test_what_is_wrong_is_told_beside_the_form_however_far_down_it_stands(
    console: Page, address: str, library: Library
) -> None:
    console.set_viewport_size({"width": 1280, "height": 480})
    console.goto(f"{address}/patrons/{library.reader}/ticket")
    console.fill("#number", "RD-9999")
    console.get_by_role("button", name="Скасувати квиток").click()
    expect(console.locator(".notice-refuse")).to_be_in_viewport()
    expect(console.locator("#number")).to_have_value("RD-9999")
    expect(console.locator("#cancel-reason")).to_be_in_viewport()


def test_what_was_taken_does_not_stay_in_its_form(console: Page, address: str) -> None:
    console.goto(f"{address}/complaints")
    console.fill("#entry-text", "Бракує розеток")
    console.get_by_role("button", name="Записати").click()
    expect(console.locator(".notice-grant")).to_be_visible()
    expect(console.locator("#entry-text")).to_have_value("")
