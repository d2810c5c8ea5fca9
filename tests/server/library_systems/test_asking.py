"""A check and the facts of a station bring another system's loans with them, or their age."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest
from flask.testing import FlaskClient

from server.app import create_app
from server.config import ServerConfig
from server.models import Ticket
from server.services import settings
from tests.server.centre.town import NOON, Town
from tests.server.library_systems.sip2.wild import WildCentre, answering

BOOK = "18040201" + "20260318    120000" + "AB1001|AJКобзар|AQЧЗ|"


def patron(*items: str) -> str:
    counts = "0000" * 2 + f"{len(items):04}" + "0000" * 3
    listed = "".join(f"AU{item}|" for item in items)
    return f"64{' ' * 14}00020260318    120000{counts}AA1|AEОлена К.|BLY|{listed}"


@pytest.fixture
def asked(town: Town, wild: WildCentre, tmp_path: Path) -> Iterator[FlaskClient]:
    """Lystok's own API, with the wild centre behind it."""
    (tmp_path / "session.secret").write_text("a secret", "ascii")
    config = ServerConfig.model_validate(
        {
            "keys": {"directory": town.keys_directory},
            "sessions": {"secret_file": tmp_path / "session.secret"},
            "library_system": {
                "kind": "sip2", "department": "1", "departments": {"ЧЗ": "7"},
                "reading_rooms": ["ЧЗ"], "deadline_ms": 3000,
            },
            "sip2": {"host": "127.0.0.1", "port": wild.port},
        }
    )  # fmt: skip
    yield create_app(config, database=town.database, now=lambda: NOON).test_client()
    town.database.close()


def token(town: Town, station: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {town.tokens[station]}"}


def leave(asked: FlaskClient, town: Town, slip: str) -> dict[str, object]:
    body = {"id": str(uuid4()), "direction": "exit", "code": slip}
    told: dict[str, object] = asked.post(
        "/api/v1/check", json=body, headers=token(town, "R1")
    ).get_json()
    return told


def codes(answer: dict[str, object]) -> list[str]:
    reasons = answer["reasons"]
    assert isinstance(reasons, list)
    return [reason["code"] for reason in reasons]


def test_the_exit_keeps_who_has_a_reading_room_document_there(
    asked: FlaskClient, town: Town, wild: WildCentre
) -> None:
    slip = town.inside(town.ticket()).slip_number
    assert slip is not None
    wild.will(answering(patron("1001")), answering(BOOK), answering(patron()))
    refused = leave(asked, town, slip)
    assert codes(refused)[0] == "reading_room_loans_open"
    assert refused["verdict"] == "refuse"
    assert leave(asked, town, slip)["verdict"] == "grant"


@pytest.mark.fault(35)
def test_while_the_system_is_away_the_exit_asks_a_person(
    asked: FlaskClient, town: Town, wild: WildCentre
) -> None:
    slip = town.inside(town.ticket()).slip_number
    assert slip is not None
    wild.shutdown()
    wild.server_close()
    answer = leave(asked, town, slip)
    assert answer["verdict"] == "desk", answer


@pytest.mark.fault(35)
def test_the_library_may_let_out_while_the_system_is_away(
    asked: FlaskClient, town: Town, wild: WildCentre
) -> None:
    settings.change(town.database, {"exit_on_old_counts": "grant"}, actor="staff:1", at=NOON)
    slip = town.inside(town.ticket()).slip_number
    assert slip is not None
    wild.shutdown()
    wild.server_close()
    assert leave(asked, town, slip)["verdict"] == "grant"


def test_a_station_is_told_since_when_the_loans_are_right(
    asked: FlaskClient, town: Town, wild: WildCentre
) -> None:
    ticket = town.ticket()
    town.inside(ticket)
    query = {"credential": "ticket_code", "value": ticket}
    wild.will(answering(patron("1001")), answering(BOOK))
    told = asked.post("/api/v1/facts", json=query, headers=token(town, "E1")).get_json()
    assert told["loans_as_of"].startswith("2026-03-18T10:00:00")
    assert told["visit"]["reading_room"] == [{"department": "7", "count": 1}]
    with town.database.reading() as session:
        number = session.get_one(Ticket, ticket).number
    assert any(f"AA{number}|" in frame for frame in wild.heard)


def test_strangers_cause_no_questions(asked: FlaskClient, town: Town, wild: WildCentre) -> None:
    leave(asked, town, "nobody issued this")
    body = {"id": str(uuid4()), "direction": "exit", "code": "x"}
    assert asked.post("/api/v1/check", json=body).status_code == 401
    assert wild.heard == []
