"""A check on the server: decided, recorded, and answered the same when asked again."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime, timedelta
from uuid import uuid4

import pytest
from sqlalchemy import func, select

from gate.codes import SlipClaims, new_signing_key, sign_slip
from gate.facts import CredentialKind, TicketKind, TicketState, VisitState
from server.models import (
    AuditRecord,
    Ban,
    Category,
    Conflict,
    ConflictKind,
    Patron,
    Station,
    StationEvent,
    Ticket,
    Visit,
)
from server.services import keys, stations
from server.services.checks import UnknownStation
from tests.server.centre.town import NOON, Town, duties, entry, reasons

TOMORROW_MIDNIGHT = datetime.fromisoformat("2026-03-19T00:00:00+02:00")


def visits(town: Town) -> list[Visit]:
    with town.database.reading() as session:
        return list(session.scalars(select(Visit).order_by(Visit.opened_at)))


def counted(town: Town, model: type) -> int:
    with town.database.reading() as session:
        return session.scalar(select(func.count()).select_from(model)) or 0


@pytest.mark.scenario("E01")
@pytest.mark.clause("R3.1.2")
def test_a_good_ticket_enters_and_gets_a_slip(town: Town) -> None:
    answer = town.check(town.code(town.ticket()))
    assert (answer.verdict, reasons(answer), duties(answer)) == ("grant", [], ["print_slip"])
    assert answer.slip_number is not None
    assert answer.slip_number.startswith("R1-")
    [visit] = visits(town)
    assert (visit.state, visit.slip_number) == (VisitState.INSIDE, answer.slip_number)
    assert answer.display_name == "Олена К."


@pytest.mark.clause("R5.2.11")
@pytest.mark.parametrize("by", ["server", "station"])
def test_a_visit_keeps_the_category_that_its_reader_had(town: Town, by: str) -> None:
    student = town.ticket(patron=town.patron(category=Category.STUDENT))
    if by == "server":
        town.check(town.code(student))
    else:
        town.tell("K1", entry("K1", ticket_id=student))
    [visit] = visits(town)
    assert visit.category is Category.STUDENT


def test_everything_of_a_check_is_recorded_in_the_event_and_the_audit_log(town: Town) -> None:
    before = counted(town, AuditRecord)
    answer = town.inside()
    with town.database.reading() as session:
        event = session.get_one(StationEvent, answer.id)
        record = session.scalars(select(AuditRecord).order_by(AuditRecord.id.desc())).first()
    assert (event.kind, event.station_code, event.visit_id) == (
        "entry_decided", "R1", answer.visit_id,
    )  # fmt: skip
    assert record is not None
    assert (record.actor, record.object_id) == ("station:R1", str(answer.visit_id))
    assert counted(town, AuditRecord) == before + 1


@pytest.mark.scenario("E02")
@pytest.mark.parametrize("code", ["999999", "сім", "", "\x00\x1b@", "https://example.org/"])
def test_a_code_that_nobody_issued_is_refused_and_kept(town: Town, code: str) -> None:
    answer = town.check(code)
    assert (answer.verdict, reasons(answer)) == ("refuse", ["unknown_code"])
    assert counted(town, StationEvent) == 1
    assert visits(town) == []


@pytest.mark.scenario("E03")
def test_our_own_record_keys_open_no_door(town: Town) -> None:
    ticket = town.ticket()
    with town.database.reading() as session:
        number = session.get_one(Ticket, ticket).number
    for key in (ticket, ticket.upper(), number, str(town.owner(ticket))):
        assert reasons(town.check(key)) == ["unknown_code"], key


@pytest.mark.scenario("E03")
def test_an_old_printed_number_that_was_imported_is_a_weak_credential(town: Town) -> None:
    town.credential(town.ticket(), CredentialKind.NUMBER, "004711")
    answer = town.check("004711")
    assert (answer.verdict, reasons(answer)) == ("grant", ["weak_credential"])


@pytest.mark.scenario("E04")
@pytest.mark.fault(14)
def test_the_same_event_asked_again_gets_the_same_answer_and_one_visit(town: Town) -> None:
    code, key = town.code(town.ticket()), uuid4()
    first = town.check(code, key=key)
    again = town.check(code, key=key, at=NOON + timedelta(minutes=3))
    assert again == first
    assert len(visits(town)) == 1
    assert counted(town, StationEvent) == 1


@pytest.mark.scenario("E05")
def test_inside_already_at_the_same_station_is_offered_a_reprint(town: Town) -> None:
    ticket = town.ticket()
    first = town.inside(ticket)
    answer = town.check(town.code(ticket))
    assert (answer.verdict, reasons(answer)) == ("desk", ["already_inside"])
    assert duties(answer) == ["offer_reprint"]
    assert answer.slip_number == first.slip_number


@pytest.mark.scenario("E05")
def test_admitted_but_not_passed_gets_in_with_the_same_slip(town: Town) -> None:
    town.change(Station, "R1", has_lane=True)
    ticket = town.ticket()
    first = town.inside(ticket)
    again = town.inside(ticket)
    assert (again.visit_id, again.slip_number) == (first.visit_id, first.slip_number)
    [visit] = visits(town)
    assert visit.state is VisitState.ADMITTED


@pytest.mark.scenario("E06")
@pytest.mark.threat(2)
def test_still_inside_but_scanned_elsewhere_goes_to_the_desk(town: Town) -> None:
    ticket = town.ticket()
    town.inside(ticket)
    answer = town.check(town.code(ticket), station="R2")
    assert (answer.verdict, reasons(answer), duties(answer)) == ("desk", ["already_inside"], [])


@pytest.mark.scenario("E07")
@pytest.mark.threat(1)
def test_a_code_changed_or_signed_by_a_stranger_is_refused(town: Town) -> None:
    ticket = town.ticket()
    code = town.code(ticket)
    changed = code[:60] + ("0" if code[60] != "0" else "1") + code[61:]
    strangers = town.code(ticket, new_signing_key(b"\x07" * 32))
    for bad in (changed, strangers):
        assert (town.check(bad).verdict, reasons(town.check(bad))) == ("refuse", ["bad_signature"])
    assert reasons(town.check("XT1:" + code[4:])) == ["unknown_code"]


@pytest.mark.threat(1, 5)
def test_a_station_s_slip_key_signs_no_ticket(town: Town) -> None:
    assert reasons(town.check(town.code(town.ticket(), town.slip_keys["K1"]))) == ["bad_signature"]


@pytest.mark.scenario("E09")
@pytest.mark.threat(5)
def test_tickets_stay_good_when_another_key_takes_over(town: Town) -> None:
    code = town.code(town.ticket())
    keys.create(
        town.database, town.keys_directory, actor="staff:1", at=NOON, entropy=lambda n: b"\x05" * n
    )
    assert town.check(code).verdict == "grant"


@pytest.mark.scenario("E10")
@pytest.mark.threat(5)
def test_a_revoked_key_is_worth_nothing_at_once(town: Town) -> None:
    code = town.code(town.ticket())
    assert town.check(code).verdict == "grant"
    with town.database.reading() as session:
        [key] = keys.ticket_keys(session)
    keys.revoke(town.database, key.key_id.hex(), actor="staff:1", at=NOON)
    assert reasons(town.check(code)) == ["bad_signature"]


@pytest.mark.scenario("E11", "E12")
@pytest.mark.clause("R2.3.1")
def test_a_replaced_ticket_is_dead_and_its_duplicate_lives(town: Town) -> None:
    patron = town.patron()
    old, new = town.ticket(patron), town.ticket(patron)
    town.change(
        Ticket, old, state=TicketState.LOST, replaced_by=new, state_since=NOON - timedelta(days=1)
    )
    assert reasons(town.check(town.code(old))) == ["ticket_replaced"]
    assert town.check(town.code(new)).verdict == "grant"


@pytest.mark.scenario("E13", "E14")
@pytest.mark.clause("R4.3.3")
def test_a_ban_holds_to_the_last_minute_of_its_day(town: Town) -> None:
    ticket = town.ticket()
    town.set(hours=[{"opens": "0:00", "closes": "24:00"}] * 7)
    town.ban(ticket, NOON - timedelta(days=3), TOMORROW_MIDNIGHT)
    last = town.check(town.code(ticket), at=TOMORROW_MIDNIGHT - timedelta(minutes=1))
    assert (last.verdict, reasons(last)[0]) == ("refuse", "banned")
    assert last.reasons[0].until == TOMORROW_MIDNIGHT
    assert town.check(town.code(ticket), at=TOMORROW_MIDNIGHT).verdict == "grant"


@pytest.mark.scenario("E15")
def test_banned_and_expired_says_both_the_graver_first(town: Town) -> None:
    ticket = town.ticket(valid_until=date(2026, 3, 1))
    town.ban(ticket, NOON - timedelta(days=3), NOON + timedelta(days=3))
    answer = town.check(town.code(ticket))
    assert (answer.verdict, reasons(answer)) == ("refuse", ["banned", "ticket_expired"])
    assert "return_at_desk" in duties(answer)


@pytest.mark.scenario("E16")
def test_of_two_bans_the_one_without_an_end_is_told(town: Town) -> None:
    ticket = town.ticket()
    town.ban(ticket, NOON - timedelta(days=3), NOON + timedelta(days=300))
    town.ban(ticket, NOON - timedelta(days=2), None)
    answer = town.check(town.code(ticket))
    assert reasons(answer) == ["banned"]
    assert answer.reasons[0].until is None


@pytest.mark.scenario("E17")
def test_a_ban_lifted_this_morning_stops_nobody(town: Town) -> None:
    ticket = town.ticket()
    town.ban(ticket, NOON - timedelta(days=3), None)
    assert town.check(town.code(ticket)).verdict == "refuse"
    with town.database.reading() as session:
        [ban] = session.scalars(select(Ban.id))
    town.change(Ban, ban, lifted_at=NOON - timedelta(hours=3))
    assert town.check(town.code(ticket)).verdict == "grant"


@pytest.mark.scenario("E22")
@pytest.mark.clause("R2.3.2")
def test_yesterday_s_day_ticket_goes_to_the_desk(town: Town) -> None:
    yesterday = date(2026, 3, 17)
    ticket = town.ticket(kind=TicketKind.ONE_TIME, valid_from=yesterday, valid_until=yesterday)
    answer = town.check(town.code(ticket))
    assert (answer.verdict, reasons(answer)) == ("desk", ["ticket_expired"])


@pytest.mark.scenario("E24")
@pytest.mark.clause("R1.4")
def test_a_child_needs_a_guardian_s_consent(town: Town) -> None:
    child = town.patron(birth_date=date(2011, 3, 19))
    ticket = town.ticket(child)
    assert reasons(town.check(town.code(ticket))) == ["consent_missing"]
    town.change(Patron, child, guardian_consent_on=date(2026, 1, 9))
    assert town.check(town.code(ticket)).verdict == "grant"


@pytest.mark.scenario("E28")
def test_a_slip_left_outside_is_told_at_the_next_visit(town: Town) -> None:
    ticket = town.ticket()
    town.inside(ticket, at=NOON - timedelta(days=1))
    answer = town.inside(ticket)
    assert reasons(answer) == ["slip_not_returned"]
    first, second = visits(town)
    assert (first.state, second.state) == (VisitState.NOT_RETURNED, VisitState.INSIDE)
    assert first.closed_at == NOON


@pytest.mark.scenario("E30", "E31")
def test_of_two_tickets_behind_one_number_the_permanent_one_counts(town: Town) -> None:
    patron = town.patron()
    cancelled = town.ticket(patron, state=TicketState.CANCELLED)
    today = NOON.date()
    one_day = town.ticket(
        patron, kind=TicketKind.ONE_TIME, valid_from=today, valid_until=today, issued_at=NOON
    )
    permanent = town.ticket(patron)
    town.credential(cancelled, CredentialKind.NUMBER, "123456")
    assert reasons(town.check("123456"))[0] == "ticket_cancelled"
    for ticket in (one_day, permanent):
        town.credential(ticket, CredentialKind.NUMBER, "123456")
    town.check("123456")
    [visit] = visits(town)
    assert visit.ticket_id == permanent


@pytest.mark.scenario("E32")
def test_a_full_building_waits_for_somebody_to_leave(town: Town) -> None:
    town.set(building_limit=1)
    first = town.inside()
    code = town.code(town.ticket())
    assert reasons(town.check(code)) == ["building_full"]
    assert first.slip_number is not None
    town.check(first.slip_number, leaving=True)
    assert town.check(code).verdict == "grant"


@pytest.mark.scenario("E41")
def test_a_staff_pass_is_among_those_inside_and_prints_nothing(town: Town) -> None:
    answer = town.check(town.code(town.ticket(kind=TicketKind.STAFF)))
    assert (answer.verdict, duties(answer)) == ("grant", [])
    [visit] = visits(town)
    assert visit.state is VisitState.INSIDE


@pytest.mark.scenario("E41")
def test_a_staff_pass_opens_the_way_out_too(town: Town) -> None:
    code = town.code(town.ticket(kind=TicketKind.STAFF))
    town.check(code)
    answer = town.check(code, leaving=True)
    assert (answer.verdict, reasons(answer)) == ("grant", [])
    [visit] = visits(town)
    assert visit.state is VisitState.CLOSED


@pytest.mark.scenario("E43")
def test_our_signature_on_a_ticket_that_is_not_ours_alarms_staff(town: Town) -> None:
    answer = town.check(town.code("0123456789ab"))
    assert (answer.verdict, reasons(answer)) == ("refuse", ["unknown_code"])
    with town.database.reading() as session:
        [conflict] = session.scalars(select(Conflict))
    assert (conflict.kind, conflict.ticket_id) == (ConflictKind.SIGNED_UNKNOWN, "0123456789ab")


@pytest.mark.scenario("E44")
@pytest.mark.clause("R3.1.5")
def test_back_from_a_leave_the_same_visit_goes_on_even_when_full(town: Town) -> None:
    ticket = town.ticket()
    first = town.inside(ticket)
    town.change(Visit, first.visit_id, state=VisitState.AWAY)
    town.set(building_limit=1)
    town.inside()
    answer = town.check(town.code(ticket))
    assert (answer.verdict, duties(answer)) == ("grant", ["collect_slip"])
    assert answer.visit_id == first.visit_id
    assert [visit.state for visit in visits(town)] == [VisitState.INSIDE] * 2


@pytest.mark.scenario("X01")
@pytest.mark.clause("R3.1.4")
def test_who_has_nothing_out_hands_in_the_slip_and_goes(town: Town) -> None:
    slip = town.inside().slip_number or ""
    answer = town.check(slip, leaving=True)
    assert (answer.verdict, duties(answer)) == ("grant", ["hand_in_slip"])
    [visit] = visits(town)
    assert (visit.state, visit.handed_in, visit.exit_station_code) == (
        VisitState.CLOSED, True, "R1",
    )  # fmt: skip


@pytest.mark.scenario("X02")
def test_reading_room_documents_stop_the_exit_and_name_their_department(town: Town) -> None:
    visitor = town.inside()
    for _ in range(2):
        assert town.issue(visitor).done
    answer = town.check(visitor.slip_number or "", leaving=True)
    assert (answer.verdict, reasons(answer)) == ("refuse", ["reading_room_loans_open"])
    [department] = answer.reasons[0].departments
    assert (department.department, department.count) == ("5", 2)
    assert visits(town)[0].state is VisitState.INSIDE


@pytest.mark.scenario("X05")
@pytest.mark.clause("R4.3.3")
def test_a_ban_never_stops_the_way_out(town: Town) -> None:
    ticket = town.ticket()
    visitor = town.inside(ticket)
    town.ban(ticket, NOON, None)
    assert town.check(visitor.slip_number or "", leaving=True).verdict == "grant"


@pytest.mark.scenario("X11", "X16")
@pytest.mark.fault(18)
def test_an_exit_by_ticket_without_an_entry_is_granted_and_shown_to_staff(town: Town) -> None:
    answer = town.check(town.code(town.ticket()), leaving=True)
    assert (answer.verdict, reasons(answer)) == ("grant", ["no_entry"])
    with town.database.reading() as session:
        [conflict] = session.scalars(select(Conflict))
    assert conflict.kind is ConflictKind.EXIT_WITHOUT_ENTRY
    ticket = town.ticket()
    town.inside(ticket)
    assert reasons(town.check(town.code(ticket), leaving=True))[0] == "slip_missing"


def test_a_slip_is_good_for_one_exit(town: Town) -> None:
    slip = town.inside().slip_number or ""
    town.check(slip, leaving=True)
    assert reasons(town.check(slip, leaving=True))[0] == "slip_closed"


@pytest.mark.threat(1)
def test_a_signed_slip_is_read_by_its_station_s_key_alone(town: Town) -> None:
    visitor = town.inside()
    claims = SlipClaims(
        visit_id=visitor.visit_id or uuid4(), number=visitor.slip_number or "", station="R1",
        issued=NOON,
    )  # fmt: skip
    forged = sign_slip(claims, town.slip_keys["K1"])
    assert reasons(town.check(forged, leaving=True)) == ["slip_unknown"]
    genuine = sign_slip(claims, town.slip_keys["R1"])
    assert town.check(genuine, leaving=True).verdict == "grant"


@pytest.mark.scenario("E01")
@pytest.mark.fault(17)
def test_one_ticket_at_two_readers_at_once_makes_one_visit(town: Town) -> None:
    code = town.code(town.ticket())
    with ThreadPoolExecutor(8) as crowd:
        answers = list(
            crowd.map(lambda n: town.check(code, station="R1" if n % 2 else "R2"), range(8))
        )
    assert sorted(answer.verdict for answer in answers) == ["desk"] * 7 + ["grant"]
    assert len(visits(town)) == 1


def test_the_same_check_sent_eight_times_at_once_is_answered_once(town: Town) -> None:
    code, key = town.code(town.ticket()), uuid4()
    with ThreadPoolExecutor(8) as crowd:
        answers = list(crowd.map(lambda _: town.check(code, key=key), range(8)))
    assert all(answer == answers[0] for answer in answers)
    assert counted(town, StationEvent) == 1


def test_numbers_of_slips_go_on_after_a_restart(town: Town) -> None:
    first = town.inside().slip_number or ""
    again = Town(town.database, town.keys_directory, town.tokens, town.slip_keys)
    second = again.inside().slip_number or ""
    assert int(second.split("-")[1]) > int(first.split("-")[1])


def test_a_revoked_station_is_nobody(town: Town) -> None:
    stations.revoke(town.database, "R1", actor="staff:1", at=NOON)
    with pytest.raises(UnknownStation):
        town.check("1234")


def test_a_station_is_seen_when_it_asks(town: Town) -> None:
    town.inside()
    with town.database.reading() as session:
        assert session.get_one(Station, "R1").last_seen_at == NOON
