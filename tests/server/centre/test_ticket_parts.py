"""A snapshot's tickets in parts: all of them, packed as the feed tells them one by one."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

import pytest
from sqlalchemy import select

from gate.events import PartHead, RowTable, TicketColumns, TicketRecord, unpack
from gate.events.packed import FEE_PAID, HOME_LOANS, SLIP_NOT_RETURNED, RareFields
from gate.facts import CredentialKind, LoanPlace, TicketKind, TicketState
from server.models import IdentityDocument, Residence, Ticket
from server.services import changes, days, feed, ticket_parts
from tests.server.centre.town import NOON, Town

DAY = timedelta(days=1)


def parts(town: Town, after: str = "") -> Iterator[tuple[PartHead, TicketColumns]]:
    last: str | None = after
    while last is not None:
        part = unpack(ticket_parts.read(town.database, last, at=NOON))
        yield part.head, part.columns()
        last = part.head.last


def records(town: Town) -> dict[str, TicketRecord]:
    return {record.ticket_id: record for _, part in parts(town) for record in _records(part)}


def _records(part: TicketColumns) -> Iterator[TicketRecord]:
    overdue, rest = dict(part.overdue), dict(part.rest)
    for place, ticket_id in enumerate(part.ids):
        rare = RareFields.model_validate_json(rest.get(place, "{}"))
        shown = [
            (CredentialKind(kind), value) for at, kind, value in part.credentials if at == place
        ]
        yield TicketRecord(
            ticket_id=ticket_id,
            number=part.numbers[place],
            kind=TicketKind(part.kinds[place]),
            state=TicketState(part.states[place]),
            valid_from=date.fromordinal(part.valid_from[place]),
            valid_until=date.fromordinal(part.valid_until[place]),
            registered_for=part.registered_for[place],
            fee_paid=bool(part.flags[place] & FEE_PAID),
            home_loans=bool(part.flags[place] & HOME_LOANS),
            slip_not_returned=bool(part.flags[place] & SLIP_NOT_RETURNED),
            overdue_loans=overdue.get(place, 0),
            display_name=part.names[place] or None,
            credentials=tuple(shown),
            **dict(rare),
        )


def told_one_by_one(town: Town) -> dict[str, TicketRecord]:
    cursor = feed.read(town.database, 0, epoch=None, at=NOON).cursor
    with town.database.writing() as session:
        changes.note_ticket(session, *session.scalars(select(Ticket.id)))
    found: dict[str, TicketRecord] = {}
    while rows := (answer := feed.read(town.database, cursor, epoch=None, at=NOON)).rows:
        cursor = answer.cursor
        for row in rows:
            if row.table is RowTable.TICKET and row.value is not None:
                found[row.key] = TicketRecord.model_validate(row.value)
    return found


def people_of_every_kind(town: Town) -> None:
    banned = town.ticket()
    town.ban(banned, NOON - DAY, NOON + DAY)
    town.ban(banned, NOON - 9 * DAY, NOON - 5 * DAY)
    town.ticket(town.owner(banned), state=TicketState.REPLACED, valid_until=date(2026, 1, 1))
    town.ban(town.ticket(), NOON - DAY, None)
    town.ban(town.ticket(), NOON - 2 * DAY, NOON - DAY)
    town.ticket(fee_paid=False)
    for changes_of_patron in (
        {"birth_date": NOON.date() - 15 * 365 * DAY},
        {"birth_date": NOON.date() - 15 * 365 * DAY, "guardian_consent_on": NOON.date()},
        {"birth_date": None},
        {"identity_document": IdentityDocument.BIRTH_CERTIFICATE},
        {"document_renew_from": date(2026, 2, 1)},
        {"residence": Residence.ELSEWHERE, "surname": "", "given_name": "Хор «Мрія»"},
        {"agreement_until": date(2026, 12, 31)},
    ):
        town.ticket(town.patron(**changes_of_patron))
    shown = town.ticket()
    town.credential(shown, CredentialKind.CARD, "04A1B2C3D4E5F6")
    town.credential(shown, CredentialKind.NUMBER, "004821")
    late = town.inside(at=NOON - 40 * DAY)
    town.issue(late, None, LoanPlace.HOME, at=NOON - 40 * DAY)
    town.inside(at=NOON - DAY)
    days.close_past_days(town.database, at=NOON)
    again = town.ticket()
    town.inside(again, at=NOON - 3 * DAY)
    days.close_past_days(town.database, at=NOON - 2 * DAY)
    back = town.inside(again, at=NOON - DAY)
    town.check(back.slip_number or "", leaving=True, at=NOON - DAY)


def test_a_part_tells_of_every_ticket_what_the_feed_tells(town: Town) -> None:
    people_of_every_kind(town)
    one_by_one = told_one_by_one(town)
    assert len(one_by_one) > 12
    assert records(town) == one_by_one
    assert {one.overdue_loans for one in one_by_one.values()} == {0, 1}
    assert {one.slip_not_returned for one in one_by_one.values()} == {False, True}
    assert len([one for one in one_by_one.values() if one.ban is not None]) == 3


def test_many_tickets_come_in_parts_and_none_is_left_out(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    tickets = {town.ticket() for _ in range(7)}
    monkeypatch.setattr(ticket_parts, "PART", 3)
    found = [(head.last, list(part.ids)) for head, part in parts(town)]
    assert [len(ids) for _, ids in found] == [3, 3, 1]
    assert {one for _, ids in found for one in ids} == tickets
    assert [last for last, _ in found] == [found[0][1][-1], found[1][1][-1], None]


def test_a_library_without_tickets_has_one_empty_part(town: Town) -> None:
    [(head, part)] = parts(town)
    assert (head.count, head.last, list(part.ids)) == (0, None, [])


@pytest.mark.threat(17)
def test_no_part_tells_when_somebody_was_born(town: Town) -> None:
    """Neither straight nor by the day on which they turn sixteen, once that is over."""
    born = date(1990, 7, 9)
    town.ticket(town.patron(birth_date=born, identity_document=IdentityDocument.BIRTH_CERTIFICATE))
    town.ticket(town.patron(birth_date=born))
    for record in [*records(town).values(), *told_one_by_one(town).values()]:
        assert "-07-09" not in record.model_dump_json(exclude={"valid_from"})


def test_what_changes_while_parts_are_taken_comes_behind_the_first_one_s_cursor(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    early, late = sorted([town.ticket(), town.ticket()])
    monkeypatch.setattr(ticket_parts, "PART", 1)
    (head, first), *_ = parts(town)
    assert list(first.ids) == [early]
    with town.database.writing() as session:
        session.get_one(Ticket, early).state = TicketState.LOST
        session.get_one(Ticket, late).state = TicketState.LOST
        changes.note_ticket(session, early, late)
    (_, second), *_ = parts(town, early)
    assert list(second.states) == ["lost"]
    behind = feed.read(town.database, head.cursor, epoch=head.epoch, at=NOON)
    assert early in {row.key for row in behind.rows}
