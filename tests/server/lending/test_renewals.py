"""Home loans renewed, defects noted, devices that stay in the room."""

from datetime import date, timedelta

import pytest
from sqlalchemy import select

from gate.facts import DocumentClass, LoanPlace
from gate.reasons import Reason
from server.models import Department, Document, Loan, Role
from server.services import holds, lending, renewals
from server.services.lending import Desk
from server.services.renewals import NotPossible, Renewed
from tests.server import desk_library
from tests.server.console.library import NOON, Library
from tests.server.desk_library import staff_id

HIGH_DEMAND_TERM = date(2025, 12, 6)
"""Fifteen days after 21 November 2025, a Saturday with hours."""


def home_loan(library: Library) -> Loan:
    with library.database.reading() as session:
        return session.scalars(select(Loan).where(Loan.place == LoanPlace.HOME)).one()


def renew(library: Library, *, shown: bool = False) -> Renewed:
    return renewals.renew(
        library.database, home_loan(library).id, shown=shown, staff_id=staff_id(library), at=NOON
    )


@pytest.mark.clause("R3.2.3")
def test_a_renewal_counts_the_term_of_its_class_anew(desk: Library) -> None:
    assert renew(desk).due_on == HIGH_DEMAND_TERM
    loan = home_loan(desk)
    assert (loan.due_on, loan.renewals) == (HIGH_DEMAND_TERM, 1)


@pytest.mark.scenario("S07")
@pytest.mark.clause("R3.2.3")
def test_what_another_waits_for_is_not_renewed(desk: Library) -> None:
    loan = home_loan(desk)
    by = desk_library.by(desk)
    holds.place(desk.database, loan.document_id, desk.clean_reader, by=by)
    assert renew(desk).decision.codes == (Reason.ON_HOLD_FOR_OTHER,)
    assert home_loan(desk).due_on == loan.due_on


@pytest.mark.clause("R3.3.1")
def test_renewed_again_the_document_must_be_shown(desk: Library) -> None:
    renew(desk)
    with pytest.raises(NotPossible, match="show"):
        renew(desk)
    renew(desk, shown=True)
    assert home_loan(desk).renewals == 2


def test_only_what_is_at_home_is_renewed(desk: Library) -> None:
    with desk.database.reading() as session:
        room = session.scalars(select(Loan.id).where(Loan.place == LoanPlace.READING_ROOM)).first()
    assert room is not None
    for loan_id, why in ((room, "room"), (9999, "over")):
        with pytest.raises(NotPossible, match=why):
            renewals.renew(desk.database, loan_id, shown=True, staff_id=1, at=NOON)


@pytest.mark.clause("R3.2.4")
def test_defects_shown_at_issue_stand_with_the_loan(desk: Library) -> None:
    loan = home_loan(desk)
    renewals.note_defects(
        desk.database, loan.id, "  немає с. 17–18 ", staff_id=staff_id(desk), at=NOON
    )
    assert home_loan(desk).defects == "немає с. 17–18"
    worker = Desk(department="1", staff_id=staff_id(desk, Role.DEPARTMENT))
    with desk.database.reading() as session:
        barcode = session.get_one(Document, loan.document_id).barcode
    lending.take_back(desk.database, barcode, desk=worker, at=NOON)
    with pytest.raises(NotPossible, match="over"):
        renewals.note_defects(desk.database, loan.id, "пізно", staff_id=1, at=NOON)


@pytest.mark.clause("R4.1.7", "R4.1.8", "R3.2.6")
def test_an_e_reader_is_lent_into_the_room_alone(desk: Library) -> None:
    with desk.database.writing() as session:
        room = session.scalars(select(Department.code).where(Department.code == "2")).one()
        session.add(
            Document(
                inventory_number="Е-7", barcode="482999", title="Електронна книга № 7",
                document_class=DocumentClass.ROOM_ONLY, department_code=room,
            )
        )  # fmt: skip
    worker = Desk(department="2", staff_id=staff_id(desk, Role.DEPARTMENT))
    home = lending.issue(
        desk.database, desk.clean_visit, "482999", LoanPlace.HOME, desk=worker, at=NOON
    )
    assert home.decision is not None
    assert Reason.ROOM_ONLY in home.decision.codes
    here = lending.issue(
        desk.database, desk.clean_visit, "482999", LoanPlace.READING_ROOM, desk=worker,
        at=NOON + timedelta(minutes=1),
    )  # fmt: skip
    assert here.done
