"""What is believed of an answer."""

from __future__ import annotations

from typing import Any

import pytest

from gate.events import Changes, FactsQuery, Row, RowTable
from kiosk.sync.client import NotAdmitted, NotOurServer, ServerAway, ServerClient, ServerRefused
from tests.kiosk.centre import Centre, Mood
from tests.kiosk.house import AT, EPOCH, TICKET_ID, row, ticket

QUERY = FactsQuery(value="x")


@pytest.mark.fault(13)
@pytest.mark.parametrize(
    "mood, why",
    [
        (Mood.PORTAL, "an answer of type text/html"),
        (Mood.SIGN_IN, "an answer that is no|a snapshot without its head"),
        (Mood.REDIRECTS, "status 302"),
    ],
)
def test_a_captive_portal_is_not_our_server(
    client: ServerClient, centre: Centre, mood: Mood, why: str
) -> None:
    centre.mood = mood
    with pytest.raises(ServerAway, match=why):
        client.facts(QUERY, 1)
    with pytest.raises(ServerAway, match=why):
        client.send(["{}"])
    with pytest.raises(ServerAway, match=why), client.snapshot(with_tickets=True):
        pass
    assert "/login" not in centre.asked, "whoever sends us elsewhere is not followed"


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
