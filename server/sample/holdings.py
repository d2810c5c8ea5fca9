"""Departments and documents of the sample library."""

from __future__ import annotations

import tomllib
from collections import defaultdict
from datetime import datetime
from importlib.resources import files
from typing import Any

from sqlalchemy.orm import Session

from gate.facts import DocumentClass
from server.models import Department, DepartmentKind, Document
from server.services import audit, changes

PHONE = "(0400) 20-30-{:02}"
"""No town of Ukraine has this area code."""
_CLASSES = {
    "": DocumentClass.ORDINARY,
    "demand": DocumentClass.HIGH_DEMAND,
    "periodical": DocumentClass.PERIODICAL,
    "room": DocumentClass.ROOM_ONLY,
}
_FIRST_INVENTORY = 480_001
_BARCODE_PREFIX = "2000"
"""GS1 leaves 20 to 29 to each house's own use."""
_NONE = "—"


class Shelves:
    """The documents that are in, by department; what is lent is taken from the end."""

    def __init__(self, documents: list[Document]) -> None:
        self.documents = documents
        self._in: dict[str, list[Document]] = defaultdict(list)
        for document in documents:
            self._in[document.department_code].append(document)

    def take(self, department: str, *, home: bool = False) -> Document:
        """The last document there that may be lent so. Raises LookupError where none is left."""
        shelf = self._in[department]
        for place in reversed(range(len(shelf))):
            if not home or shelf[place].document_class is DocumentClass.ORDINARY:
                return shelf.pop(place)
        raise LookupError(f"nothing left to lend in department {department}")


def write_holdings(session: Session, at: datetime) -> Shelves:
    """Write all departments with their documents."""
    source = tomllib.loads(files("server.sample").joinpath("holdings.toml").read_text("utf-8"))
    documents: list[Document] = []
    for position, entry in enumerate(source["department"]):
        session.add(_department(entry, position))
        for line in entry["documents"]:
            documents.append(_document(line, entry["code"], len(documents)))
        audit.record(
            session, at=at, actor="system", action="imported", about=("department", entry["code"]),
            details={"source": "sample", "documents": len(entry["documents"])},
        )  # fmt: skip
    session.flush()
    session.add_all(documents)
    session.flush()
    changes.note_building(session)
    return Shelves(documents)


def _department(entry: dict[str, Any], position: int) -> Department:
    return Department(
        code=entry["code"],
        name=entry["name"],
        name_en=entry["name_en"],
        kind=DepartmentKind(entry["kind"]),
        phone=PHONE.format(40 + position),
        hall=entry["hall"],
        branch_code=entry.get("branch"),
        position=position,
    )


def _document(line: str, department: str, number: int) -> Document:
    author, title, year, shelf_mark, *rest = (part.strip() for part in line.split("|"))
    author = "" if author == _NONE else author
    return Document(
        inventory_number=str(_FIRST_INVENTORY + number),
        barcode=_barcode(number),
        shelf_mark="" if shelf_mark == _NONE else f"{shelf_mark} {_author_mark(author or title)}",
        author=author,
        title=title,
        year=int(year),
        document_class=_CLASSES["".join(rest)],
        department_code=department,
    )


def _author_mark(name: str) -> str:
    """The letter and number by which books stand in order on a shelf, such as `Ш37`."""
    return f"{name[:1].upper()}{sum(map(ord, name)) % 90 + 10}"


def _barcode(number: int) -> str:
    """An EAN-13 with its check digit."""
    digits = f"{_BARCODE_PREFIX}{number + 1:08}"
    weighed = sum(int(digit) * (3 if place % 2 else 1) for place, digit in enumerate(digits))
    return f"{digits}{-weighed % 10}"
