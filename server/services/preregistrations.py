"""Enrolments begun at a kiosk: kept for the desk, taken over there, erased after some days.

The desk compares them with the person's document; until then nobody is enrolled (R2.1, R2.2).
"""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import delete, func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from gate.events import PREREGISTRATION_PREFIX, PreregistrationAnswer, PreregistrationQuery
from server.database import Database
from server.models import GuarantorKind, Photo, Preregistration, Purpose, Step, TextKind
from server.services import audit, consents, enrolment, photos, settings
from server.services.by import By
from server.services.guarantors import Answerer
from server.services.settings import LibrarySettings

_TRIES = 5


def keep(
    database: Database, query: PreregistrationQuery, *, station: str, at: datetime
) -> PreregistrationAnswer:
    """Keep what was given at a station; sent again, it is answered the same."""
    photo = _photo(query.photo)
    for left in reversed(range(_TRIES)):
        try:
            with database.writing() as session:
                library = settings.read(session)
                known = session.get(Preregistration, query.id)
                return _answer(known or _add(session, query, photo, station, library, at), library)
        except IntegrityError:
            # Another station took this number at the same moment.
            if not left:
                raise
    raise AssertionError


def _photo(sent: str) -> bytes | None:
    """The photo drawn anew; one that can't be read is taken again at the desk."""
    try:
        return photos.redraw(base64.b64decode(sent, validate=True)) if sent else None
    except ValueError:
        return None


def _add(
    session: Session, query: PreregistrationQuery, photo: bytes | None, station: str,
    library: LibrarySettings, at: datetime,
) -> Preregistration:  # fmt: skip
    day = library.day(at)
    last = session.scalar(
        select(func.max(Preregistration.number)).where(Preregistration.local_day == day)
    )
    new = Preregistration(
        id=query.id, local_day=day, number=(last or 0) + 1, station_code=station, at=at,
        data=query.model_dump(mode="json", exclude={"id", "photo"}), photo=photo,
    )  # fmt: skip
    session.add(new)
    audit.record(
        session, at=at, actor=f"station:{station}", action="preregistration_kept",
        about=("preregistration", str(query.id)), details={"number": new.number},
    )  # fmt: skip
    session.flush()
    return new


def _answer(kept: Preregistration, library: LibrarySettings) -> PreregistrationAnswer:
    return PreregistrationAnswer(
        id=kept.id,
        number=str(kept.number),
        code=f"{PREREGISTRATION_PREFIX}{kept.id.hex.upper()}",
        kept_until=kept.local_day + timedelta(days=library.preregistration_days - 1),
    )


def waiting(session: Session) -> Sequence[Preregistration]:
    """Those that no desk has taken yet, in the order of the queue."""
    return session.scalars(
        select(Preregistration)
        .where(Preregistration.taken_at.is_(None))
        .order_by(Preregistration.local_day, Preregistration.number)
    ).all()


def open_one(session: Session, known: UUID) -> Preregistration | None:
    """One that waits, by its id."""
    found = session.get(Preregistration, known)
    return None if found is None or found.taken_at is not None else found


def id_in(text: str) -> UUID | None:
    """The id in a queue slip's code; None where it is no such code."""
    code = text.strip().upper()
    try:
        return UUID(hex=code[4:]) if code.startswith(PREREGISTRATION_PREFIX) else None
    except ValueError:
        return None


def form_of(kept: Preregistration) -> Mapping[str, str]:
    """The data as the desk's form shows them."""
    return {key: value for key, value in kept.data.items() if isinstance(value, str)}


def take_over(database: Database, known: UUID, patron_id: int, *, by: By) -> Sequence[Step]:
    """Carry what was done at the kiosk into the enrolment that the desk has begun.

    Answers the steps that are done by that. Texts and consents count only in the versions of
    today; a guardian's consent is written down by who sees the guardian. Raises LookupError.
    """
    with database.reading() as session:
        kept = open_one(session, known)
        if kept is None:
            raise LookupError(f"no preregistration {known}")
        data, photo = dict(kept.data), kept.photo
        same = _same_versions(session, data.get("texts", {}), by)
    done = list(_carry(database, patron_id, data, same, by))
    with database.writing() as session:
        taken = session.get_one(Preregistration, known)
        taken.taken_at, taken.data, taken.photo = by.at, {}, None
        if photo and consents.holds(session, patron_id, Purpose.PHOTO):
            session.merge(
                Photo(patron_id=patron_id, jpeg=photo, taken_at=kept.at, taken_by=by.staff_id)
            )
            enrolment.note_photo(session, patron_id, by)
            done.append(Step.PHOTO)
    return done


def _same_versions(session: Session, read: Mapping[str, str], by: By) -> frozenset[TextKind]:
    today = settings.read(session).day(by.at)
    return frozenset(
        kind
        for kind in TextKind
        if read.get(kind.value) == consents.current(session, kind, today).version
    )


def _carry(
    database: Database, patron_id: int, data: Mapping[str, Any], same: frozenset[TextKind], by: By
) -> Sequence[Step]:
    done = []
    if {TextKind.RULES, TextKind.DATA_NOTICE} <= same:
        enrolment.note_texts(database, patron_id, by=by)
        done.append(Step.TEXTS)
    given = {Purpose(key): value for key, value in data["consents"].items() if key in set(Purpose)}
    if TextKind.CONSENT in same and given.get(Purpose.ENROLMENT):
        enrolment.note_consents(database, patron_id, given, by=by)
        done.append(Step.CONSENTS)
    guardian = data.get("guardian")
    if guardian:
        who = Answerer(
            kind=GuarantorKind(guardian["kind"]), name=guardian["name"], phone=guardian["phone"]
        )
        enrolment.note_guardian(database, patron_id, who, by=by)
        done.append(Step.GUARDIAN)
    return done


def drop(database: Database, known: UUID, *, by: By) -> None:
    """The person does not go on: everything is erased at once. Raises LookupError."""
    with database.writing() as session:
        kept = open_one(session, known)
        if kept is None:
            raise LookupError(f"no preregistration {known}")
        session.delete(kept)
        audit.record(
            session, at=by.at, actor=by.actor, action="preregistration_dropped",
            about=("preregistration", str(known)),
        )  # fmt: skip


def erase_old(database: Database, *, at: datetime) -> int:
    """Erase what nobody came for within the days that the library sets; answers how many."""
    with database.writing() as session:
        library = settings.read(session)
        first_kept = library.day(at) - timedelta(days=library.preregistration_days - 1)
        old = session.scalars(
            select(Preregistration.id).where(Preregistration.local_day < first_kept)
        ).all()
        session.execute(delete(Preregistration).where(Preregistration.id.in_(old)))
        if old:
            audit.record(
                session, at=at, actor="system", action="preregistrations_erased",
                about=("preregistration", first_kept.isoformat()), details={"count": len(old)},
            )  # fmt: skip
        return len(old)
