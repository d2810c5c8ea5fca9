"""A day on which everything happens at once, so that every page has something to show."""

from __future__ import annotations

import io
from datetime import timedelta
from uuid import UUID, uuid5

from PIL import Image
from sqlalchemy import select
from sqlalchemy.orm import Session

from gate.events import Topic, uuid7
from gate.facts import Emergency, OwnItemKind, TicketKind, VisitState
from server.models import (
    Ban,
    Branch,
    Complaint,
    ComplaintKind,
    Concession,
    Conflict,
    ConflictKind,
    Consultation,
    Damage,
    DataRequest,
    DebtorKind,
    Demand,
    DepartmentNotice,
    EmergencyCase,
    EmergencyOrigin,
    Enrolment,
    Equipment,
    EResource,
    EventSignup,
    GoverningDocument,
    Hall,
    Hold,
    HoldState,
    ImportFault,
    ImportKind,
    ImportRun,
    ImportState,
    LaneAlarm,
    LaneStatus,
    Mention,
    NoticeKind,
    NoticeLetter,
    Organisation,
    Outcome,
    OwnItem,
    PaidFor,
    PaidService,
    Partner,
    Payment,
    PaymentMethod,
    Permit,
    PermitKind,
    Photo,
    Request,
    RightKind,
    RollEntry,
    RollState,
    ServiceCode,
    Station,
    StockTaking,
    Ticket,
    UrgentExit,
    ViolationCode,
    Visit,
    VisitOrigin,
    Workplace,
    WorkplaceBooking,
    WorkplaceUse,
)
from server.services import shifts
from tests.server.console.library import NOON, Library

TODAY = NOON.date()
AWAY = uuid7(NOON, b"\5" * 10)
"""Somebody is out for a while; the slip lies at the desk."""
DEVICES = [
    {"device": "printer", "state": "failed", "detail": "paper_out"},
    {"device": "camera", "state": "degraded", "detail": "dark"},
    {"device": "card_reader", "state": "works", "detail": ""},
]


def fill(library: Library) -> None:
    """Write all of it. Ids are those that `tests.server.console.test_roles.addresses` names."""
    with library.database.writing() as session:
        _tables(session)
        session.flush()
        _at_the_desk(session, library)
        _at_the_gate(session, library)
        _at_the_centre(session, library)
        _more_of_all(session, library)
    shifts.open_shift(library.database, "Марія Бондар", {}, staff_id=1, at=NOON)
    later = shifts.Told(note="Решту — вранці")
    shifts.close_shift(library.database, {}, told=later, staff_id=1, at=NOON)


def _tables(session: Session) -> None:
    """A row in each administered table."""
    session.add_all(
        [
            Hall(name="Мала зала", capacity=40, floor="2", is_shelter=True),
            PaidService(name="Копія", price=350, unit="сторінка", approved_on=TODAY),
            ViolationCode(code="1", name="їзда на самокаті"),
            Branch(code="1", name="Філія на Сихові"),
            Organisation(name="Школа"),
            EResource(name="Дія", topic=Topic.STATE, address="https://diia.example.org"),
            Workplace(name="ПК 1"), Workplace(name="ПК 2"),
            Equipment(inventory_number="101", name="Сканер"),
            Partner(name="ЦНАП", since=TODAY),
            Mention(title="Новий центр", medium="Вісті", on_day=TODAY),
            GoverningDocument(title="Положення", approved_on=TODAY, in_force_from=TODAY),
            Permit(kind=PermitKind.PRESS, holder="Суспільне", subject="Сюжет", first=TODAY,
                   last=TODAY),
        ]
    )  # fmt: skip


def _at_the_desk(session: Session, library: Library) -> None:
    jpeg = io.BytesIO()
    Image.new("RGB", (60, 80), "#a98").save(jpeg, "JPEG")
    session.add_all(
        [
            EventSignup(event_id="reading", patron_id=library.reader, at=NOON, persons=1),
            EventSignup(event_id="reading", name="Ігор Гість", at=NOON, persons=2),
            Photo(patron_id=library.reader, jpeg=jpeg.getvalue(), taken_at=NOON, taken_by=1),
            Enrolment(patron_id=library.reader, ticket_kind=TicketKind.PERMANENT, started_at=NOON),
            OwnItem(visit_id=library.visit, kind=OwnItemKind.DOCUMENTS, count=2, declared_at=NOON),
            Complaint(kind=ComplaintKind.COMPLAINT, text="Темно", received_at=NOON, received_by=1,
                      due_on=TODAY - timedelta(days=1)),
            Damage(patron_id=library.reader, what="Залито", amount=5000, noted_at=NOON, noted_by=1,
                   debtor_kind=DebtorKind.READER),
            DataRequest(patron_id=library.reader, kind=RightKind.ACCESS, received_at=NOON,
                        received_by=1, due_on=TODAY),
            Payment(patron_id=library.reader, paid_for=PaidFor.SERVICE, amount=700, at=NOON,
                    service_id=1, quantity=2,
                    concession=Concession.FULL, method=PaymentMethod.TERMINAL, year=2025,
                    receipt_number="88-1", staff_id=1),
            Request(patron_id=library.reader, visit_id=library.visit, department_code="2",
                    shelf_mark="821", author="Леся Українка", title="Лісова пісня",
                    published="Київ, 1912", volume="", asked_at=NOON, asked_by=1),
            UrgentExit(id=library.visit, at=NOON, staff_id=1),
            DepartmentNotice(id=library.visit, visit_id=library.visit, department_code="5",
                             day=TODAY, documents=2, raised_at=NOON),
            Conflict(kind=ConflictKind.TWO_VISITS, visit_id=library.visit, ticket_id=f"{0:012x}",
                     details={"station": "K1", "at": NOON.isoformat()}, raised_at=NOON),
            Conflict(kind=ConflictKind.VERDICTS_DIFFER, visit_id=library.visit,
                     ticket_id=f"{0:012x}", raised_at=NOON,
                     details={"station": "K1", "at": NOON.isoformat(), "there": ["grant"],
                              "here": ["refuse", "banned"]}),
            Visit(id=AWAY, ticket_id=f"{3:012x}", state=VisitState.AWAY, station_code="K1",
                  slip_number="K1-00099-AAAA-B", local_day=TODAY, opened_at=NOON, changed_at=NOON,
                  persons=1, origin=VisitOrigin.DESK),
        ]
    )  # fmt: skip


def _at_the_gate(session: Session, library: Library) -> None:
    station = session.scalars(select(Station).where(Station.code == "K1")).one()
    station.last_seen_at, station.token_hash = NOON - timedelta(hours=3), "0" * 64
    station.last_health = {"devices": DEVICES, "version": "0.1.0", "queue_length": 7}
    case = EmergencyCase(
        id=library.visit, kind=Emergency.AIR_RAID, origin=EmergencyOrigin.CONSOLE, started_by=1,
        started_at=NOON - timedelta(hours=2), ended_at=NOON - timedelta(hours=1), ended_by=1,
        counted_in=12, note="Усі в укритті",
    )  # fmt: skip
    session.add(case)
    session.flush()
    session.add_all(
        [
            RollEntry(id=_other(library.visit), case_id=case.id, visit_id=library.visit,
                      hall="Мала зала", seen_at=NOON, state=RollState.SHELTER, state_at=NOON,
                      state_by=1, needs_help=True),
            LaneStatus(station_code="K1", phase="locked", changed_at=NOON),
            LaneAlarm(id=library.visit, station_code="K1", kind="already_inside", way="in",
                      at=NOON, ticket_id=f"{0:012x}"),
        ]
    )  # fmt: skip


def _at_the_centre(session: Session, library: Library) -> None:
    run = ImportRun(
        kind=ImportKind.PATRONS, source="читачі.csv", state=ImportState.CHECKED, rows_total=3,
        rows_done=3, created=2, faulty=1, actor="staff:1", started_at=NOON, told_at=NOON,
        finished_at=NOON,
    )  # fmt: skip
    session.add(run)
    session.flush()
    session.add_all(
        [
            ImportFault(run_id=run.id, row=4, field="birth_date", code="not_a_day"),
            Consultation(at=NOON, service=ServiceCode.ADVICE, topic=Topic.STATE, minutes=10,
                         outcome=Outcome.HELPED, staff_id=1),
            Demand(at=NOON, topic=Topic.STATE, asked="Субсидія", missing=True, staff_id=1),
            WorkplaceUse(visit_id=library.visit, workplace_id=1, asked_at=NOON, started_at=NOON,
                         ends_at=NOON + timedelta(hours=1), started_by=1),
            WorkplaceUse(visit_id=library.clean_visit, asked_at=NOON),
            WorkplaceBooking(workplace_id=2, visit_id=library.visit, made_at=NOON,
                             begins_at=NOON + timedelta(hours=2),
                             ends_at=NOON + timedelta(hours=3)),
            StockTaking(begun_at=NOON, begun_by=1),
        ]
    )  # fmt: skip


def _more_of_all(session: Session, library: Library) -> None:
    """A second row and a third, so that lists have an order and pages."""
    late = NOON + timedelta(minutes=5)
    session.add_all(
        [
            Hold(document_id=2, patron_id=library.clean_reader, state=HoldState.ON_SHELF,
                 placed_at=NOON, shelved_on=TODAY, shelf_until=TODAY),
            Hold(document_id=3, patron_id=library.clean_reader, placed_at=late),
            Request(patron_id=library.clean_reader, department_code="5", shelf_mark="76",
                    author="Нарбут", title="Українська абетка", published="Петербург, 1917",
                    volume="", asked_at=late, asked_by=1),
            Enrolment(patron_id=library.banned, ticket_kind=TicketKind.PERMANENT, started_at=late),
            DataRequest(patron_id=library.clean_reader, kind=RightKind.ERASURE, received_at=late,
                        received_by=1, due_on=TODAY + timedelta(days=30)),
            DataRequest(patron_id=library.nasty, kind=RightKind.CORRECTION, received_at=NOON,
                        received_by=1, due_on=TODAY, settled_at=late, settled_by=1,
                        outcome="Виправлено"),
            Complaint(kind=ComplaintKind.THANKS, text="Тепло", received_at=late, received_by=1,
                      due_on=TODAY),
            Ban(patron_id=library.nasty, since=NOON, until=NOON + timedelta(days=7),
                reason="noise", order_number="18-к"),
            Payment(patron_id=library.clean_reader, paid_for=PaidFor.SERVICE, amount=350, at=late,
                    service_id=1, quantity=1, concession=Concession.FULL,
                    method=PaymentMethod.TERMINAL, year=2025, receipt_number="88-2", staff_id=1),
            Consultation(at=late, service=ServiceCode.ADVICE, topic=Topic.SOCIAL, minutes=20,
                         outcome=Outcome.HELPED, staff_id=1),
            Demand(at=late, topic=Topic.SOCIAL, asked="Пенсія", staff_id=1),
            Organisation(name="Ліцей"), Branch(code="2", name="Філія на Подолі"),
            Hall(name="Велика зала"), Workplace(name="ПК 3"), Partner(name="ДПС", since=TODAY),
            EResource(name="Трембіта", topic=Topic.SOCIAL, address="https://t.example.org"),
            Mention(title="Уроки", medium="Радіо", on_day=TODAY),
            Equipment(inventory_number="102", name="Принтер"),
            ImportRun(kind=ImportKind.LOANS, source="видане.csv", state=ImportState.CHECKED,
                      actor="staff:1", started_at=late, told_at=late, finished_at=late),
        ]
    )  # fmt: skip
    session.add_all(
        NoticeLetter(kind=kind, patron_id=library.reader, token_hash=kind.value, made_at=late)
        for kind in NoticeKind
    )
    for ticket in session.scalars(select(Ticket).where(Ticket.patron_id > library.clean_reader)):
        ticket.registered_for = TODAY.year - 1


def _other(known: UUID) -> UUID:
    return uuid5(known, "other")
