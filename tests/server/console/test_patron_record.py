"""The record of a reader: consents, changes, who answers for a minor, documents (R1.5, R2.3.1)."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page
from sqlalchemy import select

from server.models import Consent, IdentityDocument, Patron, Purpose, Visit, VisitOrigin
from server.services import guarantors
from tests.server.console.desk import Clock, Desk
from tests.server.console.library import NOON, Library
from tests.server.console.test_browser import RULES
from tests.server.console.test_enrolment_pages import begin, finish

GUARANTEE = {
    "act": "guarantee", "guarantor": "school", "name": "Ліцей № 1", "paper": "12 від 1.11.2025",
    "until": "2026-05-31",
}  # fmt: skip


def born(library: Library, day: date, patron_id: int | None = None) -> str:
    """A reader of that age; answers the address of the record."""
    with library.database.writing() as session:
        patron = session.get_one(Patron, patron_id or library.reader)
        patron.birth_date, patron.identity_document = day, IdentityDocument.BIRTH_CERTIFICATE
    return f"/patrons/{patron_id or library.reader}/record"


@pytest.mark.clause("R1.2", "R2.2")
def test_the_record_tells_each_step_with_who_when_and_which_text(
    centre: Desk, library: Library
) -> None:
    person = begin(centre, library)
    finish(centre, person)
    page = centre.get(f"{person}/record")
    for line in ("Запис: Документ пред’явлено", "Запис: Ознайомлення з Правилами", "Запис: Оплата",
                 "Згода: Фото для читацького квитка", "Без згоди: Повідомлення про строки",
                 "№ 88-1", "2023-07-31"):  # fmt: skip
        assert line in page, line
    assert page.count("Марія Бондар") > 6


@pytest.mark.clause("R5.2.10", "R2.2")
def test_a_consent_taken_back_stays_in_the_ledger_beside_the_one_given(
    centre: Desk, library: Library, clock: Clock
) -> None:
    path = f"/patrons/{library.reader}"
    for answer in ("yes", "no"):
        centre.post(f"{path}/ticket", act="consent", purpose="photo", given=answer)
        clock.forward(timedelta(minutes=5))
    page = centre.get(f"{path}/record")
    assert "Згода: Фото" in page
    assert "Без згоди: Фото" in page
    with library.database.reading() as session:
        lines = session.scalars(select(Consent.given).where(Consent.purpose == Purpose.PHOTO))
        assert list(lines) == [True, False]


@pytest.mark.clause("R2.3.1")
@pytest.mark.parametrize("days, late", [(31, False), (32, True)])
def test_a_change_told_after_a_month_is_marked(
    centre: Desk, library: Library, days: int, late: bool
) -> None:
    since = (NOON - timedelta(days=days)).date().isoformat()
    form = {
        "surname": "Шевченко", "given_name": "Олена", "patronymic": "Петрівна",
        "birth_date": "1990-03-14", "category": "adult", "residence": "city",
        "phone": "+380 50 123 45 60", "changed_on": since,
    }  # fmt: skip
    page = centre.post(f"/patrons/{library.reader}/data", **form)
    assert ("протягом місяця (п. 2.3.1 Правил)" in page) == late
    record = centre.get(f"/patrons/{library.reader}/record")
    assert "прізвище" in record
    assert ("пізніше, ніж за місяць" in record) == late
    assert "поновити з" in record


@pytest.mark.clause("R2.3.1")
@pytest.mark.scenario("E25")
def test_a_new_document_shown_ends_the_reminder(centre: Desk, library: Library) -> None:
    path = born(library, date(2009, 11, 21))
    assert "поновити з 21 листопада 2025" in centre.get(path)
    page = centre.post(path, act="document", document="id_card")
    assert "поновити з" not in page
    assert "Пред’явлено новий документ" in page
    with library.database.reading() as session:
        patron = session.get_one(Patron, library.reader)
        assert patron.identity_document is IdentityDocument.ID_CARD


@pytest.mark.clause("R1.5")
def test_a_guarantee_is_renewed_without_a_new_enrolment(centre: Desk, library: Library) -> None:
    path = born(library, date(2010, 1, 1))
    page = centre.post(path, **GUARANTEE)
    assert "Ліцей № 1" in page
    assert "до 31 травня 2026" in page
    assert "Гарантія вже закінчилася." in centre.post(path, **{**GUARANTEE, "until": "2025-01-01"})
    assert "Вкажіть номер і дату листа" in centre.post(path, **{**GUARANTEE, "paper": ""})


@pytest.mark.clause("R1.5", "R4.3.5")
def test_who_answers_now_is_the_debtor_of_a_minor(centre: Desk, library: Library) -> None:
    path = born(library, date(2010, 1, 1))
    centre.post(path, **GUARANTEE)
    case = f"/patrons/{library.reader}"
    assert "Відповідає поручитель: Ліцей № 1." in centre.get(f"{case}/case")
    page = centre.post(f"{case}/damage", what="Вирвано сторінку", amount="120,50")
    assert "навчальний заклад чи установа: Ліцей № 1" in page
    assert "120,50" in page


@pytest.mark.clause("R1.5")
def test_the_desk_sees_guarantees_that_end_within_a_month(
    centre: Desk, library: Library, clock: Clock
) -> None:
    path = born(library, date(2010, 1, 1))
    centre.post(path, **{**GUARANTEE, "until": "2025-12-22"})
    assert "Гарантії, що закінчуються" not in centre.get("/enrolment")
    clock.forward(timedelta(minutes=30))
    centre.post(path, **{**GUARANTEE, "until": "2025-12-21"})
    assert "Гарантії, що закінчуються" in centre.get("/enrolment")
    born(library, date(2000, 1, 1))
    assert "Гарантії, що закінчуються" not in centre.get("/enrolment")


@pytest.mark.clause("R1.4")
def test_a_child_s_parents_consent_anew_at_the_record(centre: Desk, library: Library) -> None:
    path = born(library, date(2014, 1, 1))
    with library.database.reading() as session:
        assert guarantors.of_patron(session, library.reader) == []
    page = centre.post(path, act="guardian", guarantor="parent", name="Коваленко Ірина")
    assert "Коваленко Ірина" in page
    with library.database.reading() as session:
        assert session.get_one(Patron, library.reader).guardian_consent_on == NOON.date()


@pytest.mark.clause("R1.4", "R5.2.10")
@pytest.mark.parametrize("day, by_guardian", [(date(2014, 1, 1), True), (date(1990, 1, 1), False)])
def test_the_ledger_tells_whether_a_guardian_answered(
    centre: Desk, library: Library, day: date, by_guardian: bool
) -> None:
    path = born(library, day)
    centre.post(path.replace("record", "ticket"), act="consent", purpose="photo", given="yes")
    with library.database.reading() as session:
        assert session.scalars(select(Consent.by_guardian)).all() == [by_guardian]
    assert ("дали батьки" in centre.get(path)) == by_guardian


@pytest.mark.clause("R1.4", "R1.5")
def test_nobody_answers_for_an_adult(centre: Desk, library: Library) -> None:
    assert "Нова гарантія" not in centre.get(f"/patrons/{library.reader}/record")


@pytest.mark.scenario("E49", "E47")
def test_who_forgot_the_ticket_comes_in_with_children_by_name(
    centre: Desk, library: Library
) -> None:
    assert 'name="children"' in centre.get(f"/patrons/{library.nasty}")
    centre.post(f"/patrons/{library.nasty}/admit", document="passport", children="2")
    with library.database.reading() as session:
        newest = session.scalars(select(Visit).order_by(Visit.opened_at.desc())).first()
    assert newest is not None
    assert (newest.persons, newest.origin) == (3, VisitOrigin.DESK)


def test_axe_finds_nothing_in_the_record(console: Page, address: str, library: Library) -> None:
    path = born(library, date(2012, 1, 1))
    for scheme in ("light", "dark"):
        console.emulate_media(color_scheme=scheme)
        console.goto(address + path)
        found = Axe().run(console, options=RULES)
        assert found.violations_count == 0, found.generate_report()
    console.set_viewport_size({"width": 320, "height": 640})
    assert console.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
