"""Koha, asked over HTTP as its description says."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest
from flask import Response

from gate.facts import LoanPlace
from server.library_systems.contract import Block, OutsideLoan, SystemAway
from server.library_systems.koha import KohaSystem, Site
from server.library_systems.places import Places
from tests.server.library_systems.fake_koha import CLIENT, SECRET, FakeKoha

AT = datetime(2026, 11, 21, 10, 0, tzinfo=UTC)
PLENTY_S = 30.0
OLENA = {
    "patron_id": 51, "cardnumber": "4711", "surname": "Коваленко", "firstname": "Олена",
    "expiry_date": "2027-05-01", "restricted": False, "patron_card_lost": False,
}  # fmt: skip
OUT = {
    "checkout_id": 1, "patron_id": 51, "item_id": 7, "due_date": "2026-12-05T23:59:00+02:00",
    "checkout_date": "2026-11-21T09:30:00+02:00", "onsite_checkout": False,
}  # fmt: skip
BOOK = {
    "item_id": 7, "external_id": "1001", "location": "АБ", "home_library_id": "ЦБ",
    "biblio": {"biblio_id": 3, "title": "Кобзар"},
}  # fmt: skip


@pytest.fixture
def koha() -> Iterator[FakeKoha]:
    with FakeKoha() as running:
        running.shelf.patrons.append(dict(OLENA))
        yield running


@pytest.fixture
def site(koha: FakeKoha) -> Site:
    return Site(
        url=koha.url, client_id=CLIENT, client_secret=SECRET,
        zone=lambda: ZoneInfo("Europe/Kyiv"), places=Places({"АБ": "1"}, frozenset({"ЧЗ"})),
    )  # fmt: skip


@pytest.fixture
def asking(site: Site) -> Iterator[KohaSystem]:
    with closing(KohaSystem(site)) as system:
        yield system


def test_a_patron_is_told_with_documents_and_days(koha: FakeKoha, asking: KohaSystem) -> None:
    koha.shelf.checkouts.append(dict(OUT))
    koha.shelf.items.append(dict(BOOK))
    koha.shelf.holds.append({"hold_id": 1, "patron_id": 51})
    account = asking.account("4711", at=AT, within_s=PLENTY_S)
    assert account.loans == (
        OutsideLoan(
            item="1001", title="Кобзар", department="1", place=LoanPlace.HOME,
            due_on=date(2026, 12, 5), issued_on=date(2026, 11, 21),
        ),
    )  # fmt: skip
    assert (account.holds, account.expires_on, account.name) == (
        1, date(2027, 5, 1), "Олена Коваленко",
    )  # fmt: skip


@pytest.mark.parametrize("how", ["on site", "by its place"])
def test_documents_for_the_reading_room_are_told_apart(
    koha: FakeKoha, asking: KohaSystem, how: str
) -> None:
    koha.shelf.checkouts.append({**OUT, "onsite_checkout": how == "on site"})
    koha.shelf.items.append({**BOOK, "location": "АБ" if how == "on site" else "ЧЗ"})
    (loan,) = asking.account("4711", at=AT, within_s=PLENTY_S).loans
    assert (loan.place, loan.due_on) == (LoanPlace.READING_ROOM, None)


def test_many_loans_are_asked_for_at_once(koha: FakeKoha, asking: KohaSystem) -> None:
    for n in range(30):
        koha.shelf.checkouts.append({**OUT, "checkout_id": n, "item_id": n + 100})
        koha.shelf.items.append({**BOOK, "item_id": n + 100, "external_id": str(n)})
    assert len(asking.account("4711", at=AT, within_s=PLENTY_S).loans) == 30
    assert koha.asked == ["patrons", "checkouts", "items", "holds"]


def test_a_stranger_is_told_as_one(koha: FakeKoha, asking: KohaSystem) -> None:
    assert not asking.account("1", at=AT, within_s=PLENTY_S).known
    assert koha.asked == ["patrons"]


@pytest.mark.parametrize(
    "told, block",
    [
        ({"restricted": True}, Block.BARRED),
        ({"patron_card_lost": True}, Block.CARD_LOST),
        ({"expiry_date": "2026-11-20"}, Block.EXPIRED),
    ],
)
def test_what_it_withholds_is_told(
    koha: FakeKoha, asking: KohaSystem, told: dict[str, object], block: Block
) -> None:
    koha.shelf.patrons[0] |= told
    assert block in asking.account("4711", at=AT, within_s=PLENTY_S).blocks


def test_a_token_is_used_again_and_renewed_when_it_is_refused(
    koha: FakeKoha, asking: KohaSystem
) -> None:
    asking.standing(within_s=PLENTY_S)
    asking.standing(within_s=PLENTY_S)
    assert len(koha.tokens) == 1
    koha.tokens.clear()
    koha.tokens.add("somebody else's")
    assert asking.standing(within_s=PLENTY_S).online


def test_a_wrong_secret_is_said_and_not_repeated(site: Site) -> None:
    with closing(KohaSystem(replace(site, client_secret="wrong-secret"))) as system:
        with pytest.raises(SystemAway) as said:
            system.standing(within_s=PLENTY_S)
        assert "403" in str(said.value)
        assert "secret" not in str(said.value)
    assert "wrong" not in repr(replace(site, client_secret="wrong-secret"))


@pytest.mark.fault(35)
@pytest.mark.parametrize(
    "status, body",
    [(500, "oops"), (200, "<html>"), (200, '[{"patron_id": "x"}]'), (302, ""), (429, "[]")],
)
def test_what_is_no_sound_answer_is_none(
    koha: FakeKoha, asking: KohaSystem, status: int, body: str
) -> None:
    koha.instead = lambda _what: Response(
        body, status, headers={"Location": "http://127.0.0.1:1/"} if status == 302 else {}
    )
    with pytest.raises(SystemAway) as said:
        asking.account("4711", at=AT, within_s=PLENTY_S)
    assert "4711" not in str(said.value)


@pytest.mark.fault(35)
def test_nobody_there_is_said_without_the_card_number(koha: FakeKoha, site: Site) -> None:
    gone = replace(site, url="http://127.0.0.1:1")
    with closing(KohaSystem(gone)) as system, pytest.raises(SystemAway) as said:
        system.account("4711", at=AT, within_s=PLENTY_S)
    assert "4711" not in str(said.value)
