"""The console in a real browser: scanner, keys, live board; what axe is asked for."""

import pytest
from playwright.sync_api import Dialog, Page, expect
from sqlalchemy import select

from gate.facts import DocumentClass, LoanPlace, VisitState
from server.models import Complaint, Document, Loan, Visit
from tests.server.console.library import NASTY, NOON, Library
from tests.support.wedge import scan

FREE = "482000000"
RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}


def test_a_scan_is_heard_wherever_the_focus_is(console: Page, library: Library) -> None:
    console.focus(".rail a >> nth=2")
    scan(console, library.slip)
    console.wait_for_url(f"**/visits/{library.visit}")
    console.focus("#scan")
    console.keyboard.type("half a na", delay=60)
    scan(console, FREE)
    console.wait_for_url("**/documents/1")


def test_normal_typing_is_left_alone(console: Page, address: str) -> None:
    console.goto(f"{address}/design")
    console.fill("#sample", "")
    console.keyboard.type("RD-1001 ", delay=60)
    console.keyboard.press("Enter")
    expect(console.locator("#sample")).to_have_value("RD-1001 ")
    assert console.url.endswith("/design")


def test_a_scan_into_another_field_leaves_no_trace_there(
    console: Page, address: str, library: Library
) -> None:
    console.goto(f"{address}/design")
    console.evaluate("document.querySelector('#sample').value = 'нотатка'")
    console.focus("#sample")
    console.evaluate("window.seen = document.querySelector('#sample')")
    scan(console, library.slip)
    console.wait_for_url(f"**/visits/{library.visit}")
    assert console.evaluate("window.seen.value") == "нотатка"


def test_keys_lead_to_the_field_and_to_the_places(console: Page) -> None:
    for _ in range(2):
        console.keyboard.press("/")
        expect(console.locator("#scan")).to_be_focused()
        expect(console.locator("#scan")).to_have_value("")
    console.locator("h1").click()
    console.keyboard.press("F2")
    expect(console.locator("#scan")).to_be_focused()
    console.keyboard.press("Alt+4")
    console.wait_for_url("**/events")


def test_the_single_key_can_be_switched_off(console: Page, address: str) -> None:
    console.goto(f"{address}/help")
    console.uncheck("[data-single-keys]")
    console.goto(f"{address}/inside")
    console.keyboard.press("/")
    expect(console.locator("#scan")).not_to_be_focused()


@pytest.mark.clause("R3.1.4")
def test_the_exit_is_worked_with_scanner_and_enter_alone(
    console: Page, address: str, library: Library
) -> None:
    console.goto(f"{address}/exit")
    scan(console, library.clean_slip)
    expect(console.locator(".field-title")).to_have_text("Можна виходити")
    console.keyboard.press("Enter")
    expect(console.locator(".notice-grant")).to_contain_text("здано")
    scan(console, library.slip)
    expect(console.locator(".field-title")).to_have_text("Спершу повернути документи")
    console.keyboard.press("Enter")
    with library.database.reading() as session:
        assert session.get_one(Visit, library.clean_visit).state is VisitState.CLOSED
        assert session.get_one(Visit, library.visit).state is VisitState.INSIDE


def test_the_whole_exit_check_fits_on_one_screen(
    console: Page, address: str, library: Library
) -> None:
    console.set_viewport_size({"width": 1440, "height": 900})
    for visit in (library.visit, library.clean_visit, library.event_visit):
        console.goto(f"{address}/exit/{visit}")
        box = console.locator(".act").last.bounding_box()
        assert box is not None
        assert box["y"] + box["height"] <= 900
        for part in console.locator(".exit-sheet section").all():
            seen = part.bounding_box()
            assert seen is not None
            assert seen["y"] + seen["height"] <= box["y"], part.text_content()


@pytest.mark.clause("R3.1.4", "R3.2.2")
@pytest.mark.parametrize("screen", [(1280, 800), (1024, 768)])
def test_the_ten_documents_of_a_slip_are_seen_at_once_each_with_what_is_due(
    console: Page, address: str, library: Library, screen: tuple[int, int]
) -> None:
    with library.database.writing() as session:
        session.add_all(_another_out(library, number) for number in range(8))
    console.set_viewport_size({"width": screen[0], "height": screen[1]})
    console.goto(f"{address}/exit/{library.visit}")
    act = console.locator(".act-stuck").bounding_box()
    lines = console.locator(".exit-lines li")
    expect(lines).to_have_count(10)
    for line in lines.all():
        expect(line).to_contain_text("повернути")
        seen = line.bounding_box()
        assert act is not None
        assert seen is not None
        assert seen["y"] + seen["height"] <= act["y"], line.text_content()


def _another_out(library: Library, number: int) -> Loan:
    document = Document(
        barcode=f"48300000{number}", inventory_number=f"8800{number}", department_code="5",
        document_class=DocumentClass.ORDINARY, author="Шевченко Т.", title=f"Том {number}",
    )  # fmt: skip
    return Loan(
        document=document, patron_id=1, visit_id=library.visit, department_code="5",
        place=LoanPlace.READING_ROOM, issued_at=NOON,
    )  # fmt: skip


def test_the_desk_is_worked_with_the_scanner_alone(
    console: Page, address: str, library: Library
) -> None:
    console.goto(f"{address}/desk")
    console.get_by_role("button", name="Універсальна").click()
    expect(console.locator("h1")).to_have_text("Універсальна читальна зала")
    last = console.locator(".act-last strong")
    scan(console, library.slip)
    scan(console, FREE)
    expect(last).to_have_text("Видано")
    expect(console.locator(".desk-name")).to_have_text("Олена К.")
    console.get_by_role("button", name="Скасувати").click()
    expect(last).to_have_text("Скасовано")
    scan(console, library.event_slip)
    expect(last).to_have_text("Листок заходу")
    expect(console.locator("[data-say]")).to_contain_text("Листок заходу")


def test_the_board_follows_and_can_be_paused(console: Page, library: Library) -> None:
    console.clock.install()
    console.reload()
    figure = console.locator(".figure-largest dd")
    expect(figure).to_have_text("14")
    close(library, library.event_visit)
    console.clock.fast_forward(5000)
    expect(figure).to_have_text("2")
    console.get_by_role("button", name="Зупинити оновлення").click()
    close(library, library.clean_visit)
    console.clock.fast_forward(60_000)
    console.locator("h1").click()
    expect(figure).to_have_text("2")
    console.get_by_role("button", name="Зупинити оновлення").click()
    expect(figure).to_have_text("1")


def close(library: Library, visit_id: object) -> None:
    with library.database.writing() as session:
        visit = session.get_one(Visit, visit_id)
        visit.state, visit.closed_at = VisitState.CLOSED, visit.opened_at


@pytest.mark.threat(12)
def test_markup_in_a_name_never_runs(console: Page, address: str, library: Library) -> None:
    alerts: list[str] = []

    def dismiss(dialog: Dialog) -> None:
        alerts.append(dialog.message)
        dialog.dismiss()

    console.on("dialog", dismiss)
    for path in (f"/patrons/{library.nasty}", "/documents/6", "/inside"):
        console.goto(address + path)
    console.fill("#scan", NASTY)
    console.keyboard.press("Enter")
    expect(console.locator("h1")).to_have_text("Знайдено 1 читача")
    assert not alerts


def test_from_a_reader_one_comes_back_to_what_was_found(console: Page) -> None:
    console.fill("#scan", "ко")
    console.keyboard.press("Enter")
    console.get_by_role("link", name="Коваленко").click()
    expect(console.locator("h1")).to_have_text("Коваленко Олена Петрівна")
    console.go_back()
    expect(console.locator("h1")).to_contain_text("Знайдено")
    console.reload()
    expect(console.get_by_role("link", name="Коваленко")).to_be_visible()


@pytest.mark.threat(12)
def test_an_inline_script_would_be_blocked(console: Page) -> None:
    """The policy is what the browser goes by, not only what the header says."""
    ran = console.evaluate(
        "() => { const s = document.createElement('script'); s.textContent = 'window.ran = 1';"
        " document.body.append(s); return window.ran }"
    )
    assert ran is None


def test_what_was_filled_in_stays_while_the_server_is_away_and_is_sent_once(
    console: Page, address: str, library: Library
) -> None:
    console.goto(f"{address}/complaints")
    console.fill("#entry-text", "Бракує розеток")
    write = console.get_by_role("button", name="Записати")
    console.context.set_offline(True)
    write.click()
    expect(console.locator(".lost")).to_be_visible()
    expect(console.locator("#entry-text")).to_have_value("Бракує розеток")
    console.context.set_offline(False)
    write.dblclick()
    expect(console.locator(".notice-grant")).to_be_visible()
    with library.database.reading() as session:
        assert session.scalars(select(Complaint.text)).all() == ["Бракує розеток"]
