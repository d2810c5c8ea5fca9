"""A row of a list of readers: what is to be kept of it, and what is wrong with it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from gate import applicants
from gate.facts import CredentialKind, TicketKind
from server.models import Category, Residence
from server.services import cards, personal_data
from server.services.imports.cells import Cells, FaultCode
from server.services.imports.planning import Surroundings
from server.services.imports.tables import Row
from server.services.personal_data import CARD_FIELDS, PATRON_FIELDS, PersonalData, Unfit

NAMES = ("surname", "given_name", "patronymic")
NO_DATA = PersonalData(surname="", given_name="")
_LONGEST_NOTE = 1000
_CODES = {"category": Category, "residence": Residence}
_MEMBERSHIP = {"organisation": 200, "agreement_number": 60}


class PatronRow:
    """One reader with one ticket."""

    def __init__(self, row: Row, on: Surroundings) -> None:
        self.row = row.number
        self.cells = Cells(_with_names(row.values))
        self.number = _number(self.cells, on)
        data = _person(self.cells, on)
        given = {name for name, value in self.cells.values.items() if value}
        self.patron: dict[str, Any] = {n: getattr(data, n) for n in PATRON_FIELDS if n in given}
        self.patron |= {name: self.cells.code(name, codes) for name, codes in _CODES.items()}
        self.patron["guardian_consent_on"] = self.cells.day("guardian_consent_on")
        self.patron["note"] = self.cells.text("note", _LONGEST_NOTE)
        self.membership = _membership(self.cells)
        self.card = {name: getattr(data, name) for name in CARD_FIELDS if name in given}
        self.kind = self.cells.code("ticket_kind", TicketKind)
        self.valid_from = self.cells.day("valid_from")
        self.ticket = {
            "valid_from": self.valid_from,
            "valid_until": self.cells.day("valid_until"),
            "registered_for": self.cells.year("registered_for"),
            "fee_paid": self.cells.yes("fee_paid"),
        }
        self.credentials = list(_credentials(self.cells, self.number))


def _membership(cells: Cells) -> dict[str, Any]:
    """For whom somebody reads, and by which agreement (R1.8); nothing without an organisation."""
    given = {name: cells.text(name, most) for name, most in _MEMBERSHIP.items()}
    until = cells.day("agreement_until")
    return {**given, "agreement_until": until} if given["organisation"] else {}


def _with_names(values: Mapping[str, str]) -> dict[str, str]:
    """`Коваленко Олена Ігорівна` in one cell, where the parts have no cells of their own."""
    parts = dict(zip(NAMES, values.get("full_name", "").split(None, 2), strict=False))
    return {**parts, **{name: value for name, value in values.items() if value}}


def _number(cells: Cells, on: Surroundings) -> str:
    number = cells.text("ticket_number", 40, needed=True)
    if number in on.seen:
        cells.blame("ticket_number", FaultCode.REPEATED)
    if number:
        on.seen.add(number)
    return number


def _person(cells: Cells, on: Surroundings) -> PersonalData:
    """The person's data, judged as at the desk; old lists may lack birthdays."""
    form = {name: value for name, value in cells.values.items() if name not in _CODES}
    born = cells.day("birth_date")
    form["birth_date"] = born.isoformat() if born else ""
    try:
        return personal_data.read(form, on.today)
    except Unfit as unfit:
        _blame(cells, unfit)
        stand_ins = {"surname": "Х", "given_name": "Х", "birth_date": on.today.isoformat()}
        rest = {name: stand_ins.get(name, "") for name in unfit.faults}
        return personal_data.read({**form, **rest}, on.today)


def _blame(cells: Cells, unfit: Unfit) -> None:
    """Take over what is wrong, beside a birthday that is missing."""
    known = {fault.field for fault in cells.faults} | {"birth_date"}
    for name, fault in unfit.faults.items():
        if name not in known or (name, fault) == ("birth_date", applicants.Fault.NOT_A_DAY):
            cells.blame(name, FaultCode(fault))


def _credentials(cells: Cells, number: str) -> Iterator[tuple[CredentialKind, str, str]]:
    """What opens the door besides the signed code: kind, value, and the field it stood in."""
    old, card = (cells.values.get(name, "") for name in ("old_number", "card_uid"))
    for name, text, kind, read in (
        ("ticket_number", number, CredentialKind.NUMBER, cards.read_number),
        ("old_number", old, CredentialKind.NUMBER, cards.read_number),
        ("card_uid", card, CredentialKind.CARD, cards.read_uid),
    ):
        try:
            if text:
                yield kind, read(text), name
        except cards.CardRefused as refused:
            # A ticket's number that no scanner could read names its ticket all the same.
            if name != "ticket_number":
                cells.blame(name, FaultCode(refused.fault))
