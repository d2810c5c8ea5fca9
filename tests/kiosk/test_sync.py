"""The line to the server: what is believed, what is sent again, what the copy becomes."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from gate.events import (
    Changes,
    FactsQuery,
    HelpCalled,
    Receipt,
    Row,
    RowTable,
    TicketRecord,
)
from gate.facts import CredentialKind
from kiosk.store import coming, copy, outbox, tickets
from kiosk.sync.breaker import Asker, Breaker
from kiosk.sync.client import (
    NotAdmitted,
    NotOurServer,
    ServerAway,
    ServerClient,
    ServerRefused,
)
from kiosk.sync.follower import Follower
from kiosk.sync.link import Link
from kiosk.sync.loop import Backoff, Loop
from kiosk.sync.uploader import Uploader
from tests.kiosk.centre import Centre, Mood
from tests.kiosk.house import (
    AT,
    EPOCH,
    TICKET_ID,
    House,
    MovedClock,
    building,
    row,
    ticket,
)

QUERY = FactsQuery(value="x")


@pytest.fixture
def client(centre: Centre) -> Iterator[ServerClient]:
    client = ServerClient(centre.url, "token")
    yield client
    client.close()


@pytest.fixture
def link(moved: MovedClock) -> Link:
    return Link(moved.now)


@pytest.fixture
def uploader(house: House, client: ServerClient, link: Link, moved: MovedClock) -> Uploader:
    return Uploader(house.database, client, link, moved.now)


@pytest.fixture
def changed() -> list[frozenset[RowTable]]:
    return []


@pytest.fixture
def follower(
    house: House, client: ServerClient, link: Link, changed: list[frozenset[RowTable]]
) -> Follower:
    return Follower(house.database, client, link, changed.append, wait_s=0.1)


def happen(house: House, times: int = 1) -> list[str]:
    """Events come into the outbox."""
    journal, ids = house.premises.journal, []
    for _ in range(times):
        with house.database.write() as tx:
            event = HelpCalled(**journal.stamp(tx, house.moved.at))
            journal.write(tx, event)
            ids.append(str(event.id))
    return ids


# --- What is believed ------------------------------------------------------------------------


@pytest.mark.fault(13)
@pytest.mark.parametrize("mood", [Mood.PORTAL, Mood.REDIRECTS])
def test_a_captive_portal_is_not_our_server(
    client: ServerClient, centre: Centre, mood: Mood
) -> None:
    centre.mood = mood
    with pytest.raises(ServerAway):
        client.facts(QUERY, 1)
    with pytest.raises(ServerAway):
        client.send(["{}"])
    with pytest.raises(ServerAway), client.snapshot(with_tickets=True):
        pass


def test_json_of_another_shape_is_not_our_server(client: ServerClient, centre: Centre) -> None:
    centre.facts = lambda _: Row(table=RowTable.KEY, key="x", value=None)  # type: ignore[assignment,return-value]
    with pytest.raises(NotOurServer):
        client.facts(QUERY, 1)


def test_a_server_that_breaks_is_away(client: ServerClient, centre: Centre) -> None:
    centre.mood = Mood.BROKEN
    with pytest.raises(ServerAway):
        client.facts(QUERY, 1)


def test_a_station_that_is_not_known_must_be_paired(client: ServerClient, centre: Centre) -> None:
    centre.mood = Mood.STRANGER
    with pytest.raises(NotAdmitted) as refusal:
        client.facts(QUERY, 1)
    assert refusal.value.problem == "unknown station"


def test_a_refusal_tells_status_and_problem(client: ServerClient, centre: Centre) -> None:
    centre.batch_refused = lambda _: True
    with pytest.raises(ServerRefused) as refusal:
        client.send(["{}"])
    assert (refusal.value.status, refusal.value.problem) == (422, "not readable")


def test_rows_of_tables_that_this_version_does_not_know_are_left_out(
    client: ServerClient, centre: Centre
) -> None:
    class Newer(Changes):
        rows: tuple[Any, ...] = ()

    strange = {"table": "loyalty", "key": "1", "value": {}}
    known = row(ticket()).model_dump(mode="json")
    centre.changes = [Newer(epoch=EPOCH, as_of=AT, cursor=9, rows=(strange, known))]
    answer = client.changes(1, EPOCH, 0)
    assert [one.key for one in answer.rows] == [TICKET_ID]


# --- The deadline ----------------------------------------------------------------------------


@pytest.mark.fault(11)
def test_the_deadline_holds_however_slow_the_call_is() -> None:
    blocked = threading.Event()
    asker = Asker(Breaker(lambda: 0.0), deadline_s=0.05)

    def call(_: float) -> bool:
        return blocked.wait(10)

    with pytest.raises(ServerAway, match="no answer within"):
        asker.ask(call)
    blocked.set()


@pytest.mark.fault(11)
def test_after_two_failures_nobody_waits_until_the_breaker_tries_again(
    moved: MovedClock,
) -> None:
    breaker, calls = Breaker(moved.monotonic), []
    asker = Asker(breaker, deadline_s=1)

    def fail(_: float) -> None:
        calls.append(1)
        raise ServerAway

    for _ in range(5):
        with pytest.raises(ServerAway):
            asker.ask(fail)
    assert len(calls) == 2
    moved.seconds += 3
    with pytest.raises(ServerAway):
        asker.ask(fail)
    assert len(calls) == 3


def test_whoever_hears_the_server_closes_the_breaker(moved: MovedClock) -> None:
    breaker = Breaker(moved.monotonic)
    breaker.failed()
    breaker.failed()
    assert not breaker.lets_ask
    Link(moved.now, breaker.succeeded).heard()
    assert breaker.lets_ask


@pytest.mark.fault(11)
def test_a_half_open_connection_is_given_up_and_the_events_stay(
    house: House, centre: Centre, link: Link, moved: MovedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The server took the request and says nothing more, as after a cut in the line's middle."""
    monkeypatch.setattr("kiosk.sync.client._ANSWER_S", 0.2)
    client = ServerClient(centre.url, "token")
    monkeypatch.setattr(ServerClient._post, "__defaults__", (0.2,))
    centre.mood = Mood.SILENT
    ids = happen(house, 2)
    assert Uploader(house.database, client, link, moved.now).step() > 0
    assert [str(one.id) for one in house.told()] == ids
    assert not link.state.reachable
    centre.unblock.set()
    client.close()


@pytest.mark.fault(34)
def test_nothing_is_compressed_for_a_server_that_did_not_say_it_reads_that(
    house: House, uploader: Uploader, centre: Centre
) -> None:
    """An older server would take folded bytes for records that can't be read."""
    happen(house, 5)
    uploader.step()
    assert len(centre.received) == 5
    assert centre.codings == [None]
    centre.reads = "zstd, gzip"
    happen(house, 1)
    uploader.step()
    happen(house, 5)
    uploader.step()
    assert len(centre.received) == 11
    assert centre.codings[-1] == "zstd"


# --- Up --------------------------------------------------------------------------------------


def test_events_arrive_oldest_first_and_leave_the_queue(
    house: House, uploader: Uploader, centre: Centre, link: Link
) -> None:
    ids = happen(house, 3)
    assert uploader.step() == 0
    assert [event["id"] for event in centre.received] == ids
    assert house.told() == []
    assert link.state.reachable


def test_nothing_is_lost_while_the_server_is_away(
    house: House, uploader: Uploader, centre: Centre, link: Link
) -> None:
    ids = happen(house, 2)
    centre.mood = Mood.BROKEN
    assert 0 < uploader.step() <= 60
    assert not link.state.reachable
    centre.mood = Mood.WELL
    uploader.step()
    assert [event["id"] for event in centre.received] == ids


@pytest.mark.fault(14)
def test_a_batch_whose_answer_was_lost_is_sent_again_and_kept_once(
    house: House, uploader: Uploader, centre: Centre
) -> None:
    ids = happen(house, 2)
    centre.seen.update(ids)  # it was taken, the answer never came
    uploader.step()
    assert centre.received == []
    assert house.told() == []


@pytest.mark.fault(12)
def test_one_event_that_the_server_cannot_process_holds_up_nobody(
    house: House, uploader: Uploader, centre: Centre
) -> None:
    bad, *good = happen(house, 3)
    centre.judge = lambda one: Receipt.UNPROCESSABLE if one["id"] == bad else Receipt.STORED
    uploader.step()
    assert [event["id"] for event in centre.received] == good
    with house.database.read() as tx:
        assert outbox.backlog(tx).set_aside == 1


@pytest.mark.fault(12)
def test_a_batch_refused_whole_is_narrowed_down_to_the_one_event(
    house: House, uploader: Uploader, centre: Centre
) -> None:
    ids = happen(house, 9)
    bad = ids[5]
    centre.batch_refused = lambda events: any(event["id"] == bad for event in events)
    for _ in range(12):
        uploader.step()
    assert [event["id"] for event in centre.received] == [one for one in ids if one != bad]
    assert house.told() == []


def test_a_station_that_is_not_admitted_keeps_its_events(
    house: House, uploader: Uploader, centre: Centre, link: Link
) -> None:
    happen(house)
    centre.mood = Mood.STRANGER
    uploader.step()
    assert not link.state.admitted
    assert len(house.told()) == 1


@pytest.mark.fault(15)
def test_a_server_of_another_epoch_is_told_everything_again(
    house: House, uploader: Uploader, centre: Centre
) -> None:
    ids = happen(house, 2)
    uploader.step()
    centre.epoch, centre.seen, centre.received = "restored", set(), []
    ids += happen(house)
    uploader.step()
    uploader.step()
    assert sorted(event["id"] for event in centre.received) == sorted(ids)
    with house.database.read() as tx:
        state = copy.state(tx)
    assert state is not None
    assert state.epoch == ""  # a snapshot comes before any change


# --- Down ------------------------------------------------------------------------------------


def test_a_station_without_a_copy_takes_a_snapshot(
    house: House, follower: Follower, centre: Centre, changed: list[frozenset[RowTable]]
) -> None:
    with house.database.write() as tx:
        copy.distrust(tx)
    centre.rows = [row(ticket(ticket_id="0000000000aa"))]
    follower.step()
    with house.database.read() as tx:
        state = copy.state(tx)
        assert tickets.find(tx, "0000000000aa") is not None
        assert tickets.find(tx, TICKET_ID) is None
    assert state is not None
    assert (state.cursor, state.epoch) == (centre.cursor, EPOCH)
    assert changed == [frozenset(RowTable)]


def test_changes_are_taken_over_with_their_cursor(
    house: House, follower: Follower, centre: Centre, changed: list[frozenset[RowTable]]
) -> None:
    banned = row(ticket(number="000001"))
    centre.changes = [Changes(epoch=EPOCH, as_of=AT, cursor=99, rows=(banned,))]
    assert follower.step() == 0
    with house.database.read() as tx:
        state, known = copy.state(tx), tickets.find(tx, TICKET_ID)
    assert state is not None
    assert known is not None
    assert (state.cursor, known.number) == (99, "000001")
    assert changed == [frozenset({RowTable.TICKET})]


def test_a_server_without_room_to_wait_is_not_asked_again_at_once(
    house: House, client: ServerClient, link: Link
) -> None:
    impatient = Follower(house.database, client, link, lambda _: None, wait_s=20)
    assert 0.3 < impatient.step() < 1, "a ban reaches the station within a second all the same"


@pytest.mark.fault(13)
@pytest.mark.parametrize("mood", [Mood.PORTAL, Mood.REDIRECTS])
def test_behind_a_captive_portal_queue_and_copy_stay_as_they_are(
    house: House, follower: Follower, uploader: Uploader, centre: Centre, mood: Mood, link: Link
) -> None:
    ids = happen(house, 3)
    with house.database.read() as tx:
        before = copy.state(tx)
    centre.mood = mood
    for _ in range(3):
        assert follower.step() > 0
        assert uploader.step() > 0
    begin_anew(house)
    assert follower.step() > 0, "no snapshot is taken from it either"
    assert not link.state.reachable
    assert [str(one.id) for one in house.told()] == ids
    with house.database.read() as tx:
        after = copy.state(tx)
        assert tickets.find(tx, TICKET_ID) is not None
    assert before is not None
    assert after is not None
    assert after.as_of == before.as_of
    centre.mood = Mood.WELL
    uploader.step()
    assert [event["id"] for event in centre.received] == ids


@pytest.mark.fault(15)
def test_a_cursor_of_another_epoch_leads_to_a_snapshot_and_everything_is_sent_again(
    house: House, follower: Follower, uploader: Uploader, centre: Centre
) -> None:
    happen(house)
    uploader.step()
    centre.epoch = "restored"
    follower.step()
    assert len(house.told()) == 1
    follower.step()
    with house.database.read() as tx:
        state = copy.state(tx)
    assert state is not None
    assert state.epoch == "restored"


def begin_anew(house: House) -> None:
    with house.database.write() as tx:
        copy.distrust(tx)


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
    assert follower.step() > 0
    follower.step()
    assert known(house, many(5)) == without_credentials(many(3)) | dict.fromkeys(
        [f"{3:012x}", f"{4:012x}"]
    )


@pytest.mark.fault(34)
def test_what_a_newer_server_tells_and_nobody_here_understands_is_unknown(
    house: House, follower: Follower, centre: Centre
) -> None:
    strange = {**ticket().model_dump(mode="json"), "state": "suspended"}
    told = Row(table=RowTable.TICKET, key=TICKET_ID, value=strange)
    centre.changes = [Changes(epoch=EPOCH, as_of=AT, cursor=99, rows=(told,))]
    assert follower.step() == 0
    with house.database.read() as tx:
        state = copy.state(tx)
        assert tickets.find(tx, TICKET_ID) is None
    assert state is not None
    assert state.cursor == 99, "one strange row holds up nobody"


def test_the_copy_knows_which_acknowledgements_it_has_seen(
    house: House, follower: Follower, uploader: Uploader
) -> None:
    happen(house)
    uploader.step()
    with house.database.read() as tx:
        before = copy.state(tx)
    follower.step()
    with house.database.read() as tx:
        after = copy.state(tx)
    assert before is not None
    assert after is not None
    assert after.seen == before.seen + 1


# --- Loops -----------------------------------------------------------------------------------


def test_pauses_grow_and_are_never_the_same() -> None:
    backoff = Backoff(shortest_s=1, longest_s=8)
    pauses = [backoff.next_s() for _ in range(6)]
    assert all(
        0.5 * limit <= pause <= limit
        for pause, limit in zip(pauses, (1, 2, 4, 8, 8, 8), strict=True)
    )
    backoff.reset()
    assert backoff.next_s() <= 1


@contextmanager
def running(loop: Loop) -> Iterator[None]:
    loop.start()
    try:
        yield
    finally:
        loop.stop()


def test_a_loop_is_woken_from_a_long_wait_and_survives_what_nobody_foresaw() -> None:
    steps: list[int] = []
    twice = threading.Event()

    def step() -> float:
        steps.append(1)
        if len(steps) == 2:
            twice.set()
            raise RuntimeError("nobody foresaw this")
        return 1000

    loop = Loop("test", step)
    with running(loop):
        while not twice.wait(0.01):
            loop.wake()
    assert len(steps) >= 2
