"""What `lystok kiosk` does, as functions."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

from kiosk import doctor as examination
from kiosk import program
from kiosk.config import KioskConfig
from kiosk.keys import BadKeyFile, load_slip_key
from kiosk.pairing import PairingFailed, pair, read_token
from templates.words import Words

__all__ = ["PairingFailed", "check_config", "doctor", "pair", "run"]


def check_config(config: KioskConfig) -> tuple[str, ...]:
    """What a configuration that reads well still lacks on this machine; empty where nothing."""
    return tuple(_lacks(config))


def run(config: KioskConfig) -> None:
    """Run the station until it is told to stop. Raises PairingFailed where it was never paired."""
    try:
        load_slip_key(config.slip_key_file)
    except (FileNotFoundError, BadKeyFile):
        hint = "pair this station first: lystok kiosk pair CODE"
        raise PairingFailed(f"{config.slip_key_file} holds no slip key; {hint}") from None
    program.run(config)


def doctor(config: KioskConfig, language: str, *, as_json: bool) -> tuple[str, int]:
    """What is to be said about the station's hardware, and the exit status: 0 where all is well."""
    report = examination.examine(config, lambda: datetime.now(UTC))
    say = examination.as_json if as_json else examination.as_text
    return say(report, Words(language)), report.status


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
