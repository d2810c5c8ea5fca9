"""What the station shows while nobody is being served."""

from __future__ import annotations

from collections.abc import Callable

from kiosk import answers
from kiosk.clock import Now
from kiosk.config import Role
from kiosk.knowledge import of_today, timezone_of
from kiosk.screens import EventLine, NotReady, OutOfService, Screen, Start
from kiosk.store import Database, copy


class Front:
    """The idle screen, by role, copy, hour and devices. `scanner_works` is asked each time."""

    def __init__(
        self,
        database: Database,
        role: Role,
        now: Now,
        scanner_works: Callable[[], bool],
        *,
        has_cards: bool,
    ) -> None:
        self._database = database
        self._role = role
        self._now = now
        self._scanner_works = scanner_works
        self._has_cards = has_cards

    @property
    def role(self) -> Role:
        """What this station is for."""
        return self._role

    @property
    def phone(self) -> str:
        """Where staff answer; empty while it is not known."""
        with self._database.read() as tx:
            building = copy.building(tx)
        return "" if building is None else building.service_centre_phone

    def home(self) -> Screen:
        """The screen that everything returns to at this moment."""
        with self._database.read() as tx:
            building, state = copy.building(tx), copy.state(tx)
        if building is None or state is None:
            return NotReady()
        building = of_today(building, state.as_of, self._now())
        alarm = answers.emergency(building)
        if alarm is not None:
            return alarm
        if not self._scanner_works():
            return OutOfService(phone=building.service_centre_phone)
        return Start(
            role=self._role,
            has_events=self._role.lets_in and bool(self.events()),
            open_day=self._role.lets_in and building.open_day,
            has_cards=self._has_cards,
        )

    def events(self) -> tuple[EventLine, ...]:
        """What is on today and not over."""
        with self._database.read() as tx:
            building, events = copy.building(tx), copy.events(tx)
        if building is None:
            return ()
        return answers.event_lines(events, self._now(), timezone_of(building))
