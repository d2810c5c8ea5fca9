"""What this station does in an emergency, and at the word of staff at the console or before it.

The lane's own process has freed the way out long before any of this; here the rest of the station
follows: the lane's other signals, the list on paper, what the server is told.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from sqlite3 import Connection
from typing import Final

import structlog
from PIL import Image

from gate.events import BuildingRecord, LaneChanged, LaneOrderRecord
from gate.facts import CredentialKind, Emergency, TicketKind, TicketState
from gate.kinds import LaneAct
from gate.passage import Phase, Signal, Way
from kiosk import alerts, roll, screens
from kiosk.credentials import Shown, read_card, read_code
from kiosk.knowledge import timezone_of
from kiosk.passages import LaneKeeper, LaneMoved
from kiosk.premises import Premises
from kiosk.store import copy, meta, outbox, tickets, visits
from templates.slips.content import width_on
from templates.slips.roll import draw_roll

_log = structlog.get_logger()

_DONE: Final = "lane_orders_done"
_REMEMBERED: Final = 50
_SIGNALS: Final = {
    LaneAct.HOLD: Signal.STAFF_BUTTON,
    LaneAct.LOCK: Signal.LOCK,
    LaneAct.UNLOCK: Signal.UNLOCK,
    LaneAct.RESET: Signal.RESET,
}
_TO_BE_RESET: Final = (Phase.RELEASED, Phase.HELD)

Paper = Callable[[int], Image.Image | None]


class Marshal:
    """One station's part in an emergency; every method is called by the conductor's thread."""

    def __init__(
        self,
        premises: Premises,
        lane: Callable[[], LaneKeeper | None],
        print_paper: Callable[[], Callable[[Paper], None] | None],
    ) -> None:
        self._premises = premises
        self._lane = lane
        self._print_paper = print_paper
        self._holds = self._told = Emergency.NONE
        self._shelter = False
        self._order: LaneOrderRecord | None = None
        self._by_ticket: str | None = None
        self._in_charge: str | None = None

    @property
    def holds(self) -> Emergency:
        """The emergency that this station acts by."""
        return self._holds

    # --- What holds ---------------------------------------------------------------------------

    def look(self) -> None:
        """An emergency may have begun or ended, and staff may have told the lane something."""
        with self._premises.database.read() as tx:
            told = copy.building(tx)
            building = None if told is None else alerts.in_force(tx, told)
        if told is None or building is None:
            return
        if building.emergency is not self._holds:
            self._changed(building)
        if told.emergency is not self._told:
            self._hear(told.emergency)
        self._open_shelter(building)
        for order in building.orders:
            if order.station == self._premises.station:
                self._obey(order)

    def _changed(self, building: BuildingRecord) -> None:
        lane, before = self._lane(), self._holds
        self._holds = building.emergency
        _log.info("emergency", before=before, holds=self._holds)
        if self._holds is Emergency.FIRE:
            if lane is not None and lane.mode.phase is not Phase.RELEASED:
                lane.tell(Signal.FIRE)
            self.print_roll()
        elif before is Emergency.FIRE and lane is not None and not self._own_fire():
            # The lane stays released until somebody with a name resets it.
            lane.tell(Signal.FIRE_CLEARED)

    def _hear(self, told: Emergency) -> None:
        """At a fire that the server knows of, visits follow its word again."""
        self._told = told
        if told is Emergency.FIRE:
            with self._premises.database.write() as tx:
                self._evacuate(tx, self._premises.clock.now())
                outbox.settle(tx)

    def _open_shelter(self, building: BuildingRecord) -> None:
        opens = building.emergency is Emergency.AIR_RAID and building.has_shelter
        lane = self._lane()
        if lane is not None and opens is not self._shelter:
            self._shelter = opens
            lane.tell(Signal.SHELTER if opens else Signal.SHELTER_OVER)

    def _own_fire(self) -> bool:
        with self._premises.database.read() as tx:
            return alerts.own(tx, Emergency.FIRE) is not None

    def heard(self, kind: Emergency, at: datetime, *, over: bool = False) -> None:
        """The lane's own input told of it, or that it is over."""
        with self._premises.database.write() as tx:
            if over:
                alerts.end(tx, kind)
                return
            alerts.begin(tx, kind, at)
            if kind is Emergency.FIRE:
                self._evacuate(tx, at)

    @staticmethod
    def _evacuate(tx: Connection, at: datetime) -> None:
        state, building = copy.state(tx), copy.building(tx)
        if state is not None and building is not None:
            local = at.astimezone(timezone_of(building))
            midnight = local.replace(hour=0, minute=0, second=0, microsecond=0)
            visits.evacuate(tx, state.seen, midnight, building)

    # --- Orders from the console ----------------------------------------------------------------

    def _obey(self, order: LaneOrderRecord) -> None:
        """Once, and only while somebody may still wait for it."""
        lane = self._lane()
        if lane is None or self._premises.clock.now() > order.expires_at:
            return
        with self._premises.database.write() as tx:
            if not _remember(tx, str(order.order_id)):
                return
        self._order = order
        _log.info("lane_order", act=order.act, order=str(order.order_id))
        if order.act is LaneAct.OPEN_ONCE:
            lane.grant(Way(order.way or "in"), order.order_id)
            self.lane_changed(lane.mode)
        else:
            if order.act is LaneAct.RESET:
                self._forget_own_fire()
            self._tell(lane, _SIGNALS[order.act])

    def _tell(self, lane: LaneKeeper, signal: Signal) -> None:
        """The lane tells by itself that it is in another phase; where it stays, we do."""
        before = lane.mode
        lane.tell(signal)
        if lane.mode == before:
            self.lane_changed(before)

    def lane_changed(self, mode: LaneMoved) -> None:
        """Tell the server how the lane is, and by whose order."""
        premises, order = self._premises, self._order
        with premises.database.write() as tx:
            event = LaneChanged(
                **premises.journal.stamp(tx, premises.clock.now()),
                phase=mode.phase.value,
                locked=mode.locked,
                order_id=None if order is None else order.order_id,
                by_ticket=self._by_ticket,
            )
            premises.journal.write(tx, event)
        self._order = self._by_ticket = None

    # --- Staff at the station -------------------------------------------------------------------

    def takes(self, shown: Shown) -> screens.InCharge | None:
        """In an emergency, or at a lane that waits for a reset, a staff pass puts in charge."""
        lane = self._lane()
        waits = lane is not None and lane.mode.phase in _TO_BE_RESET
        if not waits and self._holds is Emergency.NONE:
            return None
        ticket_id = self._staff_ticket(shown)
        if ticket_id is None:
            return None
        self._in_charge = ticket_id
        return self._screen()

    def _screen(self, *, printing: bool = False) -> screens.InCharge:
        lane = self._lane()
        may_reset = lane is not None and lane.mode.phase in _TO_BE_RESET and not lane.burns
        return screens.InCharge(
            may_reset=may_reset, has_printer=self._print_paper() is not None, printing=printing
        )

    def _staff_ticket(self, shown: Shown) -> str | None:
        """The ticket of a member of staff: by the copy, so that a lost pass opens nothing."""
        if shown.credential is None or not shown.readable:
            return None
        with self._premises.database.read() as tx:
            if shown.credential is CredentialKind.TICKET_CODE:
                one = tickets.find(tx, shown.value)
                found = [] if one is None else [one]
            else:
                found = [*tickets.find_by(tx, shown.credential, shown.value)]
        good = (one.ticket_id for one in found
                if one.kind is TicketKind.STAFF and one.state is TicketState.ACTIVE)  # fmt: skip
        return next(good, None)

    def read_code(self, data: bytes, at: datetime) -> screens.InCharge | None:
        """A code was shown."""
        return self.takes(read_code(data, self._premises.keys.ring(), at))

    def read_card(self, uid: bytes) -> screens.InCharge | None:
        """A card was laid on the reader."""
        return self.takes(read_card(uid))

    def print_roll(self) -> screens.InCharge | None:
        """The list of those inside on this station's paper."""
        print_paper = self._print_paper()
        if print_paper is None:
            return None
        print_paper(self._draw)
        return self._screen(printing=True)

    def _draw(self, width_dots: int) -> Image.Image | None:
        premises = self._premises
        content = roll.content(premises.database, premises.station, premises.clock.now())
        if content is None:
            return None
        return draw_roll(content, width_on(width_dots), premises.slip_language)

    def reset(self) -> None:
        """The one in charge puts the lane back to work, with their name."""
        lane = self._lane()
        if lane is None or lane.burns:
            return
        self._by_ticket = self._in_charge
        self._forget_own_fire()
        self._tell(lane, Signal.RESET)

    def _forget_own_fire(self) -> None:
        lane = self._lane()
        if lane is not None and not lane.burns:
            self.heard(Emergency.FIRE, self._premises.clock.now(), over=True)


def _remember(tx: Connection, order_id: str) -> bool:
    """Note an order as done; False where it was already."""
    done = (meta.get(tx, _DONE) or "").split()
    if order_id in done:
        return False
    meta.put(tx, _DONE, " ".join([*done, order_id][-_REMEMBERED:]))
    return True
