"""Figures for Prometheus, read from the database when they are asked for."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from flask import Response
from prometheus_client import (
    CONTENT_TYPE_LATEST,
    CollectorRegistry,
    ProcessCollector,
    generate_latest,
)
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from gate.events import Receipt
from server.backup import shelf
from server.database import Database
from server.models import Conflict, Mail, MailState, Station, StationEvent, Visit


class Centre(Collector):
    """What the centre knows at this moment."""

    def __init__(self, database: Database, backups: Path) -> None:
        self._database = database
        self._backups = backups

    def describe(self) -> list[Metric]:
        """Nothing is asked of the database before somebody scrapes."""
        return []

    def collect(self) -> Iterator[Metric]:
        """A figure a metric."""
        with self._database.reading() as session:
            yield _gauge("lystok_visits_open", "Visits that go on", _open_visits(session))
            yield _gauge("lystok_conflicts_open", "What staff must look at", _conflicts(session))
            yield _gauge(
                "lystok_events_unprocessable",
                "Events of stations that could not be read",
                _unprocessable(session),
            )
            yield _gauge("lystok_letters_waiting", "Letters not sent yet", _letters(session))
            yield from _stations(session)
        yield _last_backup(self._backups)
        if self._database.reserve is not None:
            free = self._database.reserve.free_bytes()
            yield _gauge("lystok_disk_free_bytes", "Room on the database's disk", free)


def exposition(database: Database, backups: Path) -> Response:
    """All figures in Prometheus' text format."""
    registry = CollectorRegistry()
    registry.register(Centre(database, backups))
    # Memory, processor and open files of this process.
    ProcessCollector(registry=registry)
    return Response(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)


def _gauge(name: str, about: str, value: int) -> Metric:
    return GaugeMetricFamily(name, about, value=value)


def _open_visits(session: Session) -> int:
    return session.scalar(select(func.count()).where(Visit.closed_at.is_(None))) or 0


def _conflicts(session: Session) -> int:
    return session.scalar(select(func.count()).where(Conflict.resolved_at.is_(None))) or 0


def _unprocessable(session: Session) -> int:
    query = select(func.count()).where(StationEvent.receipt == Receipt.UNPROCESSABLE)
    return session.scalar(query) or 0


def _last_backup(directory: Path) -> Metric:
    """Without any backup there is no sample, which a rule can ask for (`absent`)."""
    metric = GaugeMetricFamily("lystok_backup_timestamp_seconds", "When the last backup was made")
    newest = shelf.latest(directory)
    if newest is not None:
        metric.add_metric([], newest.manifest.made_at.timestamp())
    return metric


def _letters(session: Session) -> int:
    return session.scalar(select(func.count()).where(Mail.state == MailState.WAITING)) or 0


def _stations(session: Session) -> Iterator[Metric]:
    """What each station told of itself last; those that were shut out tell nothing any more."""
    seen = _by_station("last_seen_timestamp_seconds", "When a station was last heard of")
    info = _by_station("info", "1; its role and version", "role", "version")
    queue = _by_station("queue_length", "Events that it had not delivered, as it last told")
    works = _by_station("device_works", "1: works, if poorly; 0: does not", "device")
    rows = session.scalars(select(Station).where(Station.revoked_at.is_(None)))
    for station in rows:
        told = station.last_health or {}
        info.add_metric([station.code, station.role.value, str(told.get("version", ""))], 1)
        if station.last_seen_at is not None:
            seen.add_metric([station.code], station.last_seen_at.timestamp())
        if told:
            queue.add_metric([station.code], float(told.get("queue_length", 0)))
        for device in told.get("devices", ()):
            is_well = device.get("state") != "failed"
            works.add_metric([station.code, str(device.get("device", ""))], float(is_well))
    yield from (seen, info, queue, works)


def _by_station(name: str, about: str, *more: str) -> GaugeMetricFamily:
    return GaugeMetricFamily(f"lystok_station_{name}", about, labels=["station", *more])
