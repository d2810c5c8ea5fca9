"""Figures of a station for Prometheus, out of its own state; nothing of a person is in them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from prometheus_client import CollectorRegistry, ProcessCollector, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector


class _Figures(Collector):
    """The state at one moment, as `kiosk.state` tells it."""

    def __init__(self, state: Mapping[str, Any]) -> None:
        self._state = state

    def collect(self) -> Iterator[Metric]:
        """A figure a metric; what is not known has no sample."""
        state = self._state
        info = _labelled("info", "1; which station this is", "station", "role", "version")
        info.add_metric([str(state[name]) for name in ("station", "role", "version")], 1)
        yield info
        works = _labelled("device_works", "1: works, if poorly; 0: does not", "device")
        for device, health in state["devices"].items():
            works.add_metric([device], float(health["state"] != "failed"))
        yield works
        for name, about, value in _plain(state):
            if value is not None:
                yield GaugeMetricFamily(f"lystok_kiosk_{name}", about, value=float(value))


def exposition(state: Mapping[str, Any]) -> bytes:
    """All figures in Prometheus' text format."""
    registry = CollectorRegistry()
    registry.register(_Figures(state))
    ProcessCollector(registry=registry)
    return generate_latest(registry)


def _plain(state: Mapping[str, Any]) -> Iterator[tuple[str, str, float | None]]:
    queue, server, copy = state["queue"], state["server"], state["copy"]
    yield "queue_length", "Events that were not delivered yet", queue["length"]
    yield "queue_age_seconds", "Age of the oldest of them", queue["oldest_age_s"]
    yield "set_aside", "Events that the server could not read", queue["set_aside"]
    yield "copy_age_seconds", "Age of what it knows of the library", copy and copy["age_s"]
    yield "server_reachable", "Whether the server answers", server["reachable"]
    yield "server_heard_timestamp_seconds", "When it last did", _instant(server["heard_at"])
    until = _instant(server["certificate_until"])
    yield "certificate_until_timestamp_seconds", "When what it trusts ends", until
    yield "clock_trusted", "Whether its time was confirmed", state["clock"] == "trusted"
    yield "slips_waiting", "Slips that were not printed yet", state["slips_waiting"]


def _labelled(name: str, about: str, *labels: str) -> GaugeMetricFamily:
    return GaugeMetricFamily(f"lystok_kiosk_{name}", about, labels=labels)


def _instant(told: str | None) -> float | None:
    return None if told is None else datetime.fromisoformat(told).timestamp()
