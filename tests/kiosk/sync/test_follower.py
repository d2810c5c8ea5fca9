"""What the copy becomes: a snapshot, then what changed."""

from __future__ import annotations

import pytest

from gate.events import Changes, Row, RowTable
from kiosk.store import copy, tickets
from kiosk.sync.client import ServerClient
from kiosk.sync.follower import Follower
from kiosk.sync.link import Link
from kiosk.sync.uploader import Uploader
from tests.kiosk.centre import Centre, Mood
from tests.kiosk.house import AT, EPOCH, TICKET_ID, House, row, ticket
from tests.kiosk.sync.happening import begin_anew, happen


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
@pytest.mark.parametrize("mood", [Mood.PORTAL, Mood.SIGN_IN, Mood.REDIRECTS])
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
