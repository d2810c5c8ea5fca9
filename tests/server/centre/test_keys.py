"""Ticket keys: private halves in files of the server's own, public ones for everybody."""

from __future__ import annotations

import os
import stat
from datetime import timedelta
from pathlib import Path

import pytest
from cwt import COSE, COSEKey

from gate import base45
from gate.codes import jwk_set
from server.models import Ticket
from server.services import keys, tickets
from server.services.keys import NoSigningKey
from tests.server.centre.town import NOON, Town

LATER = NOON + timedelta(hours=1)


def rotate(town: Town, folder: Path) -> str:
    return keys.create(town.database, folder, actor="staff:1", at=LATER, entropy=os.urandom)


@pytest.mark.threat(5)
def test_a_private_key_is_a_file_for_its_owner_alone(town: Town, tmp_path: Path) -> None:
    key_id = rotate(town, tmp_path / "keys")
    [path] = (tmp_path / "keys").iterdir()
    assert key_id in path.name
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


@pytest.mark.threat(5)
def test_no_private_key_stands_in_the_database(town: Town, tmp_path: Path) -> None:
    rotate(town, tmp_path)
    [path] = tmp_path.glob("*.key")
    private = path.read_text().strip()
    with town.database.reading() as session:
        public = [key.raw.hex() for key in keys.ticket_keys(session)]
    assert private not in public


@pytest.mark.scenario("E09")
@pytest.mark.threat(5)
def test_a_new_key_signs_and_the_one_before_retires_but_verifies(
    town: Town, tmp_path: Path
) -> None:
    key_id = rotate(town, tmp_path)
    with town.database.reading() as session:
        assert keys.signing_key(session, tmp_path).key_id.hex() == key_id
        old, new = keys.ticket_keys(session)
    assert (old.not_after, new.not_after) == (LATER, None)


def test_a_key_whose_file_is_gone_or_another_s_signs_nothing(town: Town, tmp_path: Path) -> None:
    with town.database.reading() as session, pytest.raises(NoSigningKey):
        keys.signing_key(session, tmp_path)
    rotate(town, tmp_path)
    [path] = tmp_path.glob("*.key")
    path.write_text("00" * 32)
    with town.database.reading() as session, pytest.raises(NoSigningKey):
        keys.signing_key(session, tmp_path)


@pytest.mark.scenario("E10")
def test_a_revoked_key_is_told_to_nobody_as_a_key(town: Town) -> None:
    with town.database.reading() as session:
        [key] = keys.ticket_keys(session)
    keys.revoke(town.database, key.key_id.hex(), actor="staff:1", at=LATER)
    with town.database.reading() as session:
        assert keys.ticket_keys(session) == []
        with pytest.raises(NoSigningKey):
            keys.signing_key(session, town.keys_directory)
    with pytest.raises(LookupError):
        keys.revoke(town.database, "00" * 8, actor="staff:1", at=LATER)


@pytest.mark.threat(1)
def test_anybody_s_cose_library_verifies_an_issued_ticket_by_the_public_keys(town: Town) -> None:
    ticket = town.ticket()
    number = tickets_number(town, ticket)
    code = tickets.issue_code(town.database, number, town.keys_directory, actor="staff:1", at=NOON)
    with town.database.reading() as session:
        told = jwk_set(keys.ticket_keys(session))
    strangers = [COSEKey.from_jwk(key) for key in told["keys"]]
    payload = COSE.new(alg_auto_inclusion=False).decode(base45.decode(code[4:]), strangers)
    assert ticket in payload.hex()
    assert town.check(code).verdict == "grant"


def tickets_number(town: Town, ticket: str) -> str:
    with town.database.reading() as session:
        return session.get_one(Ticket, ticket).number


def test_a_number_that_no_ticket_has_gets_no_code(town: Town) -> None:
    with pytest.raises(tickets.UnknownTicket):
        tickets.issue_code(town.database, "Ч-99999", town.keys_directory, actor="staff:1", at=NOON)
