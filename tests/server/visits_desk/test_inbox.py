"""The inbox: everything that waits for a person, once, until a person looked at it."""

from datetime import timedelta
from uuid import UUID

import pytest

from gate.events import uuid7
from gate.facts import VisitState
from server.models import Conflict, ConflictKind, InboxDone, Station, Visit
from server.services import days, inbox, station_events
from tests.server.centre.town import told
from tests.server.console.desk import Desk
from tests.server.console.library import NOON, Library
from tests.server.desk_library import audited, chance, staff_id


def call_for_help(library: Library) -> str:
    event = {
        "kind": "help_called", "id": str(uuid7(NOON, chance(10))), "station": "K1",
        "incarnation": 1, "sequence": 1, "at": NOON.isoformat(), "boot_id": "b",
        "monotonic_s": 1.0, "clock": "trusted",
    }  # fmt: skip
    broken = {"id": str(uuid7(NOON, chance(10))), "kind": "nonsense"}
    station_events.ingest(library.database, "K1", [event, broken], at=NOON)
    return str(event["id"])


def raise_conflict(library: Library) -> str:
    with library.database.writing() as session:
        conflict = Conflict(
            kind=ConflictKind.TWO_VISITS, visit_id=library.visit, details={"station": "K1"},
            raised_at=NOON,
        )  # fmt: skip
        session.add(conflict)
        session.flush()
        return str(conflict.id)


def kinds(library: Library) -> list[str]:
    with library.database.reading() as session:
        return [entry.kind for entry in inbox.entries(session, NOON)]


@pytest.mark.scenario("E28")
def test_calls_conflicts_broken_records_and_kept_slips_wait(desk: Library) -> None:
    call_for_help(desk)
    raise_conflict(desk)
    days.close_past_days(desk.database, at=NOON + timedelta(days=1))
    assert kinds(desk)[0] == "help_call"
    assert sorted(kinds(desk)) == [
        "conflict", "help_call", "slip_not_returned", "slip_not_returned", "unprocessable",
        "unresolved",
    ]  # fmt: skip


def test_each_entry_is_resolved_once_with_its_note(desk: Library) -> None:
    asked = [("help_call", call_for_help(desk)), ("conflict", raise_conflict(desk))]
    for kind, key in asked:
        done = [
            inbox.resolve(
                desk.database, kind, key, note="Підійшла", staff_id=staff_id(desk), at=NOON
            )
            for _ in range(2)
        ]
        assert done == [True, False]
    assert kinds(desk) == ["unprocessable"]
    assert len(audited(desk, "inbox_resolved")) == 2
    with desk.database.reading() as session:
        assert session.query(InboxDone).one().note == "Підійшла"


@pytest.mark.parametrize("kind,key", [("conflict", "x"), ("help_call", "x"), ("nothing", "1")])
def test_what_is_no_entry_is_not_resolved(desk: Library, kind: str, key: str) -> None:
    assert not inbox.resolve(desk.database, kind, key, note="", staff_id=1, at=NOON)


@pytest.mark.scenario("X19")
def test_the_page_lists_what_waits_and_takes_the_answer(library: Library, centre: Desk) -> None:
    days.close_past_days(library.database, at=NOON + timedelta(days=1))
    page = centre.get("/inbox")
    assert "Відділ знає" in page
    assert "Відділ мистецтв" in page
    with library.database.reading() as session:
        notice = days.open_notices(session)[0]
    assert "Відділ знає" not in centre.post("/inbox/notice", notice=str(notice.id))
    page = centre.post("/inbox", kind="unresolved", key=str(library.visit), note="Принесе завтра")
    assert "Розв’язано." in page
    assert library.slip not in page


@pytest.mark.fault(12)
@pytest.mark.parametrize(
    "sent, why, do",
    [
        ({"kind": "thought_of_in_years"}, "новіша за програму сервера", "оновити сервер"),
        ({"kind": "passed"}, "Запис неповний або пошкоджений", "внесіть його як паперове"),
    ],
)
def test_a_record_that_was_set_aside_is_shown_with_what_to_do(
    library: Library, centre: Desk, sent: dict[str, str], why: str, do: str
) -> None:
    record = {"id": str(UUID(int=7)), "sequence": 81, **sent}
    station_events.ingest(library.database, "K1", [record], at=NOON)
    page = centre.get("/inbox")
    assert f"Станція K1 передала запис «{sent['kind']}»" in page
    assert why in page
    assert do in page
    assert "&#34;sequence&#34;: 81" in page, "the record itself, for the technician"
    page = centre.post("/inbox", kind="unprocessable", key=str(UUID(int=7)), note="Оновлено")
    assert sent["kind"] not in page


def test_a_forgotten_ticket_a_group_and_own_things_at_the_desk(
    library: Library, centre: Desk
) -> None:
    page = centre.post("/admit/guide", group="Ліцей № 7", guide="Ткач О. В.", persons="9")
    assert "slip.png" in page
    page = centre.post("/admit", event="reading", persons="25")
    assert "Листок до друку" in page
    page = centre.post("/admit", event="reading", persons="25")
    assert "Листок до друку" not in page
    page = centre.post(f"/patrons/{library.nasty}/admit", document="passport")
    assert "Листок до друку" in page
    page = centre.post(f"/patrons/{library.banned}/admit", document="passport")
    assert "Вхід знову дозволено з" in page
    page = centre.post(f"/visits/{library.visit}/items")
    assert "Дозволено." in page
    page = centre.post(f"/visits/{library.visit}/items", kind="documents", count="3")
    assert "Власні документи × 3" in page
    assert "Марія Бондар" in page
    with library.database.reading() as session:
        groups = session.query(Visit).filter(Visit.persons == 25).all()
    assert [visit.state for visit in groups] == [VisitState.INSIDE]
    with library.database.reading() as session:
        assert session.get_one(Station, "00").numbers_reserved == 3


@pytest.mark.fault(33)
def test_the_end_of_the_certificate_waits_anew_at_each_step(library: Library, centre: Desk) -> None:
    def warn(days: str) -> None:
        devices = [{"device": "certificate", "state": "degraded", "detail": days}]
        station_events.ingest(
            library.database, "K1", [told("K1", "health", at=NOON, devices=devices)], at=NOON
        )

    warn("30")
    assert "Лишилося днів: 30 або менше." in centre.get("/inbox")
    page = centre.post("/inbox", kind="certificate", key="K1:30", note="Замовлено")
    assert "Лишилося днів" not in page
    warn("7")
    assert "Лишилося днів: 7 або менше." in centre.get("/inbox")
