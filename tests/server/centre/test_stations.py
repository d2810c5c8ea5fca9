"""Stations join by a code that counts once, and are nobody as soon as they are revoked."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import select

from gate.codes import new_signing_key
from gate.events import PairAnswer, PairQuery
from gate.pairing import code_of
from server.models import Key, PairingCode, Station
from server.services import stations
from server.services.stations import PairingRefused
from tests.server.centre.town import NOON, Town

LATER = NOON + timedelta(minutes=10)


def code_for(town: Town, station: str = "K1") -> str:
    return stations.new_pairing_code(
        town.database, station, staff_id=1, at=NOON, entropy=os.urandom
    )


def pair(town: Town, code: str, station: str = "K1", *, late: bool = False) -> PairAnswer:
    key = new_signing_key(os.urandom(32)).public_raw.hex()
    query = PairQuery(code=code, station=station, slip_public_key=key, name="Вхід")
    at = LATER if late else LATER - timedelta(seconds=1)
    return stations.pair(town.database, query, at=at, entropy=os.urandom)


@pytest.mark.threat(18)
def test_a_code_lets_its_station_in_once(town: Town) -> None:
    code = code_for(town)
    answer = pair(town, code)
    station = stations.by_token(town.database, answer.token)
    assert station is not None
    assert (station.code, station.name) == ("K1", "Вхід")
    with pytest.raises(PairingRefused):
        pair(town, code)


@pytest.mark.threat(18)
def test_a_code_is_good_for_ten_minutes_and_for_its_own_station(town: Town) -> None:
    for code, station, late in (
        (code_for(town), "K1", True),
        (code_for(town, "E1"), "K1", False),
        ("AAAA-BBBB", "K1", False),
    ):
        with pytest.raises(PairingRefused):
            pair(town, code, station, late=late)


@pytest.mark.threat(18)
def test_of_two_who_use_one_code_at_once_one_gets_in(town: Town) -> None:
    code = code_for(town)

    def attempt(_: int) -> bool:
        try:
            pair(town, code)
        except PairingRefused:
            return False
        return True

    with ThreadPoolExecutor(4) as thieves:
        assert list(thieves.map(attempt, range(4))).count(True) == 1


@pytest.mark.threat(18)
def test_a_code_on_a_station_s_screen_lets_in_its_own_key_alone(town: Town) -> None:
    mine, thief = (new_signing_key(os.urandom(32)).public_raw for _ in range(2))
    shown = code_of(mine)

    def knock(raw: bytes) -> PairAnswer:
        query = PairQuery(code=shown, station="K1", slip_public_key=raw.hex())
        return stations.pair(town.database, query, at=NOON, entropy=os.urandom)

    with pytest.raises(PairingRefused):
        knock(mine)
    stations.approve(town.database, "K1", shown.lower(), staff_id=1, at=NOON)
    with pytest.raises(PairingRefused):
        knock(thief)
    assert knock(mine).token
    with pytest.raises(PairingRefused):
        knock(mine)


@pytest.mark.threat(18)
def test_an_approval_counts_for_ten_minutes_and_can_be_given_again(town: Town) -> None:
    raw = new_signing_key(os.urandom(32)).public_raw
    query = PairQuery(code=code_of(raw), station="K1", slip_public_key=raw.hex())
    stations.approve(town.database, "K1", code_of(raw), staff_id=1, at=NOON)
    with pytest.raises(PairingRefused):
        stations.pair(town.database, query, at=LATER, entropy=os.urandom)
    stations.approve(town.database, "K1", code_of(raw), staff_id=1, at=LATER)
    assert stations.pair(town.database, query, at=LATER, entropy=os.urandom).token


def test_what_no_station_shows_is_not_approved(town: Town) -> None:
    with pytest.raises(ValueError, match="not a code"):
        stations.approve(town.database, "K1", "AB2C-DEF3", staff_id=1, at=NOON)
    with pytest.raises(LookupError):
        stations.approve(town.database, "Z9", "AB2CD-EF3GH", staff_id=1, at=NOON)


def test_a_code_is_typed_by_people(town: Town) -> None:
    code = code_for(town)
    assert pair(town, f" {code.lower().replace('-', '')} ").token


@pytest.mark.threat(17)
def test_neither_tokens_nor_codes_stand_in_the_database(town: Town) -> None:
    code = code_for(town)
    answer = pair(town, code)
    with town.database.reading() as session:
        hashes = set(session.scalars(select(PairingCode.code_hash)))
        hashes |= set(session.scalars(select(Station.token_hash)))
    assert answer.token not in hashes
    assert code.replace("-", "") not in hashes


def test_pairing_again_ends_the_old_token_and_retires_the_old_slip_key(town: Town) -> None:
    before = town.tokens["K1"]
    answer = pair(town, code_for(town))
    assert stations.by_token(town.database, before) is None
    with town.database.reading() as session:
        terms = {
            key.key_id: key.not_after
            for key in session.scalars(select(Key).where(Key.station_code == "K1"))
        }
    assert terms.pop(answer.slip_key_id) is None
    assert list(terms.values()) == [LATER - timedelta(seconds=1)]


@pytest.mark.threat(17)
def test_a_stolen_station_is_nobody_and_its_key_signs_nothing_more(town: Town) -> None:
    stations.revoke(town.database, "K1", actor="staff:1", at=NOON)
    assert stations.by_token(town.database, town.tokens["K1"]) is None
    assert stations.was_revoked(town.database, town.tokens["K1"])
    assert not stations.was_revoked(town.database, town.tokens["E1"])
    with town.database.reading() as session:
        keys = session.scalars(select(Key).where(Key.station_code == "K1"))
        assert {key.revoked_at for key in keys} == {NOON}


def test_what_is_not_there_cannot_be_paired_or_revoked(town: Town) -> None:
    with pytest.raises(LookupError):
        code_for(town, "ZZ")
    with pytest.raises(LookupError):
        stations.revoke(town.database, "ZZ", actor="staff:1", at=NOON)
