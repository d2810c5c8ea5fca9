"""An alarm system outside tells of an air raid or a fire, with a token of its own."""

from __future__ import annotations

import hmac
from base64 import urlsafe_b64encode
from datetime import datetime
from typing import Final

from gate.events import AlarmAnswer, AlarmSignal
from gate.facts import Emergency
from server.database import Database
from server.models import EmergencyOrigin
from server.services import emergencies, settings
from server.services.keys import Entropy
from server.services.stations import hash_secret

_TOKEN_BYTES: Final = 24
_KINDS: Final = {AlarmSignal.AIR_RAID: Emergency.AIR_RAID, AlarmSignal.FIRE: Emergency.FIRE}


def make_token(database: Database, *, at: datetime, entropy: Entropy) -> str:
    """A new token, shown this once; the one before it is void."""
    token = urlsafe_b64encode(entropy(_TOKEN_BYTES)).rstrip(b"=").decode()
    settings.change(database, {"alarm_token_hash": hash_secret(token)}, actor="system", at=at)
    return token


def is_known(database: Database, token: str) -> bool:
    """Whether this is the token of the library's alarm system."""
    with database.reading() as session:
        known = settings.read(session).alarm_token_hash
    return bool(known and token) and hmac.compare_digest(hash_secret(token), known)


def take(database: Database, signal: AlarmSignal, *, at: datetime, entropy: Entropy) -> AlarmAnswer:
    """Do as the signal says; told again, it changes nothing."""
    if signal is AlarmSignal.ALL_CLEAR:
        changed = emergencies.end_air_raid(database, at=at)
    else:
        begun = emergencies.raise_alarm(
            database, _KINDS[signal], origin=EmergencyOrigin.WEBHOOK, at=at, entropy=entropy
        )
        changed = begun is not None
    with database.reading() as session:
        return AlarmAnswer(emergency=settings.read(session).emergency, changed=changed)
