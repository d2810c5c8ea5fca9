"""A station's dialogue without devices: messages in by hand, screens out."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TypeVar

from gate.passage import LaneAction
from hardware.contracts import Lane
from kiosk.conductor import Conductor
from kiosk.config import Role, ScreenSettings
from kiosk.front import Front
from kiosk.messages import CardLaid, CodeScanned, Pressed
from kiosk.passages import LaneKeeper, LaneMoved
from kiosk.screens import Screen
from kiosk.service import Hands
from kiosk.stage import Stage
from tests.kiosk.house import House

S = TypeVar("S", bound=Screen)


@dataclass
class Scanner:
    """Whether it works."""

    works: bool = True


@dataclass
class Counter:
    """A person before a station."""

    house: House
    conductor: Conductor
    stage: Stage
    hands: Hands
    scanner: Scanner
    lane_said: list[LaneAction | LaneMoved] = field(default_factory=list)

    @property
    def screen(self) -> Screen:
        return self.stage.shown.screen

    def sees(self, kind: type[S]) -> S:
        """The present screen, which must be of this kind."""
        shown = self.screen
        assert isinstance(shown, kind), f"the screen is {shown.name}"
        return shown

    def show(self, code: bytes) -> None:
        """Hold a code to the scanner."""
        self.conductor.handle(CodeScanned(code, self.house.moved.at))

    def lay(self, uid: bytes) -> None:
        """Lay a card on the reader."""
        self.conductor.handle(CardLaid(uid, self.house.moved.at))

    def press(self, action: str, value: str = "") -> None:
        """Press something on the present screen."""
        self.conductor.handle(Pressed(action, value, self.stage.shown.serial))

    def lane_reports(self) -> None:
        """What the lane said meanwhile is heard."""
        while self.lane_said:
            self.conductor.handle(self.lane_said.pop(0))


def make_counter(house: House, role: Role = Role.ENTRANCE, lane: Lane | None = None) -> Counter:
    """A station with its screen and nobody before it."""
    clock, hands = house.premises.clock, Hands()
    scanner = Scanner()
    front = Front(
        house.database,
        role,
        clock,
        lambda: scanner.works,
        station=house.premises.station,
        has_cards=True,
        has_lane=lane is not None,
    )
    stage = Stage(front.home(), ScreenSettings(), "uk", clock.monotonic)
    conductor = Conductor(house.premises, stage, front, hands, lambda: None)
    counter = Counter(house, conductor, stage, hands, scanner)
    if lane is not None:
        hands.lane = LaneKeeper(lane, clock.now, counter.lane_said.append)
        hands.lane.start()
    return counter
