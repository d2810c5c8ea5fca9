"""Out for a while and back, at the Service Centre's desk (R3.1.5, X08-X10, E44)."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from gate.facts import CredentialKind, Decision, EntryFacts, VisitState
from gate.reasons import Verdict
from gate.rules import decide_entry, decide_leave
from server.database import Database
from server.models import Visit
from server.services import (
    audit,
    desk_events,
    exits,
    facts,
    houses,
    own_items,
    settings,
    visits,
)
from server.services.exit_checklist import Checked
from server.services.exits import ExitCheck, Shown
from server.services.keys import Entropy
from server.services.settings import LibrarySettings


def check(database: Database, shown: Shown, *, at: datetime) -> ExitCheck:
    """Whether this reader may go out for a while; changes nothing."""
    with database.reading() as session:
        return exits.judge(session, shown, settings.read(session), at, rule=decide_leave)


def leave(
    database: Database, shown: Shown, *, staff_id: int, at: datetime, entropy: Entropy,
    checked: Checked,
) -> ExitCheck:  # fmt: skip
    """The slip stays at the desk, the reader goes and keeps the visit. The audit log keeps either.

    Refused while reading-room documents are out (X08); what is carried is looked at as on any exit.
    """
    with database.writing() as session:
        library = settings.read(session)
        exits.hold(session, shown)
        found, skipped = exits.checked_off(
            exits.judge(session, shown, library, at, rule=decide_leave), checked
        )
        visit = None if found.visit is None else session.get(Visit, UUID(found.visit.visit_id))
        goes = found.may_go and visit is not None and visit.state is not VisitState.AWAY
        if goes and visit is not None:
            own_items.note_signed(session, visit.id, checked.signed_by, at=at)
            desk_events.tell(session, "left", visit, at=at, entropy=entropy)
            _move(session, visit, VisitState.AWAY, at)
        audit.record(
            session, at=at, actor=f"staff:{staff_id}",
            action="left_for_a_while" if goes else "leave_refused",
            about=("visit", found.visit.visit_id if found.visit else ""),
            details={
                "reasons": found.decision.codes, **exits.overruled(checked, skipped),
                **({"before": "inside", "after": "away"} if goes else {}),
            },
        )  # fmt: skip
        return found


def come_back(
    database: Database, visit_id: UUID, *, staff_id: int, at: datetime, entropy: Entropy
) -> Decision:
    """The reader showed the ticket at the desk: same visit, the slip is handed back (E44).

    Judged like any entry: a ban that began meanwhile keeps out. Raises LookupError for a visit
    that we don't know.
    """
    with database.writing() as session:
        library = settings.read(session).at_branch(houses.of_staff(session, staff_id))
        visit = session.scalar(select(Visit).where(Visit.id == visit_id).with_for_update())
        if visit is None:
            raise LookupError(f"no visit {visit_id}")
        decision = _decide_return(session, visit, library, at)
        before = visit.state
        back = decision.verdict is Verdict.GRANT and before in _OUTSIDE
        if back:
            desk_events.tell(session, "returned", visit, at=at, entropy=entropy)
            visit.branch_code = library.branch_code
            _move(session, visit, VisitState.INSIDE, at)
        audit.record(
            session, at=at, actor=f"staff:{staff_id}",
            action="came_back" if back else "return_refused", about=("visit", str(visit_id)),
            details={"reasons": decision.codes, "before": before, "after": visit.state},
        )  # fmt: skip
        return decision


_OUTSIDE = (VisitState.AWAY, VisitState.EVACUATED)


def _decide_return(
    session: Session, visit: Visit, library: LibrarySettings, at: datetime
) -> Decision:
    """By the ticket; who has none comes back by the slip."""
    by_slip = visit.ticket_id is None
    judged = EntryFacts(
        station=desk_events.DESK_STATION,
        credential=CredentialKind.SLIP_CODE if by_slip else CredentialKind.DESK,
        freshness=facts.fresh(at),
        ticket=facts.of_ticket(session, visit.ticket_id, library, at=at),
        visit=facts.of_visit(session, visit.id),
        building=facts.of_building(session, library, at=at),
        policy=library.policy,
    )
    return decide_entry(judged, at).made_of(judged)


def _move(session: Session, visit: Visit, state: VisitState, at: datetime) -> None:
    visit.state, visit.changed_at = state, at
    session.flush()
    visits.touched(session, visit)
