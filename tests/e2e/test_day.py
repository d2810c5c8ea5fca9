"""A reader's day and an event visitor's hour, through the pages that people use."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from playwright.sync_api import expect

from demo.records import Records
from demo.stage import Stage
from tests.e2e.conftest import DEPARTMENT, OpenPage, TicketOf
from tests.e2e.paper import Slip, Tray
from tests.e2e.people import SOON_MS, Door, Staff, anybody_can_use


def first_name_and_initial(full_name: str) -> str:
    family, first, *_ = full_name.split()
    return f"{first} {family[0]}."


@pytest.mark.clause("R3.1.1", "R3.1.2", "R3.1.4")
@pytest.mark.scenario("E01", "X01", "X02")
def test_a_reader_is_let_in_served_held_back_for_a_document_and_let_out(
    stage: Stage,
    records: Records,
    ticket_of: TicketOf,
    entrance: Door,
    way_out: Door,
    librarian: Staff,
    director: Staff,
    tray: Tray,
) -> None:
    number = ticket_of("valid")
    slip = comes_in(stage, number, entrance, tray)
    visit = director.sees_coming(slip.number)
    anybody_can_use(director.page)

    department = librarian.choose_department(DEPARTMENT)
    one, other = records.documents(DEPARTMENT, 2)
    librarian.scan(slip.number)
    librarian.sees_act("reader")
    on_loan = librarian.page.locator(".desk-reader .documents li")
    for count, document in enumerate((one, other), start=1):
        librarian.scan(document)
        librarian.sees_act("issued")
        expect(on_loan).to_have_count(count)
    librarian.scan(one)
    librarian.sees_act("returned")
    expect(on_loan).to_have_count(1)
    anybody_can_use(librarian.page)

    way_out.show(slip.picture, "still_out", "paper")
    expect(way_out.page.locator(".departments li")).to_have_text([f"{department}1 документ"])
    assert way_out.is_locked

    librarian.scan(other)
    librarian.sees_act("returned")
    expect(on_loan).to_have_count(0)

    way_out.show(slip.picture, "farewell", "paper")
    expect(way_out.page.locator(".duties li")).to_have_text(["Здайте контрольний листок"])
    way_out.walk("out")
    director.finds_gone(slip.number)
    assert records.visit_state(slip.number) == "closed"
    director.open("/audit")
    for action in ("entry_decided", "slip_marked", "exit_decided", "exited"):
        director.sees_audited(action, visit)
    anybody_can_use(director.page)


def comes_in(stage: Stage, number: str, entrance: Door, tray: Tray) -> Slip:
    """A reader shows a ticket, is greeted by first name and initial, takes the slip, walks in."""
    (reader,) = (ticket.name for ticket in stage.tickets if ticket.number == number)
    greeted = first_name_and_initial(reader)
    entrance.show(stage.ticket_picture(number), "greeting")
    expect(entrance.headline).to_have_text("Візьміть листок", timeout=SOON_MS)
    expect(entrance.page.locator(".name")).to_have_text(greeted)
    family, _, *patronymic = reader.split()
    for private in (family, *patronymic):
        assert private not in entrance.page.content()
    slip = tray.take()
    expect(entrance.page.locator(".number")).to_contain_text(slip.number)
    assert slip.says(greeted)
    entrance.walk("in")
    return slip


@pytest.mark.clause("R2.4")
@pytest.mark.scenario("V01", "V04", "V05")
def test_a_visitor_chooses_an_event_by_touch_gets_no_document_and_hands_the_slip_in(
    records: Records,
    entrance: Door,
    way_out: Door,
    librarian: Staff,
    director: Staff,
    tray: Tray,
) -> None:
    event = records.open_event(datetime.now(UTC))
    entrance.tap("events")
    entrance.sees("events")
    anybody_can_use(entrance.page)
    chosen = entrance.page.locator(f"#event-{event}")
    title = chosen.locator(".event-title").inner_text()
    chosen.tap()
    entrance.sees("persons")
    anybody_can_use(entrance.page)
    entrance.tap("take")
    entrance.sees("greeting")
    expect(entrance.screen).to_contain_text(title)
    slip = tray.take()
    assert slip.number in entrance.page.locator(".number").inner_text()
    entrance.walk("in")
    visit = director.finds_inside(slip.number)

    librarian.open("/desk")
    librarian.scan(slip.number)
    librarian.sees_act("slip_refused", "event_slip_no_service")
    (document,) = records.documents(DEPARTMENT, 1)
    librarian.scan(document)
    librarian.sees_act("no_reader")
    assert document in records.documents(DEPARTMENT, 1)

    way_out.show(slip.picture, "farewell", "paper")
    expect(way_out.page.locator(".duties li")).to_have_text(["Здайте контрольний листок"])
    way_out.walk("out")
    director.finds_gone(slip.number)
    assert records.slip_handed_in(slip.number)
    director.open("/audit")
    director.sees_audited("exited", visit)


@pytest.mark.clause("R3.2.2")
@pytest.mark.scenario("S02")
def test_an_eleventh_document_is_not_issued(
    stage: Stage, records: Records, librarian: Staff, director: Staff
) -> None:
    (reader,) = (ticket.name for ticket in stage.tickets if ticket.state == "inside_at_limit")
    slip = director.row_of(reader).locator(".slip-number").inner_text()
    librarian.open("/desk")
    librarian.scan(slip)
    librarian.sees_act("reader")
    (eleventh,) = records.documents(DEPARTMENT, 1)
    librarian.scan(eleventh)
    librarian.sees_act("refused", "limit_reached")
    anybody_can_use(librarian.page)


def test_staff_come_in_by_their_own_password_alone(
    stage: Stage, records: Records, open_page: OpenPage
) -> None:
    somebody = Staff(open_page(), stage.server)
    login = records.librarian(DEPARTMENT)
    somebody.open("/inside")
    anybody_can_use(somebody.page)
    somebody.try_password(login, stage.password("director"))
    refused = somebody.page.get_by_role("alert")
    expect(refused).to_have_text("Обліковий запис і пароль не збігаються.")
    anybody_can_use(somebody.page)
    somebody.try_password(login, stage.password(login))
    expect(somebody.page.get_by_role("heading", name="Хто в бібліотеці")).to_be_visible()
    somebody.open("/audit")
    expect(somebody.page.locator(".error-number")).to_have_text("403")
    anybody_can_use(somebody.page)
