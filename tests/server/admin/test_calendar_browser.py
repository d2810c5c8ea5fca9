"""The year under the keys, and closing notices that come by themselves."""

from datetime import timedelta

import pytest
from playwright.sync_api import Page, expect

from server.models import Role
from tests.server.admin.test_calendar import CLOSING
from tests.server.console.desk import Clock, enter


def test_the_year_is_walked_with_keys_and_a_day_fills_the_form(console: Page, address: str) -> None:
    console.goto(f"{address}/calendar")
    console.focus("[data-first]")
    assert chosen(console) == "2025-11-21"
    for key, reached in [
        ("ArrowRight", "2025-11-22"), ("ArrowDown", "2025-11-29"), ("Home", "2025-11-24"),
        ("End", "2025-11-30"), ("PageDown", "2025-12-30"), ("PageUp", "2025-11-30"),
        ("ArrowUp", "2025-11-23"), ("ArrowLeft", "2025-11-22"),
    ]:  # fmt: skip
        console.keyboard.press(key)
        assert chosen(console) == reached, key
    assert console.locator('[data-day][tabindex="0"]').count() == 1
    console.keyboard.press("Enter")
    console.wait_for_url("**day=2025-11-22*")
    expect(console.locator("#first")).to_have_value("2025-11-22")
    expect(console.locator("#last")).to_have_value("2025-11-22")


def chosen(page: Page) -> str:
    day: str = page.evaluate("document.activeElement.dataset.day")
    return day


@pytest.mark.clause("R3.2.7", "R3.2.8")
def test_the_notice_of_closing_comes_while_the_page_stands(
    page: Page, address: str, clock: Clock
) -> None:
    clock.at = CLOSING - timedelta(minutes=31)
    page.clock.install()
    enter(page, address, Role.SERVICE_CENTRE)
    notices = page.locator("[data-since]")
    expect(notices.nth(0)).to_be_hidden()
    page.clock.fast_forward(70_000)
    expect(notices.nth(0)).to_be_visible()
    page.clock.fast_forward(15 * 60_000)
    expect(notices.nth(0)).to_be_hidden()
    expect(notices.nth(1)).to_be_visible()
    page.clock.fast_forward(16 * 60_000)
    expect(notices.nth(1)).to_be_hidden()
