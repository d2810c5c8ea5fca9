"""One machine as a whole library: server, entrance, exit, and the hardware between them.

Everything that works in a library works here as itself: three `lystok` programs that speak HTTP
with each other, a printer on TCP that is given real ESC/POS bytes. Only cameras, card reader and
lanes are simulated, and they say so.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from uuid import uuid4

from PIL import Image

from demo.handles import Handle
from demo.programs import Program, Programs, StageError, answers, free_ports
from demo.sample_files import (
    SampleCard,
    SampleTicket,
    StaffMember,
    read_cards,
    read_patrons,
    read_staff,
)
from demo.wire import Wire
from server import sample
from server.commands import issue_ticket
from server.config import load

ENTRANCE, EXIT = "K1", "E1"
_START_S = 60.0

_CONFIGURATION = """\
station = "{code}"
role = "{role}"
production = false
data_dir = "data-{code}"
token_file = "{code}.token"
slip_key_file = "{code}.key"

[server]
url = "http://127.0.0.1:{server}"

[screen]
port = {page}

[devices.printer]
driver = "network"
host = "127.0.0.1"
port = {printer}

[devices.scanner]
driver = "camera"
camera = {{ driver = "simulator", control_port = {camera} }}

[devices.camera]
driver = "simulator"
view = "person"

[devices.card_reader]
driver = "simulator"
control_port = {cards}

[devices.lane]
driver = "simulator"
control_port = {lane}
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Station:
    """A station with its page, its cable, and the hands at its devices."""

    code: str
    page: str
    wire: Wire
    camera: Handle
    cards: Handle
    lane: Handle
    printer: Handle


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """The library while it runs."""

    folder: Path
    server: str
    stations: dict[str, Station]
    tickets: tuple[SampleTicket, ...]
    cards: tuple[SampleCard, ...]
    staff: tuple[StaffMember, ...]

    def password(self, login: str) -> str:
        """The password of somebody who works here; raises LookupError."""
        for member in self.staff:
            if member.login == login:
                return member.password
        raise LookupError(f"nobody signs in as {login}")

    def ticket_picture(self, number: str) -> Image.Image:
        """The e-ticket of this number, as the library sends it to a reader.

        Raises LookupError for a number that no ticket has.
        """
        picture = self.folder / "tickets" / f"{number}.png"
        if not picture.exists():
            picture.parent.mkdir(exist_ok=True)
            config = load(self.folder / "server.toml")
            unfinished = picture.with_name(f"{uuid4()}.unfinished")
            issue_ticket(config, number, png=unfinished)
            unfinished.replace(picture)
        with Image.open(picture) as drawn:
            return drawn.convert("RGB")

    def slips(self) -> tuple[Path, ...]:
        """Pictures of the slips printed so far, oldest first."""
        found = (self.folder / "slips").glob("*/slip-*.png")
        return tuple(sorted(found, key=lambda slip: (slip.stat().st_mtime_ns, slip)))


def command(*words: object) -> str:
    """Run `lystok` with these words; answers what it printed. Raises StageError."""
    told = subprocess.run(
        [sys.executable, "-m", "lystok", *map(str, words)],
        capture_output=True,
        text=True,
        check=False,
    )
    if told.returncode != 0:
        raise StageError(f"lystok {' '.join(map(str, words))}: {told.stderr.strip()}")
    return told.stdout.strip()


@contextmanager
def running(folder: Path) -> Iterator[Stage]:
    """Bring the whole library up in `folder`, take it down at the end.

    Order: sample data, server, printers, pairing, stations. In the end the cables are cut, so
    that nobody waits for an answer, and all programs stop at once. Raises StageError.
    """
    with ExitStack() as down:
        programs = Programs()
        down.callback(programs.stop)
        if not (folder / "server.toml").exists():
            sample.write_sample(folder, now=datetime.now(UTC), port=free_ports(1)[0])
        port = load(folder / "server.toml").server.port
        url = f"http://127.0.0.1:{port}"
        server = _start(programs, folder, "server", ["lystok", "server", "run", "--config"])
        server.wait_for(partial(answers, f"{url}/readyz"), _START_S)
        codes = json.loads((folder / "stations.json").read_text("utf-8"))
        stations = {
            code: _bring_up(programs, down.enter_context(Wire(port)), folder, code, codes[code])
            for code in (ENTRANCE, EXIT)
        }
        yield Stage(
            folder=folder,
            server=url,
            stations=stations,
            tickets=read_patrons(folder / "patrons.csv"),
            cards=read_cards(folder / "cards.csv"),
            staff=read_staff(folder / "staff.txt"),
        )


def _start(programs: Programs, folder: Path, name: str, words: list[str]) -> Program:
    logs = folder / "logs"
    logs.mkdir(exist_ok=True)
    return programs.start(name, [*words, str(folder / f"{name}.toml")], logs / f"{name}.log")


def _bring_up(programs: Programs, wire: Wire, folder: Path, code: str, pairing: str) -> Station:
    """A station with its own printer at the end of its own cable to the server."""
    paper, paper_handle, page, camera, cards, lane = free_ports(6)
    log = folder / "logs" / f"printer-{code}.log"
    words = ["--port", paper, "--control", paper_handle, "--out", folder / "slips" / code]
    module = ["hardware.printer_simulator", *map(str, words)]
    printer = programs.start(f"printer of {code}", module, log)
    printer.wait_for(partial(answers, f"http://127.0.0.1:{paper_handle}/"), _START_S)

    config = folder / f"{code}.toml"
    role = "entrance" if code == ENTRANCE else "exit"
    config.write_text(
        _CONFIGURATION.format(
            code=code, role=role, server=wire.port, page=page, printer=paper,
            camera=camera, cards=cards, lane=lane,
        ),
        "utf-8",
    )  # fmt: skip
    if not (folder / f"{code}.token").exists():
        command("--config", config, "kiosk", "pair", pairing)
    station = _start(programs, folder, code, ["lystok", "kiosk", "run", "--config"])
    station.wait_for(partial(answers, f"http://127.0.0.1:{page}/"), _START_S)
    return Station(
        code=code,
        page=f"http://127.0.0.1:{page}/",
        wire=wire,
        camera=Handle(camera),
        cards=Handle(cards),
        lane=Handle(lane),
        printer=Handle(paper_handle),
    )
