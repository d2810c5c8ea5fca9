"""What `lystok kiosk` does, as functions."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Final

import requests

from gate.facts import ClockTrust
from kiosk import browser, first_start, program
from kiosk import doctor as examination
from kiosk.browser import BrowserKeeper, NoBrowser
from kiosk.config import KioskConfig
from kiosk.keys import BadKeyFile, load_slip_key
from kiosk.maintenance.last_run import End, Ending
from kiosk.maintenance.technicians import BadCode, TechnicianFile
from kiosk.maintenance.upkeep import FILE as TECHNICIANS
from kiosk.pairing import PairingFailed, is_paired, pair, read_token
from kiosk.panel import Panel
from templates.words import Words

__all__ = [
    "BadCode",
    "NoBrowser",
    "NotRunning",
    "PairingFailed",
    "check_config",
    "clock",
    "doctor",
    "pair",
    "run",
    "session",
    "set_technician_code",
]

_LOCAL_S: Final = 5.0


class NotRunning(ConnectionError):
    """There is no station on this machine that could answer."""


def check_config(config: KioskConfig) -> tuple[str, ...]:
    """What a configuration that reads well still lacks on this machine; empty where nothing."""
    return tuple(_lacks(config))


def run(config: KioskConfig) -> bool:
    """Run the station until it is told to stop; answers whether it is to run again.

    It is where a technician asked for it, or the server shut it out and it forgot everything. One
    that was never paired asks for the code on its screen first. Raises PairingFailed where its key
    is broken.
    """
    if not is_paired(config) and not _first_start(config):
        return False
    try:
        load_slip_key(config.slip_key_file)
    except BadKeyFile as error:
        hint = "move it away and pair this station anew: lystok kiosk pair CODE"
        raise PairingFailed(f"{error}; {hint}") from None
    return program.run(config) in (Ending.ASKED, Ending.REVOKED)


def _first_start(config: KioskConfig) -> bool:
    """Whether it was paired before it was told to stop."""
    end = End()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: end.come(Ending.STOPPED))
    return first_start.wait_until_paired(config, end)


def session(config: KioskConfig) -> None:
    """Keep the browser at the station's page until told to stop. Raises NoBrowser."""
    screen, profile = config.screen, config.data_dir / "browser"
    url = f"http://{screen.host}:{screen.port}/"
    keeper = BrowserKeeper(
        browser.command(url, profile),
        profile,
        lambda: browser.ask_station(url, config.data_dir / "local-token"),
    )
    panel = Panel(screen, lambda: browser.ask_screen(url, config.data_dir / "local-token"))
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: keeper.stop())
    panel.loop.start()
    keeper.run()
    panel.loop.stop()


def set_technician_code(config: KioskConfig, code: str) -> str:
    """Set the code of the maintenance page; answers what to say. Raises BadCode."""
    config.data_dir.mkdir(parents=True, exist_ok=True)
    TechnicianFile(config.data_dir / TECHNICIANS).set_code(code)
    return f"station {config.station}: the maintenance page opens with the new code"


def doctor(config: KioskConfig, language: str, *, as_json: bool) -> tuple[str, int]:
    """What is to be said about the station's hardware, and the exit status: 0 where all is well."""
    report = examination.examine(config, lambda: datetime.now(UTC))
    say = examination.as_json if as_json else examination.as_text
    return say(report, Words(language)), report.status


def clock(config: KioskConfig, *, confirm: bool) -> tuple[str, int]:
    """What the running station says of its time, and the exit status: 0 where it is trusted.

    `confirm`: somebody compared the machine's clock with a watch. Raises NotRunning.
    """
    method = "POST" if confirm else "GET"
    url = f"http://{config.screen.host}:{config.screen.port}/clock"
    try:
        token = (config.data_dir / "local-token").read_text("ascii")
        answer = requests.request(
            method, url, headers={"X-Lystok-Token": token}, timeout=_LOCAL_S
        )  # fmt: skip
        told = answer.json()
    except (OSError, ValueError) as error:
        raise NotRunning(f"the station does not run here ({url}): {error}") from None
    lines = [f"{name}: {value}" for name, value in told.items()]
    if answer.status_code == HTTPStatus.CONFLICT:
        lines.append("not taken: the machine's clock is behind a time that has surely passed;")
        lines.append("set it first: timedatectl set-time 'YYYY-MM-DD hh:mm:ss'")
    return "\n".join(lines), 0 if told["trust"] == ClockTrust.TRUSTED else 1


def _lacks(config: KioskConfig) -> Iterator[str]:
    if not read_token(config.token_file):
        yield f"token_file: {config.token_file} is missing, pair this station first"
    try:
        load_slip_key(config.slip_key_file)
    except FileNotFoundError:
        yield f"slip_key_file: {config.slip_key_file} is missing, pair this station first"
    except (OSError, BadKeyFile) as error:
        yield f"slip_key_file: {error}"
    ca_file = config.server.ca_file
    if ca_file is not None and not ca_file.is_file():
        yield f"server.ca_file: {ca_file} is missing"
