"""The station's last events, as a technician may see them: what happened and when, nobody's."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from kiosk.store import Database

MOST: Final = 200
_SHOWN: Final = ("verdict", "reasons", "source", "state", "trouble", "alarm", "act", "means")


@dataclass(frozen=True, slots=True)
class Line:
    """One event: its kind, when, what the server has of it, and its codes."""

    at: datetime
    kind: str
    state: str
    codes: str
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


def _codes(body: dict[str, Any]) -> str:
    found = [body[name] for name in _SHOWN if body.get(name)]
    told = [f"{each['device']} {each['detail']}" for each in body.get("devices", ())]
    return ", ".join([*(_plain(each) for each in found), *told])


def _plain(value: Any) -> str:
    return " ".join(map(str, value)) if isinstance(value, list) else str(value)
