"""Writes the whole sample into a folder."""

from __future__ import annotations

import csv
import json
import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import chain, islice
from pathlib import Path
from typing import Any

from sqlalchemy import inspect, select
from sqlalchemy.engine import make_url
from sqlalchemy.orm import Session

from gate.facts import CredentialKind
from server import files, founding
from server.config import DatabaseSection, KeysSection, ServerConfig, ServerSection, SessionsSection
from server.database import Database
from server.models import Document, StationRole, Ticket
from server.sample.buildings import BRANCH, STATION, write_branch_life, write_branches
from server.sample.bulk import write_many
from server.sample.days import Day
from server.sample.events import write_events
from server.sample.holdings import PHONE, write_holdings
from server.sample.month import Month, days_of, slips_of, write_month
from server.sample.people import PLAN, Secrets, people
from server.sample.records import House, card_uid, write_organisations, write_person
from server.sample.slips import Slips
from server.sample.staff import write_staff
from server.sample.states import Case
from server.services import settings, stations
from server.services.keys import Entropy

SEED = "lystok 125"
"""Gives every letter that only Ukrainian has, and as many women as men, among the first sixty."""
_SQLITE = "sqlite:///library.sqlite"
_STATIONS = (
    ("K1", "Вхід", StationRole.ENTRANCE),
    ("E1", "Вихід", StationRole.EXIT),
    STATION,
)
_SETTINGS: dict[str, Any] = {
    "library_name": "Обласна наукова бібліотека",
    "library_name_en": "Regional Research Library",
    "service_centre_phone": PHONE.format(40),
    "hours": [{"opens": "00:00", "closes": "24:00"}] * 7,
    "assembly_point": "Майданчик перед головним входом",
    "has_shelter": True,
    "shelter_place": "Цокольний поверх, сходи біля гардероба",
    "nearest_shelter": "вул. Шкільна, 5 (ліцей № 7)",
}
_TOML = """\
# Sample library of {day}. Nobody in it is real.
#
# It is open from 00:00 to 24:00 on every day, so that it can be shown at any hour: the hours of a
# real library are a setting of the console. What the tickets in patrons.csv are worth holds for
# the day above; tomorrow, what was to expire today has expired.
#
# patrons.csv    number, name and state of every ticket
# cards.csv      the contactless cards linked to some of them, by their UID
# documents.csv  barcodes, classes and titles
# staff.txt      logins and passwords
# stations.json  one-time codes by which the stations K1 (entrance), E1 (exit) and K2 (the branch)
#                join; they hold for ten minutes

[server]
port = {port}

[database]
url = {url}

[keys]
directory = "keys"

[sessions]
secret_file = "session.secret"
"""


class SampleExists(FileExistsError):
    """The folder or the database holds something already; nothing was changed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """What was written."""

    directory: Path
    tickets: int
    documents: int
    events: int

    @property
    def config(self) -> Path:
        """The configuration of its server."""
        return self.directory / "server.toml"

    def __str__(self) -> str:
        return (
            f"sample library in {self.directory}: {self.tickets} patrons, {self.documents}"
            f" documents, {self.events} events today\n"
            "tickets and their states are in patrons.csv, logins in staff.txt\n"
            f"run it with `lystok --config {self.config} server run`"
        )


def write_sample(
    directory: Path,
    *,
    now: datetime,
    patrons: int = 60,
    port: int = 8080,
    database_url: str | None = None,
    seed: str = SEED,
    entropy: Entropy = os.urandom,
) -> Summary:
    """Write a sample library with so many tickets, each in the state that it has at `now`.

    Its database is an SQLite file beside the configuration, or the empty one at `database_url`.
    Names and states hang on `seed` and the day alone; keys, secrets and passwords on `entropy`.
    Raises SampleExists, ValueError for less than one ticket, OSError.
    """
    if patrons < 1:
        raise ValueError("a sample has at least one patron")
    directory = directory.absolute()
    url = database_url or _SQLITE
    # Not read from the environment: a sample must never land in a real library's database.
    config = ServerConfig.model_construct(
        server=ServerSection(port=port),
        database=DatabaseSection(url=url),
        keys=KeysSection(),
        sessions=SessionsSection(),
    ).beside(directory)
    database = _open_empty(config, directory)
    try:
        founding.found(config, database, at=now, entropy=entropy)
        with database.writing() as session:
            summary = _fill(session, directory, patrons, now, seed, entropy)
        _write_stations(database, directory, now, entropy)
    finally:
        database.close()
    text = _TOML.format(day=_day(now).today, port=port, url=json.dumps(url))
    files.write_private(summary.config, text)
    return summary


def pair_again(directory: Path, database: Database, *, now: datetime, entropy: Entropy) -> None:
    """Make new pairing codes for all stations and write them over the old ones."""
    codes = {
        code: stations.new_pairing_code(database, code, staff_id=None, at=now, entropy=entropy)
        for code, _, _ in _STATIONS
    }
    file = directory / "stations.json"
    file.unlink(missing_ok=True)
    files.write_private(file, json.dumps(codes, indent=2) + "\n")


# --- Its parts --------------------------------------------------------------------------------


def _open_empty(config: ServerConfig, directory: Path) -> Database:
    """The database, with nothing in it yet. Raises SampleExists."""
    url = make_url(config.database.url)
    files = [directory / "server.toml", config.keys.directory, config.sessions.secret_file]
    if url.get_backend_name() == "sqlite":
        files.append(Path(url.database or ""))
    for file in files:
        if file.exists():
            raise SampleExists(f"{file} is there already: name an empty folder")
    database = founding.open_new(config.database.url)
    if inspect(database.engine).get_table_names():
        database.close()
        raise SampleExists("the database is not empty")
    return database


def _fill(
    session: Session, directory: Path, tickets: int, now: datetime, seed: str, entropy: Entropy
) -> Summary:
    """Everything in one transaction: all of the sample, or none of it."""
    day = _day(now)
    library = settings.put(session, _SETTINGS, actor="system", at=now)
    write_branches(session, day)
    shelves = write_holdings(session, now)
    staff = write_staff(session, now, entropy)
    slips = Slips(entropy)
    earlier = slips_of(day, slips)
    events = write_events(session, day, library, slips)
    write_organisations(session, day)
    house = House(day, library, shelves, slips, staff)
    persons = people(tickets, day=day, seed=seed, secrets=Secrets(entropy))
    first = list(islice(persons, len(PLAN)))
    for cases in first:
        write_person(session, cases, house)
    ids = [case.ticket["id"] for case in chain.from_iterable(first) if case.state == "valid"]
    old_enough = select(Ticket).where(Ticket.id.in_(ids), Ticket.valid_from <= days_of(day)[0])
    readers = session.scalars(old_enough.order_by(Ticket.number))
    found = readers.all()
    at_work = (staff.ids["information"], staff.ids["branch_information"])
    write_month(Month(session, day, library, *at_work, earlier, found))
    write_branch_life(session, day, staff, shelves, found)
    slips.keep(session, now)
    session.flush()
    written = chain(chain.from_iterable(first), write_many(session, persons))
    count = _write_patrons(directory, written)
    _write_cards(directory, chain.from_iterable(first))
    _write_documents(directory, shelves.documents)
    files.write_private(directory / "staff.txt", staff.table)
    return Summary(
        directory=directory, tickets=count, documents=len(shelves.documents), events=events
    )


def _day(now: datetime) -> Day:
    return Day(now, settings.LibrarySettings().zone)


def _write_stations(database: Database, directory: Path, now: datetime, entropy: Entropy) -> None:
    for code, name, role in _STATIONS:
        branch = BRANCH if (code, name, role) == STATION else None
        stations.register(
            database, code, name=name, role=role, has_lane=True, actor="system", at=now,
            place=stations.Place(branch=branch),
        )  # fmt: skip
    pair_again(directory, database, now=now, entropy=entropy)


# --- Its tables -------------------------------------------------------------------------------


def _write_patrons(directory: Path, cases: Iterable[Case]) -> int:
    rows = ((case.ticket["number"], _full_name(case), case.state) for case in cases)
    return _write_table(directory / "patrons.csv", ("number", "name", "state"), rows)


def _full_name(case: Case) -> str:
    return " ".join(case.patron[part] for part in ("surname", "given_name", "patronymic"))


def _write_cards(directory: Path, cases: Iterable[Case]) -> None:
    rows = (
        (case.ticket["number"], card_uid(case.patron))
        for case in cases
        if CredentialKind.CARD in case.credentials
    )
    _write_table(directory / "cards.csv", ("number", "uid"), rows)


def _write_documents(directory: Path, documents: Iterable[Document]) -> None:
    columns = (
        "barcode",
        "inventory_number",
        "department_code",
        "document_class",
        "author",
        "title",
    )
    rows = ([getattr(document, column) for column in columns] for document in documents)
    _write_table(directory / "documents.csv", columns, rows)


def _write_table(file: Path, columns: Iterable[str], rows: Iterable[Iterable[Any]]) -> int:
    """A CSV file in UTF-8; answers how many rows."""
    with file.open("w", encoding="utf-8", newline="") as lines:
        writer = csv.writer(lines)
        writer.writerow(columns)
        return _count(writer.writerow(row) for row in rows)


def _count(done: Iterator[object]) -> int:
    return sum(1 for _ in done)
