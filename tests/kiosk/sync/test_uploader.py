"""Events on their way to the server: which go, which stay, which are set aside."""

from __future__ import annotations

import pytest

from gate.events import Receipt
from kiosk.store import copy, outbox
from kiosk.sync.client import ServerClient
from kiosk.sync.link import Link
from kiosk.sync.uploader import Uploader
from tests.kiosk.centre import Centre, Mood
from tests.kiosk.house import House, MovedClock
from tests.kiosk.sync.happening import happen


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
