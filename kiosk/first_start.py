"""A station that no server knows yet: its screen asks for the code, and the station begins.

The same page as later, with nothing behind it but the pairing: no devices, no store.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from queue import Empty, SimpleQueue
from time import monotonic
from typing import Final
from zoneinfo import ZoneInfo

import structlog
from flask import redirect
from werkzeug.exceptions import NotFound

from hardware import service_manager
from kiosk.beat_page import beat_pages
from kiosk.browser import Beats
from kiosk.config import KioskConfig
from kiosk.ground import local_token
from kiosk.health_page import health_pages
from kiosk.maintenance.last_run import End
from kiosk.messages import Message, Pressed
from kiosk.pages import PageSettings, create_app, only_this_page, only_with
from kiosk.pairing import PairingFailed, is_paired, own_code, pair
from kiosk.rendering import Renderer
from kiosk.screens import Unpaired
from kiosk.stage import Ease, Stage
from kiosk.web import PageServer

_log = structlog.get_logger()

_HOME: Final = ZoneInfo("Europe/Kyiv")
_LOOK_S: Final = 1.0
_ASK_EVERY_S: Final = 10.0
"""A server lets one address try ten times a minute."""


def wait_until_paired(
    config: KioskConfig, end: End, told: Callable[[str], None] = lambda _: None
) -> bool:
    """Show the page until the station is paired, there or by command; False where `end` came first.

    `told` hears the page's address.
    """
    door = _Door(config)
    server = door.serve()
    server.start()
    told(server.url)
    _log.info("station_unpaired", station=config.station, page=server.url)
    service_manager.tell(service_manager.READY)
    try:
        while not is_paired(config):
            service_manager.tell(service_manager.ALIVE)
            if end.wait(0):
                return False
            door.step()
    finally:
        server.stop()
    return True


class _Door:
    """The screen, and what is typed on it."""

    def __init__(self, config: KioskConfig) -> None:
        self._config = config
        self._home = Unpaired(
            station=config.station, server=config.server.url, code=own_code(config)
        )
        self._asked_s = float("-inf")
        self._stage = Stage(self._home, config.screen, config.language, monotonic)
        self._inbox: SimpleQueue[Message] = SimpleQueue()

    def serve(self) -> PageServer:
        """The page on the station's own port."""
        config = self._config
        config.data_dir.mkdir(parents=True, exist_ok=True)
        token = local_token(config.data_dir / "local-token")
        settings = PageSettings(
            token=token,
            instance=secrets.token_hex(8),
            station=config.station,
            role=config.role.value,
            warning_s=config.screen.warning_s,
        )
        app = create_app(
            self._stage,
            Renderer(lambda: _HOME),
            settings,
            self._inbox.put,
            lambda: {"station": config.station, "screen": self._home.name},
        )
        app.register_blueprint(
            beat_pages(Beats(monotonic), lambda: only_this_page(token), lambda: only_with(token))
        )
        app.register_blueprint(health_pages(lambda: 0.0))
        # There is no maintenance page yet; whoever looks for it stays here.
        app.register_error_handler(NotFound, lambda _: redirect("/"))
        return PageServer(app, self._stage, config.screen.host, config.screen.port)

    def step(self) -> None:
        """Deal with what was pressed, for a second; ask now and then whether we were let in."""
        self._ask()
        if self._stage.remaining_s() == 0:
            self._stage.show(self._home)
        try:
            message = self._inbox.get(timeout=_LOOK_S)
        except Empty:
            return
        if not isinstance(message, Pressed) or message.serial != self._stage.shown.serial:
            return
        if message.action == "pair":
            self._pair(message.value)
        elif message.action == "language":
            self._stage.speak(message.value)
        elif message.action == "ease" and message.value in set(Ease):
            self._stage.ease(Ease(message.value))

    def _ask(self) -> None:
        """Somebody may have approved our own code; whoever types here notices nothing."""
        if not self._home.code or monotonic() - self._asked_s < _ASK_EVERY_S:
            return
        self._asked_s = monotonic()
        with suppress(PairingFailed):
            pair(self._config, self._home.code)

    def _pair(self, code: str) -> None:
        try:
            pair(self._config, code)
        except PairingFailed as error:
            _log.warning("not_paired", said=str(error))
            self._stage.update(replace(self._home, value=code[:20], fault=error.code))
