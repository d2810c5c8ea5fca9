"""Whatever the server can write into its audit log is said there in words."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import pytest
from flask import Flask

from gate.facts import VisitState
from server.console import audit_details, audit_words
from server.console.centre_tables import CENTRE_TABLES
from server.console.tables import TABLES
from server.models import (
    DamageState,
    HoldState,
    IdentityDocument,
    ImportState,
    InboxKind,
    RequestState,
    RollState,
    Step,
)
from server.services import station_events, stations
from tests.server.admin import audit_acts
from tests.server.admin.audit_acts import Written

PLACES = ("branch", "department")
NOTES = ("consultation", "demand")
THINGS = ("equipment", "workplace")
ROWS = [stations.TABLE, *(each.table for each in (*TABLES, *CENTRE_TABLES))]
OPEN_ACTIONS = {
    ("server/services/branch_property", "f'{row.__tablename__}_changed'"): [
        f"{thing}_changed" for thing in THINGS
    ],
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
    ("server/console/pages/undo_act", "kind"): [*InboxKind, "conflict"],
    ("server/services/branch_property", "row.__tablename__"): THINGS,
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


def test_every_field_of_details_has_words() -> None:
    fields = audit_acts.fields() - {"before", "after"}
    assert {"reasons", "unchecked", "amount"} <= fields
    # A station's own are put together out of what it sent.
    fields |= {"event", "verdict", "means"}
    assert sorted(fields - audit_details.NAMES.keys()) == []


@pytest.mark.parametrize(
    "told, shown",
    [
        (
            {"changed": {"surname": {"before": "hmac:1f", "after": "hmac:2e"}}, "late": True},
            ["прізвище змінено, значення приховано", "пізніше місяця так"],
        ),
        (
            {"changed": {"category": {"before": "adult", "after": "pensioner"}}},
            ["категорія Дорослий читач → Пенсіонер"],
        ),
        ({"amount": 35050, "debtor": "parents"}, ["сума 350,50 ₴", "відповідає батьки"]),
        (
            {"before": None, "after": {"reason": "smoking", "until": "2025-12-20T22:00:00+00:00"}},
            ["причина паління в приміщенні", "до 21 грудня 2025 р."],
        ),
        ({"reasons": ["no_marks", "x-new"]}, ["підстави Без відміток, x-new"]),
        ({"before": "inside", "after": "away"}, [" У бібліотеці → Тимчасовий вихід"]),
        (
            {"before": "open", "after": {"figures": {"issued": 13}, "checks": {"clock": True}}},
            ["видано 13", "годинник збігається так"],
        ),
        ({"name": "hmac:0f1a992d", "nobody": None}, ["назва приховано", "nobody —"]),
        (
            {"before": {"price": 350}, "after": {"price": 400}},
            ["ціна 3,50 ₴ → 4,00 ₴"],
        ),
    ],
)
def test_details_are_told_in_words(
    app: Flask, told: Mapping[str, Any], shown: Sequence[str]
) -> None:
    with app.test_request_context("/"):
        lines = [
            f"{name} {value}" + (f" → {now_is}" if now_is else "")
            for name, value, now_is in audit_details.details(told)
        ]
    assert [line.replace("\N{NO-BREAK SPACE}", " ") for line in lines] == shown


@pytest.mark.parametrize(
    "kind, codes",
    [
        ("damage", DamageState),
        ("roll_entry", RollState),
        ("patron", IdentityDocument),
        ("visit", [*VisitState, "declared", "approved", "undone"]),
        ("shift", ["open", "closed"]),
        ("complaint", ["settled", "open", "resolved"]),
    ],
)
def test_every_state_has_words_of_its_kind(app: Flask, kind: str, codes: Iterable[str]) -> None:
    with app.test_request_context("/"):
        for code in codes:
            ((_, was, is_now),) = audit_details.details({"before": code, "after": code}, kind)
            assert was == is_now
            assert not was.isascii(), code


def test_harm_that_is_open_is_not_made_good(app: Flask) -> None:
    with app.test_request_context("/"):
        told = audit_details.details({"before": "open", "after": "paid"}, "damage")
        assert next(told) == ("", "не відшкодовано", "сплачено")
