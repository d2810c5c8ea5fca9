"""The centre's log of any days, to check its reports by: services given and demand (C3.1, C8.2)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, time, timedelta
from typing import TypeVar

from flask import Response, render_template, request

from server.console import lists, reads, report_words
from server.console.blueprint import console
from server.console.buildings import mine
from server.console.centre import database, library, words
from server.console.centre_words import OUTCOMES, SERVICES, TOPICS
from server.console.lists import Column
from server.console.pages.reports import asked_period, spans
from server.models import Consultation, Demand
from server.services import consultations
from server.services.reports.table import Period
from templates.words import N_

_Row = TypeVar("_Row", Consultation, Demand)


@console.get("/centre/log", endpoint="centre_log")
def log_page() -> str | Response:
    """Services of a time, or with `of=demand` what people asked for; without what was struck."""
    asked = asked_period()
    first, last = (
        datetime.combine(day, time(), library().zone).astimezone(UTC)
        for day in (asked.first, asked.last + timedelta(days=1))
    )
    with database().reading() as db:
        log = consultations.of_day(db, first, last, mine())
        houses = {row.code: reads.place_name(row, words()) for row in reads.branches(db)}
        if request.args.get("of") == "demand":
            return _page(asked, log.asked, _demand_columns(), "demand")
        return _page(asked, log.given, _service_columns(houses), "services")


def _page(
    asked: Period, rows: Sequence[_Row], columns: Sequence[Column[_Row]], of: str
) -> str | Response:
    found = lists.listing(rows, columns)
    file = lists.exported(found, columns, f"centre-{of}-{asked.first}-{asked.last}")
    if file is not None:
        return file
    return render_template(
        "console/centre_log.html", of=of, found=found, spans=spans(), first=asked.first,
        last=asked.last, period=report_words.period(asked, words()),
        rows=[[column.value(row) for column in columns] for row in found.rows],
    )  # fmt: skip


def _service_columns(houses: Mapping[str, str]) -> tuple[Column[Consultation], ...]:
    _ = words().gettext
    return (
        Column(name="number", label=N_("№"), value=lambda row: row.id),
        Column(name="at", label=N_("Коли"), value=lambda row: row.at),
        Column(name="service", label=N_("Послуга"), value=lambda row: _(SERVICES[row.service])),
        Column(name="topic", label=N_("Тема"), value=lambda row: _(TOPICS[row.topic])),
        Column(name="minutes", label=N_("Хвилин"), value=lambda row: row.minutes),
        Column(name="persons", label=N_("Осіб"), value=lambda row: row.persons),
        Column(name="outcome", label=N_("Результат"), value=lambda row: _(OUTCOMES[row.outcome])),
        Column(
            name="slip", label=N_("Листок"),
            value=lambda row: "" if row.visit is None else row.visit.slip_number,
        ),
        Column(
            name="branch", label=N_("Філія"),
            value=lambda row: houses.get(row.branch_code or "", row.branch_code or ""),
        ),
        Column(name="staff", label=N_("Хто"), value=lambda row: row.staff.name),
    )  # fmt: skip


def _demand_columns() -> tuple[Column[Demand], ...]:
    _ = words().gettext
    return (
        Column(name="number", label=N_("№"), value=lambda row: row.id),
        Column(name="at", label=N_("Коли"), value=lambda row: row.at),
        Column(name="asked", label=N_("Що питали"), value=lambda row: row.asked),
        Column(name="topic", label=N_("Тема"), value=lambda row: _(TOPICS[row.topic])),
        Column(
            name="missing", label=N_("Бракувало"),
            value=lambda row: _("так") if row.missing else "",
        ),
        Column(name="staff", label=N_("Хто"), value=lambda row: row.staff.name),
    )  # fmt: skip
