"""The department's desk: who may have which document, and that nothing is lent twice."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta

import pytest
from sqlalchemy import func, select

from gate.events import CheckAnswer
from gate.facts import DocumentClass, LoanPlace, VisitState
from gate.reasons import Verdict
from server.models import (
    AuditRecord,
    CalendarKind,
    DepartmentVisit,
    Document,
    Loan,
    Residence,
    Visit,
    VisitOrigin,
)
from server.services import calendar_days, lending
from server.services.by import By
from server.services.calendar_days import Wish
from server.services.lending import Desk, Issued, Problem
from server.services.reports import catalogue
from server.services.reports.catalogue import ReportCode
from server.services.reports.table import Period
from tests.server.centre.town import NOON, TODAY, Town, new_id


def codes(issued: Issued) -> list[str]:
    assert issued.decision is not None
    return [code.value for code in issued.decision.codes]


def open_loans(town: Town) -> int:
    with town.database.reading() as session:
        query = select(func.count()).where(Loan.returned_at.is_(None))
        return session.scalar(query) or 0


def marks(town: Town) -> list[str]:
    with town.database.reading() as session:
        query = select(DepartmentVisit.department_code).order_by(DepartmentVisit.first_at)
        return list(session.scalars(query))


@pytest.mark.clause("R3.1.1", "R3.1.2")
def test_a_document_issued_in_a_reading_room_stands_on_the_visit_and_marks_the_slip(
    town: Town,
) -> None:
    visitor = town.inside()
    issued = town.issue(visitor)
    assert (issued.done, issued.due_on, issued.title) == (True, None, "Кобзар")
    with town.database.reading() as session:
        loan = session.get_one(Loan, issued.loan_id)
    assert (loan.visit_id, loan.department_code, loan.place) == (
        visitor.visit_id, "5", LoanPlace.READING_ROOM,
    )  # fmt: skip
    assert marks(town) == ["5"]


def test_a_department_marks_a_slip_once_however_often_it_serves(town: Town) -> None:
    visitor = town.inside()
    assert visitor.visit_id is not None
    assert lending.mark(town.database, visitor.visit_id, desk=town.desk, at=NOON)
    town.issue(visitor)
    assert not lending.mark(town.database, visitor.visit_id, desk=town.desk, at=NOON)
    other = Desk(department="7", staff_id=1)
    later = NOON + timedelta(minutes=5)
    assert lending.mark(town.database, visitor.visit_id, desk=other, at=later)
    assert marks(town) == ["5", "7"]


@pytest.mark.scenario("S01")
@pytest.mark.clause("R3.1.1")
def test_without_an_open_slip_nothing_is_lent(town: Town) -> None:
    barcode = town.document()
    nobody = lending.issue(
        town.database, None, barcode, LoanPlace.READING_ROOM, desk=town.desk, at=NOON
    )
    assert codes(nobody) == ["no_open_slip"]
    visitor = town.inside()
    town.check(visitor.slip_number or "", leaving=True)
    assert codes(town.issue(visitor, barcode)) == ["no_open_slip"]
    assert open_loans(town) == 0


@pytest.mark.scenario("S02", "S03")
@pytest.mark.clause("R3.2.2")
def test_ten_documents_in_reading_rooms_and_not_an_eleventh(town: Town) -> None:
    visitor = town.inside()
    barcodes = [town.document() for _ in range(11)]
    for barcode in barcodes[:10]:
        assert town.issue(visitor, barcode).done
    assert codes(town.issue(visitor, barcodes[10])) == ["limit_reached"]
    assert lending.take_back(town.database, barcodes[0], desk=town.desk, at=NOON)
    assert town.issue(visitor, barcodes[10]).done


@pytest.mark.scenario("S04")
@pytest.mark.clause("R3.2.6")
def test_what_is_for_the_room_only_goes_home_with_nobody(town: Town) -> None:
    visitor = town.inside()
    rare = town.document(DocumentClass.ROOM_ONLY)
    assert codes(town.issue(visitor, rare, LoanPlace.HOME)) == ["room_only"]
    assert town.issue(visitor, rare).done


@pytest.mark.scenario("S05")
@pytest.mark.clause("R1.7", "R2.7")
@pytest.mark.parametrize("residence", [Residence.ELSEWHERE, Residence.TEMPORARY])
def test_who_lives_elsewhere_reads_here(town: Town, residence: Residence) -> None:
    visitor = town.inside(town.ticket(town.patron(residence=residence)))
    refused = town.issue(visitor, place=LoanPlace.HOME)
    assert codes(refused) == ["home_loans_not_allowed"]
    assert town.issue(visitor).done


@pytest.mark.scenario("S06")
@pytest.mark.clause("R3.2.3")
@pytest.mark.parametrize(
    "kind, due", [(DocumentClass.ORDINARY, "2026-04-17"), (DocumentClass.HIGH_DEMAND, "2026-04-02")]
)
def test_the_term_at_home_follows_the_class(town: Town, kind: DocumentClass, due: str) -> None:
    issued = town.issue(town.inside(), town.document(kind), LoanPlace.HOME)
    assert issued.due_on == date.fromisoformat(due)


@pytest.mark.scenario("S06")
def test_a_term_that_ends_on_a_closed_day_ends_on_the_next_open_one(town: Town) -> None:
    wish = Wish(first=date(2026, 4, 17), last=date(2026, 4, 18), kind=CalendarKind.CLOSED)
    calendar_days.add(town.database, wish, By(staff_id=1, at=NOON))
    issued = town.issue(town.inside(), place=LoanPlace.HOME)
    assert issued.due_on == date(2026, 4, 19)


@pytest.mark.scenario("S13")
def test_an_overdue_loan_blocks_new_ones_home_but_not_the_reading_room(town: Town) -> None:
    visitor = town.inside()
    first = town.issue(visitor, place=LoanPlace.HOME)
    town.change(Loan, first.loan_id, due_on=TODAY - timedelta(days=3))
    assert codes(town.issue(visitor, place=LoanPlace.HOME)) == ["overdue_blocks_loans"]
    assert town.issue(visitor).done


@pytest.mark.scenario("S10")
def test_one_document_at_two_desks_at_once_makes_one_loan_and_one_refusal(town: Town) -> None:
    readers = [town.inside() for _ in range(6)]
    barcode = town.document()
    with ThreadPoolExecutor(6) as desks:
        answers = list(desks.map(lambda reader: town.issue(reader, barcode), readers))
    assert [issued.done for issued in answers].count(True) == 1
    refused = [issued for issued in answers if not issued.done]
    assert {issued.problem for issued in refused} == {Problem.ALREADY_OUT}
    assert open_loans(town) == 1


def test_the_same_reader_is_told_that_the_document_is_theirs_already(town: Town) -> None:
    visitor, barcode = town.inside(), town.document()
    town.issue(visitor, barcode)
    again = town.issue(visitor, barcode)
    assert (again.problem, again.out_to_same_reader) == (Problem.ALREADY_OUT, True)


@pytest.mark.scenario("S11")
def test_a_department_opens_the_visit_of_who_entered_unseen(town: Town) -> None:
    ticket = town.ticket()
    visit_id = lending.open_visit(
        town.database, ticket, desk=town.desk, at=NOON, entropy=os.urandom
    )
    again = lending.open_visit(town.database, ticket, desk=town.desk, at=NOON, entropy=os.urandom)
    assert again == visit_id
    with town.database.reading() as session:
        visit = session.get_one(Visit, visit_id)
    assert (visit.state, visit.origin) == (VisitState.INSIDE, VisitOrigin.DEPARTMENT)
    assert town.issue(CheckAnswer(id=new_id(), verdict=Verdict.GRANT, visit_id=visit_id)).done


def test_a_ticket_of_nobody_opens_no_visit(town: Town) -> None:
    with pytest.raises(LookupError):
        lending.open_visit(
            town.database, "0123456789ab", desk=town.desk, at=NOON, entropy=os.urandom
        )


@pytest.mark.scenario("S12")
def test_anybody_brings_a_document_back(town: Town) -> None:
    visitor, barcode = town.inside(), town.document()
    town.issue(visitor, barcode)
    elsewhere = Desk(department="7", staff_id=1)
    returned = lending.take_back(town.database, barcode, desk=elsewhere, at=NOON)
    assert returned is not None
    assert (returned.visit_id, returned.department_code) == (visitor.visit_id, "5")
    assert open_loans(town) == 0


@pytest.mark.scenario("S12")
@pytest.mark.clause("R4.3.3")
def test_a_banned_reader_s_document_comes_back_too(town: Town) -> None:
    ticket = town.ticket()
    visitor, barcode = town.inside(ticket), town.document()
    town.issue(visitor, barcode, LoanPlace.HOME)
    town.check(visitor.slip_number or "", leaving=True)
    town.ban(ticket, NOON, None)
    assert lending.take_back(town.database, barcode, desk=town.desk, at=NOON) is not None


def test_a_document_that_nobody_had_is_taken_all_the_same(town: Town) -> None:
    returned = lending.take_back(town.database, town.document(), desk=town.desk, at=NOON)
    assert returned is not None
    assert returned.loan_id is None
    assert lending.take_back(town.database, "no such thing", desk=town.desk, at=NOON) is None


def test_a_lost_or_unknown_document_is_not_lent(town: Town) -> None:
    visitor, barcode = town.inside(), town.document()
    with town.database.reading() as session:
        document = lending.find_document(session, barcode)
    assert document is not None
    town.change(Document, document.id, is_lost=True)
    assert town.issue(visitor, barcode).problem is Problem.LOST
    assert town.issue(visitor, "0").problem is Problem.UNKNOWN_DOCUMENT


def test_an_issue_and_a_return_can_be_undone(town: Town) -> None:
    visitor, barcode = town.inside(), town.document()
    issued = town.issue(visitor, barcode)
    assert issued.loan_id is not None
    lending.take_back(town.database, barcode, desk=town.desk, at=NOON)
    assert lending.undo(town.database, issued.loan_id, desk=town.desk, at=NOON)
    assert open_loans(town) == 1
    assert lending.undo(town.database, issued.loan_id, desk=town.desk, at=NOON)
    assert open_loans(town) == 0
    assert not lending.undo(town.database, issued.loan_id, desk=town.desk, at=NOON)


@pytest.mark.clause("R5.2.11")
def test_what_was_issued_by_mistake_is_counted_nowhere(town: Town) -> None:
    issued = town.issue(town.inside(), town.document())
    assert issued.loan_id is not None
    day = Period(NOON.date(), NOON.date())
    assert catalogue.make(town.database, ReportCode.LOANS_BY_CLASS, day).rows
    lending.undo(town.database, issued.loan_id, desk=town.desk, at=NOON)
    assert not catalogue.make(town.database, ReportCode.LOANS_BY_CLASS, day).rows


@pytest.mark.clause("R3.3.2")
def test_issue_and_return_stand_in_the_log_with_who_confirmed_them(town: Town) -> None:
    barcode = town.document()
    issued = town.issue(town.inside(), barcode)
    lending.take_back(town.database, barcode, desk=town.desk, at=NOON)
    mine = select(AuditRecord).where(
        AuditRecord.object_kind == "loan", AuditRecord.object_id == str(issued.loan_id)
    )
    with town.database.reading() as session:
        told = [(row.action, row.actor) for row in session.scalars(mine.order_by(AuditRecord.id))]
    who = town.desk.actor
    assert told == [("document_issued", who), ("document_returned", who)]


def test_a_return_is_not_undone_once_somebody_else_has_the_document(town: Town) -> None:
    barcode = town.document()
    issued = town.issue(town.inside(), barcode)
    assert issued.loan_id is not None
    lending.take_back(town.database, barcode, desk=town.desk, at=NOON)
    assert town.issue(town.inside(), barcode).done
    assert not lending.undo(town.database, issued.loan_id, desk=town.desk, at=NOON)


@pytest.mark.scenario("V04")
@pytest.mark.clause("R2.4")
def test_an_event_slip_gives_no_documents(town: Town) -> None:
    visit_id = town.visitor_of_event(town.event())
    refused = lending.issue(
        town.database, visit_id, town.document(), LoanPlace.READING_ROOM, desk=town.desk, at=NOON
    )
    assert codes(refused) == ["event_slip_no_service"]
    assert open_loans(town) == 0
