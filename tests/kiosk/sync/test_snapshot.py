"""A snapshot: packed or as lines, cut off, or of two servers."""

from __future__ import annotations

import pytest

from gate.events import Row, RowTable, TicketRecord
from gate.facts import CredentialKind
from kiosk.store import coming, copy, tickets
from kiosk.sync.follower import Follower
from tests.kiosk.centre import Centre
from tests.kiosk.house import AT, TICKET_ID, House, building, row, ticket
from tests.kiosk.sync.happening import begin_anew


def many(count: int) -> list[Row]:
    """Tickets with everything that a ticket may have, and the house."""
    rich = {
        "ban": {"since": AT, "until": None},
        "overdue_loans": 3,
        "agreement_until": AT.date(),
        "credentials": ((CredentialKind.CARD, "04AA"),),
        "slip_not_returned": True,
        "fee_paid": False,
    }
    plain = [ticket(ticket_id=f"{n:012x}", number=f"Ч-{n}") for n in range(1, count)]
    return [row(building()), row(ticket(ticket_id="0" * 12, **rich)), *map(row, plain)]


def told_by(rows: list[Row]) -> dict[str, TicketRecord]:
    return {
        one.key: TicketRecord.model_validate(one.value)
        for one in rows
        if one.table is RowTable.TICKET
    }


def known(house: House, rows: list[Row]) -> dict[str, TicketRecord | None]:
    with house.database.read() as tx:
        return {key: tickets.find(tx, key) for key in told_by(rows)}


def without_credentials(rows: list[Row]) -> dict[str, TicketRecord]:
    """What stands for a ticket is found the other way round."""
    return {key: one.model_copy(update={"credentials": ()}) for key, one in told_by(rows).items()}


NOT_RESTORED = dict.fromkeys([f"{3:012x}", f"{4:012x}"])
"""Of five tickets those that the restored server does not have: the copy forgets them."""


@pytest.mark.parametrize("older", [False, True])
@pytest.mark.fault(34)
def test_a_snapshot_tells_all_of_every_ticket_packed_or_by_an_older_server(
    house: House, follower: Follower, centre: Centre, older: bool
) -> None:
    begin_anew(house)
    centre.rows, centre.older = many(7), older
    assert follower.step() == 0
    assert known(house, centre.rows) == without_credentials(centre.rows)
    with house.database.read() as tx:
        [by_card] = tickets.find_by(tx, CredentialKind.CARD, "04AA")
        assert by_card.ticket_id == "0" * 12
        assert tickets.find(tx, TICKET_ID) is None


def test_a_snapshot_goes_on_where_it_broke_off(
    house: House, follower: Follower, centre: Centre
) -> None:
    begin_anew(house)
    centre.rows = many(7)
    parts = iter([True, True, False])
    centre.damage = lambda part: part if next(parts, True) else part[:-40]
    assert follower.step() > 0
    with house.database.read() as tx:
        here = coming.find(tx)
        assert tickets.find(tx, TICKET_ID) is not None, "what was known still serves"
    assert here is not None
    assert (here.tickets, here.last) == (4, f"{3:012x}")
    centre.asked.clear()
    follower.step()
    assert [one for one in centre.asked if "tickets?" in one] == [
        f"/api/v1/tickets?after={n:012x}" for n in (3, 5)
    ]
    assert known(house, centre.rows) == without_credentials(centre.rows)


@pytest.mark.fault(15)
def test_a_snapshot_that_another_server_goes_on_with_begins_anew(
    house: House, follower: Follower, centre: Centre
) -> None:
    begin_anew(house)
    centre.rows = many(5)
    parts = iter([True])
    centre.damage = lambda part: part if next(parts, False) else part[:-40]
    follower.step()
    centre.epoch, centre.damage, centre.rows = "restored", lambda part: part, many(3)
    centre.asked.clear()
    assert follower.step() > 0
    assert not any("snapshot" in one for one in centre.asked), "its tickets would be of two servers"
    follower.step()
    assert known(house, many(5)) == without_credentials(many(3)) | NOT_RESTORED


@pytest.mark.fault(15)
def test_a_snapshot_whose_rest_comes_from_another_server_begins_anew(
    house: House, follower: Follower, centre: Centre
) -> None:
    begin_anew(house)
    centre.rows = many(5)
    rest = centre.snapshot

    def restored(*, with_tickets: bool) -> bytes:
        centre.epoch, centre.rows = "restored", many(3)
        return rest(with_tickets=with_tickets)

    centre.snapshot = restored  # type: ignore[method-assign]
    assert follower.step() > 0
    with house.database.read() as tx:
        state = copy.state(tx)
    assert state is None or state.epoch != "restored"
    follower.step()
    assert known(house, many(5)) == without_credentials(many(3)) | NOT_RESTORED
