"""Whatever the server can write into its audit log is said there in words."""

from collections.abc import Iterable, Mapping

from flask import Flask

from server.console import audit_words
from server.console.centre_tables import CENTRE_TABLES
from server.console.tables import TABLES
from server.models import HoldState, ImportState, InboxKind, RequestState, Step
from server.services import station_events, stations
from tests.server.admin import audit_acts
from tests.server.admin.audit_acts import Written

PLACES = ("branch", "department")
NOTES = ("consultation", "demand")
ROWS = [stations.TABLE, *(each.table for each in (*TABLES, *CENTRE_TABLES))]
OPEN_ACTIONS = {
    ("server/services/calendar_days", "f'{of.__tablename__}_hours_changed'"): [
        f"{place}_hours_changed" for place in PLACES
    ],
    ("server/services/consultations", "f'{row.__tablename__}_noted'"): [
        f"{note}_noted" for note in NOTES
    ],
    ("server/services/consultations", "f'{row.__tablename__}_struck'"): [
        f"{note}_struck" for note in NOTES
    ],
    ("server/services/enrolment", "f'enrolment_{step}'"): [f"enrolment_{step}" for step in Step],
    ("server/services/holds", "f'hold_{state}'"): [
        f"hold_{state}" for state in (HoldState.CANCELLED, HoldState.EXPIRED)
    ],
    ("server/services/imports/runs", "f'import_{state}'"): [
        f"import_{state}" for state in (ImportState.CHECKED, ImportState.DONE, ImportState.STOPPED)
    ],
    ("server/services/requests", "f'request_{state}'"): [
        f"request_{state}" for state in RequestState
    ],
    ("server/services/station_events", "event.kind"): station_events.AUDITED,
    ("server/services/tables", "table.action"): [table.action for table in ROWS],
}
OPEN_KINDS = {
    ("server/console/pages/inbox", "form.get('kind', '')"): [*InboxKind, "conflict"],
    ("server/services/calendar_days", "of.__tablename__"): PLACES,
    ("server/services/consultations", "row.__tablename__"): NOTES,
    ("server/services/tables", "table.name"): [table.name for table in ROWS],
}
"""What the source makes of a state or a table, by the expression that makes it."""


def spelled_out(
    found: set[Written], made: Mapping[tuple[str, str], Iterable[str]]
) -> Iterable[str]:
    """All values, with those that are made; a new way of making one wants a line above."""
    assert {(each.module, each.text) for each in found if not each.is_value} == made.keys()
    return {each.text for each in found if each.is_value}.union(*made.values())


def test_every_act_has_words(app: Flask) -> None:
    acts = spelled_out(audit_acts.actions(), OPEN_ACTIONS)
    assert {"entry_decided", "patron_changed", "mark_undone", "sip2_login"} <= set(acts)
    with app.test_request_context("/"):
        assert [code for code in sorted(acts) if audit_words.action(code) == code] == []


def test_every_kind_of_object_has_words() -> None:
    kinds = spelled_out(audit_acts.kinds(), OPEN_KINDS)
    assert {"visit", "patron", "workplace"} <= set(kinds)
    assert sorted(set(kinds) - audit_words.KINDS.keys()) == []
