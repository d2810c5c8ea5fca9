"""Making a station known to its server: its own slip key, and a one-time code (threat 18)."""

from __future__ import annotations

from pathlib import Path

from gate.codes import SigningKey
from gate.events import PairQuery
from gate.pairing import code_of
from kiosk.config import KioskConfig
from kiosk.keys import BadKeyFile, load_slip_key, make_slip_key
from kiosk.store.files import write_whole
from kiosk.sync.client import ServerClient, ServerError, ServerRefused


class PairingFailed(Exception):
    """The server did not take the station; the message says why and what to do."""

    def __init__(self, said: str, code: str = "key") -> None:
        super().__init__(said)
        self.code = code
        """`refused` by the server, `away` (it does not answer), or a broken `key`."""


def pair(config: KioskConfig, code: str) -> str:
    """Pair with the server; answers what to tell the person at the terminal.

    The private key never leaves the machine. A key that is there already is used again, so that
    a pairing whose answer was lost can be repeated. Raises PairingFailed.
    """
    try:
        key = own_key(config)
    except BadKeyFile as error:
        raise PairingFailed(str(error)) from error
    client = ServerClient(config.server.url, ca_file=config.server.ca_file)
    query = PairQuery(code=code, station=config.station, slip_public_key=key.public_raw.hex())
    try:
        answer = client.pair(query)
    except ServerRefused as error:
        raise PairingFailed(
            f"the server refused: {error.problem or error.status}", "refused"
        ) from error
    except ServerError as error:
        raise PairingFailed(f"{config.server.url} does not answer: {error}", "away") from error
    finally:
        client.close()
    write_whole(config.token_file, answer.token)
    return f"station {config.station} is paired with {config.server.url}"


def is_paired(config: KioskConfig) -> bool:
    """Whether there is a slip key, and a token or a store from when there was one."""
    served = (config.data_dir / f"station-{config.station}.sqlite").exists()
    return config.slip_key_file.exists() and (bool(read_token(config.token_file)) or served)


def read_token(path: Path) -> str:
    """The station's token; empty where it was never paired."""
    try:
        return path.read_text("ascii").strip()
    except FileNotFoundError:
        return ""


def own_code(config: KioskConfig) -> str:
    """The code that staff may type into the console instead; empty where the key is broken."""
    try:
        return code_of(own_key(config).public_raw)
    except BadKeyFile:
        return ""


def own_key(config: KioskConfig) -> SigningKey:
    """The station's slip key, made where there is none. Raises BadKeyFile, OSError."""
    try:
        return make_slip_key(config.slip_key_file)
    except FileExistsError:
        return load_slip_key(config.slip_key_file)
