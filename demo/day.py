"""One reader's day and one event visitor's hour, played through the real programs.

Tickets are pictures held to cameras, slips are read back from the paper that the printer's bytes
made, librarians work at the console's own pages. After each step the centre's database is asked
whether it stands there.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from PIL import Image

from demo.desk import Desk
from demo.eyes import Eyes
from demo.handles import hold
from demo.programs import wait_until
from demo.records import Records
from demo.stage import ENTRANCE, EXIT, Stage, command
from demo.steps import Day, Outcome, Say, StepFailed
from demo.things import FOREIGN, forged, qr
from gate.codes import normalise_slip_number
from hardware.decoder import decode_picture

_SOON_S = 20.0
_HOLD_S = 1.5
_AWAY_S = 4.5
"""The same code shown again sooner is taken for one that is still held there."""
_DEPARTMENT = "5"


class Player:
    """Everybody who takes part in the day."""

    def __init__(self, stage: Stage, day: Day, down: ExitStack) -> None:
        self.stage = stage
        self.day = day
        self.records = Records(stage.folder / "server.toml")
        down.callback(self.records.close)
        self.eyes = {code: Eyes(station.page) for code, station in stage.stations.items()}
        for eyes in self.eyes.values():
            down.callback(eyes.close)
        login = self.records.librarian(_DEPARTMENT)
        self._shown: dict[str, tuple[Image.Image, float]] = {}
        self.librarian = Desk(stage.server, login, stage.password(login))

    def ticket(self, state: str, *, nth: int = 0) -> str:
        """Number of a sample ticket in this state."""
        found = [ticket.number for ticket in self.stage.tickets if ticket.state == state]
        if len(found) <= nth:
            raise StepFailed(f"the sample has no ticket that is {state}")
        return found[nth]

    # --- At a station ------------------------------------------------------------------------

    def show(self, station: str, picture: Image.Image, manner: str = "phone") -> Outcome:
        """Hold a picture to a station's camera and wait for its decision."""
        camera = self.stage.stations[station].camera
        before, forgotten_at_s = self._shown.get(station, (None, 0.0))
        if picture == before:
            wait_until(lambda: time.monotonic() > forgotten_at_s, _SOON_S)
        outcome = self.decided(station, lambda: hold(camera, picture, _HOLD_S, manner))
        self._shown[station] = picture, time.monotonic() + _HOLD_S + _AWAY_S
        return outcome

    def show_ticket(self, number: str, station: str = ENTRANCE) -> Outcome:
        """Hold a reader's e-ticket to the camera."""
        return self.show(station, self.stage.ticket_picture(number))

    def decided(self, station: str, act: Callable[[], object]) -> Outcome:
        """What the person is shown and what the station recorded, after an act."""
        eyes = self.eyes[station]
        before, seen = self._decision_count(station), eyes.count()
        began = time.monotonic()
        act()
        answer = eyes.wait(seen, lambda screen: screen.name not in ("start", "reading"), _SOON_S)
        if answer is None:
            raise StepFailed("the screen never answered")
        ms = (time.monotonic() - began) * 1000
        if not wait_until(lambda: self._decision_count(station) > before, _SOON_S):
            raise StepFailed(f"no decision recorded; the screen says {answer.name}")
        told = self._decisions(station)[-1]
        return Outcome(
            verdict=told["verdict"],
            codes=tuple(told["reasons"]),
            note=f"screen: {answer.name}",
            ms=ms,
        )

    def _decisions(self, station: str) -> list[dict[str, Any]]:
        return self.records.decisions(station)

    def _decision_count(self, station: str) -> int:
        """Also those that wait on the station while its cable is cut."""
        return len(self._decisions(station))

    def walk(self, station: str, direction: str, slip: str, state: str) -> Outcome:
        """Go through the lane; the visit is then in this state."""
        self.stage.stations[station].lane.do("walk", direction=direction)
        if not wait_until(lambda: self.records.visit_state(slip) == state, _SOON_S):
            raise StepFailed(f"the visit is {self.records.visit_state(slip) or 'unknown'}")
        return Outcome(note=f"visit {state}")

    # --- Paper -------------------------------------------------------------------------------

    def take_slip(self, already: int) -> tuple[Image.Image, str]:
        """The newest slip from the printer, and its number, read from its bars."""
        if not wait_until(lambda: len(self.stage.slips()) > already, _SOON_S):
            raise StepFailed("no slip came out")
        with Image.open(self.stage.slips()[-1]) as drawn:
            picture = drawn.convert("RGB")
        bars = [code.text for code in decode_picture(picture) if code.format == "Code128"]
        number = normalise_slip_number(bars[0]) if len(bars) == 1 else None
        if number is None:
            raise StepFailed("the slip's number can't be read from its bars")
        return picture, number

    # --- At a desk ---------------------------------------------------------------------------

    def scan_at_desk(self, code: str) -> Outcome:
        """The librarian of the department scans a slip or a document."""
        return last_act(self.librarian.scan(code, "desk"))


def last_act(page: str) -> Outcome:
    """What the desk says of its last act: kind, and the reason codes of a refusal."""
    kind, codes = attribute(page, "data-act"), attribute(page, "data-codes").split()
    return Outcome(verdict="refuse" if codes else kind, codes=tuple(codes))


def attribute(page: str, name: str) -> str:
    """Value of the first attribute of this name on a page; empty where there is none."""
    _, found, rest = page.partition(f'{name}="')
    return rest.partition('"')[0] if found else ""


def play(stage: Stage, say: Say) -> int:
    """Play the whole day; answers the exit status: 0 when every step went as it should."""
    day = Day(say)
    with ExitStack() as down:
        player = Player(stage, day, down)
        say(
            f"sample library in {stage.folder}, {len(stage.tickets)} patrons; server {stage.server}"
        )
        for part in (_reader, _visitor, _wrong_codes, _without_network, _records):
            try:
                part(player)
            except StepFailed as error:
                day.fail(str(error))
    return day.close()


def _reader(player: Player) -> None:
    day, stage = player.day, player.stage
    number = player.ticket("valid")
    books = player.records.documents(_DEPARTMENT, 2)
    printed = len(stage.slips())
    day.step(
        "entrance: a reader holds an e-ticket to the camera",
        lambda: player.show_ticket(number),
        verdict="grant",
    )
    slip, slip_number = player.take_slip(printed)
    day.step(
        "entrance: the control slip comes out, the reader walks in",
        lambda: player.walk(ENTRANCE, "in", slip_number, "inside"),
    )
    day.step(
        "department 5: the librarian scans the slip",
        lambda: player.scan_at_desk(slip_number),
        verdict="reader",
    )
    for book in books:
        day.step(
            "department 5: a document is issued for the reading room",
            lambda book=book: player.scan_at_desk(book),  # type: ignore[misc]
            verdict="issued",
        )
    day.step(
        "department 5: the first document comes back",
        lambda: player.scan_at_desk(books[0]),
        verdict="returned",
    )
    day.step(
        "exit: the reader shows the slip, one document is still out",
        lambda: player.show(EXIT, slip, "paper"),
        verdict="refuse",
        codes=["reading_room_loans_open"],
    )
    day.step(
        "department 5: the last document comes back",
        lambda: player.scan_at_desk(books[1]),
        verdict="returned",
    )
    day.step(
        "exit: the slip again, nothing is out", lambda: player.show(EXIT, slip, "paper"),
        verdict="grant",
    )  # fmt: skip
    day.step(
        "exit: the reader walks out, the visit is closed",
        lambda: player.walk(EXIT, "out", slip_number, "closed"),
    )


def _visitor(player: Player) -> None:
    day, stage = player.day, player.stage
    event = player.records.open_event(datetime.now(UTC))
    printed = len(stage.slips())

    def take_a_place() -> Outcome:
        eyes = player.eyes[ENTRANCE]
        for action, value, screen in (
            ("cancel", "", "start"),
            ("events", "", "events"),
            ("choose", event, "persons"),
        ):
            seen = eyes.count()
            eyes.press(action, value)
            if eyes.wait(seen, lambda shown, screen=screen: shown.name == screen, _SOON_S) is None:  # type: ignore[misc]
                raise StepFailed(f"no screen {screen} after {action}")
        return player.decided(ENTRANCE, lambda: eyes.press("take"))

    day.step("entrance: a visitor without a ticket chooses an event", take_a_place, verdict="grant")
    slip, slip_number = player.take_slip(printed)
    day.step(
        "entrance: the event slip comes out, the visitor walks in",
        lambda: player.walk(ENTRANCE, "in", slip_number, "inside"),
    )
    day.step(
        "department 5: the event slip is no right to documents",
        lambda: player.scan_at_desk(slip_number),
        verdict="refuse",
        codes=["event_slip_no_service"],
    )
    day.step(
        "exit: the visitor shows the event slip and hands it in",
        lambda: player.show(EXIT, slip, "paper"),
        verdict="grant",
    )
    day.step(
        "exit: the visitor walks out, the slip stays",
        lambda: player.walk(EXIT, "out", slip_number, "closed"),
    )


def _wrong_codes(player: Player) -> None:
    day = player.day
    for what, state, verdict, codes in (
        ("an expired ticket", "expired", "desk", ["ticket_expired"]),
        ("a ticket not registered this year", "not_reregistered", "desk", ["not_reregistered"]),
        ("a banned reader", "banned", "refuse", ["banned"]),
        ("a lost ticket that was replaced", "replaced", "refuse", ["ticket_replaced"]),
    ):
        day.step(
            f"entrance: {what}",
            lambda state=state: player.show_ticket(player.ticket(state)),  # type: ignore[misc]
            verdict=verdict,
            codes=codes,
        )
    config = player.stage.folder / "server.toml"
    genuine = command("--config", config, "ticket", "issue", player.ticket("valid"))
    for what, text, codes in (
        ("a forged code", forged(genuine), ["bad_signature"]),
        ("somebody else's code, a link", FOREIGN, ["unknown_code"]),
    ):
        day.step(
            f"entrance: {what}",
            lambda text=text: player.show(ENTRANCE, qr(text)),  # type: ignore[misc]
            verdict="refuse",
            codes=codes,
        )


def _without_network(player: Player) -> None:
    day, stage = player.day, player.stage
    station = stage.stations[ENTRANCE]
    printed = len(stage.slips())
    number = player.ticket("valid", nth=1)

    def enter_offline() -> Outcome:
        eyes = player.eyes[ENTRANCE]
        seen = eyes.count()
        station.wire.cut()
        hold(station.camera, stage.ticket_picture(number), _HOLD_S)
        answer = eyes.wait(seen, lambda screen: screen.name == "greeting", _SOON_S)
        if answer is None:
            raise StepFailed("the reader was not greeted")
        return Outcome(note=f"screen: {answer.name}")

    def arrives() -> Outcome:
        before = len(player.records.decisions(ENTRANCE))
        station.wire.mend()
        if not wait_until(lambda: len(player.records.decisions(ENTRANCE)) > before, _SOON_S):
            raise StepFailed("the decision never reached the server")
        told = player.records.decisions(ENTRANCE)[-1]
        return Outcome(verdict=told["verdict"], codes=tuple(told["reasons"]))

    day.step("entrance: the network is cut, a reader is served all the same", enter_offline)
    _, slip_number = player.take_slip(printed)
    day.step(
        "entrance: the network is back, the server hears of it",
        arrives,
        verdict="grant",
        codes=["offline"],
    )
    day.step(
        "entrance: the reader walks in",
        lambda: player.walk(ENTRANCE, "in", slip_number, "inside"),
    )


def _records(player: Player) -> None:
    def audit() -> Outcome:
        count = player.records.audit_count()
        if not player.records.audit_is_whole():
            raise StepFailed("the chain over the audit log is broken")
        return Outcome(note=f"{count} acts, chain whole")

    player.day.step("centre: everything stands in the audit log", audit)


def keep_slips(stage: Stage, folder: Path) -> list[Path]:
    """Copy the pictures of all slips into a folder; answers their names."""
    folder.mkdir(parents=True, exist_ok=True)
    kept = []
    for slip in stage.slips():
        target = folder / f"{slip.parent.name}-{slip.name}"
        target.write_bytes(slip.read_bytes())
        kept.append(target)
    return kept
