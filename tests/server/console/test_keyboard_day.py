"""A day at the Service Centre without a mouse: every step by keys, the focus seen at each."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from playwright.sync_api import Locator, Page, expect
from sqlalchemy import select

from gate.facts import VisitState
from server.models import Loan, LostSlip, Payment, Purpose, Role, Shift, Ticket, Visit
from server.services import shifts
from tests.server.console.desk import enter
from tests.server.console.library import Library
from tests.support.wedge import scan

_TABS_MOST = 90
_PATIENCE_MS = 15_000
_FOCUS = """() => {
  const one = document.activeElement;
  const box = one.getBoundingClientRect(), style = getComputedStyle(one);
  const scan = one.closest(".scan");
  const marked = scan ? getComputedStyle(scan).boxShadow !== "none" : style.outlineStyle !== "none";
  const seen = box.bottom > 0 && box.top < innerHeight && box.right > 0 && box.left < innerWidth;
  return {tag: one.tagName, what: one.outerHTML.slice(0, 120), marked, seen};
}"""
_FOR_MOUSE_ALONE = """() => [...document.querySelectorAll("body *")].filter((one) => {
  if (!one.getClientRects().length || getComputedStyle(one).cursor !== "pointer") return false;
  const by = one.closest("a[href], button, summary, input, select, textarea, label, [tabindex]");
  // From day to day of the calendar lead the arrows.
  return by === null || (by.tabIndex < 0 && !by.matches("label, [data-day]"));
}).map((one) => one.outerHTML.slice(0, 100))"""
PAGES = (
    "inside", "desk", "holds", "requests", "exit", "enrolment", "enrolment/new", "events",
    "events/reading", "calendar", "shift", "inbox", "admit", "bans", "complaints", "patrons/1",
    "patrons/1/ticket", "patrons/1/record", "patrons/1/case", "documents/1", "payments",
    "emergency", "lanes", "help",
)  # fmt: skip
FIRST = f"{0:012x}"
"""The ticket of the reader with two documents and a laptop."""


@dataclass
class Hands:
    """Somebody at a keyboard; there is no mouse."""

    page: Page

    def press(self, *keys: str) -> None:
        for key in keys:
            self.page.keyboard.press(key)

    def reach(self, target: Locator) -> None:
        """Tab until this is focused; wherever the focus stops on the way, it is seen."""
        for _ in range(_TABS_MOST):
            self.press("Tab")
            self.sees_focus()
            if target.evaluate("it => it === document.activeElement"):
                return
        pytest.fail(f"no Tab leads to {target}")

    def sees_focus(self) -> None:
        """Where the next key goes is marked, and within the window."""
        at = self.page.evaluate(_FOCUS)
        if at["tag"] not in ("BODY", "MAIN"):
            assert at["marked"], f"no mark around {at['what']}"
            assert at["seen"], f"outside the window: {at['what']}"

    def write(self, entry: str, text: str) -> None:
        self.reach(self.page.locator(entry))
        self.page.keyboard.insert_text(text)

    def tick(self, entry: str) -> None:
        self.reach(self.page.locator(entry))
        self.press("Space")

    def press_button(self, words: str) -> None:
        self.reach(self.page.get_by_role("button", name=words))
        self.enter()

    def follow(self, words: str) -> None:
        self.reach(self.page.get_by_role("link", name=words, exact=True).first)
        self.enter()

    def enter(self, key: str = "Enter") -> None:
        """Press a key that brings another page, and wait for it."""
        self.page.locator("#main").evaluate("it => { it.dataset.before = '' }")
        self.press(key)
        expect(self.page.locator("#main:not([data-before])")).to_be_attached(timeout=_PATIENCE_MS)

    def scan(self, code: str) -> None:
        """What the scanner types, wherever the focus is."""
        self.page.locator("#main").evaluate("it => { it.dataset.before = '' }")
        scan(self.page, code)
        expect(self.page.locator("#main:not([data-before])")).to_be_attached(timeout=_PATIENCE_MS)

    def is_told(self, words: str) -> None:
        expect(self.page.locator("#main .notice-grant").first).to_contain_text(words)
        self.sees_focus()


@pytest.fixture
def hands(page: Page, address: str) -> Hands:
    enter(page, address, Role.SERVICE_CENTRE)
    page.wait_for_url("**/inside")
    return Hands(page)


@pytest.mark.clause("R3.2.8")
def test_a_shift_is_opened_and_closed(hands: Hands, library: Library) -> None:
    hands.follow("Зміна")
    for what in shifts.OPENING:
        hands.tick(f"[name={what}]")
    hands.write("#forms-count", "40")
    hands.press_button("Відкрити зміну")
    hands.is_told("Зміну відкрито")
    hands.tick("[name=walk_through]")
    hands.press_button("Закрити зміну")
    expect(hands.page.locator(".notice-desk").last).to_contain_text("Не все позначено")
    expect(hands.page.locator("[name=walk_through]")).to_be_focused()
    hands.write("#note", "Номерки полічимо вранці")
    hands.press_button("Закрити зміну")
    hands.is_told("Зміну закрито")
    with library.database.reading() as session:
        shift = session.scalars(select(Shift)).one()
    assert shift.closing is not None
    assert (shift.opening["forms_count"], shift.closing["checks"]["walk_through"]) == (40, True)


@pytest.mark.clause("R2.1", "R2.2")
def test_a_reader_is_enrolled_pays_and_has_the_ticket(hands: Hands, library: Library) -> None:
    hands.enter("Alt+7")
    hands.follow("Новий читач")
    hands.write("#surname", "Зоряна")
    hands.write("#given_name", "Ольга")
    hands.reach(hands.page.locator("#birth_date"))
    hands.page.keyboard.type("01.02.1990", delay=60)
    hands.enter()
    hands.press_button("Документ бачу")
    hands.press_button("Читач ознайомився")
    for purpose in Purpose:
        hands.tick(f"[name=consent-{purpose}][value=yes]")
    hands.press_button("Записати відповіді")
    hands.write("[name=receipt]", "88-1")
    hands.enter()
    hands.is_told("Оплату")
    hands.press_button("Видати квиток")
    hands.is_told("Квиток видано")
    with library.database.reading() as session:
        paid = session.scalars(select(Payment)).one()
        assert paid.receipt_number == "88-1"


@pytest.mark.clause("R2.6")
def test_a_reader_is_registered_anew_with_every_document_shown(
    hands: Hands, library: Library
) -> None:
    with library.database.writing() as session:
        session.get_one(Ticket, FIRST).registered_for = 2024
    hands.scan("20251001")
    hands.follow("Квиток і запис")
    for loan in range(3):
        hands.reach(hands.page.locator("[name=loan]").nth(loan))
        hands.press("Space")
    hands.reach(hands.page.locator("#register-method"))
    hands.press("ArrowDown")
    hands.press_button("Перереєструвати")
    expect(hands.page.locator("#register-document")).to_be_focused()
    hands.write("#register-receipt", "88-2")
    hands.enter()
    hands.is_told("Квиток перереєстровано")


@pytest.mark.clause("R4.2.5")
def test_a_fee_that_was_left_open_is_paid(hands: Hands, library: Library) -> None:
    with library.database.writing() as session:
        session.get_one(Ticket, FIRST).fee_paid = False
    hands.scan("20251001")
    hands.follow("Квиток і запис")
    hands.reach(hands.page.locator("[name=receipt]").first)
    hands.page.keyboard.insert_text("88-3")
    hands.enter()
    hands.is_told("Оплату записано")


@pytest.mark.clause("R3.2.9")
def test_a_lost_slip_is_replaced(hands: Hands, library: Library) -> None:
    hands.scan("20251002")
    hands.reach(hands.page.locator(".inside-slip a"))
    hands.enter()
    hands.follow("Листок загублено")
    hands.write("#reason", "Лишила в автобусі")
    hands.press_button("Видати дублікат")
    with library.database.reading() as session:
        assert session.scalars(select(LostSlip)).one().visit_id == library.clean_visit


@pytest.mark.clause("R3.1.4")
def test_an_exit_with_open_items_is_worked_and_taken_back(hands: Hands, library: Library) -> None:
    with library.database.writing() as session:
        for loan in session.scalars(select(Loan).where(Loan.visit_id == library.visit)):
            loan.returned_at = loan.issued_at
    hands.enter("Alt+3")
    hands.scan(library.slip)
    expect(hands.page.locator("#scan")).to_be_focused()
    hands.enter()
    expect(hands.page.locator(".field-title")).to_have_text("Ще не все перевірено")
    expect(hands.page.locator("[name=duty]").first).to_be_focused()
    hands.press("Space")
    hands.write("#signed-by", "Ірина Мельник")
    hands.enter()
    hands.is_told("здано")
    assert state(library) is VisitState.CLOSED
    hands.press_button("Скасувати вихід")
    assert state(library) is VisitState.INSIDE


def state(library: Library) -> VisitState:
    with library.database.reading() as session:
        return session.get_one(Visit, library.visit).state


def test_nothing_on_a_page_is_for_the_mouse_alone(hands: Hands) -> None:
    """Whatever shows a hand under the mouse is reached by Tab, or is a label of what is."""
    address = hands.page.url.removesuffix("/inside")
    for path in PAGES:
        hands.page.goto(f"{address}/{path}")
        assert hands.page.locator("#main h1").count() == 1, f"no page {path}"
        assert hands.page.evaluate(_FOR_MOUSE_ALONE) == [], path


def test_quick_fingers_that_tick_one_box_after_another_are_no_scanner(hands: Hands) -> None:
    keys = [" ", "Tab", " ", "Tab", " ", "Tab", " "]
    let_through = hands.page.evaluate(
        """keys => keys.map((key) => document.body.dispatchEvent(
          new KeyboardEvent("keydown", {key, bubbles: true, cancelable: true})))""",
        keys,
    )
    assert let_through == [True] * len(keys)
