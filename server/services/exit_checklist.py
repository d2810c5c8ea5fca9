"""What is looked at before somebody goes: nothing open, or a named librarian's reason (R3.1.4).

The rules let out; whoever stands at the exit looks. Handing in the slip is confirmed by the very
button that closes the visit, everything else by its own mark.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from gate.facts import OwnItem, Task
from gate.reasons import Duty

SHOWN = frozenset({Duty.SHOW_LAPTOP, Duty.OPEN_FOLDER, Duty.SHOW_OWN_DOCUMENTS})
"""What the reader shows, and staff mark as seen."""
SIGNED_BY_MAX_SIGNS = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """What whoever stands at the exit saw."""

    seen: frozenset[Duty] = frozenset()
    counted: int | None = None
    """Documents of the library that the reader carries out; None where nobody counted."""
    scanned: bool = False
    """Each was held against the loans by its barcode, which is better than counting (R3.3.1)."""
    signed_by: str = ""
    """Name of the librarian who signed for own things on the slip itself (R3.1.3)."""
    overruled: str = ""
    """Why the reader goes although something is open, in the name of whoever is signed in."""


def open_points(
    duties: Iterable[Task], own_items: Iterable[OwnItem], checked: Checked
) -> tuple[Duty, ...]:
    """What is not done yet, of a way out that the rules grant; whatever the reason to overrule."""
    return (*_undone(duties, checked), *_unsigned(own_items, checked))


def _undone(duties: Iterable[Task], checked: Checked) -> Iterator[Duty]:
    for task in duties:
        if task.code is Duty.COUNT_DOCUMENTS:
            if not checked.scanned and checked.counted != task.count:
                yield task.code
        elif task.code in SHOWN and task.code not in checked.seen:
            yield task.code


def _unsigned(own_items: Iterable[OwnItem], checked: Checked) -> Iterator[Duty]:
    """Own things that nobody allowed at the desk: the slip bears a signature, or they wait."""
    if not checked.signed_by and any(item.approved_by is None for item in own_items):
        yield Duty.APPROVE_OWN_ITEMS
