"""For whom a reader of a list reads: its columns, as if they stood in the reader's row (R1.8)."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy.orm import Session

from server.models import Organisation, Patron
from server.services import organisations


class Membership:
    """The organisation of one reader; to change its agreement changes it for all its readers."""

    def __init__(self, session: Session, patron: Patron, at: datetime) -> None:
        self._session, self._at = session, at
        self._patron = patron

    @property
    def _of(self) -> Organisation | None:
        return self._patron.organisation

    @property
    def organisation(self) -> str:
        """Its name; another one takes the reader over to it, an empty one away from any."""
        return "" if self._of is None else self._of.name

    @organisation.setter
    def organisation(self, name: str) -> None:
        joined = organisations.find_or_make(self._session, name) if name else None
        organisations.join(self._session, self._patron, joined, at=self._at)

    @property
    def agreement_number(self) -> str:
        """Number of its agreement."""
        return "" if self._of is None else self._of.agreement_number

    @agreement_number.setter
    def agreement_number(self, number: str) -> None:
        if self._of is not None:
            organisations.agree(self._session, self._of, number, self._of.agreement_until)

    @property
    def agreement_until(self) -> date | None:
        """Its last day."""
        return None if self._of is None else self._of.agreement_until

    @agreement_until.setter
    def agreement_until(self, until: date | str | None) -> None:
        if self._of is not None:
            day = date.fromisoformat(until) if isinstance(until, str) else until
            organisations.agree(self._session, self._of, self._of.agreement_number, day)
