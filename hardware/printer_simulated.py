"""The printer driver named "simulator": the network driver and its printer in one process."""

from __future__ import annotations

from pathlib import Path

from PIL import Image
from pydantic import Field

from hardware.contracts import Health, Now, PaperStatus
from hardware.escpos_printer import PrinterSettings
from hardware.printer_network import network_printer
from hardware.printer_simulator import PrinterSimulator
from hardware.simulator_control import ControlServer


class Settings(PrinterSettings):
    """Where its slips go, and the port of its handle (none by default, 0: any)."""

    folder: Path
    """Where each slip is laid as a picture."""
    control_port: int | None = Field(default=None, ge=0, le=65535)
    """Where it takes orders, on the loopback; 0: any free port; without: nowhere."""


def connect(settings: Settings, now: Now) -> SimulatedPrinter:
    """The driver, and the printer running."""
    return SimulatedPrinter(settings, now)


class SimulatedPrinter:
    """A `SlipPrinter` that talks over TCP to a printer of its own, `simulator`."""

    def __init__(self, settings: Settings, now: Now) -> None:
        self.simulator = PrinterSimulator(settings.folder, now, settings.paper_mm)
        self._driver = network_printer(self.simulator.host, self.simulator.port, settings, now)
        self.control = (
            None
            if settings.control_port is None
            else ControlServer(self.simulator, "printer", settings.control_port)
        )

    @property
    def width_dots(self) -> int:
        """How wide a picture may be."""
        return self._driver.width_dots

    def print_picture(self, image: Image.Image) -> None:
        """See `SlipPrinter`."""
        self._driver.print_picture(image)

    def status(self) -> PaperStatus:
        """See `SlipPrinter`."""
        return self._driver.status()

    def health(self) -> Health:
        """See `Device`."""
        return self._driver.health()

    def close(self) -> None:
        """Put the driver away and switch the printer off."""
        self._driver.close()
        if self.control:
            self.control.close()
        self.simulator.close()
