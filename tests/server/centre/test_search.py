"""One scan opens what it stands for; a few letters find a reader."""

from __future__ import annotations

import pytest

from gate.facts import CredentialKind
from server.models import Patron, Ticket
from server.services import lending, search
from server.services.names import fold
from server.services.search import FoundKind
from tests.server.centre.town import NOON, Town


def scan(town: Town, text: str) -> search.Found:
    return search.scan(town.database, text.encode(), at=NOON)


def test_a_ticket_a_slip_and_a_book_are_told_apart(town: Town) -> None:
    ticket, barcode = town.ticket(), town.document()
    visitor = town.inside(ticket)
    with town.database.reading() as session:
        document = lending.find_document(session, barcode)
    assert document is not None
    patron = town.owner(ticket)
    assert scan(town, town.code(ticket)).patron_id == patron
    assert scan(town, visitor.slip_number or "").visit_id == visitor.visit_id
    assert scan(town, (visitor.slip_number or "").replace("-", "").lower()).kind is FoundKind.VISIT
    assert scan(town, barcode).document_id == document.id
    assert scan(town, f"І{barcode}").document_id == document.id


def test_a_reader_is_found_by_ticket_number_old_number_and_card(town: Town) -> None:
    ticket = town.ticket()
    town.credential(ticket, CredentialKind.NUMBER, "004711")
    town.credential(ticket, CredentialKind.CARD, "04A1B2C3D4E5F6")
    with town.database.reading() as session:
        number = session.get_one(Ticket, ticket).number
    for shown in (number, "004711", "04a1b2c3d4e5f6"):
        assert scan(town, shown).ticket_id == ticket


@pytest.mark.threat(1)
def test_a_forged_code_opens_nothing_and_says_so(town: Town) -> None:
    forged = town.code(town.ticket(), town.slip_keys["K1"])
    assert scan(town, forged).kind is FoundKind.BAD_SIGNATURE
    assert scan(town, "LS1:ABC").kind is FoundKind.BAD_SIGNATURE


@pytest.mark.threat(7, 13)
@pytest.mark.parametrize(
    "bytes_", [b"", b"\x00", b"\xff\xfe", b"' OR 1=1 --", b"%", b"A" * 5000, "🦉".encode()]
)
def test_strange_bytes_find_nothing(town: Town, bytes_: bytes) -> None:
    assert search.scan(town.database, bytes_, at=NOON).kind is FoundKind.NOTHING


def test_names_are_found_by_parts_in_any_order_and_spelling(town: Town) -> None:
    patron = town.patron(surname="Дем'яненко", given_name="Ґаля")
    with town.database.writing() as session:
        row = session.get_one(Patron, patron)
        row.name_key = fold("Дем'яненко Ґаля Іванівна")
    for text in ("демяненко", "Дем’ян", "галя демян", "ІВАН"):
        assert [hit.patron_id for hit in search.patrons(town.database, text)] == [patron], text
    assert search.patrons(town.database, "галя петренко") == []
    assert search.patrons(town.database, "  ") == []
    assert search.patrons(town.database, "100%") == []


def test_latin_letters_that_look_cyrillic_are_forgiven() -> None:
    assert fold("KOBAЛЕНКО") == fold("Коваленко")
    assert fold("Мельник-Гай") == "мельнік гаі"
