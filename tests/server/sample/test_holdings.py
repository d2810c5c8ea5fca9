"""Departments and documents of the sample."""

from collections import Counter

import pytest
from sqlalchemy import func, select

from gate.facts import DocumentClass
from server.models import Department, DepartmentKind, Document, Loan, Patron
from tests.server.sample.library import Sample, read_table


def test_there_are_twelve_departments_with_everything_that_slips_and_desks_show(
    sample: Sample,
) -> None:
    with sample.database.reading() as session:
        query = select(Department).where(Department.branch_code.is_(None))
        departments = session.scalars(query.order_by(Department.position)).all()
    assert [department.code for department in departments] == [str(n) for n in range(1, 13)]
    assert departments[0].kind is DepartmentKind.SERVICE_CENTRE
    assert len({department.kind for department in departments}) == len(DepartmentKind)
    assert len({department.phone for department in departments}) == 12
    assert all(d.name and d.name_en and d.hall for d in departments)


@pytest.mark.clause("R3.2.6")
def test_documents_are_of_every_class_and_in_every_department_that_lends(sample: Sample) -> None:
    rows = read_table(sample.folder / "documents.csv")
    assert len(rows) >= 120
    classes = Counter(row["document_class"] for row in rows)
    assert all(classes[document_class] >= 5 for document_class in DocumentClass)
    assert {row["department_code"] for row in rows} == {str(n) for n in (*range(2, 13), 22)}
    assert len({row["inventory_number"] for row in rows}) == len(rows)


def test_barcodes_are_ean_13_of_the_house_s_own_range(sample: Sample) -> None:
    for row in read_table(sample.folder / "documents.csv"):
        digits = [int(digit) for digit in row["barcode"]]
        assert len(digits) == 13
        assert row["barcode"].startswith("2")
        assert sum(digits[0::2] + [3 * digit for digit in digits[1::2]]) % 10 == 0


def test_some_documents_of_every_kind_are_in(sample: Sample) -> None:
    out = select(Loan.document_id).where(Loan.returned_at.is_(None))
    query = (
        select(Document.department_code, func.count())
        .where(Document.id.not_in(out), Document.document_class == DocumentClass.ORDINARY)
        .group_by(Document.department_code)
    )
    with sample.database.reading() as session:
        left = dict(session.execute(query).all())
    assert all(left[code] >= 2 for code in ("2", "3", "5", "6", "8", "9"))


def test_only_documents_that_may_leave_the_house_are_at_home(sample: Sample) -> None:
    query = select(Document.document_class).join(Loan).where(Loan.due_on.is_not(None))
    with sample.database.reading() as session:
        classes = session.scalars(query).all()
        people = session.scalar(select(func.count()).select_from(Patron))
    assert classes
    assert set(classes) == {DocumentClass.ORDINARY}
    assert people == 58
