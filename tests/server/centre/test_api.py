"""The stations' API: who may ask, what is answered, what is said when something is wrong."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import text
from werkzeug.test import TestResponse

from gate.codes import new_signing_key
from gate.events import Changes, CheckAnswer, EventReceipts, FactsAnswer, PairAnswer
from gate.facts import CredentialKind
from server.api.operations import OPERATIONS
from server.app import create_app
from server.config import ServerConfig, ServerSection, SessionsSection
from server.services import stations
from tests.server.centre.town import NOON, Town, entry, new_id


class Caller:
    """A station's side of the line."""

    def __init__(self, client: FlaskClient, token: str) -> None:
        self.client = client
        self.headers = {"Authorization": f"Bearer {token}"} if token else {}

    def post(self, name: str, body: Any) -> TestResponse:
        data = body if isinstance(body, str) else json.dumps(body, default=str)
        return self.client.post(
            f"/api/v1/{name}", data=data, headers=self.headers, content_type="application/json"
        )

    def get(self, path: str) -> TestResponse:
        return self.client.get(f"/api/v1/{path}", headers=self.headers)


def problem(answer: TestResponse) -> tuple[int, str]:
    assert answer.content_type == "application/problem+json", answer.text
    body = answer.get_json()
    assert body["status"] == answer.status_code
    return answer.status_code, body["code"]


def make(town: Town, folder: Path, **server: Any) -> Flask:
    secret = folder / "session.secret"
    secret.write_text("secret of a test")
    config = ServerConfig(
        server=ServerSection(**server), sessions=SessionsSection(secret_file=secret)
    )
    return create_app(config, database=town.database, now=lambda: NOON)


@pytest.fixture
def app(town: Town, tmp_path: Path) -> Flask:
    return make(town, tmp_path)


@pytest.fixture
def k1(app: Flask, town: Town) -> Caller:
    return Caller(app.test_client(), town.tokens["K1"])


@pytest.fixture
def r1(app: Flask, town: Town) -> Caller:
    return Caller(app.test_client(), town.tokens["R1"])


def question(code: str, **more: Any) -> dict[str, Any]:
    return {"id": str(uuid4()), "code": code, **more}


@pytest.mark.scenario("E01")
def test_a_check_is_answered_past_flask_as_it_is_by_the_view(
    app: Flask, r1: Caller, town: Town
) -> None:
    asked = question(town.code(town.ticket()))
    answer = r1.post("check", asked)
    assert (answer.status_code, answer.content_type) == (200, "application/json")
    assert CheckAnswer.model_validate_json(answer.text).verdict == "grant"
    with app.test_request_context("/api/v1/check", method="POST", json=asked, headers=r1.headers):
        assert app.view_functions["api.check"]().get_json() == answer.get_json()  # type: ignore[union-attr]


@pytest.mark.parametrize("name", [op.name for op in OPERATIONS if op.token])
def test_without_a_token_nobody_is_told_anything(app: Flask, town: Town, name: str) -> None:
    [operation] = [op for op in OPERATIONS if op.name == name]
    for token in ("", "wrong", "ї"):
        caller = Caller(app.test_client(), token)
        answer = caller.get(name) if operation.method == "GET" else caller.post(name, {})
        assert problem(answer) == (401, "unknown_station")
        assert answer.headers["WWW-Authenticate"] == "Bearer"


@pytest.mark.threat(17)
def test_a_revoked_station_is_told_that_it_is_and_nothing_else(k1: Caller, town: Town) -> None:
    assert k1.get("changes").status_code == 200
    stations.revoke(town.database, "K1", actor="staff:1", at=NOON)
    assert problem(k1.get("changes")) == (403, "station_revoked")


@pytest.mark.parametrize(
    "body", ["", "{", "[]", "null", '{"id": "x"}', '{"id": 1, "code": []}', '"' + "x" * 20_000]
)
def test_a_record_that_cannot_be_read_is_named_field_by_field(r1: Caller, body: str) -> None:
    answer = r1.post("check", body)
    assert problem(answer) == (422, "invalid_record")
    assert answer.get_json()["errors"]


def test_what_is_wrong_is_said_without_repeating_what_was_sent(r1: Caller) -> None:
    answer = r1.post("check", {"id": "secret", "code": "secret"})
    assert "secret" not in answer.text


def test_addresses_of_nobody_and_wrong_methods_are_problems_too(r1: Caller) -> None:
    assert problem(r1.get("no-such-thing")) == (404, "not_found")
    answer = r1.get("check")
    assert problem(answer) == (405, "method_not_allowed")
    assert "POST" in answer.headers["Allow"]


def test_more_than_a_batch_is_not_even_read(k1: Caller) -> None:
    answer = k1.post("events", '{"events": [' + " " * 9_000_000 + "]}")
    assert problem(answer)[0] == 413


@pytest.mark.threat(3)
def test_a_station_that_guesses_codes_has_to_wait(town: Town, tmp_path: Path) -> None:
    caller = Caller(
        make(town, tmp_path, strange_codes_per_minute=3).test_client(), town.tokens["R1"]
    )
    for guess in ("100001", "100002", "100003"):
        assert caller.post("check", question(guess)).status_code == 200
    answer = caller.post("check", question(town.code(town.ticket())))
    assert problem(answer) == (429, "too_many")
    assert answer.headers["Retry-After"] == "60"


@pytest.mark.threat(3)
def test_guessing_by_facts_has_to_wait_too(town: Town, tmp_path: Path) -> None:
    caller = Caller(
        make(town, tmp_path, strange_codes_per_minute=1).test_client(), town.tokens["K1"]
    )
    wish = {"credential": "number", "value": "123456"}
    assert caller.post("facts", wish).status_code == 200
    assert problem(caller.post("facts", wish)) == (429, "too_many")


@pytest.mark.threat(3)
def test_guessing_slips_at_the_queue_for_computers_has_to_wait_too(
    town: Town, tmp_path: Path
) -> None:
    caller = Caller(
        make(town, tmp_path, strange_codes_per_minute=1).test_client(), town.tokens["K1"]
    )
    wish = {"credential": "slip_code", "value": "K1-0001-AAAAA"}
    assert caller.post("workplaces", wish).get_json()["outcome"] == "not_inside"
    assert problem(caller.post("workplaces", wish)) == (429, "too_many")


@pytest.mark.threat(18)
def test_a_station_joins_by_its_code_and_guessing_has_to_wait(app: Flask, town: Town) -> None:
    nobody = Caller(app.test_client(), "")
    code = stations.new_pairing_code(
        town.database, "K1", staff_id=1, at=NOON, entropy=lambda n: b"\x09" * n
    )
    key = new_signing_key(b"\x01" * 32).public_raw.hex()
    wish = {"code": code, "station": "K1", "slip_public_key": key}
    answer = nobody.post("pair", wish)
    paired = PairAnswer.model_validate_json(answer.text)
    assert Caller(app.test_client(), paired.token).get("changes").status_code == 200
    for _ in range(9):
        assert problem(nobody.post("pair", wish)) == (403, "pairing_refused")
    assert problem(nobody.post("pair", wish)) == (429, "too_many")


def test_fresh_facts_name_ticket_visit_and_house(k1: Caller, town: Town) -> None:
    ticket = town.ticket()
    visitor = town.inside(ticket)
    answer = k1.post("facts", {"credential": "ticket_code", "value": ticket})
    facts = FactsAnswer.model_validate_json(answer.text)
    assert facts.ticket is not None
    assert facts.visit is not None
    assert (facts.ticket.ticket_id, facts.visit.visit_id) == (ticket, visitor.visit_id)
    assert facts.building.library_name == "Міська"
    by_slip = k1.post("facts", {"credential": "slip_code", "value": visitor.slip_number})
    assert FactsAnswer.model_validate_json(by_slip.text) == facts


@pytest.mark.scenario("E29")
def test_facts_are_found_by_a_card_and_for_an_event(k1: Caller, town: Town) -> None:
    ticket, event_id = town.ticket(), town.event(places=7)
    town.credential(ticket, CredentialKind.CARD, "04A1B2C3")
    wish = {"credential": "card", "value": "04A1B2C3", "event_id": event_id}
    facts = FactsAnswer.model_validate_json(k1.post("facts", wish).text)
    assert facts.ticket is not None
    assert facts.event is not None
    assert (facts.ticket.ticket_id, facts.event.places_left) == (ticket, 7)


@pytest.mark.fault(12, 14)
def test_every_event_of_a_batch_has_its_receipt(k1: Caller, town: Town) -> None:
    event = entry("K1", ticket_id=town.ticket())
    answer = k1.post("events", {"events": [event, {"kind": "?"}, event]})
    receipts = EventReceipts.model_validate_json(answer.text).receipts
    assert [receipt.receipt for receipt in receipts] == ["stored", "unprocessable", "known"]


def test_a_batch_of_more_than_a_thousand_is_refused_whole(k1: Caller) -> None:
    assert problem(k1.post("events", {"events": [{}] * 1001})) == (422, "invalid_record")


@pytest.mark.scenario("V02")
def test_places_are_reserved_over_the_wire(k1: Caller, town: Town) -> None:
    wish = {"id": str(new_id()), "event_id": town.event(places=1)}
    assert k1.post("reservations", wish).get_json()["granted"] is True
    other = {"id": str(new_id()), "event_id": wish["event_id"]}
    assert k1.post("reservations", other).get_json()["granted"] is False
    unknown = {"id": str(new_id()), "event_id": "no such event"}
    assert problem(k1.post("reservations", unknown)) == (404, "unknown_event")


def test_public_keys_are_for_everybody_and_hold_nothing_private(app: Flask) -> None:
    answer = app.test_client().get("/api/v1/keys")
    [key] = answer.get_json()["keys"]
    assert set(key) == {"kty", "crv", "alg", "use", "kid", "x"}


def test_a_snapshot_is_a_stream_of_lines(k1: Caller, town: Town) -> None:
    town.inside()
    answer = k1.get("snapshot")
    assert answer.content_type == "application/x-ndjson"
    lines = [json.loads(line) for line in answer.data.splitlines()]
    assert set(lines[0]) == {"epoch", "cursor", "as_of"}
    assert {line["table"] for line in lines[1:]} >= {"building", "ticket", "visit", "key"}


def test_changes_answer_at_once_where_there_are_some(k1: Caller, town: Town) -> None:
    cursor = json.loads(k1.get("snapshot").data.splitlines()[0])["cursor"]
    town.inside()
    answer = Changes.model_validate_json(k1.get(f"changes?after={cursor}&wait_s=30").text)
    assert len(answer.rows) == 1


@pytest.mark.threat(4)
def test_whoever_waits_hears_of_a_change_as_soon_as_it_is_there(k1: Caller, town: Town) -> None:
    cursor = json.loads(k1.get("snapshot").data.splitlines()[0])["cursor"]
    path = f"changes?after={cursor}&epoch=e1&wait_s=30"
    with ThreadPoolExecutor(1) as line:
        waiting = line.submit(k1.get, path)
        town.set(building_limit=77)
        answer = Changes.model_validate_json(waiting.result(timeout=20).text)
    assert answer.rows[0].value is not None
    assert answer.rows[0].value["limit"] == 77


def test_with_no_room_to_wait_the_answer_comes_at_once(town: Town, tmp_path: Path) -> None:
    app = make(town, tmp_path, long_polls=1)
    caller = Caller(app.test_client(), town.tokens["K1"])
    cursor = json.loads(caller.get("snapshot").data.splitlines()[0])["cursor"]
    app.extensions["lystok-api"].waiting.acquire()
    begun = datetime.now().astimezone()
    answer = caller.get(f"changes?after={cursor}&wait_s=30")
    assert answer.status_code == 200
    assert datetime.now().astimezone() - begun < timedelta(seconds=20)


@pytest.mark.parametrize("query", ["after=-1", "after=x", "wait_s=61", f"after={1 << 70}"])
def test_a_cursor_that_cannot_be_is_a_problem(k1: Caller, query: str) -> None:
    assert problem(k1.get(f"changes?{query}")) == (422, "invalid_record")


def test_health_readiness_and_figures(app: Flask, town: Town) -> None:
    town.inside()
    client = app.test_client()
    assert client.get("/healthz").get_json() == {"status": "ok"}
    assert client.get("/readyz").get_json() == {"status": "ready"}
    figures = client.get("/metrics").text
    assert "lystok_visits_open 1.0" in figures
    assert 'lystok_station_last_seen_timestamp_seconds{station="R1"}' in figures


def test_without_its_database_the_server_lives_and_is_not_ready(app: Flask, town: Town) -> None:
    with town.database.writing() as session:
        session.execute(text("DROP TABLE settings_revision"))
    client = app.test_client()
    assert client.get("/healthz").status_code == 200
    assert problem(client.get("/readyz")) == (503, "database_away")


def test_a_fault_of_our_own_is_logged_and_not_told(
    k1: Caller, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def break_(*_args: object, **_options: object) -> None:
        raise RuntimeError("secret words")

    monkeypatch.setattr("server.services.facts.answer", break_)
    answer = k1.post("facts", {})
    assert problem(answer) == (500, "internal")
    assert "secret words" not in answer.text
    assert "secret words" in caplog.text


def test_the_console_stands_behind_the_same_door(app: Flask) -> None:
    client = app.test_client()
    assert client.get("/").status_code in (302, 303)
    assert "text/html" in client.get("/sign-in").content_type
    assert "Set-Cookie" not in client.get("/healthz").headers
