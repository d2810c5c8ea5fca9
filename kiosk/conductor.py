"""Everything that happens at a station, one thing after the other, in one thread.

Devices, browser, printer, lane and server put messages into the inbox; the answers are screens,
and work for printer, lane and uploader.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import datetime
from queue import Empty, SimpleQueue
from typing import Final
from uuid import UUID

import structlog

from gate.events import HelpCalled
from gate.facts import Emergency
from gate.passage import Act, LaneAction, Way
from kiosk import screens
from kiosk.departure import WayOut
from kiosk.enrolment.enrolling import Sent
from kiosk.front import Front
from kiosk.marshal import Marshal
from kiosk.messages import (
    CardLaid,
    CodeHeld,
    CodeScanned,
    CopyChanged,
    DevicesChanged,
    Message,
    PhotoChanged,
    Pressed,
    TechnicianCame,
)
from kiosk.passages import LaneMoved, Passages
from kiosk.premises import Premises
from kiosk.printing import PrintReport
from kiosk.service import Hands, Service
from kiosk.stage import Stage

_log = structlog.get_logger()

_LOOK_AROUND_S: Final = 10.0
"""How often an idle screen is compared with the hour and the devices."""
_SAME_CODE_S: Final = 5.0
"""A code that is held still, or comes again at once, is one scan (fault 9)."""
_STOP_WAITS_S: Final = 5.0
_EMERGENCIES: Final = {
    Act.ALARM_FIRE: Emergency.FIRE,
    Act.ALARM_AIR_RAID: Emergency.AIR_RAID,
}


class Conductor:
    """Reads the inbox until told to stop."""

    def __init__(
        self,
        premises: Premises,
        stage: Stage,
        front: Front,
        hands: Hands,
        send_soon: Callable[[], None],
    ) -> None:
        self._premises = premises
        self._stage = stage
        self._front = front
        self._hands = hands
        self._send_soon = send_soon
        self._service = Service(premises, stage, front, hands)
        if hands.booth is not None:
            hands.booth.changed = lambda: self.post(PhotoChanged())
        if hands.office is not None:
            hands.office.report = self.post
        self._way_out = WayOut(premises)
        self._passages = Passages(premises)
        self._marshal = Marshal(premises, lambda: hands.lane, lambda: hands.print_paper)
        self._inbox: SimpleQueue[Message | None] = SimpleQueue()
        self._last_code = b""
        self._last_code_at = float("-inf")
        self._passed_s = premises.clock.monotonic()
        self._thread = threading.Thread(target=self._run, name="conductor", daemon=True)

    def post(self, message: Message) -> None:
        """Put something into the inbox; any thread may."""
        self._inbox.put(message)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> None:
        """End after what is in the inbox."""
        self._inbox.put(None)
        self._thread.join(_STOP_WAITS_S)

    @property
    def still_s(self) -> float:
        """Seconds since it last looked at its inbox; much more than ten: something holds it."""
        return self._premises.clock.monotonic() - self._passed_s

    def _run(self) -> None:
        while True:
            self._passed_s = self._premises.clock.monotonic()
            try:
                message = self._inbox.get(timeout=self._wait_s())
            except Empty:
                self._safely(self.look_around)
                continue
            if message is None:
                return
            self._safely(lambda message=message: self.handle(message))  # type: ignore[misc]

    def _wait_s(self) -> float:
        remaining_s = self._stage.remaining_s()
        return _LOOK_AROUND_S if remaining_s is None else min(_LOOK_AROUND_S, remaining_s)

    def _safely(self, act: Callable[[], None]) -> None:
        try:
            act()
        except Exception:  # noqa: BLE001 - the edge of the loop
            # Nobody foresaw this, so nothing is promised to anybody.
            _log.exception("conductor_failed")
            self._stage.show(screens.OutOfService())

    def look_around(self) -> None:
        """Time went by: reset a screen whose time is over, and keep the idle one right."""
        if self._stage.remaining_s() == 0:
            self._service.go_home()
        self._refresh()

    def handle(self, message: Message) -> None:
        """Deal with one message."""
        match message:
            case CodeScanned(data, at):
                self._scanned(data, at)
            case CodeHeld(hint):
                self._stage.hint(hint)
            case CardLaid(uid, at):
                self._laid(uid, at)
            case Pressed():
                self._pressed(message)
            case TechnicianCame(offered):
                self._service.go_home()
                self._stage.show(screens.Technician(offered=offered))
            case CopyChanged() | DevicesChanged():
                self._marshal.look()
                self._refresh()
            case PhotoChanged() | PrintReport() | Sent():
                self._service.hear(message)
            case LaneAction():
                self._lane_said(message, self._premises.clock.now())
            case LaneMoved():
                self._marshal.lane_changed(message)
        self._send_soon()

    def _scanned(self, data: bytes, at: datetime) -> None:
        if not self._is_same(data) and not self._shown(self._marshal.read_code(data, at)):
            self._service.scan(data, at)

    def _laid(self, uid: bytes, at: datetime) -> None:
        if not self._is_same(uid) and not self._shown(self._marshal.read_card(uid)):
            self._service.card(uid, at)

    def _shown(self, screen: screens.InCharge | None) -> bool:
        """Show what a staff pass opens; whether it was one."""
        if screen is not None:
            self._stage.show(screen)
        return screen is not None

    def _pressed(self, pressed: Pressed) -> None:
        if pressed.serial != self._stage.shown.serial:
            return
        action, value = pressed.action, pressed.value
        in_charge = isinstance(self._stage.shown.screen, screens.InCharge)
        if in_charge and action == "print_roll":
            self._shown(self._marshal.print_roll())
        elif in_charge and action == "reset_lane":
            self._marshal.reset()
            self._service.go_home()
        else:
            self._service.press(action, value)

    def _is_same(self, data: bytes) -> bool:
        now = self._premises.clock.monotonic()
        same = data == self._last_code and now - self._last_code_at < _SAME_CODE_S
        self._last_code, self._last_code_at = data, now
        return same and self._stage.shown.screen.is_served

    def _refresh(self) -> None:
        """The idle screen may have changed; an alarm interrupts everybody."""
        home, shown = self._front.home(), self._stage.shown.screen
        heeded = isinstance(shown, screens.InCharge | screens.Sheltered)
        urgent = isinstance(home, screens.Evacuation) and not heeded
        if home == shown or not (urgent or shown.is_idle):
            return
        if type(home) is type(shown) and not urgent:
            self._service.renew_home(home)
        else:
            self._service.go_home()

    def _lane_said(self, action: LaneAction, at: datetime) -> None:
        match action.act:
            case Act.REPORT_PASSED | Act.REPORT_NOT_PASSED | Act.REPORT_BUSY:
                if action.passage is not None:
                    passed = action.act is Act.REPORT_PASSED
                    self._passage(UUID(action.passage), action.way, at, passed=passed)
            case Act.CALL_STAFF:
                self._call_staff(at)
            case Act.REPORT_COUNTED:
                self._passages.counted(action.way, at)
            case Act.REPORT_ALL_CLEAR:
                self._alarmed(Emergency.AIR_RAID, "all_clear", action.way, at)
            case act if act in _EMERGENCIES:
                self._alarmed(_EMERGENCIES[act], act.value, action.way, at)
            case _:
                self._passages.alarm(action.act.value, action.way, at)

    def _alarmed(self, kind: Emergency, code: str, way: Way | None, at: datetime) -> None:
        """An alarm of the lane's own holds here at once, with the server or without.

        The fire that the server told of comes back from the lane as its own signal: that one it
        knows.
        """
        if kind is Emergency.FIRE and self._marshal.holds is Emergency.FIRE:
            return
        self._marshal.heard(kind, at, over=code == "all_clear")
        self._passages.alarm(code, way, at)
        self._marshal.look()
        self._refresh()

    def _passage(self, whose: UUID, way: Way | None, at: datetime, *, passed: bool) -> None:
        if way is Way.OUT:
            handed_in = self._hands.leaving.pop(whose, True)
            if passed:
                self._way_out.passed(whose, at, slip_handed_in=handed_in)
        elif passed:
            self._passages.came_in(whose, at)
        else:
            self._passages.stayed_out(whose, at)

    def _call_staff(self, at: datetime) -> None:
        journal = self._premises.journal
        with self._premises.database.write() as tx:
            journal.write(tx, HelpCalled(**journal.stamp(tx, at)))
