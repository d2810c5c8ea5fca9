"""Pins to test with: gpiozero's own mock, that can fail, and one whose levels lie in files.

What the mock does not show: real levels and bouncing in hardware (`bounce_time` does
nothing in it; we debounce by ourselves), what a kernel does with the pins of a program that
ended, currents. See docs/hardware/drivers.md.
"""

from pathlib import Path
from typing import Any

import gpiozero
from gpiozero.pins.mock import MockFactory, MockPin


class LooseFactory(MockFactory):  # type: ignore[misc]
    """Pins that can be lost, and found again; door and fire loop are closed in peace."""

    def __init__(self) -> None:
        super().__init__(pin_class=LoosePin)
        self.lost = False
        self.world: dict[int, bool] = {13: False, 19: False}
        """Which inputs are held high or low; the others follow their resistor."""

    def pin(self, name: Any, pin_class: Any = None, **kwargs: Any) -> Any:
        if self.lost:
            raise gpiozero.BadPinFactory("the pins are gone")
        return super().pin(name, pin_class, **kwargs)

    def level(self, pin: int) -> bool | None:
        """The level that a pin is driven to; None while it is no output."""
        found = self.pins.get(next(info for _, info in self.board_info.find_pin(pin)))
        if found is None or found._function != "output":
            return None
        return bool(found._state)

    def say(self, pin: int, *, high: bool) -> None:
        """Hold an input high or low."""
        self.world[pin] = high
        found = self.pins[next(info for _, info in self.board_info.find_pin(pin))]
        (found.drive_high if high else found.drive_low)()


class LoosePin(MockPin):  # type: ignore[misc]
    def _get_state(self) -> Any:
        if self.factory.lost:
            raise OSError("the pin does not answer")
        return super()._get_state()

    def _set_pull(self, value: Any) -> None:
        super()._set_pull(value)
        held = self.factory.world.get(int(self.info.name[4:]))
        if held is not None:
            self._change_state(held)

    def _set_state(self, value: Any) -> None:
        if self.factory.lost:
            raise OSError("the pin does not answer")
        super()._set_state(value)


class FileFactory(MockFactory):  # type: ignore[misc]
    """Levels in files: they outlast the program, as those of real pins do.

    `out-17` is what pin 17 is driven to, with all that it was before; `in-5` sets pin 5.
    """

    def __init__(self, folder: Path) -> None:
        super().__init__(pin_class=FilePin)
        self.folder = folder


class FilePin(MockPin):  # type: ignore[misc]
    def _get_state(self) -> Any:
        if self._function == "output":
            return super()._get_state()
        said = self.factory.folder / f"in-{self.info.name[4:]}"
        return said.read_text() == "high" if said.exists() else super()._get_state()

    def _change_state(self, value: Any) -> Any:
        changed = super()._change_state(value)
        if self._function == "output":
            with (self.factory.folder / f"out-{self.info.name[4:]}").open("a") as levels:
                levels.write("high " if value else "low ")
        return changed


def driven(folder: Path, pin: int) -> str:
    """The level that a pin of a `FileFactory` was driven to last."""
    levels = folder / f"out-{pin}"
    return levels.read_text().split()[-1] if levels.exists() else ""


def say(folder: Path, pin: int, level: str) -> None:
    """Set an input of a `FileFactory`."""
    unfinished = folder / f".in-{pin}"
    unfinished.write_text(level)
    unfinished.replace(folder / f"in-{pin}")
