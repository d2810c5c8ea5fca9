"""What is out on the slip at the exit, by what must become of it (R3.1.4, R3.3.1)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from gate.facts import Decision, LoanPlace
from gate.reasons import Reason
from server.console import reads
from server.console.centre import words
from server.models import Department, Loan

_LOANS_OUT = (Reason.READING_ROOM_LOANS_OPEN, Reason.COPY_TOO_OLD)


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentLine:
    """A document out on this slip."""

    title: str
    author: str
    inventory_number: str
    due_on: date | None
    """Until when it is at home; None: it stays in the reading room."""


@dataclass(slots=True)
class Owing:
    """A department that waits for documents, with those that are known by name."""

    name: str
    phone: str
    count: int = 0
    documents: list[DocumentLine] = field(default_factory=list)


def out_of(loans: Iterable[Loan]) -> Sequence[Loan]:
    """What of a slip's loans is still out."""
    return [loan for loan in loans if loan.returned_at is None]


def taken_home(loans: Iterable[Loan]) -> Sequence[DocumentLine]:
    """What the reader may carry out."""
    return [_line(loan) for loan in loans if loan.place is LoanPlace.HOME]


def owing(
    decision: Decision, loans: Iterable[Loan], rooms: Mapping[str, Department]
) -> Sequence[Owing]:
    """What must be returned, by department: as the decision counts, and each that has a name.

    The two may differ where another system keeps the loans: it tells counts, not always titles.
    """
    waiting: dict[str, Owing] = {}
    for code, count in _counted(decision):
        _of(waiting, code, rooms).count += count
    for loan in loans:
        if loan.place is not LoanPlace.HOME:
            _of(waiting, loan.department_code, rooms).documents.append(_line(loan))
    for each in waiting.values():
        each.count = max(each.count, len(each.documents))
    return list(waiting.values())


def _counted(decision: Decision) -> Iterator[tuple[str, int]]:
    for because in decision.reasons:
        if because.code in _LOANS_OUT:
            yield from ((out.department, out.count) for out in because.departments)


def _of(waiting: dict[str, Owing], code: str, rooms: Mapping[str, Department]) -> Owing:
    room = rooms.get(code)
    name = reads.department_name(room, words()) or code
    return waiting.setdefault(code, Owing(name, room.phone if room else ""))


def _line(loan: Loan) -> DocumentLine:
    return DocumentLine(
        title=loan.document.title,
        author=loan.document.author,
        inventory_number=loan.document.inventory_number,
        due_on=loan.due_on,
    )
