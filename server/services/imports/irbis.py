"""Readers and their loans from IRBIS64: records of its database RDR, as rows of our lists.

A record comes as text, `#10: Коваленко` a field and `*****` after the last (the system's own export
to a text file), or over its protocol (see `server.library_systems.irbis`). Read only.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from server.models import ImportKind
from server.services.imports.tables import Listing, NotReadable, Row, encoding_of

_LINE = re.compile(r"#(\d+):\s?(.*)")
_END: Final = "*****"
_STILL_OUT: Final = re.compile(r"\*+")
"""Stands instead of the day on which a document came back."""
_LONGEST_LINE: Final = 100_000
SURNAME, GIVEN, PATRONYMIC, BORN, NUMBER = 10, 11, 12, 21, 30
ADDRESS, WORKPLACE, PHONE, PASS_NUMBER, RFID, EMAIL = 13, 15, 17, 22, 24, 32
LOAN, CATEGORY, ENROLLED, REREGISTERED = 40, 50, 51, 52


@dataclass(slots=True)
class Reader:
    """A record: for each tag its values in their order."""

    fields: dict[int, list[str]] = field(default_factory=lambda: defaultdict(list))

    def first(self, tag: int) -> str:
        """The first value of a field without subfields, or what stands before its first one."""
        return next((value.partition("^")[0].strip() for value in self.fields.get(tag, ())), "")

    def parts(self, tag: int) -> Iterator[dict[str, str]]:
        """The subfields of each value, by their lower-case signs; `*` is what has no sign."""
        for value in self.fields.get(tag, ()):
            head, *pieces = value.split("^")
            found = {piece[0].lower(): piece[1:].strip() for piece in pieces if piece}
            yield {"*": head.strip(), **found}


def read(kind: ImportKind, path: Path) -> Listing:
    """Open an exported text. Raises OSError, NotReadable for kinds that RDR does not hold."""
    return rows(kind, records(path))


def rows(kind: ImportKind, readers: Iterable[Reader]) -> Listing:
    """Readers, or their loans, as rows; numbered by records. Raises NotReadable."""
    if kind is ImportKind.PATRONS:
        return Listing(
            Row(number, patron_row(reader)) for number, reader in enumerate(readers, start=1)
        )
    if kind is ImportKind.LOANS:
        return Listing(
            Row(number, values)
            for number, reader in enumerate(readers, start=1)
            for values in loan_rows(reader)
        )
    raise NotReadable("IRBIS64's RDR holds readers and their loans alone")


def records(path: Path) -> Iterator[Reader]:
    """Record by record. Raises NotReadable where it is no such text."""
    reader = Reader()
    with path.open(encoding=encoding_of(path), newline=None, errors="replace") as file:
        for line in iter(lambda: file.readline(_LONGEST_LINE), ""):
            text = line.rstrip("\n")
            if text.startswith(_END):
                yield reader
                reader = Reader()
            elif text.strip():
                found = _LINE.match(text)
                if found is None:
                    raise NotReadable("no export of IRBIS64: a line is `#10: ...` or `*****`")
                reader.fields[int(found[1])].append(found[2])
    if reader.fields:
        yield reader


def patron_row(reader: Reader) -> dict[str, str]:
    """One reader with one ticket, by the names of our columns."""
    enrolled = _day(_date_of(reader, ENROLLED))
    renewed = max((_day(part["*"] or part.get("d", "")) for part in reader.parts(REREGISTERED)),
                  default="")  # fmt: skip
    values = {
        "ticket_number": reader.first(NUMBER),
        "surname": reader.first(SURNAME),
        "given_name": reader.first(GIVEN),
        "patronymic": reader.first(PATRONYMIC),
        "birth_date": _day(reader.first(BORN)),
        "category": reader.first(CATEGORY),
        "phone": reader.first(PHONE),
        "email": reader.first(EMAIL),
        "address": _address(reader),
        "workplace": reader.first(WORKPLACE),
        "valid_from": enrolled,
        "registered_for": (renewed or enrolled)[:4],
        "old_number": reader.first(PASS_NUMBER),
        "card_uid": reader.first(RFID),
    }
    return {name: value for name, value in values.items() if value}


def loan_rows(reader: Reader) -> Iterator[dict[str, str]]:
    """What is still out: a document that came back, and a mere visit, are none."""
    number = reader.first(NUMBER)
    for part in reader.parts(LOAN):
        document = part.get("h") or part.get("b", "")
        if document and _STILL_OUT.fullmatch(part.get("f", "")):
            values = {
                "document": document,
                "ticket_number": number,
                "issued_on": _day(part.get("d", "")),
                "due_on": _day(part.get("l", "") or part.get("e", "")),
                "department": part.get("v", ""),
            }
            yield {name: value for name, value in values.items() if value}


def _date_of(reader: Reader, tag: int) -> str:
    return next((part["*"] or part.get("d", "") for part in reader.parts(tag)), "")


def _address(reader: Reader) -> str:
    """Its pieces in their order, without the letters."""
    return ", ".join(
        value for part in reader.parts(ADDRESS) for value in part.values() if value
    )  # fmt: skip


def _day(told: str) -> str:
    """`20261121` as `2026-11-21`; anything else is left to the judge of the row."""
    return f"{told[:4]}-{told[4:6]}-{told[6:]}" if re.fullmatch(r"\d{8}", told) else told
