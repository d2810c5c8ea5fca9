"""A guard through the day: the exit, the alarm and help, and nothing else of the library."""

from __future__ import annotations

from uuid import UUID

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import select

from gate.facts import OwnItemKind, VisitState
from server.models import AuditRecord, EmergencyCase, OwnItem, Role, UrgentExit, Visit
from tests.server.console.desk import enter
from tests.server.console.library import NOON, Library
from tests.server.days.walking import go
from tests.support.wedge import scan

GONE = ("/inside", "/lanes", "/inbox", "/shift", "/audit", "/admit", "/bans", "/settings")


@pytest.fixture
def guard(page: Page, address: str, library: Library) -> Page:
    """The guard's screen; somebody comes out with a folder that nobody allowed in writing."""
    with library.database.writing() as session:
        session.add(
            OwnItem(
                visit_id=library.clean_visit, kind=OwnItemKind.FOLDER, count=1, declared_at=NOON,
                approved_by=1, approved_name="Марія Бондар", approved_at=NOON,
            )
        )  # fmt: skip
    enter(page, address, Role.GUARD)
    page.wait_for_url("**/exit")
    return page


def state(library: Library, visit_id: UUID) -> VisitState:
    with library.database.reading() as session:
        return session.get_one(Visit, visit_id).state


@pytest.mark.clause("R3.1.4", "R4.2.8")
def test_every_exit_of_the_day_is_worked_with_scanner_and_keys(
    guard: Page, library: Library
) -> None:
    scan(guard, library.slip)
    expect(guard.locator(".field-title")).to_have_text("Спершу повернути документи")
    guard.get_by_text("Чому так вирішено").click()
    expect(guard.locator("details.why")).to_contain_text("пункт 3.1.5, 3.2.8 Правил")
    expect(guard.locator("details.why")).to_contain_text("із залів на руках: 2")
    expect(guard.get_by_role("button", name="Листок здано, вихід")).to_have_count(0)
    scan(guard, library.clean_slip)
    expect(guard.locator(".field-title")).to_have_text("Можна виходити")
    guard.keyboard.press("Enter")
    expect(guard.locator(".field-title")).to_have_text("Ще не все перевірено")
    expect(guard.get_by_text("покличте Сервісний центр")).to_be_visible()
    expect(guard.locator("#overruled")).to_have_count(0)
    assert state(library, library.clean_visit) is VisitState.INSIDE
    guard.get_by_label("папк").check()
    guard.get_by_role("button", name="Листок здано, вихід").click()
    expect(guard.locator(".notice-grant")).to_contain_text("здано")
    assert state(library, library.clean_visit) is VisitState.CLOSED
    guard.get_by_role("button", name="Скасувати вихід").click()
    expect(guard.get_by_role("button", name="Скасувати вихід")).to_have_count(0)
    assert state(library, library.clean_visit) is VisitState.INSIDE


@pytest.mark.scenario("V05", "V07", "X20")
def test_a_group_goes_out_and_somebody_ill_at_once(guard: Page, library: Library) -> None:
    scan(guard, library.event_slip)
    expect(guard.locator(".exit-who")).to_contain_text("12")
    guard.get_by_role("button", name="Листок здано, вихід").click()
    expect(guard.locator(".notice-grant")).to_contain_text("здано")
    assert state(library, library.event_visit) is VisitState.CLOSED
    guard.get_by_role("button", name="Комусь зле").click()
    expect(guard.locator(".notice-grant")).to_contain_text("Випускайте")
    guard.get_by_label("Що сталося").fill("Зомлів відвідувач, викликали швидку")
    guard.get_by_role("button", name="Записати").click()
    expect(guard.locator(".notice-grant")).to_contain_text("Записано")
    with library.database.reading() as session:
        assert session.scalars(select(UrgentExit.reason)).one().startswith("Зомлів")


@pytest.mark.clause("R3.1.4")
@pytest.mark.threat(14)
def test_a_guard_sees_the_exit_alone(guard: Page, address: str, library: Library) -> None:
    assert guard.locator(".rail a").all_inner_texts() == ["Вихід", "Тривога", "Довідка"]
    scan(guard, "20251001")
    expect(guard.get_by_text("Попросіть листок")).to_be_visible()
    expect(guard.locator("main")).not_to_contain_text("Коваленко")
    patrons = (f"/patrons/{library.reader}", f"/visits/{library.visit}", "/documents/1")
    for path in (*GONE, *patrons, f"/patrons/{library.reader}/photo"):
        guard.goto(address + path)
        expect(guard.locator(".error-number")).to_have_text("403")


@pytest.mark.fault(32)
def test_a_guard_raises_the_alarm_and_ticks_who_is_out(guard: Page, library: Library) -> None:
    go(guard, "Тривога")
    guard.get_by_role("button", name="Пожежа: усі виходять").click()
    expect(guard.locator("h1")).to_have_text("Пожежа")
    line = guard.locator(".roll-line").first
    line.get_by_role("button", name="Вийшов").click()
    expect(guard.locator(".roll-line[data-state=out]")).to_have_count(1)
    expect(guard.get_by_text("Оголосити відбій")).to_have_count(0)
    with library.database.reading() as session:
        assert session.scalars(select(EmergencyCase.ended_at)).one() is None
        ticked = select(AuditRecord).where(AuditRecord.action == "roll_ticked")
        assert len(session.scalars(ticked).all()) == 1
