"""Who does something at the desk, and when."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class By:
    """A member of staff at an instant."""

    staff_id: int
    at: datetime

    @property
    def actor(self) -> str:
        """The name for the audit log."""
        return actor_of(self.staff_id)


def actor_of(staff_id: int | None) -> str:
    """The name for the audit log; nobody's doing is the system's."""
    return "system" if staff_id is None else f"staff:{staff_id}"
