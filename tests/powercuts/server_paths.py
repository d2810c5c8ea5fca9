"""Every way in which the server writes into SQLite, by its own services."""

from __future__ import annotations

import io
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from functools import cache, partial
from pathlib import Path
from typing import Any, Final

from alembic import command
from PIL import Image
from sqlalchemy import event

from gate.facts import LoanPlace
from server import founding, migrations
from server.config import DatabaseSection, KeysSection, ServerConfig, SessionsSection
from server.database import Database, open_database
from server.models import Role, Ticket
from server.services import audit, bans, keys, lending, paper_visits, photos, stations
from server.services.by import By
from tests.powercuts.explorer import Lost, WritePath
from tests.powercuts.ledger import Ledger, Note
from tests.server.centre.town import NOON, Town, entry, join, settle, told
from tests.server.enrolment.conftest import Chance, Desk

_FILE: Final = "town.sqlite"


def url(folder: Path) -> str:
    """Of the town's database."""
    return f"sqlite:///{folder / _FILE}"


@cache
def _founded() -> Path:
    """A town, founded once for this process."""
    folder = Path(tempfile.mkdtemp(prefix="lystok-town-"))
    database = open_database(url(folder))
    migrations.upgrade(database)
    settle(database, folder / "keys")
    database.close()
    return folder


def prepare(folder: Path) -> None:
    """A town at work."""
    shutil.copytree(_founded(), folder, dirs_exist_ok=True)


def _nothing_yet(_folder: Path) -> None:
    pass


@contextmanager
def _working(folder: Path, ledger: Ledger) -> Iterator[Town]:
    """The town at work; every commit is noted, as nobody is answered before it."""
    database = _open(folder, ledger)
    town = Town(database, folder / "keys", tokens={}, slip_keys={})
    ledger.note()
    announce = database.commits.announce

    def announced() -> None:
        ledger.note()
        announce()

    vars(database.commits)["announce"] = announced
    yield town
    ledger.close()
    database.close()


def _open(folder: Path, ledger: Ledger) -> Database:
    database = open_database(url(folder))
    if ledger.synchronous is not None:
        event.listen(database.engine, "connect", partial(_weaken, ledger.synchronous))
    return database


def _weaken(synchronous: str, connection: Any, _record: object) -> None:
    connection.execute(f"PRAGMA synchronous = {synchronous}")


def check(folder: Path, _told: Sequence[Note], _under_way: Note | None) -> None:
    """The next start finds its tables, the key that signs, and an audit log that fits."""
    database = open_database(url(folder))
    try:
        if not migrations.is_current(database):
            raise Lost("the tables")
        with database.reading() as session:
            keys.signing_key(session, folder / "keys")
        if not audit.verify_chain(database).intact:
            raise Lost("the chain of the audit log")
    finally:
        database.close()


# --- What each path does -----------------------------------------------------------------------


def act(round_: Callable[[Town, int], None], folder: Path, ledger: Ledger, rounds: int) -> None:
    """Do the same again and again."""
    with _working(folder, ledger) as town:
        for number in range(rounds):
            round_(town, number)


def _ingest(town: Town, number: int) -> None:
    """A batch with an entry, its end, an entry of before and something that can't be read."""
    at = NOON + timedelta(minutes=number)
    came = entry("K1", at=at, ticket_id=town.ticket())
    visit = {"visit_id": came["visit_id"]}
    town.tell(
        "K1", came, told("K1", "slip_job", at=at, slip_number="K1-1", state="printed", **visit)
    )
    town.tell("K1", came, {"id": f"broken {number}"}, at=at)
    town.tell("E1", told("E1", "exited", at=at + timedelta(seconds=50), **visit))


def _checks(folder: Path, ledger: Ledger, rounds: int) -> None:
    """The hot path: a reader that asks, in and out."""
    with _working(folder, ledger) as town:
        join(town, "R1")
        for number in range(rounds):
            code = town.code(town.ticket())
            town.check(code, at=NOON + timedelta(minutes=number))
            town.check(code, at=NOON + timedelta(minutes=number, seconds=30), leaving=True)


def _lending(folder: Path, ledger: Ledger, rounds: int) -> None:
    with _working(folder, ledger) as town:
        join(town, "R1")
        for number in range(rounds):
            at = NOON + timedelta(minutes=number)
            barcode, came = town.document(), town.inside(at=at)
            lent = town.issue(came, barcode, LoanPlace.HOME, at=at)
            if number % 2:
                lending.take_back(town.database, barcode, desk=town.desk, at=at)
            elif lent.loan_id is not None:
                lending.undo(town.database, lent.loan_id, desk=town.desk, at=at)


def _enrolment(town: Town, number: int) -> None:
    """Somebody is enrolled, with photo, card and payment."""
    desk = Desk(town.database, town.keys_directory, chance=Chance())
    desk.chance._count = 1000 * number
    patron = desk.start(surname="Лис", given_name="Іван")
    desk.usual_steps(patron)
    picture = io.BytesIO()
    Image.new("RGB", (600, 800), (number % 255, 90, 90)).save(picture, "JPEG")
    photos.keep(town.database, patron, picture.getvalue(), by=By(staff_id=1, at=desk.at))
    desk.pay(patron)
    desk.issue(patron)


def _desk(town: Town, number: int) -> None:
    """Settings, bans, visits from paper, pairing: what people decide."""
    at = NOON + timedelta(minutes=number)
    town.set(building_limit=100 + number, library_name=f"Бібліотека {number}")
    wish = bans.Wish(
        reason=bans.Violation.OTHER, order_number=str(number), last_day=at.date(), note="шум"
    )
    bans.impose(
        town.database, town.patron(), wish, staff_id=1, role=Role.SERVICE_CENTRE, at=at
    )  # fmt: skip
    ticket = town.ticket()
    with town.database.reading() as session:
        name = session.get_one(Ticket, ticket).number
    came = [paper_visits.Line(ticket_number=name, came_at=at - timedelta(hours=1), left_at=at)]
    paper_visits.enter(town.database, came, staff_id=1, at=at, entropy=os.urandom)
    stations.new_pairing_code(town.database, "K1", staff_id=1, at=at, entropy=os.urandom)


def _seal(town: Town, number: int) -> None:
    """The audit log grows and is sealed."""
    at = NOON + timedelta(seconds=number)
    with town.database.writing() as session:
        for one in range(1 + number % 4):
            audit.record(session, at=at, actor="system", action="tried", about=("round", str(one)))
    audit.seal(town.database, at)


def _founding(folder: Path, ledger: Ledger, _rounds: int) -> None:
    """`lystok server init`: tables, epoch, ticket key, secret; later another key."""
    database = _open(folder, ledger)
    founding.found(_config(folder), database, at=NOON, entropy=os.urandom)
    ledger.note()
    keys.create(database, folder / "keys", actor="system", at=NOON, entropy=os.urandom)
    ledger.note()
    ledger.close()
    database.close()


def _config(folder: Path) -> ServerConfig:
    return ServerConfig(
        database=DatabaseSection(url=url(folder)),
        keys=KeysSection(directory=folder / "keys"),
        sessions=SessionsSection(secret_file=folder / "secret"),
    )


def _check_founding(folder: Path, told: Sequence[Note], under_way: Note | None) -> None:
    """What was founded stays; what was cut off is founded by the next attempt."""
    database = open_database(url(folder))
    try:
        founding.found(_config(folder), database, at=NOON, entropy=os.urandom)
    finally:
        database.close()
    if not (folder / "secret").read_text():
        raise Lost("the secret of the sessions")
    check(folder, told, under_way)


def _prepare_older(folder: Path) -> None:
    """A library on the first version of the tables."""
    database = open_database(url(folder))
    with database.writing() as session:
        config = migrations.configuration()
        config.attributes["connection"] = session.connection()
        command.upgrade(config, "0001")
    keys.create(database, folder / "keys", actor="system", at=NOON, entropy=os.urandom)
    database.close()


def _migration(folder: Path, ledger: Ledger, _rounds: int) -> None:
    """A new version of the program meets old tables (fault 23)."""
    ledger.note()
    database = _open(folder, ledger)
    migrations.upgrade(database)
    ledger.note()
    ledger.close()
    database.close()


def _check_migration(folder: Path, told: Sequence[Note], under_way: Note | None) -> None:
    """Old or new, and from either the next attempt arrives."""
    database = open_database(url(folder))
    migrations.upgrade(database)
    database.close()
    check(folder, told, under_way)


def _path(name: str, does: Callable[[Path, Ledger, int], None], rounds: int) -> WritePath:
    return WritePath(
        name=name, database=_FILE, prepare=prepare, act=does, check=check, rounds=rounds
    )


PATHS: Final = {
    path.name: path
    for path in (
        _path("events", partial(act, _ingest), 12),
        _path("check", _checks, 15),
        _path("lending", _lending, 8),
        _path("enrolment", partial(act, _enrolment), 4),
        _path("desk", partial(act, _desk), 8),
        _path("seal", partial(act, _seal), 30),
        WritePath(
            name="founding", database=_FILE, prepare=_nothing_yet, act=_founding,
            check=_check_founding, rounds=1,
        ),
        WritePath(
            name="migration", database=_FILE, prepare=_prepare_older, act=_migration,
            check=_check_migration, rounds=1,
        ),
    )
}  # fmt: skip
