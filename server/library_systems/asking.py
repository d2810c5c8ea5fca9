"""Asking the library system before a decision, for whoever is about to be judged.

Somebody stands at the exit meanwhile, so that whom to ask for is found by one statement.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import BindParameter, Select, bindparam, or_, select

from gate.facts import CredentialKind
from server.database import Database
from server.library_systems.link import Link
from server.models import LostSlip, Station, Ticket, Visit
from server.services import lookup
from server.services.checks_facts import Shown

_SHOWN: Final[BindParameter[Any]] = bindparam("value")
_CARRIED: Final = lookup.best_ticket(bindparam("kind"), _SHOWN).scalar_subquery()
_OF_LOST: Final = select(LostSlip.visit_id).where(LostSlip.number == _SHOWN).scalar_subquery()
_OF_TICKET: Final = select(Ticket.number).where(Ticket.id == _SHOWN)
_OF_CREDENTIAL: Final = select(Ticket.number).where(Ticket.id == _CARRIED)
_OF_VISIT: Final = select(Ticket.number).join(Visit, Visit.ticket_id == Ticket.id)
_BY: Final = {
    CredentialKind.TICKET_CODE: _OF_TICKET,
    CredentialKind.NUMBER: _OF_CREDENTIAL,
    CredentialKind.CARD: _OF_CREDENTIAL,
    CredentialKind.SLIP_CODE: _OF_VISIT.where(
        or_(Visit.slip_number == _SHOWN, Visit.id == _OF_LOST)
    ),
}
_OURS: Final = (
    select(Station.code)
    .where(Station.token_hash == bindparam("token_hash"), Station.revoked_at.is_(None))
    .exists()
)
_BY_FOR_STATION: Final = {kind: number.where(_OURS) for kind, number in _BY.items()}
_BY_VISIT: Final = _OF_VISIT.where(Visit.id == _SHOWN)


def before_check(
    link: Link, database: Database, token_hash: str, shown: Shown, at: datetime
) -> datetime | None:
    """Bring the loans of whoever shows this code up to date; see `Link.refresh`.

    None too where the code is nobody's, or the token no station's.
    """
    value = shown.ticket_id or shown.slip_number or shown.value
    values = {"kind": shown.credential, "value": value, "token_hash": token_hash}
    return _refreshed(link, database, _BY_FOR_STATION[shown.credential], values, at)


def before_facts(
    link: Link, database: Database, kind: CredentialKind | None, value: str, at: datetime
) -> datetime | None:
    """The same for a credential as stations name it, which have shown their token."""
    if kind is None:
        return None
    return _refreshed(link, database, _BY[kind], {"kind": kind, "value": value}, at)


def before_desk(link: Link, database: Database, visit_id: UUID, at: datetime) -> datetime | None:
    """The same for the reader of a visit."""
    return _refreshed(link, database, _BY_VISIT, {"value": visit_id}, at)


def _refreshed(
    link: Link, database: Database, whose: Select[str], values: dict[str, Any], at: datetime
) -> datetime | None:
    with database.engine.connect() as connection:
        number = connection.scalar(whose, values)
    return None if number is None else link.refresh(number, at=at)
