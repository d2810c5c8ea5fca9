"""An alarm system outside tells of an air raid or a fire, with a token of its own."""

from __future__ import annotations

import hmac
from base64 import urlsafe_b64encode
from collections.abc import Sequence
from datetime import datetime
from typing import Final

from sqlalchemy.orm import Session

from gate.events import AlarmAnswer, AlarmQuery, AlarmSignal
from gate.facts import Emergency
from server.database import Database
from server.models import EmergencyOrigin
from server.services import emergencies, settings
from server.services.keys import Entropy
from server.services.settings import LibrarySettings
from server.services.stations import hash_secret

_TOKEN_BYTES: Final = 24
_KINDS: Final = {AlarmSignal.AIR_RAID: Emergency.AIR_RAID, AlarmSignal.FIRE: Emergency.FIRE}


class UnknownBranch(LookupError):
    """The library has no such building: nothing was begun or ended."""


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


def take(database: Database, query: AlarmQuery, *, at: datetime, entropy: Entropy) -> AlarmAnswer:
    """Do as the signal says; told again, it changes nothing. Raises UnknownBranch."""
    with database.reading() as session:
        branches = _meant(settings.read(session), query.branch)
    if query.signal is AlarmSignal.ALL_CLEAR:
        changed = emergencies.end_air_raid(database, branches, at=at)
    else:
        begun = emergencies.raise_alarm(
            database, _KINDS[query.signal], origin=EmergencyOrigin.WEBHOOK, at=at,
            entropy=entropy, branches=branches,
        )  # fmt: skip
        changed = begun is not None
    with database.reading() as session:
        return AlarmAnswer(emergency=_gravest(session, branches), changed=changed)


def _meant(library: LibrarySettings, code: str | None) -> Sequence[str | None]:
    known = {"": None, **{each.code: each.code for each in library.branches}}
    if code is None:
        return list(known.values())
    if code not in known:
        raise UnknownBranch(code)
    return [known[code]]


def _gravest(session: Session, branches: Sequence[str | None]) -> Emergency:
    running = (case for case in emergencies.going_on(session) if case.branch_code in branches)
    return next((case.kind for case in running), Emergency.NONE)
