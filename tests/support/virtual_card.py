"""Cards, a reader with two places for them, and a pcscd of our own to read them.

The pcscd is Debian's; it hears on a socket of this process, handed to it as systemd would,
so that it never meets the machine's own. The reader is Debian's vpcd on a USB port of our own
(`plug.c`); cards call it on the loopback.
"""

import os
import secrets
import shutil
import socket
import struct
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from signal import SIGCONT, SIGSTOP
from threading import Thread
from time import sleep
from typing import Final, Protocol

import pytest

READER: Final = "ACS ACR122U PICC Interface"

_VPCD: Final = Path("/usr/lib/pcsc/drivers/serial/libifdvpcd.so")
_ASKS_ATR: Final = b"\x04"
_CALLS_EVERY_S: Final = 0.02


class VirtualCard(Protocol):
    """A card as a reader sees it."""

    atr: bytes

    def answer(self, apdu: bytes) -> bytes:
        """The response, with its status word; raises `TornAwayError` if it is lifted."""
        ...


class TornAwayError(Exception):
    """A card was lifted in the middle of an answer."""


class Place:
    """One place of the reader, by its port; vpcd looks every 0.4 s whether a card calls there.

    A card that lies there calls again whenever the reader, or pcscd, was away.
    """

    def __init__(self, port: int) -> None:
        self._port = port
        self._card: VirtualCard | None = None
        self._line: socket.socket | None = None
        self._calling: Thread | None = None

    def lay(self, card: VirtualCard) -> None:
        self.lift()
        self._card = card
        self._calling = Thread(target=self._call, args=(card,), daemon=True)
        self._calling.start()

    def lift(self) -> None:
        self._card = None
        if self._line:
            # Wakes the thread, which closing alone does not.
            with suppress(OSError):
                self._line.shutdown(socket.SHUT_RDWR)
        if self._calling:
            self._calling.join()
            self._calling = None

    def _call(self, card: VirtualCard) -> None:
        while self._card is card:
            with suppress(OSError), socket.create_connection(("127.0.0.1", self._port)) as line:
                self._line = line
                line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                self._serve(card, line)
            sleep(_CALLS_EVERY_S)

    def _serve(self, card: VirtualCard, line: socket.socket) -> None:
        try:
            while self._card is card:
                _answer(card, line)
        except TornAwayError:
            self._card = None


def _answer(card: VirtualCard, line: socket.socket) -> None:
    """Hear one message of the reader; a single byte is about power, or asks for the ATR."""
    (size,) = struct.unpack(">H", _received(line, 2))
    asked = _received(line, size)
    if asked == _ASKS_ATR or size > 1:
        said = card.atr if size == 1 else card.answer(asked)
        line.sendall(struct.pack(">H", len(said)) + said)


def _received(line: socket.socket, size: int) -> bytes:
    """So many bytes; acknowledged at once, or each answer would take 40 ms."""
    data = b""
    while len(data) < size:
        line.setsockopt(socket.IPPROTO_TCP, socket.TCP_QUICKACK, 1)
        piece = line.recv(size - len(data))
        if not piece:
            raise ConnectionError("the reader hung up")
        data += piece
    return data


def two_ports() -> int:
    """The first of two free ports that follow each other, as vpcd takes them."""
    while True:
        with socket.create_server(("127.0.0.1", 0)) as first:
            port: int = first.getsockname()[1]
            with suppress(OSError), socket.create_server(("127.0.0.1", port + 1)):
                return port


class CardService:
    """A pcscd, with its reader plugged in; both can be taken away and given back."""

    def __init__(self, folder: Path) -> None:
        port = two_ports()
        self.places = (Place(port), Place(port + 1))
        self._log = folder / "log"
        self._no_serial_readers = folder / "readers"
        self._no_serial_readers.mkdir()
        self._usb = folder / "usb"
        os.mkfifo(self._usb)
        self._port = _built_port(folder, self._usb, port)
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it, with the reader plugged in."""
        path = socket_path()
        path.unlink(missing_ok=True)
        with socket.socket(socket.AF_UNIX) as listener, self._log.open("wb") as log:
            listener.bind(str(path))
            listener.listen()
            # The socket is number 3, and named with the number of the process: so does systemd.
            self._process = subprocess.Popen(
                ["sh", "-c", 'LISTEN_FDS=1 LISTEN_PID=$$ exec "$@" 3<&0 </dev/null', "sh",
                 "setpriv", "--pdeathsig=KILL", "env", f"LD_PRELOAD={self._port}",
                 _daemon(), "--foreground", "--config", str(self._no_serial_readers)],
                stdin=listener.fileno(), stdout=log, stderr=subprocess.STDOUT,
            )  # fmt: skip

    def kill(self) -> None:
        """Kill it as the kernel does, and let nobody hear on its socket."""
        if self._process:
            self._process.kill()
            self._process.wait()
        socket_path().unlink(missing_ok=True)

    def freeze(self) -> None:
        """Stop it where it stands, as a driver does that hangs."""
        self._send(SIGSTOP)

    def thaw(self) -> None:
        """Let it go on."""
        self._send(SIGCONT)

    def unplug(self) -> None:
        """Unplug the reader."""
        self._tell("-")

    def plug(self) -> None:
        """Plug it in again."""
        self._tell("+")

    def refresh(self) -> None:
        """As at the beginning: no card anywhere, a new pcscd, and its reader plugged in."""
        self.close()
        self.start()

    def log(self) -> str:
        """What pcscd said."""
        return self._log.read_text(errors="replace")

    def close(self) -> None:
        """End it."""
        for place in self.places:
            place.lift()
        self.kill()

    def _send(self, number: int) -> None:
        assert self._process is not None
        self._process.send_signal(number)

    def _tell(self, word: str) -> None:
        self._usb.write_text(word)


def _built_port(folder: Path, usb: Path, port: int) -> Path:
    """`plug.c`, linked with vpcd."""
    library = folder / "plug.so"
    # The name by which vpcd's file wants to be linked, which Debian does not give it.
    (folder / "libifdvpcd.so.0").symlink_to(_VPCD)
    subprocess.run(
        ["cc", "-shared", "-fPIC", "-Wall", "-Werror", "-I/usr/include/PCSC",
         f'-DPLUG="{usb}"', f"-DPORT={port}", "-o", library, Path(__file__).with_name("plug.c"),
         "-Wl,--no-as-needed", f"-Wl,-rpath,{folder}", folder / "libifdvpcd.so.0"],
        check=True,
    )  # fmt: skip
    return library


def _daemon() -> str:
    path = shutil.which("pcscd", path=f"{os.environ['PATH']}:/usr/sbin")
    if path is None or not _VPCD.exists():
        pytest.fail("pcscd or its virtual reader is not installed: run `make setup`", pytrace=False)
    return path


def socket_path() -> Path:
    """Where this process looks for pcscd, from the beginning: the library asks only once."""
    return Path(os.environ["PCSCLITE_CSOCK_NAME"])


def pytest_configure() -> None:
    """No test of this process ever talks to the machine's own pcscd, whichever comes first."""
    mine = f"lystok-pcscd-{os.getpid()}-"
    if mine not in os.environ.get("PCSCLITE_CSOCK_NAME", ""):
        path = Path(tempfile.gettempdir()) / (mine + secrets.token_hex(8))
        os.environ["PCSCLITE_CSOCK_NAME"] = str(path)


@pytest.fixture(scope="session")
def session_card_service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[CardService]:
    """What is needed for a pcscd, made once."""
    service = CardService(tmp_path_factory.mktemp("pcscd"))
    yield service
    service.close()


@pytest.fixture
def card_service(session_card_service: CardService) -> CardService:
    """A new pcscd of this test."""
    session_card_service.refresh()
    return session_card_service
