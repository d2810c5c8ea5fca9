"""Events: made, copied, called off; who signed up, who came, whose slip is out (R4.1.11)."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from markupsafe import escape
from pydantic import ValidationError
from sqlalchemy import select

from gate.facts import VisitState
from server.models import Change, EventOfDay, EventSignup, Hall, Role, Visit
from server.services import copy, events, places, signups
from server.services.by import By
from server.services.events import Plan
from tests.server import desk_library
from tests.server.console.desk import Desk, secret_of
from tests.server.console.library import NASTY, NOON, Library
from tests.server.desk_library import audited, chance

SOON = NOON + timedelta(hours=1)


def by(library: Library) -> By:
    return desk_library.by(library)


def hall(library: Library, capacity: int | None = 3) -> int:
    with library.database.writing() as session:
        room = Hall(name="Нова зала", capacity=capacity)
        session.add(room)
        session.flush()
        return room.id


def plan(hall_id: int, **more: Any) -> Plan:
    told = {
        "title": "Читання", "kind": "club", "hall_id": hall_id, "starts_at": SOON,
        "doors_at": NOON, "ends_at": SOON + timedelta(hours=1),
    }  # fmt: skip
    return Plan.model_validate(told | more)


def made(library: Library, **more: Any) -> str:
    return events.make(library.database, plan(hall(library), **more), by(library), chance)


def told(library: Library, event_id: str) -> Any:
    """What stations hear of the event; None where they hear that it is gone."""
    with library.database.reading() as session:
        rows = session.scalars(select(Change.row_key)).all()
        assert event_id in rows
        return copy.event_records(session, [event_id], at=NOON).get(event_id)


# --- On both databases -------------------------------------------------------------------------


@pytest.mark.clause("R4.1.11")
def test_an_event_is_told_to_stations_with_its_hall_and_places(desk: Library) -> None:
    record = told(desk, made(desk))
    assert (record.hall, record.places, record.places_left) == ("Нова зала", 3, 3)
    assert audited(desk, "event_changed")[0].details["before"] is None


@pytest.mark.clause("R4.1.11")
def test_an_event_that_is_called_off_is_gone_from_stations_and_comes_back(desk: Library) -> None:
    event_id = made(desk)
    with pytest.raises(ValueError, match="reason"):
        events.cancel(desk.database, event_id, " ", by(desk))
    events.cancel(desk.database, event_id, "Хвора лекторка", by(desk))
    assert told(desk, event_id) is None
    events.restore(desk.database, event_id, by(desk))
    assert told(desk, event_id) is not None


@pytest.mark.parametrize(
    "more",
    [
        {"ends_at": SOON}, {"doors_at": SOON + timedelta(minutes=1)}, {"places": 0},
        {"ends_at": SOON + timedelta(days=40)}, {"title": " "}, {"starts_at": "2025-11-21T12:00"},
    ],
)  # fmt: skip
def test_an_event_that_makes_no_sense_is_refused(more: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        plan(1, **more)


@pytest.mark.clause("R4.1.11")
def test_who_signed_up_has_a_place_until_the_beginning(desk: Library) -> None:
    event_id = made(desk)
    signups.sign_up(desk.database, event_id, by(desk), name="Ігор", persons=2)
    with desk.database.reading() as session:
        assert places.taken(session, [event_id], NOON)[event_id] == 2
        assert places.taken(session, [event_id], SOON)[event_id] == 0


@pytest.mark.clause("R2.4", "R4.1.11")
def test_who_comes_takes_the_place_that_was_held_for_them(desk: Library) -> None:
    event_id = made(desk)
    entry = signups.sign_up(desk.database, event_id, by(desk), name="Ігор", persons=3)
    admitted = signups.come(desk.database, entry, by(desk), chance)
    assert admitted is not None
    assert admitted.visit_id is not None
    with desk.database.reading() as session:
        assert places.taken(session, [event_id], NOON)[event_id] == 3
        found = signups.attendance(session, session.get_one(EventOfDay, event_id))
        assert session.get_one(Visit, admitted.visit_id).event_id == event_id
    assert (found.signed_up, found.came, found.inside) == (3, 3, 3)


@pytest.mark.clause("R4.1.11")
def test_a_reader_inside_is_counted_by_the_own_slip(desk: Library) -> None:
    event_id = made(desk)
    entry = signups.sign_up(desk.database, event_id, by(desk), patron_id=desk.clean_reader)
    assert signups.come(desk.database, entry, by(desk), chance) is None
    with desk.database.reading() as session:
        assert session.get_one(Visit, desk.clean_visit).event_id == event_id
        found = signups.attendance(session, session.get_one(EventOfDay, event_id))
    assert found.came == 1


@pytest.mark.clause("R4.1.11")
def test_a_reader_is_on_a_list_once(desk: Library) -> None:
    event_id = made(desk)
    entry = signups.sign_up(desk.database, event_id, by(desk), patron_id=desk.reader)
    with pytest.raises(signups.Twice):
        signups.sign_up(desk.database, event_id, by(desk), patron_id=desk.reader)
    signups.take_off(desk.database, entry, by(desk))
    signups.sign_up(desk.database, event_id, by(desk), patron_id=desk.reader)


def test_nobody_signs_up_for_what_is_over_or_called_off(desk: Library) -> None:
    with pytest.raises(signups.TooLate):
        signups.sign_up(desk.database, "morning", by(desk), name="Ігор")
    with pytest.raises(LookupError):
        signups.sign_up(desk.database, "nothing", by(desk), name="Ігор")


@pytest.mark.clause("R2.4")
def test_slips_of_an_event_that_were_not_handed_in_are_listed(desk: Library) -> None:
    with desk.database.writing() as session:
        visit = session.get_one(Visit, desk.event_visit)
        visit.state, visit.closed_at = VisitState.NOT_RETURNED, NOON
    with desk.database.reading() as session:
        found = signups.attendance(session, session.get_one(EventOfDay, "reading"))
        assert [visit.id for visit in found.slips_out] == [desk.event_visit]
    assert (found.came, found.inside) == (12, 0)


# --- Pages -------------------------------------------------------------------------------------


def form(hall_id: int, **more: str) -> dict[str, str]:
    return {
        "title": "Майстерня", "kind": "workshop", "hall_id": str(hall_id),
        "starts_at": "2025-11-21T14:00", "ends_at": "2025-11-21T15:30", **more,
    }  # fmt: skip


@pytest.mark.clause("R4.1.11")
def test_an_event_is_written_changed_copied_and_called_off(library: Library, centre: Desk) -> None:
    room = hall(library)
    page = centre.post("/events", **form(room))
    assert "Майстерня" in page
    with library.database.reading() as session:
        event = session.scalars(select(EventOfDay).where(EventOfDay.title == "Майстерня")).one()
    assert event.starts_at.hour == 12, "the library's clock is two hours ahead"
    assert event.doors_at == event.starts_at
    page = centre.get(f"/events/new?copy={event.id}")
    assert 'value="2025-11-28T14:00"' in page
    page = centre.post(f"/events/{event.id}", **form(room, title="Інша назва"))
    assert "Інша назва" in page
    page = centre.post(f"/events/{event.id}/cancel", reason="Немає світла")
    assert "Немає світла" in page
    assert "скасовано" in centre.get("/events")
    assert "Майстерня" in centre.post(f"/events/{event.id}", **form(room))


def test_two_events_in_one_hall_at_once_are_told(library: Library, centre: Desk) -> None:
    room = hall(library)
    centre.post("/events", **form(room))
    page = centre.post("/events", **form(room, title="Друга"))
    assert "У цій залі тоді ж: «Майстерня»" in page


def test_faults_of_an_event_stand_beside_their_fields(library: Library, centre: Desk) -> None:
    wrong = form(hall(library), title="", starts_at="колись", csrf_token=secret_of(centre.client))
    answer = centre.client.post("/events", data=wrong)
    assert answer.status_code == 422
    assert "Заповніть це поле." in answer.text.split('name="title"')[1].split("</div>")[0]
    assert "Потрібні дата й час." in answer.text.split('name="starts_at"')[1].split("</div>")[0]


def test_without_a_hall_the_form_says_what_to_do_first(centre: Desk) -> None:
    assert "Ще немає зал" in centre.get("/events/new")


@pytest.mark.clause("R4.1.11")
def test_a_scanned_ticket_signs_up_and_scanned_again_comes(library: Library, centre: Desk) -> None:
    page = centre.scan("20251002", "event:reading")
    assert "Записано." in page
    assert "Ґалаґан Їжак" in page
    page = centre.scan("20251002", "event:reading")
    assert "уже має свій листок" in page
    with library.database.reading() as session:
        assert session.scalars(select(EventSignup)).one().visit_id == library.clean_visit


@pytest.mark.clause("R2.4", "R4.1.11")
def test_who_comes_without_a_ticket_gets_a_slip_of_the_event(
    library: Library, centre: Desk
) -> None:
    centre.post("/events/reading/signups", name="Ігор Гість", contact="067", persons="2")
    with library.database.reading() as session:
        entry = session.scalars(select(EventSignup)).one()
    page = centre.post(f"/events/signups/{entry.id}", act="come", event="reading")
    assert "Листок до друку" in page
    page = centre.get("/events/reading")
    assert "<dd>14</dd>" in page


def test_the_list_forgets_nobody_who_was_taken_off(library: Library, centre: Desk) -> None:
    centre.post("/events/reading/signups", name="Ігор Гість")
    with library.database.reading() as session:
        entry = session.scalars(select(EventSignup)).one()
    assert "викреслено" in centre.post(f"/events/signups/{entry.id}", act="off")
    assert "викреслено" not in centre.post(f"/events/signups/{entry.id}", act="back")


@pytest.mark.threat(12)
def test_a_name_on_the_list_is_text(centre: Desk) -> None:
    page = centre.post("/events/reading/signups", name=NASTY)
    assert "<script>alert" not in page
    assert str(escape(NASTY)) in page


@pytest.mark.threat(13)
def test_the_list_is_taken_along_as_a_file_by_those_who_keep_it(
    centre: Desk, desk_of: Callable[[Role], Desk]
) -> None:
    centre.post("/events/reading/signups", name="=HYPERLINK(1)", persons="2")
    told = centre.client.get("/events/reading?format=csv")
    assert "'=HYPERLINK(1)" in told.get_data(as_text=True)
    page = desk_of(Role.DEPARTMENT).client.get("/events/reading?format=csv")
    assert "HYPERLINK" not in page.get_data(as_text=True)


@pytest.mark.threat(14)
def test_names_on_the_list_are_for_those_who_keep_it(
    centre: Desk, desk_of: Callable[[Role], Desk]
) -> None:
    centre.post("/events/reading/signups", name="Ігор Гість", contact="067")
    page = desk_of(Role.DEPARTMENT).get("/events/reading")
    assert "Ігор Гість" not in page
    assert "067" not in page


@pytest.mark.clause("C3.1.5")
def test_those_online_are_noted_afterwards(centre: Desk) -> None:
    page = centre.post("/events/reading/online", online="35")
    assert "<dd>35</dd>" in page


def test_all_events_are_filtered_by_days_and_leave_as_a_file(centre: Desk) -> None:
    page = centre.get("/events/all?first=2025-11-21&last=2025-11-21&q=стародруки")
    assert "стародруки" in page
    assert "Казкова" not in page
    assert "Заходів немає" in centre.get("/events/all?first=2025-12-01&last=2025-12-02")
    file = centre.client.get("/events/all?first=2025-11-21&format=csv").data.decode("utf-8-sig")
    assert "Вечір поезії" in file
