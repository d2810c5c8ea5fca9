"""A full event: who waits has the next place, longest first (R4.1.11)."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from gate.events import ReservationQuery, uuid7
from gate.facts import VisitState
from server.models import EventOfDay, EventSignup, NoticeKind, Patron, Purpose, Visit
from server.services import (
    consents,
    events,
    places,
    reservations,
    settings,
    signup_list,
    signups,
    visits,
)
from server.services.notices import due
from tests.server.admin.test_events import SOON, by, made, plan
from tests.server.console.desk import Desk
from tests.server.console.library import NOON, Library
from tests.server.desk_library import audited, chance

pytestmark = pytest.mark.clause("R4.1.11")


def put(library: Library, event_id: str, name: str, persons: int = 1) -> int:
    return signups.sign_up(library.database, event_id, by(library), name=name, persons=persons)


def queue(library: Library, event_id: str) -> list[str]:
    with library.database.reading() as session:
        return [entry.name for entry in signup_list.waiting(session, event_id)]


def full(library: Library) -> tuple[str, int]:
    """An event whose three places are taken, and the entry that took them."""
    event_id = made(library)
    return event_id, put(library, event_id, "Клас", 3)


def taken(library: Library, event_id: str) -> int:
    with library.database.reading() as session:
        return places.taken(session, [event_id], NOON)[event_id]


def test_a_place_that_becomes_free_goes_to_who_waits_longest(desk: Library) -> None:
    event_id, group = full(desk)
    for name in ("Перший", "Друга", "Третій", "Четверта"):
        put(desk, event_id, name)
    assert queue(desk, event_id) == ["Перший", "Друга", "Третій", "Четверта"]
    assert taken(desk, event_id) == 3
    signups.take_off(desk.database, group, by(desk))
    assert queue(desk, event_id) == ["Четверта"]
    assert taken(desk, event_id) == 3
    assert len(audited(desk, "event_place_given")) == 3


def test_nobody_who_comes_later_is_given_a_place_before_them(desk: Library) -> None:
    event_id, _ = full(desk)
    put(desk, event_id, "Двоє", 2)
    events.change(desk.database, event_id, plan(_hall_of(desk, event_id), places=5), by(desk))
    assert queue(desk, event_id) == []
    put(desk, event_id, "Пізніший")
    assert queue(desk, event_id) == ["Пізніший"]


def _hall_of(library: Library, event_id: str) -> int:
    with library.database.reading() as session:
        hall_id = session.get_one(EventOfDay, event_id).hall_id
    assert hall_id is not None
    return hall_id


def test_a_group_too_large_for_what_is_free_is_passed_over_and_keeps_its_turn(
    desk: Library,
) -> None:
    event_id = made(desk)
    put(desk, event_id, "Пара", 2)
    single = put(desk, event_id, "Одна")
    put(desk, event_id, "Троє", 3)
    put(desk, event_id, "Сам")
    signups.take_off(desk.database, single, by(desk))
    assert queue(desk, event_id) == ["Троє"]


def test_who_was_taken_off_by_mistake_waits_in_the_old_turn_for_a_place_given_away(
    desk: Library,
) -> None:
    event_id, group = full(desk)
    put(desk, event_id, "Перший", 3)
    put(desk, event_id, "Друга")
    signups.take_off(desk.database, group, by(desk))
    signups.put_back(desk.database, group, by(desk))
    assert queue(desk, event_id) == ["Клас", "Друга"]
    assert taken(desk, event_id) == 3


def test_who_signed_up_again_is_not_put_back_beside_it(desk: Library) -> None:
    event_id = made(desk)
    entry = signups.sign_up(desk.database, event_id, by(desk), patron_id=desk.reader)
    signups.take_off(desk.database, entry, by(desk))
    signups.sign_up(desk.database, event_id, by(desk), patron_id=desk.reader)
    with pytest.raises(signups.Twice):
        signups.put_back(desk.database, entry, by(desk))


def test_the_queue_ends_with_the_beginning(desk: Library) -> None:
    event_id, _ = full(desk)
    put(desk, event_id, "Перший")
    with desk.database.writing() as session:
        event = session.get_one(EventOfDay, event_id)
        event.places = 9
        signup_list.move_up(session, event, SOON)
    assert queue(desk, event_id) == ["Перший"]


def test_who_waits_is_not_counted_in_by_the_own_slip_while_there_is_no_place(
    desk: Library,
) -> None:
    event_id, group = full(desk)
    entry = signups.sign_up(desk.database, event_id, by(desk), patron_id=desk.clean_reader)
    with pytest.raises(signups.Full):
        signups.come(desk.database, entry, by(desk), chance)
    signups.take_off(desk.database, group, by(desk))
    assert signups.come(desk.database, entry, by(desk), chance) is None


@pytest.mark.scenario("V02")
def test_a_kiosk_gives_away_no_place_that_somebody_waits_for(desk: Library) -> None:
    event_id = made(desk)
    held = ReservationQuery(id=uuid7(NOON, bytes(10)), event_id=event_id, persons=3)
    assert reservations.reserve(desk.database, held, station="K1", at=NOON).granted
    put(desk, event_id, "Троє", 3)
    later = NOON + timedelta(minutes=30)
    asked = ReservationQuery(id=uuid7(later, bytes(10)), event_id=event_id)
    answer = reservations.reserve(desk.database, asked, station="K1", at=later)
    assert (answer.granted, queue(desk, event_id)) == (False, [])


def test_a_place_that_a_kiosk_reserved_and_nobody_used_goes_to_who_waits(desk: Library) -> None:
    event_id = made(desk)
    asked = ReservationQuery(id=uuid7(NOON, bytes(10)), event_id=event_id, persons=3)
    assert reservations.reserve(desk.database, asked, station="K1", at=NOON).granted
    put(desk, event_id, "Перша")
    signups.hand_on(desk.database, NOON)
    assert queue(desk, event_id) == ["Перша"]
    signups.hand_on(desk.database, NOON + timedelta(minutes=30))
    assert queue(desk, event_id) == []


def test_who_did_not_pass_leaves_the_place_to_who_waits(desk: Library) -> None:
    event_id = made(desk)
    entry = put(desk, event_id, "Клас", 3)
    admitted = signups.come(desk.database, entry, by(desk), chance)
    put(desk, event_id, "Перший")
    assert queue(desk, event_id) == ["Перший"]
    assert admitted is not None
    with desk.database.writing() as session:
        visit = session.get_one(Visit, admitted.visit_id)
        visit.state, visit.closed_at = VisitState.NOT_PASSED, NOON
        visits.touched(session, visit)
    assert queue(desk, event_id) == []


def test_a_reader_who_waited_is_told_of_the_place_by_a_letter_and_reminded_no_second_time(
    desk: Library,
) -> None:
    event_id, group = full(desk)
    signups.sign_up(desk.database, event_id, by(desk), patron_id=desk.reader)
    consents.change(desk.database, desk.reader, {Purpose.NOTICES: True}, staff_id=1, at=NOON)
    with desk.database.writing() as session:
        session.get_one(Patron, desk.reader).email = "olena@example.org"
    assert letters(desk) == []
    signups.take_off(desk.database, group, by(desk))
    assert letters(desk) == [(NoticeKind.PLACE, ["Читання"])]


def letters(library: Library) -> list[tuple[NoticeKind, list[str]]]:
    """Letters about events that are due an instant later."""
    with library.database.reading() as session:
        known, at = settings.read(session), NOON + timedelta(minutes=1)
        return [
            (kind, [item.title for item in letter.items])
            for kind in (NoticeKind.EVENT, NoticeKind.PLACE)
            for letter in due.letters(session, kind, known, at)
        ]


def test_the_page_shows_who_waits_in_which_order_and_gives_the_place_on(
    library: Library, centre: Desk
) -> None:
    with library.database.writing() as session:
        session.get_one(EventOfDay, "lecture").places = 1
    centre.post("/events/lecture/signups", name="Ігор Гість")
    page = centre.get("/events/lecture")
    assert "Записати в чергу" in page
    assert "у черзі під номером 1." in centre.post("/events/lecture/signups", name="Зоя Чекає")
    page = centre.scan("20251002", "event:lecture")
    assert "у черзі під номером 2." in page
    assert page.index("Ігор Гість") < page.index("Зоя Чекає") < page.index("Ґалаґан")
    with library.database.reading() as session:
        first = session.scalars(select(EventSignup).order_by(EventSignup.id)).first()
    assert first is not None
    page = centre.post(f"/events/signups/{first.id}", act="off", event="lecture")
    assert "місце звільнилося" in page.split("Зоя Чекає")[1].split("</tr>")[0]
    page = centre.post(f"/events/signups/{first.id}", act="back", event="lecture")
    assert "у черзі під номером 1." in page
