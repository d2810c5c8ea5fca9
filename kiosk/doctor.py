"""`lystok kiosk doctor`: what hardware is there, how each configured device is, and what to do.

A running station holds its devices: then it is asked instead of them.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import requests

from hardware import doctor, factory
from hardware.contracts import Health, HealthState
from hardware.doctor import Finding, Part
from hardware.factory import Kind
from kiosk.clock import Now
from kiosk.config import KioskConfig
from templates.devices import Trouble, device_name, light_words, state_name, trouble
from templates.words import Words

_ANSWERS_S: Final = 2.0
_MARKS: Final = {
    HealthState.WORKS: "+",
    HealthState.DEGRADED: "!",
    HealthState.FAILED: "-",
    HealthState.UNKNOWN: "?",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What was found; `running` tells that a running station was asked."""

    station: str
    running: bool
    devices: tuple[Finding, ...]
    parts: tuple[Part, ...]

    @property
    def status(self) -> int:
        """For scripts: 0 while nobody needs to do anything, else 1."""
        return 0 if all(finding.is_well for finding in self.devices) else 1


def examine(config: KioskConfig, now: Now, patience_s: float = doctor.PATIENCE_S) -> Report:
    """Look at everything; each device is tried for `patience_s` at most."""
    told = _ask_station(config)
    devices = config.devices.named()
    findings = (
        tuple(doctor.examine(kind, settings, now, patience_s) for kind, settings in devices.items())
        if told is None
        else tuple(_told(kind, settings, told) for kind, settings in devices.items())
    )
    return Report(
        station=config.station, running=told is not None, devices=findings, parts=doctor.parts()
    )


def _ask_station(config: KioskConfig) -> dict[str, Any] | None:
    """What a running station says of its devices; None where none runs."""
    screen = config.screen
    try:
        token = (config.data_dir / "local-token").read_text("ascii")
        answer = requests.get(
            f"http://{screen.host}:{screen.port}/state",
            headers={"X-Lystok-Token": token},
            timeout=_ANSWERS_S,
        )
        answer.raise_for_status()
        devices = answer.json()["devices"]
    except (OSError, ValueError, KeyError):
        return None
    return devices if isinstance(devices, dict) else None


def _told(kind: Kind, settings: dict[str, Any], told: dict[str, Any]) -> Finding:
    said = told.get(kind.value, {})
    seen_at = said.get("seen_at")
    health = Health(
        HealthState(said.get("state", HealthState.UNKNOWN)),
        str(said.get("detail", "not_tried")),
        None if seen_at is None else datetime.fromisoformat(seen_at),
    )
    return Finding(
        kind,
        str(settings["driver"]),
        health,
        bool(said.get("simulated")),
        took_s=0.0,
        where=factory.where(settings),
        holds_light=said.get("holds_light"),
    )


# For people.


def as_text(report: Report, words: Words) -> str:
    """The report, a device a paragraph, then what there is on this machine."""
    _ = words.gettext
    lines = [_("Станція %(code)s", code=report.station)]
    if report.running:
        lines.append(_("Станція працює: про пристрої розповіла вона."))
    for finding in report.devices:
        lines += ["", *_paragraph(finding, words)]
    lines += ["", _("Знайдено на цій машині:")]
    lines += [f"  {part.bus:<9} {part.name}  {part.where}" for part in report.parts] or [
        "  " + _("нічого")
    ]
    return "\n".join(lines)


def _paragraph(finding: Finding, words: Words) -> Iterator[str]:
    _, health = words.gettext, finding.health
    meant = trouble(finding.kind, health.detail_code, words)
    name, state = device_name(finding.kind, words), state_name(health.state, words)
    simulated = _("імітація") if finding.simulated else ""
    which = ", ".join(filter(None, (finding.driver, finding.where, simulated)))
    yield f"{_MARKS[health.state]} {name} ({which}): {state}"
    if finding.holds_light is not None:
        yield "  " + light_words(words, holds=finding.holds_light)
    if health.state is not HealthState.WORKS:
        yield from _advice(finding, meant, _)


def _advice(finding: Finding, meant: Trouble, _: Callable[..., str]) -> Iterator[str]:
    yield "  " + _("Причина: %(cause)s", cause=meant.cause)
    if meant.remedy:
        yield "  " + _("Що робити: %(remedy)s", remedy=meant.remedy)
    if finding.said:
        yield "  " + _("Драйвер каже: %(said)s", said=finding.said)


# For programs.


def as_json(report: Report, words: Words) -> str:
    """The report as JSON; codes stay codes, words are added in one language."""
    plain = {
        "station": report.station,
        "running": report.running,
        "well": report.status == 0,
        "devices": [_plain(finding, words) for finding in report.devices],
        "found": [
            {"bus": part.bus, "name": part.name, "where": part.where} for part in report.parts
        ],
    }
    return json.dumps(plain, ensure_ascii=False, indent=2)


def _plain(finding: Finding, words: Words) -> dict[str, Any]:
    health = finding.health
    meant = trouble(finding.kind, health.detail_code, words)
    light = {} if finding.holds_light is None else {"holds_light": finding.holds_light}
    return {
        "device": finding.kind,
        "driver": finding.driver,
        "where": finding.where,
        "simulated": finding.simulated,
        "state": health.state,
        "detail": health.detail_code,
        "seen_at": None if health.seen_at is None else health.seen_at.isoformat(),
        "cause": meant.cause,
        "remedy": meant.remedy,
        "said": finding.said,
        "took_s": finding.took_s,
    } | light
