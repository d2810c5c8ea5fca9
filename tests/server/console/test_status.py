"""The status page: for everybody, about nobody."""

from __future__ import annotations

from datetime import timedelta

from flask.testing import FlaskClient
from sqlalchemy import update

from server.models import Station, StationRole
from server.services import stations
from tests.server.console.library import NOON, Library


def heard(library: Library, **ago: timedelta) -> None:
    """Only these stations are paired, each heard so long ago."""
    for code in ago:
        stations.register(
            library.database, code, name="", role=StationRole.BOTH, has_lane=False,
            actor="system", at=NOON,
        )  # fmt: skip
    with library.database.writing() as session:
        session.execute(update(Station).values(paired_at=None))
        for code, age in ago.items():
            told = {"paired_at": NOON, "revoked_at": None, "last_seen_at": NOON - age}
            session.execute(update(Station).where(Station.code == code).values(told))


def test_all_is_well_without_an_account(library: Library, anybody: FlaskClient) -> None:
    heard(library, K1=timedelta(seconds=5), E1=timedelta(seconds=5))
    page = anybody.get("/status").text
    assert "Усе працює" in page
    assert "на зв’язку 2 з 2" in page
    assert "ще не зроблено" in page
    assert "K1" not in page


def test_a_silent_station_is_counted_and_what_it_does_is_said(
    library: Library, anybody: FlaskClient
) -> None:
    heard(library, K1=timedelta(minutes=3), E1=timedelta(seconds=5))
    page = anybody.get("/status").text
    assert "Працюють не всі станції" in page
    assert "на зв’язку 1 з 2" in page
    assert "за своєю копією" in page
    heard(library, K1=timedelta(minutes=3))
    assert "Станції працюють самі" in anybody.get("/status").text
