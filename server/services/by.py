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
        return f"staff:{self.staff_id}"
