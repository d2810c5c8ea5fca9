"""The station's last events, as a technician may see them: what happened and when, nobody's."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from kiosk.store import Database

MOST: Final = 200
_SHOWN: Final = (
    "verdict", "reasons", "source", "state", "trouble", "alarm", "phase", "locked", "way", "act",
    "means",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Line:
    """One event: its kind, when, what the server has of it, and its codes."""

    at: datetime
    kind: str
    state: str
    codes: tuple[tuple[str, str], ...]
    """Name of the field, or of the device, and its code."""
    problem: str


def newest(database: Database, most: int = MOST) -> tuple[Line, ...]:
    """The newest first, delivered ones too as long as they are kept."""
    with database.read() as tx:
        rows = tx.execute(
            "SELECT at, kind, state, problem, body FROM outbox ORDER BY place DESC LIMIT ?", (most,)
        ).fetchall()
    return tuple(
        Line(
            datetime.fromisoformat(row["at"]),
            row["kind"],
            row["state"],
            _codes(json.loads(row["body"])),
            row["problem"] or "",
        )
        for row in rows
    )


def _codes(body: dict[str, Any]) -> tuple[tuple[str, str], ...]:
    found = [(name, code) for name in _SHOWN for code in _listed(body.get(name))]
    told = [(each["device"], each["detail"]) for each in body.get("devices", ())]
    return (*found, *told)


def _listed(value: Any) -> list[str]:
    many = value if isinstance(value, list) else [value]
    return [str(one) for one in many if one]
