"""Readers of an organisation: what keeps it out keeps its new readers out too (R1.8, R5.1.10)."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from sqlalchemy import select

from gate.reasons import Reason, Verdict
from server.console.tables import ORGANISATIONS
from server.models import Ban, Category, Patron, Role
from server.services import bans, enrolment, organisations, patron_changes, tables
from server.services.bans import Violation, Wish
from tests.server.enrolment.conftest import Desk

FIRM = "ТОВ «Ранок»"
WISH = Wish(reason=Violation.DAMAGE, order_number="5-к", last_day=date(2026, 2, 1))


def agree(desk: Desk, patron_id: int, name: str = FIRM) -> int:
    return enrolment.note_agreement(
        desk.database, patron_id, name, "12", date(2027, 1, 1), by=desk.by
    )


def reader_of(desk: Desk, name: str = FIRM) -> tuple[int, str]:
    patron_id = desk.start(category=Category.ORGANISATION)
    agree(desk, patron_id, name)
    desk.usual_steps(patron_id)
    desk.pay(patron_id)
    return patron_id, desk.issue(patron_id)


def ban(desk: Desk, name: str = FIRM) -> int:
    with desk.database.reading() as session:
        organisation = organisations.named(session, name)
        assert organisation is not None
        organisation_id = organisation.id
    bans.impose_on_organisation(
        desk.database, organisation_id, WISH, staff_id=1, role=Role.DIRECTOR, at=desk.at
    )
    with desk.database.reading() as session:
        return session.scalars(select(Ban.id).where(Ban.follows.is_(None))).all()[-1]


def bans_of(desk: Desk, patron_id: int) -> list[Ban]:
    with desk.database.reading() as session:
        return list(session.scalars(select(Ban).where(Ban.patron_id == patron_id)))


@pytest.mark.clause("R1.8", "R5.1.10")
def test_a_new_reader_of_a_banned_organisation_is_kept_out_with_it(desk: Desk) -> None:
    reader_of(desk)
    ban(desk)
    patron_id, ticket_id = reader_of(desk)
    assert desk.judge(ticket_id).codes[0] is Reason.BANNED
    (shared,) = bans_of(desk, patron_id)
    assert shared.order_number == "5-к"
    assert desk.log("ban_shared")[-1].details["patron"] == patron_id


@pytest.mark.clause("R5.1.10")
def test_a_lifted_ban_and_another_organisation_keep_nobody_out(desk: Desk) -> None:
    reader_of(desk)
    bans.lift(desk.database, ban(desk), staff_id=1, reason="Сплачено", at=desk.at)
    assert desk.judge(reader_of(desk)[1]).verdict is Verdict.GRANT
    ban(desk)
    assert desk.judge(reader_of(desk, "Музей")[1]).verdict is Verdict.GRANT


@pytest.mark.clause("R5.1.10")
@pytest.mark.parametrize("written", ["тов Ранок", 'ТОВ "Ранок"', "ТОВ  «РАНОК»"])
def test_another_way_to_write_its_name_is_no_way_in(desk: Desk, written: str) -> None:
    reader_of(desk)
    ban(desk)
    assert desk.judge(reader_of(desk, written)[1]).codes[0] is Reason.BANNED


@pytest.mark.clause("R5.1.10")
def test_a_ban_finds_every_reader_however_the_name_was_written(desk: Desk) -> None:
    tickets = [reader_of(desk, name)[1] for name in (FIRM, "Тов Ранок")]
    ban(desk)
    assert all(Reason.BANNED in desk.judge(ticket).codes for ticket in tickets)


@pytest.mark.clause("R5.1.10")
def test_the_agreement_noted_twice_bans_once(desk: Desk) -> None:
    reader_of(desk)
    ban(desk)
    patron_id = desk.start(category=Category.ORGANISATION)
    assert [agree(desk, patron_id), agree(desk, patron_id)] == [1, 0]
    assert len(bans_of(desk, patron_id)) == 1


@pytest.mark.clause("R5.1.10")
def test_who_changes_over_to_a_banned_organisation_is_banned(desk: Desk) -> None:
    reader_of(desk)
    ban(desk)
    patron_id, ticket_id = desk.enrol()
    data = replace(desk.data(), organisation=FIRM)
    patron_changes.change(desk.database, patron_id, data, by=desk.by, document_seen=True)
    assert Reason.BANNED in desk.judge(ticket_id).codes


@pytest.mark.clause("R2.1", "R5.1.10")
def test_an_abandoned_enrolment_leaves_no_shared_ban_behind(desk: Desk) -> None:
    reader_of(desk)
    ban(desk)
    patron_id = desk.start(category=Category.ORGANISATION)
    agree(desk, patron_id)
    enrolment.abandon(desk.database, patron_id, by=desk.by)
    assert bans_of(desk, patron_id) == []
    with desk.database.reading() as session:
        assert session.get(Patron, patron_id) is None


@pytest.mark.clause("R5.1.10")
def test_an_organisation_without_readers_is_banned_for_those_to_come(desk: Desk) -> None:
    with desk.database.writing() as session:
        organisations.find_or_make(session, FIRM)
    ban(desk)
    assert desk.judge(reader_of(desk)[1]).codes[0] is Reason.BANNED


@pytest.mark.clause("R5.1.10")
def test_who_leaves_a_banned_organisation_is_free_and_the_others_are_not(desk: Desk) -> None:
    leaver, stays = reader_of(desk), reader_of(desk)
    ban(desk)
    data = replace(desk.data(), organisation="")
    patron_changes.change(desk.database, leaver[0], data, by=desk.by, document_seen=True)
    assert desk.judge(leaver[1]).verdict is Verdict.GRANT
    assert desk.judge(stays[1]).codes[0] is Reason.BANNED


@pytest.mark.clause("R1.8")
@pytest.mark.scenario("E42")
def test_an_agreement_prolonged_in_the_table_opens_the_door_to_all_its_readers(desk: Desk) -> None:
    tickets = [reader_of(desk)[1] for _ in range(2)]
    prolong(desk, desk.at.date() - timedelta(days=1))
    assert all(desk.judge(each).codes[0] is Reason.AGREEMENT_ENDED for each in tickets)
    prolong(desk, desk.at.date() + timedelta(days=90))
    assert all(desk.judge(each).verdict is Verdict.GRANT for each in tickets)


@pytest.mark.clause("R1.8")
def test_a_known_organisation_brings_its_own_agreement(desk: Desk) -> None:
    reader_of(desk)
    patron_id = desk.start(category=Category.ORGANISATION)
    enrolment.note_agreement(desk.database, patron_id, "тов ранок", "", None, by=desk.by)
    with desk.database.reading() as session:
        patron = session.get_one(Patron, patron_id)
        assert patron.organisation is not None
        assert (patron.organisation.name, patron.agreement_until) == (FIRM, date(2027, 1, 1))


@pytest.mark.clause("R1.8")
def test_two_organisations_do_not_share_a_name(desk: Desk) -> None:
    with desk.database.writing() as session:
        organisations.find_or_make(session, FIRM)
    with pytest.raises(tables.Taken):
        tables.save(desk.database, ORGANISATIONS.table, None, {"name": "Тов Ранок"}, desk.by)


def prolong(desk: Desk, until: date) -> None:
    with desk.database.reading() as session:
        organisation = organisations.named(session, FIRM)
        assert organisation is not None
        key = organisation.id
    tables.save(desk.database, ORGANISATIONS.table, key, {"agreement_until": until}, desk.by)


@pytest.mark.clause("R1.8")
@pytest.mark.scenario("E42")
def test_a_new_agreement_told_at_an_enrolment_holds_for_the_readers_before(desk: Desk) -> None:
    first = reader_of(desk)[1]
    prolong(desk, desk.at.date() - timedelta(days=1))
    assert desk.judge(first).codes[0] is Reason.AGREEMENT_ENDED
    reader_of(desk)
    assert desk.judge(first).verdict is Verdict.GRANT
