"""How the station is, as plain values: for technicians, the demonstration and tests."""

from __future__ import annotations

from datetime import datetime
from importlib.metadata import version
from typing import Any

from hardware.abilities import holds_light
from hardware.factory import Kind
from kiosk.clock import Clock
from kiosk.config import KioskConfig
from kiosk.devices import Devices
from kiosk.stage import Stage
from kiosk.store import Database, coming, copy, identity, jobs, outbox, server_backup
from kiosk.sync.certificate import CertificateWatch
from kiosk.sync.link import Link


class StateTeller:
    """Looks at every part; nothing here names a patron."""

    def __init__(
        self,
        config: KioskConfig,
        database: Database,
        devices: Devices,
        link: Link,
        certificate: CertificateWatch,
        stage: Stage,
        clock: Clock,
    ) -> None:
        self._config = config
        self._database = database
        self._devices = devices
        self._link = link
        self._certificate = certificate
        self._stage = stage
        self._clock = clock

    def tell(self) -> dict[str, Any]:
        """The state at this moment; times in ISO 8601, ages in seconds."""
        now = self._clock.now()
        return {
            "station": self._config.station,
            "role": self._config.role.value,
            "version": version("lystok"),
            "now": now.isoformat(),
            "clock": self._clock.trust().value,
            "screen": self._stage.shown.screen.name,
            "devices": self._tell_devices(),
            "server": self._tell_link(),
            **self._tell_store(now),
        }

    def _tell_devices(self) -> dict[str, Any]:
        told: dict[str, Any] = {
            kind.value: {
                "state": health.state.value,
                "detail": str(health.detail_code),
                "seen_at": _iso(health.seen_at),
                "simulated": kind in self._config.devices.simulated,
            }
            for kind, health in self._devices.health().items()
        }
        if Kind.CAMERA in told:
            told[Kind.CAMERA]["holds_light"] = holds_light(self._devices.camera)
        return told

    def _tell_link(self) -> dict[str, Any]:
        link = self._link.state
        return {
            "reachable": link.reachable,
            "admitted": link.admitted,
            "heard_at": _iso(link.heard_at),
            "trouble": link.trouble,
            "certificate_until": _iso(self._certificate.until),
            "certificate_warning": self._certificate.warning(),
        }

    def _tell_store(self, now: datetime) -> dict[str, Any]:
        with self._database.read() as tx:
            backlog, known = outbox.backlog(tx), copy.state(tx)
            on_its_way = coming.find(tx)
            saved_at = server_backup.made_at(tx)
            incarnation, waiting = identity.incarnation(tx), len(jobs.pending(tx))
        oldest = backlog.oldest_at
        return {
            "incarnation": incarnation,
            "queue": {
                "length": backlog.queued,
                "oldest_age_s": None if oldest is None else _age_s(now, oldest),
                "set_aside": backlog.set_aside,
            },
            "copy": None
            if known is None
            else {
                "cursor": known.cursor,
                "as_of": known.as_of.isoformat(),
                "age_s": _age_s(now, known.as_of),
            },
            "coming": None if on_its_way is None else {"tickets": on_its_way.tickets},
            "slips_waiting": waiting,
            "server_backup_at": _iso(saved_at),
        }


def _iso(at: datetime | None) -> str | None:
    return None if at is None else at.isoformat()


def _age_s(now: datetime, at: datetime) -> float:
    return round((now - at).total_seconds(), 3)
