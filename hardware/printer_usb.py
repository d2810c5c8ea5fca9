"""A slip printer on USB, through libusb.

Where a printer listens and answers is read from its descriptors: end points differ by
maker, and python-escpos's `Usb` knows two fixed ones, resets the printer before each job
and waits for answers without end. The kernel's own driver (usblp) is asked to let go.
"""

from __future__ import annotations

from contextlib import suppress
from errno import EACCES, EBUSY, EPERM
from typing import Any, Final

import usb.core
import usb.util
from pydantic import Field
from usb.backend import libusb1

from hardware.contracts import (
    DeviceBroken,
    DeviceMissing,
    DeviceOffline,
    DeviceSilent,
    DriverNotInstalled,
    HardwareError,
    Now,
)
from hardware.escpos_printer import EscposPrinter, PrinterSettings

PRINTER_CLASS: Final = 7

_PIECE: Final = 4096
_STALE_READS: Final = 16
_WITHHELD: Final = frozenset({EACCES, EBUSY, EPERM})


class Settings(PrinterSettings):
    """Which printer, by the numbers that `lsusb` prints; by default the only one there is."""

    vendor: int | None = Field(default=None, ge=0, le=0xFFFF)
    """Number of its maker, as `lsusb` prints it; without, the only printer there is."""
    product: int | None = Field(default=None, ge=0, le=0xFFFF)
    """Number of its model."""
    serial: str | None = Field(default=None, min_length=1, max_length=126)
    """Its serial number, where there are several of one make."""


def connect(settings: Settings, now: Now) -> EscposPrinter:
    """The printer; it is looked for when something is asked of it."""
    if libusb1.get_backend() is None:
        raise DriverNotInstalled("the USB driver needs the library libusb-1.0")
    return EscposPrinter(lambda: UsbLink(settings), settings, now)


class UsbLink:
    """The two end points of a printer, claimed for this program alone."""

    def __init__(self, settings: Settings) -> None:
        try:
            self._device, interface = _found(settings)
            self._out, self._in = _ends(interface)
            self._claim(interface)
            self._forget_stale_answers()
        except usb.core.USBError as error:
            raise _trouble(error) from error

    def send(self, data: bytes, timeout_s: float) -> None:
        """Send all of `data`; each piece of it may take `timeout_s`."""
        try:
            sent = 0
            while sent < len(data):
                sent += self._out.write(data[sent : sent + _PIECE], _ms(timeout_s))
        except usb.core.USBTimeoutError as error:
            raise DeviceSilent("the printer takes no more data") from error
        except usb.core.USBError as error:
            raise _trouble(error) from error

    def receive(self, timeout_s: float) -> bytes:
        """What came, nothing if nothing came in time."""
        try:
            return bytes(self._in.read(self._in.wMaxPacketSize, _ms(timeout_s)))
        except usb.core.USBTimeoutError:
            return b""
        except usb.core.USBError as error:
            raise _trouble(error) from error

    def close(self) -> None:
        """Let go of the printer."""
        with suppress(usb.core.USBError):
            usb.util.dispose_resources(self._device)

    def _claim(self, interface: Any) -> None:
        device, number = self._device, interface.bInterfaceNumber
        with suppress(NotImplementedError):
            if device.is_kernel_driver_active(number):
                device.detach_kernel_driver(number)
        if not _is_configured(device):
            device.set_configuration()
        usb.util.claim_interface(device, number)
        if interface.bAlternateSetting:
            interface.set_altsetting()

    def _forget_stale_answers(self) -> None:
        """Answers to an earlier question may still wait in the printer."""
        for _ in range(_STALE_READS):
            if not self.receive(0):
                return


def _found(settings: Settings) -> tuple[Any, Any]:
    """The first printer that fits, and its printing interface."""
    numbers = {"idVendor": settings.vendor, "idProduct": settings.product}
    wanted = {name: value for name, value in numbers.items() if value is not None}
    for device in usb.core.find(find_all=True, **wanted):
        interfaces = _printing(device, any_class=settings.product is not None)
        if interfaces and settings.serial in (None, _serial(device)):
            return device, max(interfaces, key=lambda each: len(_ways(each)))
    raise DeviceMissing("no such USB printer")


def _printing(device: Any, *, any_class: bool) -> list[Any]:
    """Its interfaces for printing; one that was named may be of a class of its maker's own."""
    return [
        interface
        for interface in device[0]
        if interface.bInterfaceClass == PRINTER_CLASS
        or (any_class and usb.util.ENDPOINT_OUT in _ways(interface))
    ]


def _is_configured(device: Any) -> bool:
    with suppress(usb.core.USBError):
        device.get_active_configuration()
        return True
    return False


def _serial(device: Any) -> str | None:
    # Without the right to open it, a device does not tell its name.
    with suppress(usb.core.USBError, ValueError):
        return str(device.serial_number)
    return None


def _ways(interface: Any) -> dict[int, Any]:
    """Its bulk end points, by their direction."""
    bulk = usb.util.ENDPOINT_TYPE_BULK
    ends = [end for end in interface if usb.util.endpoint_type(end.bmAttributes) == bulk]
    return {usb.util.endpoint_direction(end.bEndpointAddress): end for end in reversed(ends)}


def _ends(interface: Any) -> tuple[Any, Any]:
    """Where the printer listens, where it answers."""
    ways = _ways(interface)
    if usb.util.ENDPOINT_OUT not in ways:
        raise DeviceBroken("this USB device has no end point to print to")
    if usb.util.ENDPOINT_IN not in ways:
        raise DeviceBroken("this printer cannot answer: use the driver 'file'")
    return ways[usb.util.ENDPOINT_OUT], ways[usb.util.ENDPOINT_IN]


def _ms(timeout_s: float) -> int:
    """For libusb 0 means without end."""
    return max(1, round(timeout_s * 1000))


def _trouble(error: usb.core.USBError) -> HardwareError:
    if error.errno in _WITHHELD:
        return DeviceOffline(f"the printer is there, but this program may not use it: {error}")
    return DeviceMissing(f"the printer is not there: {error}")
