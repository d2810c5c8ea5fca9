"""Links to a ticket that nobody can guess: one in a letter for some days, one for a phone to keep.

The link of a letter only makes the other one, so that an old letter opens nothing. Either dies with
its ticket: with the loss, the duplicate, the term. Of a link only the hash is kept.
"""

from __future__ import annotations

import hashlib
from base64 import urlsafe_b64encode
from datetime import UTC, datetime, time, timedelta, tzinfo

from sqlalchemy import delete, select
from sqlalchemy.orm import Session, joinedload

from gate.facts import TicketState
from server.database import Database
from server.models import LinkUse, Ticket, TicketLink
from server.services import audit, settings
from server.services.by import By
from server.services.keys import Entropy

OPEN_DAYS = 14
PHONES_MOST = 5
"""Pages kept of one ticket; the oldest gives way."""
_TOKEN_BYTES = 32


class Gone(LookupError):
    """The link is over, or never was one."""


def to_send(session: Session, ticket: Ticket, *, at: datetime, entropy: Entropy) -> str:
    """A link for a letter, good for two weeks; answers its secret. The one before is over."""
    _drop(session, ticket.id, LinkUse.OPEN, keep=0)
    return _add(session, ticket, LinkUse.OPEN, at, at + timedelta(days=OPEN_DAYS), entropy)


def keep(database: Database, token: str, *, at: datetime, entropy: Entropy) -> str:
    """Turn a letter's link into one for this phone; answers its secret. Raises Gone."""
    with database.writing() as session:
        ticket = find(session, token, LinkUse.OPEN, at=at)
        _drop(session, ticket.id, LinkUse.KEEP, keep=PHONES_MOST - 1)
        made = _add(session, ticket, LinkUse.KEEP, at, _end_of(session, ticket), entropy)
        audit.record(
            session, at=at, actor="reader", action="ticket_kept_on_phone",
            about=("ticket", ticket.id),
        )  # fmt: skip
        return made


def find(session: Session, token: str, use: LinkUse, *, at: datetime) -> Ticket:
    """The good ticket behind a link, with its patron. Raises Gone."""
    ticket = session.scalar(
        select(Ticket)
        .join(TicketLink, TicketLink.ticket_id == Ticket.id)
        .where(
            TicketLink.token_hash == _hash(token),
            TicketLink.use == use,
            TicketLink.expires_at > at,
            Ticket.state == TicketState.ACTIVE,
        )
        .options(joinedload(Ticket.patron))
    )
    if ticket is None or _end_of(session, ticket) <= at:
        raise Gone("no such link")
    return ticket


def count(session: Session, ticket_id: str) -> int:
    """On how many phones a ticket is kept."""
    kept = select(TicketLink.token_hash).where(
        TicketLink.ticket_id == ticket_id, TicketLink.use == LinkUse.KEEP
    )
    return len(session.scalars(kept).all())


def revoke(database: Database, ticket_id: str, *, by: By) -> None:
    """No letter and no phone opens this ticket any more; the ticket itself stays good."""
    with database.writing() as session:
        session.execute(delete(TicketLink).where(TicketLink.ticket_id == ticket_id))
        audit.record(
            session, at=by.at, actor=by.actor, action="ticket_links_revoked",
            about=("ticket", ticket_id),
        )  # fmt: skip


def _hash(token: str) -> str:
    """256 random bits need no salt and no slow hash."""
    return hashlib.sha256(token.encode()).hexdigest()


def _add(
    session: Session, ticket: Ticket, use: LinkUse, at: datetime, until: datetime, entropy: Entropy
) -> str:
    token = urlsafe_b64encode(entropy(_TOKEN_BYTES)).decode().rstrip("=")
    session.add(
        TicketLink(
            token_hash=_hash(token), ticket_id=ticket.id, use=use, created_at=at, expires_at=until
        )
    )
    session.flush()
    return token


def _drop(session: Session, ticket_id: str, use: LinkUse, *, keep: int) -> None:
    mine = select(TicketLink).where(TicketLink.ticket_id == ticket_id, TicketLink.use == use)
    for link in session.scalars(mine.order_by(TicketLink.created_at.desc()).offset(keep)):
        session.delete(link)


def end_of(ticket: Ticket, zone: tzinfo) -> datetime:
    """First instant at which the ticket is good no more, in UTC."""
    after = ticket.valid_until + timedelta(days=1)
    return datetime.combine(after, time.min, tzinfo=zone).astimezone(UTC)


def _end_of(session: Session, ticket: Ticket) -> datetime:
    return end_of(ticket, settings.read(session).zone)
