"""Documents from another system's list or catalogue; a row is known by its inventory number."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import delete, insert, or_, select
from sqlalchemy.orm import Session

from gate.facts import DocumentClass
from server.models import Department, Document
from server.services.imports.cells import Cells, FaultCode
from server.services.imports.planning import (
    Fate,
    Planned,
    Surroundings,
    Written,
    change,
    change_back,
    differing,
)
from server.services.imports.tables import Row
from server.services.imports.uses import used
from server.services.names import fold

_LONGEST_TITLE, _LONGEST_NUMBER, _LONGEST_MARK, _LONGEST_AUTHOR = 500, 40, 60, 200


class Documents:
    """See `planning.Kind`."""

    def plan(self, session: Session, rows: Sequence[Row], on: Surroundings) -> list[Planned]:
        """Judge rows."""
        departments = departments_by_name(session)
        read = [(row.number, Cells(row.values)) for row in rows]
        values = [_values(cells, departments, on) for _, cells in read]
        known, barcodes = _known(session, values)
        return [
            _planned(row, cells, given, known.get(given["inventory_number"]), barcodes)
            for (row, cells), given in zip(read, values, strict=True)
        ]

    def write(
        self, session: Session, planned: Sequence[Planned], on: Surroundings
    ) -> list[Written]:
        """Make the new ones together, change the others one by one."""
        del on
        new = [row.values for row in planned if row.fate is Fate.CREATE]
        written = [change(row) for row in planned if row.fate is Fate.CHANGE]
        if new:
            made = insert(Document).returning(Document.id, sort_by_parameter_order=True)
            ids = session.scalars(made, [_row(values) for values in new])
            written += [Written(key=str(key)) for key in ids]
        return written

    def take_back(self, session: Session, written: Sequence[Written], at: datetime) -> int:
        """Take away what nobody borrowed since, and give the others their former data."""
        del at
        made = [int(row.key) for row in written if row.before is None]
        lent = used(session, Document.id, made)
        session.execute(delete(Document).where(Document.id.in_(set(made) - lent)))
        kept = len(lent)
        for row in written:
            if row.before is not None:
                document = session.get(Document, int(row.key))
                kept += document is None or not change_back({"document": document}, row)
        return kept


def departments_by_name(session: Session) -> dict[str, str]:
    """Departments by their code and by their folded name."""
    rows = session.execute(select(Department.code, Department.name)).all()
    return {fold(name): code for code, name in rows} | {fold(code): code for code, _ in rows}


def department_of(cells: Cells, departments: Mapping[str, str]) -> str | None:
    """The department of a row; None where none is named, or one that nobody knows."""
    named = cells.values.get("department", "").strip()
    code = departments.get(fold(named)) if named else None
    if named and code is None:
        cells.blame("department", FaultCode.UNKNOWN_DEPARTMENT)
    return code


def _values(cells: Cells, departments: Mapping[str, str], on: Surroundings) -> dict[str, Any]:
    number = cells.text("inventory_number", _LONGEST_NUMBER, needed=True)
    if number in on.seen:
        cells.blame("inventory_number", FaultCode.REPEATED)
    if number:
        on.seen.add(number)
    return {
        "inventory_number": number,
        "barcode": cells.text("barcode", _LONGEST_NUMBER),
        "shelf_mark": cells.text("shelf_mark", _LONGEST_MARK),
        "author": cells.text("author", _LONGEST_AUTHOR),
        "title": cells.text("title", _LONGEST_TITLE),
        "year": cells.year("year"),
        "document_class": cells.code("document_class", DocumentClass),
        "department_code": department_of(cells, departments),
    }


def _known(
    session: Session, values: Iterable[Mapping[str, Any]]
) -> tuple[dict[str, Document], dict[str, str]]:
    """Documents by inventory number, and to which inventory number a barcode belongs."""
    values = list(values)
    numbers = {given["inventory_number"] for given in values}
    barcodes = numbers | {given["barcode"] for given in values}
    found = session.scalars(
        select(Document).where(
            or_(Document.inventory_number.in_(numbers), Document.barcode.in_(barcodes))
        )
    ).all()
    return (
        {document.inventory_number: document for document in found},
        {document.barcode: document.inventory_number for document in found},
    )


def _planned(
    row: int,
    cells: Cells,
    given: dict[str, Any],
    document: Document | None,
    barcodes: dict[str, str],
) -> Planned:
    number = given["inventory_number"]
    barcode = given["barcode"] or (number if document is None else document.barcode)
    if barcodes.setdefault(barcode, number) != number:
        cells.blame("barcode", FaultCode.TAKEN)
    if document is None:
        for name, field in (("title", "title"), ("department_code", "department")):
            if not given[name] and not any(fault.field == field for fault in cells.faults):
                cells.blame(field, FaultCode.EMPTY)
        values = {**given, "barcode": barcode}
        return Planned(row=row, faults=tuple(cells.faults), values=values)
    things = {"document": document}
    return Planned(
        row=row,
        faults=tuple(cells.faults),
        key=document.id,
        things=things,
        changes=differing(things, {"document": given}),
    )


def _row(values: Mapping[str, Any]) -> dict[str, Any]:
    return {**values, "document_class": values["document_class"] or DocumentClass.ORDINARY}
