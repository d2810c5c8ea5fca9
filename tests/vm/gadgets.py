"""USB devices that the kernel plays to itself: a gadget behind each of dummy_hcd's sockets."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path
from select import POLLIN, poll
from socket import create_connection
from threading import Event, Thread

from hardware.printer_simulator import PrinterSimulator

_CONFIGURED = Path("/sys/kernel/config/usb_gadget")
MAKER, MODEL = "Example", "Device"
VENDOR, PRODUCT = 0x1D6B, 0x0104

# A keyboard's report descriptor, from the appendix of the USB HID specification.
_KEYBOARD = bytes.fromhex(
    "05010906a101050719e029e71500250175019508810295017508810395057501"
    "050819012905910295017503910395067508150025650507190029658100c0"
)
_LETTERS = {chr(ord("a") + at): 4 + at for at in range(26)}
_DIGITS = {"1234567890"[at]: 30 + at for at in range(10)}
_USAGES = _LETTERS | _DIGITS | {"\r": 40, "\t": 43, " ": 44, "-": 45, ":": 51, ";": 51}
_SHIFT = 0x02


class Gadget:
    """One device with one function; it can be plugged in and pulled out."""

    def __init__(self, function: str, serial: str, socket: int, **settings: str | bytes) -> None:
        self.function, self.serial = function, serial
        self._socket = f"dummy_udc.{socket}"
        self._folder = _CONFIGURED / serial
        self._folder.mkdir()
        self._write("idVendor", f"{VENDOR:#06x}")
        self._write("idProduct", f"{PRODUCT:#06x}")
        for name, value in (("serialnumber", serial), ("manufacturer", MAKER), ("product", MODEL)):
            self._write(f"strings/0x409/{name}", value)
        for name, setting in settings.items():
            self._write(f"functions/{function}/{name}", setting)
        (self._folder / "functions" / function).mkdir(parents=True, exist_ok=True)
        (self._folder / "configs/c.1").mkdir()
        (self._folder / "configs/c.1" / function).symlink_to(self._folder / "functions" / function)

    @property
    def name(self) -> str:
        """How it is called in the folders of stable names."""
        return f"usb-{MAKER}_{MODEL}_{self.serial}"

    def setting(self, name: str) -> str:
        return (self._folder / "functions" / self.function / name).read_text().strip()

    def plug(self) -> None:
        self._write("UDC", self._socket)

    def unplug(self) -> None:
        with suppress(OSError):
            self._write("UDC", "\n")

    def close(self) -> None:
        self.unplug()
        (self._folder / "configs/c.1" / self.function).unlink()
        for each in ("configs/c.1", f"functions/{self.function}", "strings/0x409", ""):
            (self._folder / each).rmdir()

    def _write(self, name: str, value: str | bytes) -> None:
        file = self._folder / name
        if name != "UDC":
            file.parent.mkdir(parents=True, exist_ok=True)
        with open(file, "wb", buffering=0) as setting:  # noqa: PTH123 - one write, as it is taken
            setting.write(value.encode() if isinstance(value, str) else value)


class HidScanner(Gadget):
    """A handheld scanner that types."""

    def __init__(self, serial: str, socket: int = 0) -> None:
        super().__init__(
            "hid.usb0", serial, socket,
            protocol="1", subclass="1", report_length="8", report_desc=_KEYBOARD,
        )  # fmt: skip

    @property
    def link(self) -> Path:
        return Path("/dev/input/by-id") / f"{self.name}-event-kbd"

    def type(self, text: str, pace_s: float = 0.02) -> None:
        """Press and release each key, as reports of a USB keyboard.

        Without a pace the kernel's queue of 64 events is full after eight keys.
        """
        pause = Event()
        major, minor = map(int, self.setting("dev").split(":"))
        end = os.open(_node(major, minor), os.O_WRONLY)
        for sign in text:
            shift = _SHIFT if sign.isupper() or sign == ":" else 0
            for report in (bytes([shift, 0, _USAGES[sign.lower()], 0, 0, 0, 0, 0]), bytes(8)):
                assert os.write(end, report) == len(report)
                pause.wait(pace_s)
        os.close(end)


class SerialDevice(Gadget):
    """Something on a USB serial line; `end` is its side of it."""

    def __init__(self, serial: str, socket: int = 0) -> None:
        super().__init__("acm.usb0", serial, socket)

    @property
    def link(self) -> Path:
        return Path("/dev/serial/by-id") / f"{self.name}-if00"

    @property
    def end(self) -> Path:
        return Path("/dev") / f"ttyGS{self.setting('port_num')}"


class UsbPrinter(Gadget):
    """A printer of the USB printer class; behind it stands our simulator with its faults."""

    def __init__(self, serial: str, printer: PrinterSimulator, socket: int = 0) -> None:
        super().__init__("printer.usb0", serial, socket, pnp_string="MFG:Example;CLS:PRINTER;")
        self._printer = printer
        self._closing = Event()
        self._thread = Thread(target=self._run, daemon=True)

    def plug(self) -> None:
        super().plug()
        if not self._thread.is_alive():
            self._thread.start()

    def close(self) -> None:
        self._closing.set()
        self._thread.join()
        super().close()

    def _run(self) -> None:
        while not self._closing.wait(0.05):
            with suppress(OSError):
                end = os.open("/dev/g_printer0", os.O_RDWR | os.O_NONBLOCK)
                try:
                    self._carry(end)
                finally:
                    os.close(end)

    def _carry(self, end: int) -> None:
        wait = poll()
        with create_connection((self._printer.host, self._printer.port), 5) as line:
            wait.register(end, POLLIN)
            wait.register(line, POLLIN)
            while not self._closing.is_set():
                for ready, _ in wait.poll(50):
                    if ready == end:
                        with suppress(BlockingIOError):
                            line.sendall(os.read(end, 8192))
                        continue
                    data = line.recv(4096)
                    if not data:
                        return
                    os.write(end, data)


def _node(major: int, minor: int) -> Path:
    """The device with these numbers."""
    path = Path(f"/run/device-{major}-{minor}")
    if not path.exists():
        os.mknod(path, 0o600 | 0o020000, os.makedev(major, minor))
    return path
