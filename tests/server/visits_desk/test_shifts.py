"""A shift opens and closes by its lists, and the day's slips add up."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from gate.facts import CredentialKind, Emergency, VisitState
from server.models import (
    DamageState,
    EventOfDay,
    PaidFor,
    PaidService,
    PaymentMethod,
    Role,
    Shift,
    Visit,
)
from server.services import (
    damages,
    days,
    exits,
    leaves,
    lost_slips,
    payments,
    settings,
    shift_glance,
    shifts,
    signups,
    visits,
)
from server.services.by import By
from server.services.damages import Harm
from server.services.exit_checklist import Checked
from server.services.exits import Shown
from server.services.shifts import Told
from tests.server import desk_library
from tests.server.console.desk import Clock, Desk, secret_of
from tests.server.console.library import NOON, Library
from tests.server.desk_library import chance, staff_id

SOON = NOON + timedelta(minutes=5)
EVENING = NOON + timedelta(hours=7, minutes=5)
LATER = Told(note="Решту — вранці")


def figures(library: Library) -> shifts.Figures:
    with library.database.reading() as session:
        return shifts.figures(session, NOON.date())


@pytest.mark.clause("R3.1.4", "R2.4")
def test_issued_slips_are_handed_in_lost_at_the_desk_or_missing(desk: Library) -> None:
    who = staff_id(desk)
    clean = Shown(credential=CredentialKind.SLIP_CODE, value=desk.clean_slip)
    leaves.leave(
        desk.database,
        clean,
        staff_id=who,
        at=NOON,
        entropy=chance,
        checked=Checked(overruled="для перевірки"),
    )
    lost_slips.duplicate(
        desk.database, desk.visit, staff_id=who, reason="Загубив", at=NOON, entropy=chance
    )
    counted = figures(desk)
    assert (counted.issued, counted.lost, counted.at_desk, counted.still_inside) == (4, 1, 1, 2)
    assert counted.adds_up
    days.close_today(desk.database, staff_id=who, at=EVENING)
    after = figures(desk)
    assert (after.missing, after.event_missing, after.handed_in) == (2, 1, 1)
    assert after.issued == after.handed_in + after.lost + after.missing


def test_an_event_slip_handed_in_is_counted_so(desk: Library) -> None:
    shown = Shown(credential=CredentialKind.SLIP_CODE, value=desk.event_slip)
    exits.let_out(desk.database, shown, staff_id=staff_id(desk), at=NOON)
    assert (figures(desk).handed_in, figures(desk).event_missing) == (1, 0)


def test_departments_that_wait_are_listed_with_their_count(desk: Library) -> None:
    with desk.database.reading() as session:
        owing = shifts.owing(session, NOON.date())
    assert [(room.code, count) for room, count in owing] == [("5", 2)]


def test_a_shift_keeps_its_lists_and_its_note(desk: Library) -> None:
    who = staff_id(desk)
    with pytest.raises(shifts.NoShift):
        shifts.close_shift(desk.database, {}, told=Told(), staff_id=who, at=NOON)
    with pytest.raises(ValueError, match="duty"):
        shifts.open_shift(desk.database, "  ", {}, staff_id=who, at=NOON)
    shifts.open_shift(desk.database, "Ірина  Мельник", {"clock": True}, staff_id=who, at=NOON)
    shifts.close_shift(
        desk.database,
        {"cloakroom": True},
        told=Told(note="Папір у шухляді"),
        staff_id=who,
        at=EVENING,
    )
    with desk.database.reading() as session:
        shift = session.query(Shift).one()
        assert shifts.last_note(session) == "Папір у шухляді"
    assert (shift.librarian, shift.opening["clock"], shift.opening["forms"]) == (
        "Ірина Мельник", True, False,
    )  # fmt: skip
    assert shift.closing is not None
    assert shift.closing["figures"]["issued"] == 3


@pytest.mark.scenario("X19")
def test_the_day_at_the_desk_on_its_page(
    library: Library, desk_of: Callable[[Role], Desk], clock: Clock
) -> None:
    morning = desk_of(Role.SERVICE_CENTRE)
    page = morning.post("/shift/open", librarian="Ірина Мельник", clock="on")
    assert "Чергує Ірина Мельник" in page
    assert "День ще триває" in morning.post("/shift/day")
    clock.at = EVENING
    evening = desk_of(Role.SERVICE_CENTRE)
    assert "Закрито 3 відвідування." in evening.post("/shift/day")
    with library.database.reading() as session:
        assert session.get_one(Visit, library.visit).state is VisitState.UNRESOLVED
    assert "хто пройшов зали" in refused(evening, walk_through="on", note="Папір")
    page = refused(evening, walk_through="on", walked_by="Іван Коваль")
    assert "Не все позначено" in page
    assert 'value="Іван Коваль"' in page
    page = evening.post(
        "/shift/close", note="Замовити папір", walk_through="on", walked_by="Іван Коваль"
    )
    assert "Замовити папір" in page
    assert "Не розв’язано минулого дня" in page
    report = evening.get("/shift/1")
    assert "Іван Коваль" in report
    assert "чергує Ірина Мельник" in report
    evening.get("/shift/2", 404)


def refused(desk: Desk, **form: str) -> str:
    """What the page says beside what was typed, which it keeps."""
    form["csrf_token"] = secret_of(desk.client)
    answer = desk.client.post("/shift/close", data=form)
    assert answer.status_code == 422
    return answer.text


def test_what_was_paid_in_a_shift_counts_damage_and_services_too(desk: Library) -> None:
    who = staff_id(desk)
    shifts.open_shift(desk.database, "Ірина Мельник", {}, staff_id=who, at=NOON, forms=20)
    harm = damages.note(
        desk.database, desk.clean_reader, Harm(what="Розірвано", amount=12_050), staff_id=who,
        at=NOON,
    )  # fmt: skip
    damages.settle(
        desk.database, harm, DamageState.PAID, settlement="К-17", staff_id=who, at=SOON,
        method=PaymentMethod.TERMINAL,
    )  # fmt: skip
    with desk.database.writing() as session:
        service = PaidService(name="Ксерокопія", unit="сторінка", price=300)
        session.add(service)
        session.flush()
        number = service.id
    by = By(staff_id=who, at=SOON)
    paid = payments.pay_service(
        desk.database, number, 4, PaymentMethod.CASH_DESK, "К-18", patron_id=None, by=by
    )
    assert paid.amount == 1200
    shifts.close_shift(desk.database, {}, told=LATER, staff_id=who, at=EVENING)
    with desk.database.reading() as session:
        shift = session.query(Shift).one()
        lines = payments.lines(session, NOON, EVENING)
    assert shift.opening["forms_count"] == 20
    assert shift.closing is not None
    assert shift.closing["payments"]["amount"] == 12_050 + 1200
    assert [(line.paid_for, line.service, line.receipt_number) for line in lines] == [
        (PaidFor.DAMAGE, "", "К-17"), (PaidFor.SERVICE, "Ксерокопія", "К-18"),
    ]  # fmt: skip


@pytest.mark.parametrize("quantity", [0, 1001])
def test_a_free_service_or_none_at_all_is_not_paid_for(desk: Library, quantity: int) -> None:
    with desk.database.writing() as session:
        session.add_all([PaidService(name="Каталог", price=0), PaidService(name="Друк", price=300)])
    by = desk_library.by(desk)
    for number, count in ((1, 1), (2, quantity)):
        with pytest.raises(ValueError, match="price"):
            payments.pay_service(
                desk.database, number, count, PaymentMethod.CASH_DESK, "1", patron_id=None, by=by
            )


@pytest.mark.clause("R3.1.4", "R3.2.8")
def test_a_shift_sees_who_is_where_what_is_to_be_shown_and_which_event_slips_are_out(
    desk: Library,
) -> None:
    with desk.database.reading() as session:
        seen = shift_glance.glance(session, settings.read(session), NOON)
    places = [(one.department_code, one.hall, one.persons) for one in seen.last_seen]
    assert places == [("", "Мала зала", 12), ("2", "", 1), ("5", "", 1)]
    assert (seen.inside, [visit.id for visit in seen.with_items]) == (14, [desk.visit])
    assert [(one.event.id, one.issued, one.still_inside) for one in seen.events] == [
        ("morning", 0, 0), ("reading", 1, 1), ("lecture", 0, 0),
    ]  # fmt: skip
    assert [ban.order_number for ban in seen.new_bans] == ["17-к"]


@pytest.mark.clause("R2.4", "R3.1.4")
@pytest.mark.scenario("V09")
def test_slips_of_an_event_are_missing_for_all_counts_or_for_none(desk: Library) -> None:
    """While the event goes on its slips are in their owners' hands, where they belong."""
    assert missing_of_reading(desk) == (0, 0, 0)
    with desk.database.writing() as session:
        visit = session.get_one(Visit, desk.event_visit)
        visits.end(session, visit, at=NOON, handed_in=False)
    assert missing_of_reading(desk) == (1, 1, 1)
    with desk.database.writing() as session:
        session.get_one(Visit, desk.event_visit).close_reason = "Листок заходу втрачено"
    assert missing_of_reading(desk) == (0, 0, 0)


def missing_of_reading(library: Library) -> tuple[int, int, int]:
    """Slips that are missing by the shift's figures, by its list of events, by the event's page."""
    with library.database.reading() as session:
        known = settings.read(session)
        listed = {
            one.event.id: one.missing for one in shift_glance.glance(session, known, NOON).events
        }
        event = session.get_one(EventOfDay, "reading")
        return (
            shifts.figures(session, known.day(NOON)).event_missing,
            listed["reading"],
            len(signups.attendance(session, event).slips_out),
        )


def test_the_next_morning_sees_what_the_evening_left_and_only_new_bans(desk: Library) -> None:
    who = staff_id(desk)
    shifts.open_shift(desk.database, "Ірина Мельник", {}, staff_id=who, at=NOON)
    days.close_today(desk.database, staff_id=who, at=EVENING)
    shifts.close_shift(desk.database, {}, told=LATER, staff_id=who, at=EVENING)
    with desk.database.reading() as session:
        library = settings.read(session)
        seen = shift_glance.glance(session, library, NOON + timedelta(days=1))
    assert {visit.id for visit in seen.unresolved} == {
        desk.visit, desk.clean_visit, desk.event_visit,
    }  # fmt: skip
    assert (seen.inside, list(seen.new_bans)) == (0, [])


@pytest.mark.scenario("X19")
def test_what_was_not_looked_at_is_told_to_the_next_shift(desk: Library) -> None:
    who = staff_id(desk)
    shifts.open_shift(desk.database, "Ірина Мельник", {}, staff_id=who, at=NOON)
    checks = dict.fromkeys(shifts.CLOSING, True)
    signed = Told(walked_by="Іван Коваль")
    for left_out in shifts.CLOSING:
        with pytest.raises(shifts.Unticked):
            shifts.close_shift(
                desk.database, {**checks, left_out: False}, told=signed, staff_id=who, at=EVENING
            )
    shifts.close_shift(desk.database, checks, told=signed, staff_id=who, at=EVENING)


def test_no_shift_closes_during_an_alert_nor_with_a_walk_that_nobody_signed(desk: Library) -> None:
    who = staff_id(desk)
    shifts.open_shift(desk.database, "Ірина Мельник", {}, staff_id=who, at=NOON)
    walked = {"walk_through": True}
    with pytest.raises(shifts.Unsigned):
        shifts.close_shift(desk.database, walked, told=Told(), staff_id=who, at=EVENING)
    signed = Told(walked_by="Іван Коваль", note="Решту — вранці")
    alarm(desk, Emergency.AIR_RAID)
    with pytest.raises(shifts.Alert):
        shifts.close_shift(desk.database, walked, told=signed, staff_id=who, at=EVENING)
    alarm(desk, Emergency.NONE)
    shifts.close_shift(desk.database, walked, told=signed, staff_id=who, at=EVENING)
    with desk.database.reading() as session:
        closing = session.query(Shift).one().closing
    assert closing is not None
    assert closing["walked_by"] == "Іван Коваль"


def alarm(library: Library, emergency: Emergency) -> None:
    with library.database.writing() as session:
        settings.put(session, {"emergency": emergency}, actor="system", at=NOON)
