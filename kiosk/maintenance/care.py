"""What a technician does to the station: sound, light, paper, cards, pairing, bundle, restart."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC
from typing import Final

from kiosk.config import KioskConfig
from kiosk.maintenance import bundle, machine
from kiosk.maintenance.door import Door
from kiosk.maintenance.paper import PaperCounter
from kiosk.maintenance.trials import Result
from kiosk.pairing import PairingFailed, pair
from kiosk.timekeeper import Timekeeper

_DONE: Final = Result(ok=True, code="done", facts={})
_CANNOT: Final = Result(ok=False, code="cannot", facts={})
_TOO_EARLY: Final = Result(ok=False, code="too_early", facts={})


class Care:
    """Every act by its name. `restart` ends the program, which then begins anew."""

    def __init__(
        self,
        config: KioskConfig,
        door: Door,
        paper: PaperCounter | None,
        timekeeper: Timekeeper,
        restart: Callable[[], None],
        make_bundle: Callable[[], bytes],
    ) -> None:
        self._config = config
        self._door = door
        self._paper = paper
        self._restart = restart
        self._make_bundle = make_bundle
        self._acts: Final[dict[str, Callable[[str], Result]]] = {
            "volume": lambda value: _knob(machine.set_volume, value),
            "brightness": lambda value: _knob(machine.set_brightness, value),
            "confirm_clock": lambda _: _DONE if timekeeper.confirm() else _TOO_EARLY,
            "new_roll": lambda _: self._new_roll(),
            "forget_cards": lambda _: self._forget_cards(),
            "pair": self._pair,
            "bundle": lambda _: self._bundle(),
            "restart": lambda _: self._begin_anew(),
        }

    def do(self, what: str, value: str) -> Result | None:
        """Carry one out; None where there is no such act."""
        act = self._acts.get(what)
        if act is None:
            return None
        self._door.tell(what)
        return act(value)

    def _new_roll(self) -> Result:
        if self._paper is None:
            return _CANNOT
        self._paper.new_roll()
        return _DONE

    def _forget_cards(self) -> Result:
        self._door.file.forget_cards()
        return _DONE

    def _pair(self, code: str) -> Result:
        try:
            pair(self._config, code)
        except PairingFailed as error:
            facts = {"server": self._config.server.url, "said": str(error)}
            return Result(ok=False, code=f"not_paired_{error.code}", facts=facts)
        self._restart()
        return Result(ok=True, code="paired", facts={})

    def _bundle(self) -> Result:
        now = self._door.now().astimezone(UTC)
        name = f"lystok-{self._config.station}-{now:%Y%m%d-%H%M%S}.zip"
        path = bundle.write(self._config.data_dir, name, self._make_bundle())
        return Result(ok=True, code="written", facts={"path": str(path)})

    def _begin_anew(self) -> Result:
        self._restart()
        return Result(ok=True, code="restarting", facts={})


def _knob(turn: Callable[[int], bool], value: str) -> Result:
    return _DONE if value.isascii() and value.isdigit() and turn(int(value)) else _CANNOT
