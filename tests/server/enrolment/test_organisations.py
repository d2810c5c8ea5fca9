"""Readers of an organisation: what keeps it out keeps its new readers out too (R1.8, R5.1.10)."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from sqlalchemy import select

from gate.reasons import Reason, Verdict
from server.models import Ban, Category, Patron, Role
from server.services import bans, enrolment, patron_changes
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
    made = bans.impose_on_organisation(
        desk.database, name, WISH, staff_id=1, role=Role.DIRECTOR, at=desk.at
    )
    return made[0]


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
    assert (shared.order_number, shared.organisation) == ("5-к", FIRM)
    assert desk.log("ban_shared")[0].details["patron"] == patron_id


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
