"""Organisations of an older database: their names become rows, their bans one with followers."""

from __future__ import annotations

from pathlib import Path

import pytest
from alembic import command
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from server.database import Database, open_database
from server.migrations import configuration, upgrade

BEFORE = "0015"
PATRON = (
    "INSERT INTO patron (id, surname, given_name, patronymic, name_key, category, residence, phone,"
    " email, identity_document, organisation, agreement_number, agreement_until, rules_version,"
    " salt, created_at, note) VALUES (:id, 'Х', 'Х', '', 'х', 'organisation', 'city', '', '',"
    " 'passport', :name, '12', '2027-01-01', '', '00', '2026-01-01 00:00:00.000000', '')"
)
BAN = (
    "INSERT INTO ban (patron_id, since, reason, order_number, note, organisation, lift_reason)"
    " VALUES (:id, '2026-02-01 00:00:00.000000', 'noise', '5-к', '', :name, '')"
)
TICKET = (
    "INSERT INTO ticket (id, number, patron_id, kind, state, issued_at, valid_from, valid_until,"
    " registered_for, fee_paid) VALUES ('aa', 'RD-1', 1, 'permanent', 'active',"
    " '2026-01-01 00:00:00.000000', '2026-01-01', '2030-12-31', 2026, 1)"
)
"""Refers to a patron: whoever makes that table anew must mind it."""


def to(database: Database, step: str) -> None:
    with database.rebuilding() as session:
        config = configuration()
        config.attributes["connection"] = session.connection()
        command.upgrade(config, step)


@pytest.mark.clause("R1.8", "R5.1.10")
def test_names_that_differ_in_quotes_alone_become_one_and_share_one_ban(tmp_path: Path) -> None:
    database = open_database(f"sqlite:///{tmp_path / 'old.sqlite'}")
    to(database, BEFORE)
    names = {1: "ТОВ «Ранок»", 2: 'Тов "Ранок"', 3: "Музей", 4: ""}
    with database.writing() as session:
        for key, name in names.items():
            session.execute(text(PATRON), {"id": key, "name": name})
        for key in (1, 2):
            session.execute(text(BAN), {"id": key, "name": "ТОВ «Ранок»"})
        session.execute(text(TICKET))
    upgrade(database)
    with database.reading() as session:
        members: dict[int, int | None] = dict(
            session.execute(text("SELECT id, organisation_id FROM patron")).all()
        )
        known = session.execute(text("SELECT name, agreement_number FROM organisation")).all()
        owner = session.scalar(text("SELECT patron_id FROM ticket"))
        bans = session.execute(text("SELECT id, patron_id, follows FROM ban ORDER BY id")).all()
    database.close()
    assert members[1] == members[2] != members[3]
    assert members[4] is None
    assert owner == 1
    assert len(known) == 2
    assert {number for _, number in known} == {"12"}
    head = next(key for key, patron, _ in bans if patron is None)
    assert {(patron, follows) for _, patron, follows in bans} == {
        (1, head),
        (2, head),
        (None, None),
    }


def test_a_step_that_loses_a_row_to_which_others_refer_is_not_kept(tmp_path: Path) -> None:
    database = open_database(f"sqlite:///{tmp_path / 'old.sqlite'}")
    to(database, BEFORE)
    with database.writing() as session:
        session.execute(text(PATRON), {"id": 1, "name": ""})
        session.execute(text(TICKET))
    with pytest.raises(IntegrityError, match="refers to none"), database.rebuilding() as session:
        session.execute(text("DELETE FROM patron"))
    with database.reading() as session:
        assert session.scalar(text("SELECT count(*) FROM patron")) == 1
    with pytest.raises(IntegrityError), database.writing() as session:
        session.execute(text("DELETE FROM patron"))
    database.close()
