"""The inside of a simulated slip printer: buffer, paper, cutter and what can go wrong.

Works like the real thing: what was received waits in a buffer while the paper is out or
the cover open, and goes on when that is over; a slip that the paper's end or a power cut
parts comes out in pieces, which are kept as they are, marked as torn.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from threading import Condition as Signal
from threading import Thread
from typing import Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field

from hardware.contracts import Now
from hardware.escpos_commands import RASTER, Command
from hardware.escpos_paper import LONGEST_DOTS, Paper, raster_rows
from hardware.escpos_status import Condition, answer_in_order
from hardware.simulator_control import arguments_as

_SLICE_LINES: Final = 8
_SLIPS_TOLD: Final = 50
_CUTS: Final = frozenset({"GS V", "ESC i", "ESC m"})


class Faults(BaseModel):
    """What is wrong with the printer now; the defaults are a printer in order."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    paper: Literal["ok", "near_end", "out"] = "ok"
    out_after_lines: int | None = Field(default=None, ge=0)
    """The paper ends after so many more dot lines (8 a millimetre)."""
    cover: Literal["shut", "open"] = "shut"
    cutter: Literal["ok", "jam"] = "ok"
    answers: Literal["normal", "slow", "silent"] = "normal"
    """Slow: a second for each answer. Silent: no answer, and nothing is printed."""
    lines_per_s: float | None = Field(default=None, gt=0)
    """Printing speed in dot lines; None: as fast as can be."""
    drop_after_bytes: int | None = Field(default=None, ge=0)
    """The connection breaks after so many more bytes, once."""
    power: Literal["on", "off"] = "on"
    knows_gs_r: bool = True
    """Cheap printers do not."""


@dataclass(frozen=True, slots=True)
class Slip:
    """A piece of paper that came out; `cut` is false where it was torn."""

    name: str
    bin: str
    png: str
    lines: int
    cut: bool
    at: str


class Mechanism:
    """Prints what `take` is given, in a thread of its own, into `folder`."""

    def __init__(self, width_dots: int, folder: Path, now: Now, buffer_bytes: int = 65536) -> None:
        self._folder = folder
        self._now = now
        self._buffer_bytes = buffer_bytes
        self._paper = Paper(width_dots)
        self._waiting: deque[tuple[Command, Callable[[bytes], None]]] = deque()
        self._printed = bytearray()
        self._line = 0  # Lines of the first waiting image that are printed,
        self._torn_at = 0  # and how many of them went with an earlier piece.
        self._cutter_error = False
        self._stopped = False
        self._slips: list[Slip] = []
        self._faults = Faults()
        self._changed = Signal()
        folder.mkdir(parents=True, exist_ok=True)
        self._number = max(
            (int(file.name[5:9]) for file in folder.glob("slip-[0-9]*.bin")), default=0
        )
        self._thread = Thread(target=self._run, daemon=True)
        self._thread.start()

    @property
    def faults(self) -> Faults:
        """What is wrong now."""
        return self._faults

    def change(self, changes: Mapping[str, Any]) -> tuple[Faults, Faults]:
        """Change some faults, the others stay; those before and after; `WrongAction`."""
        with self._changed:
            before = self._faults
            faults = self._faults = arguments_as(Faults, before.model_dump() | dict(changes))
            if faults.power == "off":
                self._forget()
                self._cutter_error = False
            repaired = before.cutter == "jam" and faults.cutter == "ok"
            if repaired or faults.power == "off" or faults.paper == "out":
                self._finish(cut=False)
            self._changed.notify_all()
            return before, faults

    def receive(self, count: int) -> int | None:
        """So many bytes come in: None, or how many of them before the connection breaks."""
        with self._changed:
            left = self._faults.drop_after_bytes
            if left is None:
                return None
            breaks = count >= left
            self._note(drop_after_bytes=None if breaks else left - count)
            return left if breaks else None

    def take(self, command: Command, reply: Callable[[bytes], None]) -> None:
        """Queue a command; waits while the buffer is full. `reply` gets its answer."""
        with self._changed:
            self._changed.wait_for(lambda: self._stopped or self._has_room(command))
            if not self._stopped and self._faults.power == "on":
                self._waiting.append((command, reply))
                self._changed.notify_all()

    def recover(self, *, forget: bool) -> None:
        """DLE ENQ: go on after a cutter's error, or drop what waits."""
        with self._changed:
            if self._cutter_error and self._faults.cutter == "ok":
                self._cutter_error = False
                if forget:
                    self._forget()
            self._changed.notify_all()

    def condition(self) -> Condition:
        """What the sensors say."""
        faults = self._faults
        cover_open, out = faults.cover == "open", faults.paper == "out"
        return Condition(
            offline=cover_open or out or self._cutter_error,
            cover_open=cover_open,
            cutter_error=self._cutter_error,
            near_end=faults.paper != "ok",
            out=out,
        )

    def state(self) -> dict[str, Any]:
        """For the one who plays the printer."""
        with self._changed:
            return {
                "status": self.condition().status,
                "faults": self._faults.model_dump(),
                "waiting_bytes": self._waiting_bytes(),
                "lines_begun": self._paper.height_dots,
                "slips": [asdict(slip) for slip in self._slips[-_SLIPS_TOLD:]],
            }

    def wait_until(self, holds: Callable[[dict[str, Any]], bool], timeout_s: float) -> bool:
        """Whether `holds` becomes true of the state in time."""
        with self._changed:
            return self._changed.wait_for(lambda: holds(self.state()), timeout_s)

    def tear(self) -> None:
        """Tear off what has come out so far."""
        with self._changed:
            self._finish(cut=False)

    def close(self) -> None:
        """Stop printing."""
        with self._changed:
            self._stopped = True
            self._changed.notify_all()
        self._thread.join()

    def _has_room(self, command: Command) -> bool:
        waiting = self._waiting_bytes()
        return not waiting or waiting + len(command.raw) <= self._buffer_bytes

    def _waiting_bytes(self) -> int:
        return sum(len(command.raw) for command, _ in self._waiting)

    def _can_print(self) -> bool:
        faults = self._faults
        return faults.power == "on" and faults.answers != "silent" and not self.condition().offline

    def _run(self) -> None:
        with self._changed:
            while not self._stopped:
                if self._waiting and self._can_print():
                    lines = self._step()
                    self._changed.notify_all()
                    if self._faults.lines_per_s and lines:
                        self._changed.wait_for(
                            lambda: self._stopped, lines / self._faults.lines_per_s
                        )
                else:
                    self._changed.wait()

    def _step(self) -> int:
        """Carry out the next command or a slice of it; returns how many lines came out."""
        before = self._paper.height_dots
        command, reply = self._waiting[0]
        if command.name in _CUTS:
            self._cut(command)
            return 0
        if command.name == RASTER:
            self._print_slice(command)
        else:
            self._paper.apply(command)
            self._done()
        if command.name == "GS r" and self._faults.knows_gs_r:
            reply(bytes([answer_in_order(self.condition())]))
        lines = self._paper.height_dots - before
        self._use_paper(lines)
        return lines

    def _print_slice(self, command: Command) -> None:
        left = self._faults.out_after_lines
        count = _SLICE_LINES if left is None else max(1, min(_SLICE_LINES, left))
        piece = raster_rows(command.raw, count, self._line)
        if piece:
            self._paper.apply(Command(RASTER, piece[2:], piece))
        self._line += count
        if not raster_rows(command.raw, 1, self._line):
            self._done()

    def _done(self) -> None:
        command, _ = self._waiting.popleft()
        self._printed += self._rows_of(command) if self._torn_at else command.raw
        self._line = self._torn_at = 0

    def _cut(self, command: Command) -> None:
        if self._faults.cutter == "jam":
            self._cutter_error = True
            return
        self._paper.apply(command)
        self._done()
        self._finish(cut=True)

    def _use_paper(self, lines: int) -> None:
        left = self._faults.out_after_lines
        if left is not None and lines >= left:
            self._note(paper="out", out_after_lines=None)
            self._finish(cut=False)
        elif left is not None:
            self._note(out_after_lines=left - lines)
        if self._paper.height_dots >= LONGEST_DOTS:
            self._finish(cut=False)

    def _rows_of(self, command: Command) -> bytes:
        """The rows of a half-printed image that are on this piece of paper."""
        return raster_rows(command.raw, self._line - self._torn_at, self._torn_at)

    def _note(self, **changes: Any) -> None:
        """A fault that came nearer or came true."""
        self._faults = self._faults.model_copy(update=changes)

    def _forget(self) -> None:
        """Lose the buffer; what is half printed stays on the paper."""
        if self._waiting:
            self._printed += self._rows_of(self._waiting[0][0])
        self._waiting.clear()
        self._line = self._torn_at = 0

    def _finish(self, *, cut: bool) -> None:
        """Keep what came out as a slip."""
        if not self._paper.height_dots:
            self._printed.clear()
            return
        self._number += 1
        name = f"slip-{self._number:04}" + ("" if cut else "-torn")
        lines, picture = self._paper.height_dots, self._paper.tear_off()
        data = bytes(self._printed)
        if self._waiting:
            data += self._rows_of(self._waiting[0][0])
            self._torn_at = self._line
        self._printed.clear()
        self._keep(f"{name}.bin", lambda path: path.write_bytes(data))
        self._keep(f"{name}.png", lambda path: picture.save(path, "PNG"))
        at = self._now().isoformat()
        self._slips.append(Slip(name, f"{name}.bin", f"{name}.png", lines, cut, at))

    def _keep(self, name: str, write: Callable[[Path], object]) -> None:
        """Write a file that nobody can see half written."""
        unfinished = self._folder / f".{name}"
        write(unfinished)
        unfinished.replace(self._folder / name)
