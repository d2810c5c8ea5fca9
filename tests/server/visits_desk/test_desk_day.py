"""The Service Centre's day in a real browser, from the opening of the shift to a case file."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from gate.facts import VisitState
from server.models import LostSlip, Role, Visit
from tests.server.console.library import PASSWORD, Library
from tests.server.console.test_browser import RULES
from tests.support.wedge import scan


def pages(library: Library) -> list[str]:
    return [
        "/shift", "/inbox", "/admit", "/paper-visits", "/bans", "/complaints",
        f"/visits/{library.visit}/lost", f"/patrons/{library.banned}/case",
        f"/visits/{library.visit}", f"/exit/{library.visit}",
    ]  # fmt: skip


@pytest.fixture
def desk_page(page: Page, address: str) -> Page:
    """A browser at the desk of the Service Centre."""
    page.goto(f"{address}/sign-in")
    page.fill("#login", Role.SERVICE_CENTRE.value)
    page.fill("#password", PASSWORD)
    page.click("button.primary")
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


def test_axe_finds_nothing_at_the_desk(desk_page: Page, address: str, library: Library) -> None:
    for path in pages(library):
        desk_page.goto(address + path)
        found = Axe().run(desk_page, options=RULES)
        assert found.violations_count == 0, f"{path}\n{found.generate_report()}"


@pytest.mark.parametrize("width", [1280, 320])
def test_no_page_of_the_desk_is_wider_than_its_window(
    desk_page: Page, address: str, library: Library, width: int
) -> None:
    desk_page.set_viewport_size({"width": width, "height": 800})
    for path in pages(library):
        desk_page.goto(address + path)
        wider = desk_page.evaluate("document.documentElement.scrollWidth - innerWidth")
        assert wider <= 0, path
