"""One reader's day and one visitor's hour, as stations and desks live them through the centre."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select

from gate.codes import SlipClaims, sign_slip
from gate.events import Changes, CheckAnswer, EventReceipts, VisitRecord
from gate.facts import CredentialKind, LoanPlace, VisitState
from server.models import AuditRecord, Visit
from server.services import audit, exits, lending, search
from server.services.search import FoundKind
from tests.server.centre.test_api import Caller, make
from tests.server.centre.town import NOON, Town, entry, told

MINUTE = timedelta(minutes=1)


@pytest.fixture
def callers(town: Town, tmp_path: Path) -> dict[str, Caller]:
    """The stations on the line."""
    app = make(town, tmp_path)
    return {code: Caller(app.test_client(), token) for code, token in town.tokens.items()}


def deliver(caller: Caller, *events: dict[str, Any]) -> None:
    answer = EventReceipts.model_validate_json(caller.post("events", {"events": events}).text)
    assert {receipt.receipt for receipt in answer.receipts} == {"stored"}


def slip_of(town: Town, event: dict[str, Any]) -> str:
    """The code on the slip that K1 printed."""
    claims = SlipClaims(
        visit_id=UUID(event["visit_id"]), number=event["slip_number"], station="K1", issued=NOON,
        event=event.get("event_id") is not None,
    )  # fmt: skip
    return sign_slip(claims, town.slip_keys["K1"])


def leave(caller: Caller, code: str, minutes: int) -> CheckAnswer:
    asked = {"id": str(UUID(int=minutes, version=4)), "code": code, "direction": "exit"}
    at = (NOON + minutes * MINUTE).isoformat()
    return CheckAnswer.model_validate_json(caller.post("check", {**asked, "at": at}).text)


@pytest.mark.scenario("E01", "S03", "X01", "X02")
@pytest.mark.clause("R2.3.1", "R3.1.1", "R3.1.2", "R3.1.4", "R3.2.2")
def test_a_reader_s_day(town: Town, callers: dict[str, Caller]) -> None:
    ticket = town.ticket()
    # The entrance asks for fresh facts, decides itself, prints the slip and tells.
    facts = callers["K1"].post("facts", {"credential": "ticket_code", "value": ticket}).get_json()
    assert facts["ticket"]["state"] == "active"
    assert facts["visit"] is None
    begun = entry("K1", ticket_id=ticket, home_loans=True)
    deliver(callers["K1"], begun, told("K1", "passed", visit_id=begun["visit_id"]))
    slip = slip_of(town, begun)
    # The librarian of department 5 scans the slip and issues two documents.
    found = search.scan(town.database, slip.encode(), at=NOON)
    assert (found.kind, str(found.visit_id)) == (FoundKind.VISIT, begun["visit_id"])
    first, second = town.document(), town.document()
    for barcode in (first, second):
        issued = lending.issue(
            town.database, found.visit_id, barcode, LoanPlace.READING_ROOM, desk=town.desk,
            at=NOON + 5 * MINUTE,
        )  # fmt: skip
        assert issued.done
    lending.take_back(town.database, first, desk=town.desk, at=NOON + 60 * MINUTE)
    # The exit refuses and names the department.
    refused = leave(callers["R1"], slip, 70)
    assert refused.verdict == "refuse"
    [department] = refused.reasons[0].departments
    assert (department.department, department.count) == ("5", 1)
    # The copy of every station knows the same.
    rows = Changes.model_validate_json(callers["E1"].get("changes?after=0").text).rows
    [record] = [
        VisitRecord.model_validate(row.value) for row in rows if row.key == begun["visit_id"]
    ]
    assert [(out.department, out.count) for out in record.reading_room] == [("5", 1)]
    # The last document comes back, the exit lets out, the visit is closed.
    lending.take_back(town.database, second, desk=town.desk, at=NOON + 80 * MINUTE)
    granted = leave(callers["R1"], slip, 90)
    assert granted.verdict == "grant"
    assert [duty.code for duty in granted.duties] == ["hand_in_slip"]
    with town.database.reading() as session:
        visit = session.get_one(Visit, UUID(begun["visit_id"]))
        actions = set(session.scalars(select(AuditRecord.action)))
    assert (visit.state, visit.handed_in) == (VisitState.CLOSED, True)
    assert {
        "entry_decided", "document_issued", "document_returned", "exit_decided", "exited",
    } <= actions  # fmt: skip
    audit.seal(town.database, NOON + 91 * MINUTE)
    assert audit.verify_chain(town.database).intact


@pytest.mark.scenario("V01", "V04", "V05")
@pytest.mark.clause("R2.4")
def test_a_visitor_s_hour(town: Town, callers: dict[str, Caller]) -> None:
    event_id = town.event(places=1)
    place = {"id": str(UUID(int=1, version=4)), "event_id": event_id}
    assert callers["K1"].post("reservations", place).get_json()["granted"] is True
    begun = entry("K1", event_id=event_id, reservation_id=place["id"])
    deliver(callers["K1"], begun)
    slip = slip_of(town, begun)
    visit_id = search.scan(town.database, slip.encode(), at=NOON).visit_id
    refused = lending.issue(
        town.database, visit_id, town.document(), LoanPlace.READING_ROOM, desk=town.desk, at=NOON
    )
    assert refused.decision is not None
    assert refused.decision.codes == ("event_slip_no_service",)
    shown = exits.Shown(credential=CredentialKind.SLIP_CODE, value=begun["slip_number"])
    out = exits.let_out(town.database, shown, staff_id=1, at=NOON + 60 * MINUTE)
    assert out.may_go
    assert [task.code for task in out.decision.duties] == ["hand_in_slip"]
