"""The Service Centre's day with slips, page by page."""

import re
from collections.abc import Callable
from io import BytesIO

import pytest
from PIL import Image

from gate.facts import LoanPlace, VisitState
from server.models import Loan, LostSlip, Role, UrgentExit, Visit
from tests.server.console.desk import Clock, Desk
from tests.server.console.library import NOON, Library
from tests.server.desk_library import audited

LENT, STRANGE, OUT = "482000000", "482000001", ("482000002", "482000003")
WHY = "Загубила в гардеробі"


def state(library: Library, visit_id: object) -> VisitState:
    with library.database.reading() as session:
        return session.get_one(Visit, visit_id).state


@pytest.mark.clause("R3.1.5")
@pytest.mark.scenario("X09", "E44")
def test_a_reader_leaves_gets_a_stub_and_comes_back_by_ticket(
    library: Library, centre: Desk
) -> None:
    page = centre.post(f"/visits/{library.clean_visit}/leave")
    assert "Талон читачеві" in page
    picture = centre.client.get(f"/visits/{library.clean_visit}/stub.png").data
    assert Image.open(BytesIO(picture)).width == 576
    page = centre.scan("20251002", "exit")
    assert "Повернувся" in page
    page = centre.post(f"/visits/{library.clean_visit}/return")
    assert f"Віддайте читачеві листок {library.clean_slip}" in page
    assert state(library, library.clean_visit) is VisitState.INSIDE


@pytest.mark.scenario("X08")
def test_leaving_for_a_while_is_refused_in_words(library: Library, centre: Desk) -> None:
    page = centre.post(f"/visits/{library.visit}/leave")
    assert "Відділ мистецтв" in page
    assert state(library, library.visit) is VisitState.INSIDE
    centre.get(f"/visits/{library.visit}/stub", status=404)


@pytest.mark.clause("R3.2.9")
@pytest.mark.scenario("X06", "X17")
def test_a_lost_slip_is_asked_about_before_anybody_goes(library: Library, centre: Desk) -> None:
    page = centre.get(f"/visits/{library.visit}/lost")
    assert "випустити не можна" in page
    assert "+380 44 200 10 03" in page
    page = centre.post(f"/visits/{library.visit}/lost/out", reason=WHY)
    assert state(library, library.visit) is VisitState.INSIDE
    page = centre.post(f"/visits/{library.clean_visit}/lost/out", reason=" ")
    assert "без причини дозволу немає" in page
    page = centre.post(f"/visits/{library.clean_visit}/lost/out", reason=WHY)
    assert "Дозволив(-ла): Марія Бондар" in page
    assert state(library, library.clean_visit) is VisitState.CLOSED


@pytest.mark.clause("R3.2.9")
@pytest.mark.scenario("X07")
def test_a_duplicate_is_printed_and_the_old_slip_is_void_everywhere(
    library: Library, centre: Desk, desk_of: Callable[[Role], Desk]
) -> None:
    page = centre.post(f"/visits/{library.visit}/lost/duplicate", reason=WHY)
    assert "Листок до друку" in page
    with library.database.reading() as session:
        new = session.get_one(LostSlip, library.slip).replaced_by
    assert new in page
    guard = desk_of(Role.GUARD)
    page = guard.scan(library.slip)
    assert "він недійсний" in page
    assert "Листок здано, вихід" not in page
    room = desk_of(Role.DEPARTMENT)
    room.post("/desk/department", department="2")
    assert 'data-codes="slip_void"' in room.scan(library.slip, "desk")


def test_a_slip_prints_as_picture_and_as_file(library: Library, centre: Desk, clock: Clock) -> None:
    centre.get(f"/visits/{library.visit}/slip.png", status=404)
    page = centre.post(f"/visits/{library.visit}/print")
    assert f"/visits/{library.visit}/slip.png" in page
    picture = Image.open(BytesIO(centre.client.get(f"/visits/{library.visit}/slip.png").data))
    assert (picture.width, picture.mode) == (576, "1")
    file = centre.client.get(f"/visits/{library.visit}/slip.pdf").data
    assert file.startswith(b"%PDF")
    width = re.search(rb"/MediaBox \[ ?0 0 ([\d.]+)", file)
    assert width is not None
    assert float(width[1]) == pytest.approx(576 / 8 / 25.4 * 72, abs=0.5)
    assert len(audited(library, "slip_reprinted")) == 1


def test_the_slip_of_an_event_prints_too(library: Library, centre: Desk) -> None:
    centre.post(f"/visits/{library.event_visit}/print")
    response = centre.client.get(f"/visits/{library.event_visit}/slip.png")
    assert response.mimetype == "image/png"


def lend_home(library: Library) -> None:
    with library.database.writing() as session:
        session.add(
            Loan(
                document_id=1, patron_id=library.clean_reader, visit_id=library.clean_visit,
                department_code="1", place=LoanPlace.HOME, issued_at=NOON,
                due_on=NOON.date().replace(month=12),
            )
        )  # fmt: skip


@pytest.mark.clause("R3.3.1")
@pytest.mark.scenario("X15")
def test_documents_carried_out_are_held_against_the_loans(library: Library, centre: Desk) -> None:
    lend_home(library)
    centre.scan(library.clean_slip, "exit")
    page = centre.scan(LENT, "exit")
    assert "записано" in page
    assert "Листок здано, вихід" in page
    page = centre.scan(STRANGE, "exit")
    assert "не записано" in page
    assert "Листок здано, вихід" not in page
    page = centre.post(f"/exit/{library.clean_visit}")
    assert state(library, library.clean_visit) is VisitState.INSIDE
    page = centre.post(f"/exit/{library.clean_visit}/carried", barcode=STRANGE)
    assert "не записано" not in page
    page = centre.post(f"/exit/{library.clean_visit}")
    assert state(library, library.clean_visit) is VisitState.CLOSED


@pytest.mark.clause("R3.3.1")
def test_a_document_scanned_twice_is_carried_once_and_by_nobody_else(
    library: Library, centre: Desk
) -> None:
    centre.scan(library.clean_slip, "exit")
    centre.scan(STRANGE, "exit")
    page = centre.scan(STRANGE, "exit")
    assert page.count(f'value="{STRANGE}"') == 1
    assert f'value="{STRANGE}"' not in centre.get(f"/exit/{library.visit}")
    page = centre.post(f"/exit/{library.clean_visit}/carried")
    assert f'value="{STRANGE}"' not in page, "the counting begins anew"


def test_the_next_slip_begins_with_nothing_carried(library: Library, centre: Desk) -> None:
    centre.scan(library.clean_slip, "exit")
    centre.scan(STRANGE, "exit")
    centre.scan(library.event_slip, "exit")
    assert "не записано" not in centre.get(f"/exit/{library.clean_visit}")


@pytest.mark.clause("R3.3.1")
def test_an_empty_exit_page_waits_for_a_slip_before_documents(
    library: Library, centre: Desk
) -> None:
    centre.scan(library.clean_slip, "exit")
    centre.get("/exit")
    assert "Спершу листок, потім документи" in centre.scan(STRANGE, "exit")


@pytest.mark.scenario("X16")
def test_a_ticket_at_the_exit_leads_to_the_inquiry(library: Library, centre: Desk) -> None:
    page = centre.scan("20251002", "exit")
    assert "Якщо листок загублено" in page


@pytest.mark.scenario("X20")
def test_who_is_unwell_goes_at_once_and_the_reason_follows(
    library: Library, desk_of: Callable[[Role], Desk]
) -> None:
    guard = desk_of(Role.GUARD)
    page = guard.post("/exit/urgent", visit=str(library.visit))
    assert "причину напишете потім" in page
    assert state(library, library.visit) is VisitState.CLOSED
    with library.database.reading() as session:
        urgent = session.query(UrgentExit).one()
        assert session.query(Loan).filter(Loan.returned_at.is_(None)).count() == 3
    page = guard.post("/exit/urgent/reason", urgent=str(urgent.id), reason="Знепритомніла")
    assert "Коли буде час" not in page
    assert len(audited(library, "urgent_exit_explained")) == 1


def test_a_guard_gives_no_leave_without_a_slip(
    library: Library, desk_of: Callable[[Role], Desk]
) -> None:
    guard = desk_of(Role.GUARD)
    guard.get(f"/visits/{library.visit}/lost", status=403)
    guard.get(f"/visits/{library.visit}/slip", status=403)
