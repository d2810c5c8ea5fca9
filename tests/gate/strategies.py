"""Any facts at all, for what must hold of every decision."""

from dataclasses import fields
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from hypothesis import strategies as st

from gate import facts as f
from gate.reasons import Verdict

KYIV = ZoneInfo("Europe/Kyiv")
Fact = TypeVar("Fact")
_NOW = datetime(2026, 1, 31, 22, 0, tzinfo=UTC)


def every(kind: type[Fact], **known: st.SearchStrategy[Any]) -> st.SearchStrategy[Fact]:
    """Facts with any value in every field, those with a default too."""
    wanted: dict[str, Any] = {field.name: known.get(field.name, ...) for field in fields(kind)}  # type: ignore[arg-type]
    return st.builds(kind, **wanted)


instants = st.one_of(
    st.timedeltas(-timedelta(days=400), timedelta(days=400)).map(lambda delta: _NOW + delta),
    st.sampled_from([_NOW, datetime(1970, 1, 1, tzinfo=UTC)]),
    st.integers(-60_000_000_000, 250_000_000_000).map(
        lambda s: datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=s)
    ),
)
days = st.one_of(
    st.dates(),
    instants.map(datetime.date),
    st.integers(-2, 2).map(lambda n: _NOW.date() + timedelta(n)),
)
counts = st.integers(-1, 30)
spans = st.timedeltas(-timedelta(days=2), timedelta(days=2)) | st.just(timedelta.max)
names = st.sampled_from(["K1", "K2", "lecture", "5", ""])
bans = every(f.Ban, since=instants, until=st.none() | instants)
claims = every(
    f.TicketClaims,
    ticket_id=names,
    issued=instants,
    expires=instants,
    scope=names,
    registered_for=st.integers(2020, 2030),
)
tickets = every(
    f.TicketFacts,
    ticket_id=names,
    valid_from=days,
    valid_until=days,
    registered_for=st.integers(2023, 2027),
    ban=st.none() | bans,
    consent_missing_until=st.none() | days,
    document_to_renew_from=st.none() | days,
    agreement_until=st.none() | days,
    overdue_loans=counts,
    display_name=st.none() | names,
    number=names,
)
own_items = every(f.OwnItem, count=counts, approved_by=st.none() | names)
owed = every(f.DepartmentCount, department=names, count=counts)
visits = every(
    f.VisitFacts,
    visit_id=names,
    slip_number=names,
    station=names,
    opened_at=instants,
    closed_at=st.none() | instants,
    ticket_id=st.none() | names,
    event_id=st.none() | names,
    persons=counts,
    reading_room=st.lists(every(f.DepartmentCount, department=names, count=counts), max_size=3).map(
        tuple
    ),
    home_today=counts,
    marks=counts,
    own_items=st.lists(own_items, max_size=3).map(tuple),
    loans_as_of=st.none() | instants,
)
events = every(
    f.EventFacts,
    event_id=names,
    opens_at=instants,
    ends_at=instants,
    places_left=st.none() | counts,
)
buildings = every(
    f.BuildingFacts,
    opens_at=st.none() | instants,
    closes_at=st.none() | instants,
    inside=counts,
    limit=st.none() | counts,
    emergency=st.sampled_from([f.Emergency.NONE] * 4 + list(f.Emergency)),
)
freshness = every(f.Freshness, as_of=instants)
policies = every(
    f.Policy,
    timezone=st.sampled_from([UTC, KYIV]),
    grace_until_month_day=st.tuples(st.integers(1, 12), st.integers(1, 31)),
    expires_soon_days=st.integers(-1, 400),
    closing_soon=spans,
    return_before_closing=spans,
    stack_stops_before_closing=spans,
    copy_max_age=spans,
    loan_counts_max_age=spans,
    exit_on_old_counts=st.sampled_from([Verdict.DESK, Verdict.GRANT]),
    reading_room_limit=counts,
    home_limit=counts,
    home_loan_days=counts,
    short_loan_days=counts,
    shelf_days=counts,
    shelf_extension_days=counts,
)
entries = every(
    f.EntryFacts,
    station=names,
    credential=st.none() | st.sampled_from(f.CredentialKind),
    freshness=freshness,
    check=st.sampled_from([f.CodeCheck.GOOD] * 4 + list(f.CodeCheck)),
    claims=st.none() | claims,
    ticket=st.none() | tickets,
    visit=st.none() | visits,
    event=st.none() | events,
    persons=counts,
    own_items=st.lists(own_items, max_size=3).map(tuple),
    building=buildings,
    policy=policies,
)
exits = every(
    f.ExitFacts,
    station=names,
    credential=st.none() | st.sampled_from(f.CredentialKind),
    freshness=freshness,
    check=st.sampled_from([f.CodeCheck.GOOD] * 4 + list(f.CodeCheck)),
    visit=st.none() | visits,
    carried_not_lent=counts,
    building=buildings,
    policy=policies,
)
services = every(
    f.ServiceFacts,
    freshness=freshness,
    visit=st.none() | visits,
    ticket=st.none() | tickets,
    reading_room_out=counts,
    home_out=counts,
    building=buildings,
    policy=policies,
)
