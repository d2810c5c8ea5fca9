"""Begun at a kiosk, finished at the desk, erased when nobody comes."""

from __future__ import annotations

import base64
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select

from gate.events import PreregistrationAnswer, PreregistrationQuery, uuid7
from server.models import (
    AuditRecord,
    Consent,
    Guarantor,
    Photo,
    Preregistration,
    Purpose,
    Step,
    TextKind,
)
from server.services import consents, preregistrations, search, settings, terms
from server.services.consents import Text
from tests.server.enrolment.conftest import NOON, TODAY, Desk
from tests.server.enrolment.test_life import picture

READ = {"rules": "2023-07-31", "data_notice": "2026-01", "consent": "2026-01"}


def query(desk: Desk, **given: Any) -> PreregistrationQuery:
    usual: dict[str, Any] = {
        "id": uuid7(desk.at, desk.chance(10)), "category": "student", "surname": "Мар’яненко",
        "given_name": "Зоя", "birth_date": date(2004, 2, 29), "residence": "city",
        "phone": "050 111 22 33", "consents": {"enrolment": True, "photo": True},
        "texts": texts_of(desk),
    }  # fmt: skip
    return PreregistrationQuery(**{**usual, **given})


def texts_of(desk: Desk) -> dict[str, str]:
    return {one.kind: one.version for one in terms.today(desk.database, at=desk.at).texts}


def keep(desk: Desk, sent: PreregistrationQuery, station: str = "K1") -> PreregistrationAnswer:
    return preregistrations.keep(desk.database, sent, station=station, at=desk.at)


def finish(desk: Desk, known: UUID, birth_date: str = "2004-02-29") -> tuple[int, set[Step]]:
    patron_id = desk.start(surname="Мар’яненко", given_name="Зоя", birth_date=birth_date)
    return patron_id, set(preregistrations.take_over(desk.database, known, patron_id, by=desk.by))


def rows(desk: Desk, table: Any) -> list[Any]:
    with desk.database.reading() as session:
        return list(session.scalars(select(table)))


@pytest.mark.clause("R2.1")
def test_the_queue_counts_from_one_each_day(desk: Desk) -> None:
    assert [keep(desk, query(desk)).number for _ in range(3)] == ["1", "2", "3"]
    desk.at += timedelta(days=1)
    assert keep(desk, query(desk)).number == "1"


def test_what_is_sent_twice_is_kept_once_and_answered_the_same(desk: Desk) -> None:
    sent = query(desk)
    assert keep(desk, sent) == keep(desk, sent)
    assert len(rows(desk, Preregistration)) == 1


def test_stations_that_ask_together_get_different_numbers(desk: Desk) -> None:
    sent = [query(desk) for _ in range(6)]
    with ThreadPoolExecutor(6) as stations:
        answers = list(stations.map(lambda one: keep(desk, one), sent))
    assert sorted(int(one.number) for one in answers) == [1, 2, 3, 4, 5, 6]


@pytest.mark.clause("R2.2")
def test_the_desk_goes_on_where_the_kiosk_stopped(desk: Desk) -> None:
    photo = base64.b64encode(picture()).decode()
    answer = keep(desk, query(desk, photo=photo))
    patron_id, done = finish(desk, answer.id)
    assert done == {Step.TEXTS, Step.CONSENTS, Step.PHOTO}
    given = {line.purpose: line.given for line in rows(desk, Consent)}
    assert given == {Purpose.ENROLMENT: True, Purpose.PHOTO: True}
    assert [photo.patron_id for photo in rows(desk, Photo)] == [patron_id]
    (left,) = rows(desk, Preregistration)
    assert (left.data, left.photo, left.taken_at) == ({}, None, desk.at)


@pytest.mark.clause("R1.4")
def test_the_guardian_named_at_the_kiosk_is_written_down_by_who_sees_them(desk: Desk) -> None:
    who = {"kind": "parent", "name": "Мар’яненко Ірина", "phone": "050 000 00 00"}
    answer = keep(desk, query(desk, birth_date=date(2015, 5, 1), guardian=who))
    _, done = finish(desk, answer.id, birth_date="2015-05-01")
    assert Step.GUARDIAN in done
    (guardian,) = rows(desk, Guarantor)
    assert (guardian.name, guardian.staff_id) == ("Мар’яненко Ірина", 1)


@pytest.mark.clause("R1.2")
def test_a_text_that_changed_since_is_read_again_at_the_desk(desk: Desk) -> None:
    answer = keep(desk, query(desk))
    new = Text(TextKind.RULES, "2025-11", TODAY, "Нові правила.")
    consents.publish(desk.database, new, staff_id=1, at=desk.at)
    _, done = finish(desk, answer.id)
    assert done == {Step.CONSENTS}


def test_a_photo_that_nobody_agreed_to_is_not_kept(desk: Desk) -> None:
    photo = base64.b64encode(picture()).decode()
    answer = keep(desk, query(desk, photo=photo, consents={"enrolment": True, "photo": False}))
    finish(desk, answer.id)
    assert rows(desk, Photo) == []


@pytest.mark.threat(13)
def test_a_photo_that_is_none_is_left_out(desk: Desk) -> None:
    keep(desk, query(desk, photo="bm8gcGljdHVyZQ=="))
    assert rows(desk, Preregistration)[0].photo is None


def test_a_slip_opens_its_enrolment_once(desk: Desk) -> None:
    answer = keep(desk, query(desk))
    found = search.scan(desk.database, answer.code.encode(), at=desk.at)
    assert found.preregistration_id == answer.id
    finish(desk, answer.id)
    with pytest.raises(LookupError):
        preregistrations.take_over(desk.database, answer.id, 1, by=desk.by)


def test_who_does_not_go_on_is_erased_at_once(desk: Desk) -> None:
    answer = keep(desk, query(desk))
    preregistrations.drop(desk.database, answer.id, by=desk.by)
    assert rows(desk, Preregistration) == []


@pytest.mark.clause("R5.1.5")
@pytest.mark.parametrize("days, left", [(2, 1), (3, 0)])
def test_what_nobody_comes_for_is_erased_after_the_days_that_are_set(
    desk: Desk, days: int, left: int
) -> None:
    answer = keep(desk, query(desk))
    assert answer.kept_until == TODAY + timedelta(days=2)
    preregistrations.erase_old(desk.database, at=NOON + timedelta(days=days))
    assert len(rows(desk, Preregistration)) == left


@pytest.mark.threat(21)
def test_the_log_of_acts_names_nobody(desk: Desk) -> None:
    answer = keep(desk, query(desk))
    preregistrations.drop(desk.database, answer.id, by=desk.by)
    told = [str(record.details) + record.object_id for record in rows(desk, AuditRecord)]
    assert not any("Мар" in one or "111" in one for one in told)


@pytest.mark.clause("R2.5", "R2.5.1", "R5.1.6")
def test_the_terms_say_what_each_category_pays(desk: Desk) -> None:
    settings.change(
        desk.database, {"fee_full": 6000, "fee_reduced": 2000}, actor="staff:1", at=desk.at
    )
    told = terms.today(desk.database, at=desk.at)
    fees = {one.category: (one.concession, one.fee) for one in told.tariffs}
    assert fees["adult"] == ("full", 6000)
    assert fees["student"] == ("reduced", 2000)
    assert fees["veteran"] == ("free", 0)
    assert "staff" not in fees
    assert {text.kind for text in told.texts} == {"rules", "data_notice", "consent"}
