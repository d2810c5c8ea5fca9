"""The archive of a branch is read by a librarian who has nothing of this program (C9)."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest
from sqlalchemy import select

from server.models import Branch, Department, Loan, Ticket
from server.services import branch_export
from tests.server.console.library import NOON, Library
from tests.server.information import test_branch_closing
from tests.server.information.test_branch_closing import lend, rows

branch = test_branch_closing.branch


def test_every_table_of_an_archive_has_its_name() -> None:
    named = branch_export.source()["tables"]
    assert [name for name in branch_export.table_names() if name not in named] == []


@pytest.mark.clause("C9")
def test_a_page_in_plain_words_says_what_each_file_holds(
    library: Library, branch: str, tmp_path: Path
) -> None:
    lend(library)
    file = tmp_path / "branch.zip"
    written = branch_export.export(library.database, branch, file, at=NOON)
    with zipfile.ZipFile(file) as archive:
        text = archive.read("ПРОЧИТАЙ.txt").decode("utf-8-sig")
    assert text.startswith("Філія\r\n")
    assert NOON.strftime("%d.%m.%Y") in text
    assert f"- loan.csv — видачі: {written['loan']}" in text
    assert "home — додому" in text
    assert "consultation.outcome" not in text, "codes of tables that are not there"
    assert "{" not in text
    told = {row["file"]: row["what"] for row in rows(file, "contents")}
    assert told["loan.csv"] == "видачі"


@pytest.mark.clause("C9")
def test_who_has_a_document_is_told_by_the_number_of_a_ticket(
    library: Library, branch: str, tmp_path: Path
) -> None:
    lend(library)
    file = tmp_path / "branch.zip"
    branch_export.export(library.database, branch, file, at=NOON)
    with library.database.reading() as session:
        loan = session.scalars(select(Loan).where(Loan.department_code == "21")).one()
        numbers = session.scalars(select(Ticket.number).where(Ticket.patron_id == loan.patron_id))
        known = set(numbers)
    told = rows(file, branch_export.READERS)
    assert {row["number"] for row in told if row["patron_id"] == str(loan.patron_id)} == known
    assert set(told[0]) == {"patron_id", "ticket_id", "number", "state"}, "and by nothing else"


@pytest.mark.clause("C9")
def test_hours_are_told_as_any_program_reads_them(
    library: Library, branch: str, tmp_path: Path
) -> None:
    with library.database.writing() as session:
        session.get_one(Branch, branch).hours = [None, *[[600, 1080]] * 6]
        session.get_one(Department, "21").hours = None
    file = tmp_path / "branch.zip"
    branch_export.export(library.database, branch, file, at=NOON)
    assert rows(file, "branch")[0]["hours"].startswith("[null, [600, 1080]")
    assert rows(file, "department")[0]["hours"] == ""
