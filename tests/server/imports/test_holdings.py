"""Documents from lists and catalogues, and the loans that were out."""

import io
from datetime import date
from pathlib import Path

import pytest
from pymarc import Field, Indicators, MARCWriter, Record, Subfield, XMLWriter
from sqlalchemy import select

from gate.facts import DocumentClass, LoanPlace
from server.models import Document, ImportKind, Loan, Role, Ticket
from server.services import lending
from server.services.imports import marc
from server.services.imports.marc import Flavour
from server.services.imports.tables import NotReadable
from server.services.lending import Desk
from tests.server.console.library import NOON, Library
from tests.server.desk_library import staff_id
from tests.server.imports.lists import csv_file, faults, iso2709, take_in, undo

DOCUMENTS = (
    ("Інв. номер", "Автор", "Назва", "Рік", "Шифр", "Відділ", "Клас"),
    (
        "700001",
        "Франко І.",
        "Захар Беркут",
        "1984",
        "84УКР",
        "Абонемент",
        "підвищений попит",
    ),
    ("700002", "", "Всесвіт. № 3", "2024", "", "5", "журнал"),
)


def field(tag: str, **parts: str) -> Field:
    subfields = [Subfield(code=code, value=value) for code, value in parts.items()]
    return Field(tag=tag, indicators=Indicators(" ", " "), subfields=subfields)


def record_of(*fields: Field) -> Record:
    record = Record(leader="00000nam a2200000   4500", force_utf8=True)
    record.add_field(*fields)  # type: ignore[no-untyped-call]
    return record


def unimarc() -> Record:
    return record_of(
        field("200", a="Тигролови :", e="роман /", f="Іван Багряний"),
        field("700", a="Багряний", b="І. П."),
        field("210", a="Київ :", c="Школа", d="2008"),
        field("995", j="700101", f="482700101", k="84Ук6 Б14", c="1"),
        field("995", j="700102", f="482700102", k="84Ук6 Б14", c="2"),
    )


def marc21() -> Record:
    return record_of(
        field("100", a="Підмогильний, Валер’ян,"),
        field("245", a="Місто :", b="роман /", c="В. Підмогильний"),
        field("264", c="[1928]"),
        field("952", i="700201", p="482700201", o="84 П32", c="1"),
    )


def written(folder: Path, records: list[Record], *, as_xml: bool) -> Path:
    kept = io.BytesIO()
    writer = XMLWriter(kept) if as_xml else MARCWriter(kept)
    for record in records:
        writer.write(record)
    writer.close(close_fh=False)
    path = folder / "catalogue"
    path.write_bytes(kept.getvalue())
    return path


def documents(library: Library, *numbers: str) -> list[Document]:
    with library.database.reading() as session:
        found = select(Document).where(Document.inventory_number.in_(numbers))
        return list(session.scalars(found.order_by(Document.inventory_number)))


def test_documents_come_with_class_and_department_by_name_or_code(
    desk: Library, tmp_path: Path
) -> None:
    run = take_in(desk.database, ImportKind.DOCUMENTS, csv_file(tmp_path, DOCUMENTS))
    assert (run.created, run.faulty) == (2, 0)
    first, second = documents(desk, "700001", "700002")
    assert (first.department_code, first.document_class) == ("1", DocumentClass.HIGH_DEMAND)
    assert (second.department_code, second.document_class) == ("5", DocumentClass.PERIODICAL)
    assert (first.barcode, first.year) == ("700001", 1984)


def test_faults_of_documents_are_told(desk: Library, tmp_path: Path) -> None:
    rows = [
        DOCUMENTS[0],
        ("700001", "", "", "", "", "1", ""),
        ("700002", "", "Назва", "п’ятий", "", "Відділ мрій", ""),
        ("", "", "Назва", "", "", "1", ""),
    ]
    run = take_in(desk.database, ImportKind.DOCUMENTS, csv_file(tmp_path, rows))
    assert faults(desk.database, run) == [
        (2, "title", "empty"),
        (3, "year", "not_a_year"),
        (3, "department", "unknown_department"),
        (4, "inventory_number", "empty"),
    ]


def test_a_barcode_of_another_document_is_taken(desk: Library, tmp_path: Path) -> None:
    (taken,) = documents(desk, "4410")
    rows = [("Інв. номер", "Штрихкод", "Назва", "Відділ"), ("700001", taken.barcode, "Назва", "1")]
    run = take_in(desk.database, ImportKind.DOCUMENTS, csv_file(tmp_path, rows))
    assert faults(desk.database, run) == [(2, "barcode", "taken")]


@pytest.mark.parametrize("as_xml", [False, True])
@pytest.mark.parametrize(
    "flavour, record, expected",
    [
        (Flavour.UNIMARC, unimarc, ("Тигролови. роман", "Багряний І. П.", 2008, "84Ук6 Б14")),
        (Flavour.MARC21, marc21, ("Місто. роман", "Підмогильний, Валер’ян", 1928, "84 П32")),
    ],
)
def test_a_catalogue_record_becomes_a_document_a_copy(
    desk: Library, tmp_path: Path, flavour: Flavour, record: object, expected: tuple[object, ...],
    as_xml: bool,
) -> None:  # fmt: skip
    path = written(tmp_path, [record()], as_xml=as_xml)  # type: ignore[operator]
    run = take_in(desk.database, ImportKind.DOCUMENTS, marc.read(path, flavour).rows)
    assert run.faulty == 0
    first, *others = documents(desk, "700101", "700102", "700201")
    assert (first.title, first.author, first.year, first.shelf_mark) == expected
    assert len(others) == (1 if flavour is Flavour.UNIMARC else 0)


@pytest.mark.parametrize("alphabet", ["utf-8", "cp1251"])
def test_records_are_read_in_the_alphabet_in_which_they_were_written(
    tmp_path: Path, alphabet: str
) -> None:
    path = tmp_path / "catalogue"
    path.write_bytes(
        iso2709(
            alphabet, _200="\x1faҐанок, їжак і є", _700="\x1faБагряний\x1fbІван",
            _995="\x1fj700501\x1ff482700501\x1fc1",
        )
    )  # fmt: skip
    (row,) = marc.read(path, Flavour.UNIMARC).rows
    assert (row.values["title"], row.values["author"]) == ("Ґанок, їжак і є", "Багряний Іван")


def test_a_record_without_a_copy_is_told(desk: Library, tmp_path: Path) -> None:
    record = unimarc()
    record.remove_fields("995")
    path = written(tmp_path, [record], as_xml=False)
    run = take_in(desk.database, ImportKind.DOCUMENTS, marc.read(path, Flavour.UNIMARC).rows)
    assert faults(desk.database, run) == [
        (1, "inventory_number", "empty"), (1, "department", "empty"),
    ]  # fmt: skip


def test_copies_may_stand_in_a_field_of_the_library_s_own(desk: Library, tmp_path: Path) -> None:
    title = field("245", a="Місто")
    record = record_of(title, field("910", b="700301", h="482700301", d="2"))
    where = marc.copies_of("910:inventory_number=b,barcode=h,department=d")
    path = written(tmp_path, [record], as_xml=False)
    take_in(desk.database, ImportKind.DOCUMENTS, marc.read(path, Flavour.MARC21, where).rows)
    (document,) = documents(desk, "700301")
    assert (document.barcode, document.department_code) == ("482700301", "2")


@pytest.mark.parametrize("text", ["", "952", "95:barcode=p", "952:colour=x", "952:barcode"])
def test_a_field_of_copies_that_can_t_be_meant_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        marc.copies_of(text)


@pytest.mark.threat(13)
@pytest.mark.parametrize(
    "content", [b"00714nam  2200205   450", b"<collection><record>", b"\xff" * 99]
)
def test_a_damaged_catalogue_is_not_read(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "catalogue.mrc"
    path.write_bytes(content)
    with pytest.raises(NotReadable):
        list(marc.read(path, Flavour.MARC21).rows)


def loans(folder: Path, *rows: tuple[str, ...]) -> Path:
    headings = ("Інв. номер", "Квиток", "Видано", "Повернути до", "Куди")
    return csv_file(folder, [headings, *rows])


def free_ticket(library: Library) -> tuple[str, int]:
    with library.database.reading() as session:
        ticket = session.scalars(
            select(Ticket).where(Ticket.patron_id == library.clean_reader)
        ).one()
        return ticket.number, ticket.patron_id


@pytest.mark.clause("R3.2.3")
def test_a_loan_that_was_out_is_out_here_too(desk: Library, tmp_path: Path) -> None:
    number, patron_id = free_ticket(desk)
    take_in(desk.database, ImportKind.DOCUMENTS, csv_file(tmp_path, DOCUMENTS))
    path = loans(tmp_path, ("700001", number, "2025-11-10", "", ""))
    run = take_in(desk.database, ImportKind.LOANS, path)
    assert run.created == 1, faults(desk.database, run)
    with desk.database.reading() as session:
        loan = session.scalars(select(Loan).where(Loan.patron_id == patron_id)).one()
        assert (loan.place, loan.due_on) == (LoanPlace.HOME, date(2025, 11, 25))
    again = take_in(desk.database, ImportKind.LOANS, path)
    assert (again.created, again.same) == (0, 1)


def test_a_loan_needs_a_document_a_reader_and_nobody_else_who_has_it(
    desk: Library, tmp_path: Path
) -> None:
    number, _ = free_ticket(desk)
    with desk.database.reading() as session:
        out = session.scalars(select(Document.inventory_number).join(Loan)).first() or ""
    path = loans(
        tmp_path, ("999999", number, "", "", ""), ("4414", "нема", "", "", ""),
        (out, number, "", "", ""),
    )  # fmt: skip
    run = take_in(desk.database, ImportKind.LOANS, path)
    assert faults(desk.database, run) == [
        (2, "document", "unknown_document"),
        (3, "ticket_number", "unknown_ticket"),
        (4, "document", "already_out"),
    ]


def test_an_undo_strikes_out_loans_that_nobody_returned(desk: Library, tmp_path: Path) -> None:
    number, patron_id = free_ticket(desk)
    take_in(desk.database, ImportKind.DOCUMENTS, csv_file(tmp_path, DOCUMENTS))
    path = loans(tmp_path, ("700001", number, "", "", ""), ("700002", number, "", "", ""))
    run = take_in(desk.database, ImportKind.LOANS, path)
    assert run.created == 2, faults(desk.database, run)
    worker = Desk(department="1", staff_id=staff_id(desk, Role.DEPARTMENT))
    lending.take_back(desk.database, "700001", desk=worker, at=NOON)
    undone = undo(desk.database, run)
    assert (undone.taken_back, undone.kept) == (1, 1)
    with desk.database.reading() as session:
        left = session.scalars(select(Loan).where(Loan.patron_id == patron_id)).all()
    assert [loan.returned_at for loan in left] == [NOON]


def test_documents_that_were_lent_since_outlive_an_undo(desk: Library, tmp_path: Path) -> None:
    run = take_in(desk.database, ImportKind.DOCUMENTS, csv_file(tmp_path, DOCUMENTS))
    number, _ = free_ticket(desk)
    take_in(desk.database, ImportKind.LOANS, loans(tmp_path, ("700001", number, "", "", "")))
    undone = undo(desk.database, run)
    assert (undone.taken_back, undone.kept) == (1, 1)
    assert len(documents(desk, "700001", "700002")) == 1
