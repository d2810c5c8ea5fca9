"""The audit log: written with the act, sealed soon, and no tampering stays unseen."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from gate.events import AuditHead
from server.models import AuditRecord, AuditSeal
from server.services import audit, audit_heads, station_events
from tests.server.centre.town import NOON, Town, entry


def write(town: Town, *names: str) -> None:
    with town.database.writing() as session:
        for name in names:
            audit.record(session, at=NOON, actor="staff:1", action=name, about=("book", "1"))


def sealed(town: Town) -> int:
    return audit.seal(town.database, NOON + timedelta(seconds=1))


def last_ids(town: Town, count: int) -> list[int]:
    with town.database.reading() as session:
        query = select(AuditRecord.id).order_by(AuditRecord.id.desc()).limit(count)
        return list(session.scalars(query))


@pytest.fixture
def log(town: Town) -> Town:
    """A town with three seals."""
    for names in (("a", "b"), ("c",), ("d", "e", "f")):
        write(town, *names)
        sealed(town)
    return town


def test_a_seal_covers_all_that_settled_since_the_last(town: Town) -> None:
    first = sealed(town)
    write(town, "a", "b", "c")
    assert sealed(town) == 3
    assert sealed(town) == 0
    report = audit.verify_chain(town.database)
    assert (report.intact, report.seals, report.records) == (True, 2, first + 3)


def test_a_record_is_gone_with_the_act_that_failed(town: Town) -> None:
    sealed(town)
    with pytest.raises(ZeroDivisionError):
        _fail(town)
    assert sealed(town) == 0


def _fail(town: Town) -> None:
    with town.database.writing() as session:
        audit.record(session, at=NOON, actor="staff:1", action="x", about=("book", "1"))
        raise ZeroDivisionError


@pytest.mark.threat(16)
@pytest.mark.parametrize(
    "change",
    [
        {"details": {"changed": True}}, {"actor": "staff:2"}, {"action": "nothing"},
        {"object_id": "2"}, {"at": NOON + timedelta(days=1)},
    ],
)  # fmt: skip
def test_every_edit_shows(log: Town, change: dict[str, object]) -> None:
    victim = last_ids(log, 4)[-1]
    with log.database.writing() as session:
        session.execute(update(AuditRecord).where(AuditRecord.id == victim).values(**change))
    assert not audit.verify_chain(log.database).intact


@pytest.mark.threat(16)
@pytest.mark.parametrize("place", range(6))
def test_an_edit_shows_wherever_it_stands(log: Town, place: int) -> None:
    victim = last_ids(log, 6)[place]
    with log.database.writing() as session:
        session.execute(update(AuditRecord).where(AuditRecord.id == victim).values(actor="staff:2"))
    assert not audit.verify_chain(log.database).intact


@pytest.mark.threat(16)
@pytest.mark.parametrize("place", [0, 2, 3, 5])
def test_every_deletion_shows(log: Town, place: int) -> None:
    victim = last_ids(log, 6)[place]
    with log.database.writing() as session:
        session.execute(delete(AuditRecord).where(AuditRecord.id == victim))
    assert not audit.verify_chain(log.database).intact


@pytest.mark.threat(16)
def test_a_seal_taken_out_with_all_that_it_covers_shows(log: Town) -> None:
    """Even where those after it moved up, so that no number is missing."""
    with log.database.writing() as session:
        last, middle = audit.head(session)[0], audit.head(session)[0] - 1
        session.execute(delete(AuditRecord).where(AuditRecord.action == "c"))
        session.execute(delete(AuditSeal).where(AuditSeal.number == middle))
        session.execute(update(AuditSeal).where(AuditSeal.number == last).values(number=middle))
    report = audit.verify_chain(log.database)
    assert (report.intact, report.broken_at) == (False, middle)


@pytest.mark.threat(16)
def test_a_seal_under_another_number_shows(log: Town) -> None:
    with log.database.writing() as session:
        last = audit.head(session)[0]
        session.execute(update(AuditSeal).where(AuditSeal.number == last).values(number=last + 1))
    assert audit.verify_chain(log.database).broken_at == last


@pytest.mark.threat(16)
def test_another_order_shows(log: Town) -> None:
    one, other = last_ids(log, 2)
    with log.database.writing() as session:
        _swap(session, one, other)
    assert not audit.verify_chain(log.database).intact


def _swap(session: Session, one: int, other: int) -> None:
    rows = {row.id: row for row in session.scalars(select(AuditRecord))}
    rows[one].action, rows[other].action = rows[other].action, rows[one].action


@pytest.mark.threat(16)
def test_a_cut_at_the_end_shows_to_whoever_kept_the_head(log: Town) -> None:
    with log.database.reading() as session:
        head = audit.head(session)
    with log.database.writing() as session:
        last = session.get_one(AuditSeal, head[0])
        covered = last_ids(log, last.records)
        session.delete(last)
        session.execute(delete(AuditRecord).where(AuditRecord.id.in_(covered)))
    assert audit.verify_chain(log.database).intact
    assert not audit.verify_chain(log.database, head).intact


@pytest.mark.threat(16)
def test_a_chain_made_anew_shows_to_whoever_kept_a_head(log: Town) -> None:
    with log.database.reading() as session:
        head = audit.head(session)
    with log.database.writing() as session:
        session.execute(delete(AuditSeal))
        session.execute(update(AuditRecord).values(actor="staff:9"))
    sealed(log)
    assert audit.verify_chain(log.database).intact
    assert not audit.verify_chain(log.database, head).intact


@pytest.mark.threat(16)
def test_every_insertion_before_the_last_seal_shows(log: Town) -> None:
    with log.database.writing() as session:
        first = session.scalars(select(AuditRecord).order_by(AuditRecord.id).limit(1)).one()
        session.add(
            AuditRecord(
                id=first.id - 1, position=first.position, at=NOON, actor="staff:1",
                action="a", object_kind="book", object_id="1", details={},
            )
        )  # fmt: skip
    assert not audit.verify_chain(log.database).intact


# --- What stations keep ------------------------------------------------------------------------


def hear(town: Town, head: AuditHead | None = None) -> AuditHead | None:
    """K1 delivers a batch and what it keeps; answers the seal that it hears of."""
    told = entry("K1", ticket_id=town.ticket())
    return station_events.ingest(town.database, "K1", [told], at=NOON, head=head).audit_head


@pytest.mark.threat(16)
def test_a_station_hears_of_the_newest_seal_and_confirms_the_end(log: Town) -> None:
    kept = hear(log)
    assert kept is not None
    hear(log, kept)
    found = audit_heads.check(log.database)
    assert (found.report.intact, found.fit, found.differ) == (True, ["K1"], [])


@pytest.mark.threat(16)
def test_a_cut_and_a_log_made_anew_show_against_what_a_station_keeps(log: Town) -> None:
    kept = hear(log)
    assert kept is not None
    with log.database.writing() as session:
        session.execute(delete(AuditSeal).where(AuditSeal.number == kept.number))
    hear(log, kept)
    found = audit_heads.check(log.database)
    assert (found.report.broken_at, found.differ) == (kept.number, ["K1"])
    with log.database.writing() as session:
        session.execute(delete(AuditSeal))
        session.execute(update(AuditRecord).values(actor="staff:9"))
    sealed(log)
    hear(log, kept)
    assert audit.verify_chain(log.database).intact
    assert not audit_heads.check(log.database).report.intact


def test_a_seal_of_another_life_of_the_server_accuses_nobody(log: Town) -> None:
    kept = hear(log)
    assert kept is not None
    hear(log, kept.model_copy(update={"epoch": "before", "hash": "0"}))
    assert audit_heads.check(log.database).report.intact


@pytest.mark.parametrize("town", ["postgresql"], indirect=True)
def test_a_record_that_commits_late_is_sealed_in_its_turn(town: Town) -> None:
    sealed(town)
    with Session(town.database.engine) as late:
        audit.record(late, at=NOON, actor="staff:1", action="late", about=("book", "1"))
        write(town, "early")
        assert sealed(town) == 0
        late.commit()
    assert sealed(town) == 2
    assert audit.verify_chain(town.database).intact


def test_the_same_value_of_the_same_person_looks_the_same_and_of_another_does_not() -> None:
    salts = ("00" * 16, "11" * 16)
    assert audit.veil(salts[0], "Коваленко") == audit.veil(salts[0], "Коваленко")
    assert audit.veil(salts[0], "Коваленко") != audit.veil(salts[1], "Коваленко")
    assert "Коваленко" not in audit.veil(salts[0], "Коваленко")
