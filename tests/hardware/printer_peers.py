"""Cables to a simulated printer: a serial line on a pseudo-terminal, and a USB port.

The printer behind them is `PrinterSimulator` with all its faults; switched off or with its
line dropped, it is unplugged.
"""

import os
import socket
import tty
from array import array
from collections.abc import Iterator
from contextlib import suppress
from errno import EACCES, ENODEV
from pathlib import Path
from select import POLLIN, poll
from threading import Event, Thread
from types import SimpleNamespace
from typing import Any

import usb.backend
import usb.core

from hardware.printer_simulator import PrinterSimulator


def _dialled(printer: PrinterSimulator) -> socket.socket:
    line = socket.create_connection((printer.host, printer.port), 5)
    line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return line


class SerialCable:
    """A pseudo-terminal that is there, under the name `link`, while the printer has power."""

    def __init__(self, printer: PrinterSimulator, link: Path) -> None:
        self._printer = printer
        self.link = link
        self._closing = Event()
        self.plugged = Event()
        self._thread = Thread(target=self._run, daemon=True)
        self._thread.start()
        assert self.plugged.wait(5)

    def close(self) -> None:
        self._closing.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._closing.is_set():
            with suppress(OSError), _dialled(self._printer) as line:
                self._plugged_in(line)
            self._closing.wait(0.01)

    def _plugged_in(self, line: socket.socket) -> None:
        ends = os.openpty()
        tty.setraw(ends[1])
        self.link.unlink(missing_ok=True)
        self.link.symlink_to(os.ttyname(ends[1]))
        self.plugged.set()
        try:
            self._carry(ends[0], line)
        finally:
            self.plugged.clear()
            self.link.unlink()
            for end in ends:
                os.close(end)

    def _carry(self, near: int, line: socket.socket) -> None:
        """Bytes both ways until the printer hangs up."""
        wait = poll()
        for end in (near, line.fileno()):
            wait.register(end, POLLIN)
        while not self._closing.is_set():
            for end, _ in wait.poll(20):
                if end == near:
                    line.sendall(os.read(near, 4096))
                    continue
                data = line.recv(4096)
                if not data:
                    return
                os.write(near, data)


class UsbPort(usb.backend.IBackend):  # type: ignore[misc]
    """What pyusb talks to: a keyboard, and the printer while it has power.

    The printer's interface has two settings, as many have: one without and one with answers.
    `ends` are where it listens and answers; `held` is the kernel's driver.
    """

    VENDOR, PRODUCT, SERIAL = 0x0FE6, 0x811E, "A7-0042"

    def __init__(self, printer: PrinterSimulator, out: int = 0x03, answers: int = 0x84) -> None:
        super().__init__()
        self._printer = printer
        self.ends = (out, answers)
        self.printer_class = 7
        self.held = True
        self.forbidden = False
        self.claimed: list[tuple[int, int]] = []

    # Descriptors.

    def enumerate_devices(self) -> Iterator[str]:
        yield "keyboard"
        if self._printer.mechanism.faults.power == "on":
            yield "printer"

    def get_device_descriptor(self, dev: str) -> Any:
        vendor, product = (self.VENDOR, self.PRODUCT) if dev == "printer" else (0x046D, 0xC31C)
        return SimpleNamespace(
            bLength=18, bDescriptorType=1, bcdUSB=0x200, bDeviceClass=0, bDeviceSubClass=0,
            bDeviceProtocol=0, bMaxPacketSize0=64, idVendor=vendor, idProduct=product,
            bcdDevice=0x100, iManufacturer=1, iProduct=2, iSerialNumber=3, bNumConfigurations=1,
            address=1, bus=1, port_number=1, port_numbers=(1,), speed=3,
        )  # fmt: skip

    def get_configuration_descriptor(self, _dev: str, config: int) -> Any:
        if config:
            raise IndexError
        return SimpleNamespace(
            bLength=9, bDescriptorType=2, wTotalLength=32, bNumInterfaces=1, iConfiguration=0,
            bConfigurationValue=1, bmAttributes=0xC0, bMaxPower=50, extra_descriptors=[],
        )  # fmt: skip

    def get_interface_descriptor(self, dev: str, intf: int, alt: int, _config: int) -> Any:
        if intf or alt >= (2 if dev == "printer" else 1):
            raise IndexError
        kind = self.printer_class if dev == "printer" else 3
        return SimpleNamespace(
            bLength=9, bDescriptorType=4, bInterfaceNumber=0, bAlternateSetting=alt,
            bNumEndpoints=len(self._ends(dev, alt)), bInterfaceClass=kind,
            bInterfaceSubClass=1, bInterfaceProtocol=alt + 1, iInterface=0, extra_descriptors=[],
        )  # fmt: skip

    def get_endpoint_descriptor(self, dev: str, ep: int, _intf: int, alt: int, _config: int) -> Any:
        address = self._ends(dev, alt)[ep]
        return SimpleNamespace(
            bLength=7, bDescriptorType=5, bEndpointAddress=address, wMaxPacketSize=64,
            bmAttributes=2 if dev == "printer" else 3, bInterval=0, bRefresh=0, bSynchAddress=0,
            extra_descriptors=[],
        )  # fmt: skip

    def _ends(self, dev: str, alt: int) -> list[int]:
        if dev != "printer":
            return [0x81]
        return [end for end in (self.ends if alt else self.ends[:1]) if end]

    # Use.

    def open_device(self, dev: str) -> Any:
        if self.forbidden:
            raise usb.core.USBError("Access denied", -3, EACCES)
        if dev != "printer":
            return SimpleNamespace(line=None)
        try:
            return SimpleNamespace(line=_dialled(self._printer))
        except OSError as error:
            raise self._gone() from error

    def close_device(self, dev_handle: Any) -> None:
        if dev_handle.line:
            dev_handle.line.close()

    def get_configuration(self, _handle: Any) -> int:
        return 1

    def set_configuration(self, _handle: Any, _value: int) -> None:
        pass

    def reset_device(self, _handle: Any) -> None:
        pass

    def is_kernel_driver_active(self, _handle: Any, _intf: int) -> bool:
        return self.held

    def detach_kernel_driver(self, _handle: Any, _intf: int) -> None:
        self.held = False

    def claim_interface(self, _handle: Any, intf: int) -> None:
        if self.held:
            raise usb.core.USBError("Resource busy", -6, 16)
        self.claimed.append((intf, 0))

    def release_interface(self, _handle: Any, _intf: int) -> None:
        pass

    def set_interface_altsetting(self, _handle: Any, intf: int, altsetting: int) -> None:
        self.claimed.append((intf, altsetting))

    def bulk_write(self, handle: Any, ep: int, _intf: int, data: Any, timeout: int) -> int:
        assert ep == self.ends[0]
        handle.line.settimeout(timeout / 1000)
        try:
            return int(handle.line.send(bytes(data)))
        except TimeoutError as error:
            raise usb.core.USBTimeoutError("timed out", -7, 110) from error
        except OSError as error:
            raise self._gone() from error

    def bulk_read(self, handle: Any, ep: int, _intf: int, buff: "array[int]", timeout: int) -> int:
        assert ep == self.ends[1]
        handle.line.settimeout(timeout / 1000)
        try:
            data = handle.line.recv(len(buff))
        except TimeoutError as error:
            raise usb.core.USBTimeoutError("timed out", -7, 110) from error
        except OSError as error:
            raise self._gone() from error
        if not data:
            raise self._gone()
        buff[: len(data)] = array("B", data)
        return len(data)

    def ctrl_transfer(
        self, _handle: Any, _type: int, _request: int, value: int, _index: int,
        data: "array[int]", _timeout: int,
    ) -> int:  # fmt: skip
        """Strings: the languages there are, and the serial number."""
        text = b"\x09\x04" if value & 0xFF == 0 else self.SERIAL.encode("utf-16-le")
        answer = bytes([len(text) + 2, 3]) + text
        data[: len(answer)] = array("B", answer)
        return len(answer)

    def _gone(self) -> usb.core.USBError:
        return usb.core.USBError("No such device (it may have been disconnected)", -4, ENODEV)
