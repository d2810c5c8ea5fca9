"""The exit at the desk, by its page: photo, marks, what is carried, staff, groups."""

from __future__ import annotations

import io
from collections.abc import Callable

import pytest
from PIL import Image
from werkzeug.test import TestResponse

from gate.facts import OwnItemKind, TicketKind, VisitState
from server.models import OwnItem, Photo, Role, Ticket, Visit
from tests.server.console.desk import Desk, secret_of
from tests.server.console.library import NOON, Library

HOME_LOAN, STRANGERS = "482000004", "482000000"


def add_photo(library: Library) -> None:
    jpeg = io.BytesIO()
    Image.new("RGB", (60, 80)).save(jpeg, "JPEG")
    with library.database.writing() as session:
        session.add(
            Photo(patron_id=library.clean_reader, jpeg=jpeg.getvalue(), taken_at=NOON, taken_by=1)
        )


@pytest.mark.clause("R3.1.4")
def test_the_desk_compares_the_photo_and_reads_the_marks(centre: Desk, library: Library) -> None:
    add_photo(library)
    page = centre.get(f"/exit/{library.clean_visit}")
    assert f"/patrons/{library.clean_reader}/photo?v=" in page
    marks = page.split('id="marks"')[1].split("</section>")[0]
    assert "Універсальна читальна зала" in marks


@pytest.mark.threat(14)
def test_the_guard_sees_the_exit_without_the_photo(
    desk_of: Callable[[Role], Desk], library: Library
) -> None:
    add_photo(library)
    page = desk_of(Role.GUARD).get(f"/exit/{library.clean_visit}")
    assert "/photo" not in page
    assert "Можна виходити" in page


@pytest.mark.clause("R3.3.1")
@pytest.mark.scenario("X15")
def test_what_is_carried_is_compared_with_the_reader_s_file(centre: Desk, library: Library) -> None:
    centre.scan(library.clean_slip, "exit")
    page = centre.scan(STRANGERS, "exit")
    assert "не записано" in page
    assert "Можна виходити" not in page
    page = centre.post(f"/exit/{library.clean_visit}/carried", barcode="482000000")
    assert "Можна виходити" in page


@pytest.mark.scenario("V07")
def test_a_group_goes_out_as_many_as_came_in(centre: Desk, library: Library) -> None:
    page = centre.get(f"/exit/{library.event_visit}")
    assert "12 осіб" in page
    centre.post(f"/exit/{library.event_visit}")
    with library.database.reading() as session:
        visit = session.get_one(Visit, library.event_visit)
    assert (visit.state, visit.handed_in, visit.persons) == (VisitState.CLOSED, True, 12)


@pytest.mark.scenario("E41")
def test_a_staff_pass_at_the_desk_s_exit_is_enough(centre: Desk, library: Library) -> None:
    with library.database.writing() as session:
        ticket = session.get_one(Ticket, "000000000001")
        ticket.kind = TicketKind.STAFF
    page = centre.scan("20251002", "exit")
    assert "Службова перепустка: вихід записано." in page
    with library.database.reading() as session:
        assert session.get_one(Visit, library.clean_visit).state is VisitState.CLOSED


@pytest.mark.clause("R3.1.4")
def test_the_exit_says_what_is_still_open_and_keeps_the_marks(
    centre: Desk, library: Library
) -> None:
    bring(library, OwnItemKind.LAPTOP, OwnItemKind.FOLDER)
    answer = send_out(centre, library, duty="show_laptop")
    assert answer.status_code == 422
    assert "Попросіть розгорнути папку" in answer.text
    assert "Попросіть показати ноутбук" not in answer.text
    assert 'value="show_laptop" form="close" checked' in answer.text
    answer = send_out(centre, library, overruled="папку здано в гардероб", duty="show_laptop")
    assert answer.status_code == 303


@pytest.mark.threat(14)
@pytest.mark.clause("R3.2.9")
def test_a_guard_overrules_nothing_and_is_told_whom_to_call(
    desk_of: Callable[[Role], Desk], library: Library
) -> None:
    bring(library, OwnItemKind.LAPTOP)
    guard = desk_of(Role.GUARD)
    answer = send_out(guard, library, overruled="пропустіть")
    assert answer.status_code == 422
    assert "покличте Сервісний центр" in answer.text
    assert 'name="overruled"' not in answer.text
    assert send_out(guard, library, duty="show_laptop").status_code == 303


def bring(library: Library, *kinds: OwnItemKind) -> None:
    with library.database.writing() as session:
        for kind in kinds:
            session.add(
                OwnItem(
                    visit_id=library.clean_visit, kind=kind, declared_at=NOON, approved_name="Б. М."
                )
            )


def send_out(desk: Desk, library: Library, **form: str) -> TestResponse:
    form["csrf_token"] = secret_of(desk.client)
    return desk.client.post(f"/exit/{library.clean_visit}", data=form)
