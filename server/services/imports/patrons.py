"""Readers with their tickets, from another system's list (R2).

A row is known by the number of its ticket. That number, being printed on old tickets, opens the
door as a weak credential (E03). What a list does not tell is asked for at the next registration.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import delete, insert, select
from sqlalchemy.orm import Session, joinedload

from gate.codes import new_ticket_id
from gate.facts import CredentialKind, TicketKind, TicketState
from server.models import Credential, Patron, RegistrationCard, Ticket
from server.services import changes, names, reregistration
from server.services.enrolment_rules import last_day
from server.services.imports.cells import FaultCode
from server.services.imports.membership import Membership
from server.services.imports.patron_rows import NAMES, NO_DATA, PatronRow
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
from server.services.personal_data import PATRON_FIELDS

_ID_BYTES, _SALT_BYTES = 6, 16
_OWN = (RegistrationCard, Ticket, Credential)
Holders = Mapping[tuple[CredentialKind, str], set[int]]


class Patrons:
    """See `planning.Kind`.

    The key of what was made is the patron's; of what was changed the ticket's, which leads to all.
    """

    def plan(self, session: Session, rows: Sequence[Row], on: Surroundings) -> list[Planned]:
        """Judge rows."""
        read = [PatronRow(row, on) for row in rows]
        things = _things(session, {row.number for row in read}, on.at)
        holders = _holders(session, {value for row in read for _, value, _ in row.credentials})
        return [_planned(row, things.get(row.number, {}), holders) for row in read]

    def write(
        self, session: Session, planned: Sequence[Planned], on: Surroundings
    ) -> list[Written]:
        """Make the new ones together, change the others one by one."""
        written = _create(session, [row for row in planned if row.fate is Fate.CREATE], on)
        for row in planned:
            if row.fate is Fate.CHANGE:
                session.add(row.things["card"])
                if "ticket.registered_for" in row.changes:
                    reregistration.remember_year(session, row.things["ticket"])
                written.append(change(row))
                _follow(session, row.things)
        return written

    def take_back(self, session: Session, written: Sequence[Written], at: datetime) -> int:
        """Take away whom nobody met since, and give the others their former data."""
        kept = _remove(session, [int(row.key) for row in written if row.before is None])
        for row in written:
            if row.before is None:
                continue
            ticket = session.get(Ticket, row.key)
            things = {} if ticket is None else _around(session, ticket, at)
            if things and change_back(things, row):
                _follow(session, things)
            else:
                kept += 1
        return kept


def _things(session: Session, numbers: Iterable[str], at: datetime) -> dict[str, Mapping[str, Any]]:
    tickets = session.scalars(
        select(Ticket).where(Ticket.number.in_(numbers)).options(joinedload(Ticket.patron))
    )
    return {ticket.number: _around(session, ticket, at) for ticket in tickets}


def _around(session: Session, ticket: Ticket, at: datetime) -> dict[str, Any]:
    card = session.get(RegistrationCard, ticket.patron_id)
    if card is None:
        blank = {"address": "", "workplace": "", "occupation": ""}
        card = RegistrationCard(patron_id=ticket.patron_id, **blank)
    membership = Membership(session, ticket.patron, at)
    return {"ticket": ticket, "patron": ticket.patron, "card": card, "membership": membership}


def _holders(session: Session, values: Iterable[str]) -> Holders:
    """Patrons for whom a card or number stands already."""
    rows = session.execute(
        select(Credential.kind, Credential.value, Ticket.patron_id)
        .join(Credential.ticket)
        .where(Credential.value.in_(values))
    )
    holders: dict[tuple[CredentialKind, str], set[int]] = defaultdict(set)
    for kind, value, patron_id in rows:
        holders[kind, value].add(patron_id)
    return holders


def _planned(row: PatronRow, things: Mapping[str, Any], holders: Holders) -> Planned:
    mine = {things["patron"].id} if things else set()
    for kind, value, name in row.credentials:
        if holders.get((kind, value), mine) - mine:
            row.cells.blame(name, FaultCode.TAKEN)
    faults = row.cells.faults
    if not things:
        return Planned(row=row.row, faults=tuple(faults), values={"new": row})
    return Planned(
        row=row.row,
        # Who is known already may be told of in part.
        faults=tuple(fault for fault in faults if fault.code is not FaultCode.EMPTY),
        key=things["ticket"].id,
        things=things,
        changes=differing(
            things,
            {
                "patron": row.patron,
                "card": row.card,
                "ticket": row.ticket,
                "membership": row.membership,
            },
        ),
    )


def _create(session: Session, planned: Sequence[Planned], on: Surroundings) -> list[Written]:
    rows: list[PatronRow] = [row.values["new"] for row in planned]
    if not rows:
        return []
    made = insert(Patron).returning(Patron.id, sort_by_parameter_order=True)
    ids = session.scalars(made, [_patron(row, on) for row in rows]).all()
    numbered = list(zip(ids, rows, strict=True))
    tickets = [_ticket(row, patron_id, on) for patron_id, row in numbered]
    session.execute(insert(Ticket), tickets)
    blank = {"address": "", "workplace": "", "occupation": ""}
    cards = [{"patron_id": patron_id, **blank, **row.card} for patron_id, row in numbered]
    session.execute(insert(RegistrationCard), cards)
    links = [
        {"kind": kind, "value": value, "ticket_id": ticket["id"], "linked_at": on.at}
        for row, ticket in zip(rows, tickets, strict=True)
        for kind, value in dict.fromkeys((kind, value) for kind, value, _ in row.credentials)
    ]
    if links:
        session.execute(insert(Credential), links)
    for patron_id, row in numbered:
        _make_member(session, patron_id, row, on.at)
    changes.note_ticket(session, *(ticket["id"] for ticket in tickets))
    return [Written(key=str(patron_id)) for patron_id in ids]


def _make_member(session: Session, patron_id: int, row: PatronRow, at: datetime) -> None:
    if row.membership:
        membership = Membership(session, session.get_one(Patron, patron_id), at)
        for name, value in row.membership.items():
            setattr(membership, name, value)


def _patron(row: PatronRow, on: Surroundings) -> dict[str, Any]:
    values = {name: getattr(NO_DATA, name) for name in PATRON_FIELDS}
    values |= {"note": "", "guardian_consent_on": None}
    values |= {name: value for name, value in row.patron.items() if value is not None}
    return {
        **values,
        "name_key": names.key(" ".join(values[name] for name in NAMES)),
        "salt": on.entropy(_SALT_BYTES).hex(),
        "created_at": on.at,
    }


def _ticket(row: PatronRow, patron_id: int, on: Surroundings) -> dict[str, Any]:
    """What the list does not tell is as if the ticket had been made and paid for today."""
    given = {name: value for name, value in row.ticket.items() if value is not None}
    kind = row.kind or TicketKind.PERMANENT
    first = row.valid_from or on.today
    usual = {
        "valid_from": first,
        "valid_until": last_day(kind, first, on.library),
        "registered_for": on.today.year,
        "fee_paid": True,
    }
    return {
        **usual,
        **given,
        "id": new_ticket_id(on.entropy(_ID_BYTES)),
        "number": row.number,
        "patron_id": patron_id,
        "kind": kind,
        "state": TicketState.ACTIVE,
        "issued_at": on.at,
    }


def _follow(session: Session, things: Mapping[str, Any]) -> None:
    """What hangs on the data: the folded name, and the copies of stations."""
    patron: Patron = things["patron"]
    patron.name_key = names.key(patron.full_name, patron.former_surnames)
    changes.note_ticket(session, things["ticket"].id)


def _remove(session: Session, patron_ids: Sequence[int]) -> int:
    tickets = dict(
        session.execute(
            select(Ticket.id, Ticket.patron_id).where(Ticket.patron_id.in_(patron_ids))
        ).all()
    )
    met = used(session, Patron.id, patron_ids, besides=_OWN)
    met |= {tickets[key] for key in used(session, Ticket.id, list(tickets), besides=_OWN)}
    gone = [patron_id for patron_id in patron_ids if patron_id not in met]
    gone_tickets = [key for key, patron_id in tickets.items() if patron_id not in met]
    session.execute(delete(Credential).where(Credential.ticket_id.in_(gone_tickets)))
    session.execute(delete(Ticket).where(Ticket.id.in_(gone_tickets)))
    session.execute(delete(RegistrationCard).where(RegistrationCard.patron_id.in_(gone)))
    session.execute(delete(Patron).where(Patron.id.in_(gone)))
    changes.note_ticket(session, *gone_tickets)
    return len(met)
