"""Tables of a station's database and the steps that lead to them.

A step is never changed once it was released; a new one is added. Each runs in one transaction
together with the number of the version, so that a power cut leaves the old or the new (fault 23).
What the server says is kept as it came, as JSON, beside the columns that it is found by; tickets
alone, of which there may be a million, have a column for each field.
"""

from __future__ import annotations

import sqlite3
from typing import Final

_FIRST: Final = """
CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;

-- The copy of the server's rows.
CREATE TABLE ticket (ticket_id TEXT PRIMARY KEY, body TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE credential (
    kind TEXT NOT NULL, value TEXT NOT NULL, ticket_id TEXT NOT NULL,
    PRIMARY KEY (kind, value, ticket_id)
) WITHOUT ROWID;
CREATE INDEX credential_of_ticket ON credential (ticket_id);
CREATE TABLE copied_visit (
    visit_id TEXT PRIMARY KEY, slip_number TEXT NOT NULL, ticket_id TEXT,
    persons_inside INTEGER NOT NULL, body TEXT NOT NULL
) WITHOUT ROWID;
CREATE INDEX copied_visit_slip ON copied_visit (slip_number);
CREATE INDEX copied_visit_ticket ON copied_visit (ticket_id) WHERE ticket_id IS NOT NULL;
CREATE TABLE event (event_id TEXT PRIMARY KEY, body TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE building (id TEXT PRIMARY KEY, body TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE key (key_id TEXT PRIMARY KEY, body TEXT NOT NULL) WITHOUT ROWID;

-- What happened at this station.
CREATE TABLE visit (
    visit_id TEXT PRIMARY KEY, slip_number TEXT NOT NULL, ticket_id TEXT, event_id TEXT,
    opened_at TEXT NOT NULL, persons_inside INTEGER NOT NULL, acknowledged INTEGER,
    body TEXT NOT NULL
) WITHOUT ROWID;
CREATE INDEX visit_slip ON visit (slip_number);
CREATE INDEX visit_opened ON visit (opened_at);
CREATE INDEX visit_event ON visit (event_id) WHERE event_id IS NOT NULL;
CREATE INDEX visit_ticket ON visit (ticket_id) WHERE ticket_id IS NOT NULL;

CREATE TABLE job (
    job_id TEXT PRIMARY KEY, visit_id TEXT NOT NULL, slip_number TEXT NOT NULL,
    state TEXT NOT NULL, trouble TEXT, attempts INTEGER NOT NULL DEFAULT 0,
    created_at TEXT NOT NULL, content TEXT NOT NULL
) WITHOUT ROWID;
CREATE INDEX job_of_visit ON job (visit_id);
CREATE INDEX job_open ON job (state, created_at) WHERE state IN ('pending', 'printing');

CREATE TABLE outbox (
    place INTEGER PRIMARY KEY AUTOINCREMENT, event_id TEXT NOT NULL UNIQUE, visit_id TEXT,
    kind TEXT NOT NULL, at TEXT NOT NULL, state TEXT NOT NULL DEFAULT 'queued',
    acknowledged_at TEXT, problem TEXT, body TEXT NOT NULL
);
CREATE INDEX outbox_queued ON outbox (place) WHERE state = 'queued';
CREATE INDEX outbox_of_visit ON outbox (visit_id) WHERE state = 'queued';
CREATE INDEX outbox_done ON outbox (acknowledged_at) WHERE state = 'delivered';
"""

_TICKETS_AS_COLUMNS: Final = """
CREATE TABLE coming_ticket (
    ticket_id TEXT PRIMARY KEY, number TEXT NOT NULL, name TEXT NOT NULL, kind TEXT NOT NULL,
    state TEXT NOT NULL, flags INTEGER NOT NULL, valid_from INTEGER NOT NULL,
    valid_until INTEGER NOT NULL, registered_for INTEGER NOT NULL, overdue INTEGER NOT NULL,
    rest TEXT
) WITHOUT ROWID;
CREATE TABLE coming_credential (kind TEXT NOT NULL, value TEXT NOT NULL, ticket_id TEXT NOT NULL);

-- Days as ordinals (1 January of year 1 is 1); see gate.events.packed for the bits of the flags.
INSERT INTO coming_ticket SELECT
    ticket_id, body ->> 'number', coalesce(body ->> 'display_name', ''), body ->> 'kind',
    body ->> 'state',
    coalesce(body ->> 'fee_paid', 1) + 2 * coalesce(body ->> 'home_loans', 1)
        + 4 * coalesce(body ->> 'slip_not_returned', 0),
    CAST(julianday(body ->> 'valid_from') - 1721424.5 AS INTEGER),
    CAST(julianday(body ->> 'valid_until') - 1721424.5 AS INTEGER),
    body ->> 'registered_for', coalesce(body ->> 'overdue_loans', 0), json_object(
        'ban', body -> 'ban', 'consent_missing_until', body ->> 'consent_missing_until',
        'document_to_renew_from', body ->> 'document_to_renew_from',
        'agreement_until', body ->> 'agreement_until')
FROM ticket;
DROP TABLE ticket;
ALTER TABLE coming_ticket RENAME TO ticket;
CREATE TABLE coming_ticket (
    ticket_id TEXT PRIMARY KEY, number TEXT NOT NULL, name TEXT NOT NULL, kind TEXT NOT NULL,
    state TEXT NOT NULL, flags INTEGER NOT NULL, valid_from INTEGER NOT NULL,
    valid_until INTEGER NOT NULL, registered_for INTEGER NOT NULL, overdue INTEGER NOT NULL,
    rest TEXT
) WITHOUT ROWID;
"""

_RESOURCES: Final = """
CREATE TABLE resource (resource_id TEXT PRIMARY KEY, body TEXT NOT NULL) WITHOUT ROWID;

-- Those that the server told of before could not be kept: a snapshot brings them.
UPDATE meta SET value = '' WHERE name = 'epoch';
"""

STEPS: Final[tuple[str, ...]] = (_FIRST, _TICKETS_AS_COLUMNS, _RESOURCES)


class NewerDatabaseError(RuntimeError):
    """The database was written by a newer version of this program."""


def migrate(connection: sqlite3.Connection) -> None:
    """Bring an open database to the newest version; NewerDatabaseError if it is beyond that."""
    version = _version(connection)
    if is_beyond(connection):
        raise NewerDatabaseError(f"version {version} of the database, {len(STEPS)} is known here")
    for number, step in enumerate(STEPS[version:], start=version + 1):
        connection.executescript(f"BEGIN IMMEDIATE;{step}PRAGMA user_version = {number};COMMIT;")


def is_beyond(connection: sqlite3.Connection) -> bool:
    """Whether a newer release brought the database to a form that is not known here."""
    return _version(connection) > len(STEPS)


def _version(connection: sqlite3.Connection) -> int:
    return int(connection.execute("PRAGMA user_version").fetchone()[0])
