"""What every use case of a station stands on."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from sqlite3 import Connection

from gate.codes import SigningKey, SlipClaims, new_slip_number, sign_slip
from gate.events import VisitRecord
from kiosk.clock import Clock
from kiosk.journal import Journal
from kiosk.keys import Keys
from kiosk.knowledge import Knowledge
from kiosk.store import Database, identity
from templates.slips.content import Language


@dataclass(frozen=True, slots=True, kw_only=True)
class Premises:
    """The parts of a running station that decisions need."""

    station: str
    database: Database
    knowledge: Knowledge
    keys: Keys
    slip_key: SigningKey
    journal: Journal
    clock: Clock
    slip_language: Language = "uk"
    has_lane: bool = False
    offline_event_places: int = 0

    def new_slip_number(self, tx: Connection) -> str:
        """A number that no slip had before."""
        running = identity.next_running_number(tx)
        return new_slip_number(self.station, running, secrets.token_bytes(8))

    def slip_code(self, visit: VisitRecord, *, event: bool) -> str:
        """The signed code of a visit's slip."""
        claims = SlipClaims(
            visit_id=visit.visit_id,
            number=visit.slip_number,
            station=self.station,
            issued=visit.opened_at,
            event=event,
        )
        return sign_slip(claims, self.slip_key)
