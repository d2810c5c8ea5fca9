"""What the library itself decides: names, hours, limits and terms, kept in the database.

Every field is one row of `setting`; a field without a row has its default. A revision counts up
with every change, so that whoever holds the settings notices by comparing one number.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Annotated, Any, Self
from zoneinfo import ZoneInfo

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    model_validator,
)
from sqlalchemy import select
from sqlalchemy.orm import Session

from gate import calendar
from gate.calendar import MINUTES_A_DAY, Calendar, OpenHours, SpecialDays
from gate.facts import Emergency, InsideAgain, OldCopy, Policy
from gate.reasons import Verdict
from server.database import Database
from server.models import Category, Setting, SettingsRevision
from server.services import audit, changes, houses
from server.services.houses import Hours, House, MinuteOfDay

_NO_SETTINGS = {"special", "branches", "branch"}


class FirstStep(StrEnum):
    """A step of the first run, in the order in which a new library is led through them."""

    LIBRARY = "library"
    BRANCHES = "branches"
    DEPARTMENTS = "departments"
    HOURS = "hours"
    TARIFFS = "tariffs"
    STAFF = "staff"
    STATION = "station"
    SCAN = "scan"


def _known_zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (LookupError, ValueError, OSError):
        raise ValueError(f"no such time zone: {name}") from None
    return name


def _day_of_year(value: tuple[int, int]) -> tuple[int, int]:
    date(2024, *value)
    return value


Minutes = Annotated[int, Field(ge=0, le=MINUTES_A_DAY)]
Months = Annotated[int, Field(ge=0, le=600)]
Limit = Annotated[int, Field(ge=0, le=1000)]
Kopiykas = Annotated[int, Field(ge=0, le=10_000_000)]
Text = Annotated[str, Field(max_length=200)]
Name = Annotated[str, Field(min_length=1, max_length=200)]


class LibrarySettings(BaseModel):
    """All settings with their defaults, which follow the rules of use."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    # The house
    library_name: Name = "Бібліотека"
    library_name_en: Text = "Library"
    city: Text = ""
    """Who is registered in it takes documents home (R2.7)."""
    service_centre_phone: Text = ""
    timezone: Annotated[str, AfterValidator(_known_zone)] = "Europe/Kyiv"
    hours: Annotated[tuple[Hours | None, ...], Field(min_length=7, max_length=7)] = (
        *(5 * [Hours(opens=9 * 60, closes=19 * 60)]),
        *(2 * [Hours(opens=10 * 60, closes=18 * 60)]),
    )
    """Monday to Sunday; None is a day off (R5.1.2)."""
    building_limit: Annotated[int, Field(ge=1)] | None = None
    emergency: Emergency = Emergency.NONE
    """In the library's own building; branches have theirs."""
    has_shelter: bool = False
    nearest_shelter: Text = ""
    assembly_point: Text = ""
    """Where everybody gathers after a fire alarm."""
    shelter_place: Text = ""
    """Where in the building the shelter is."""
    alarm_token_hash: Annotated[str, Field(max_length=64)] = ""
    """SHA-256 (hex) of what an alarm system must send along (`server alarm-token`)."""
    # Who may come in
    grace_until_month_day: Annotated[tuple[int, int], AfterValidator(_day_of_year)] = (1, 31)
    expires_soon_days: Limit = 30
    closing_soon_min: Minutes = 15
    copy_max_age_hours: Annotated[int, Field(ge=1)] = 24
    old_copy: OldCopy = OldCopy.ADMIT
    inside_again: InsideAgain = InsideAgain.HARD
    inside_again_min: Minutes = 30
    """How long after the entry a timed one keeps out."""
    # Who may go out
    loan_counts_max_age_s: Annotated[int, Field(ge=0)] = 60
    exit_on_old_counts: Verdict = Verdict.DESK
    # Lending
    reading_room_limit: Limit = 10
    home_limit: Limit = 10
    home_days: Annotated[int, Field(ge=1, le=365)] = 30
    home_days_short: Annotated[int, Field(ge=1, le=365)] = 15
    """Term of high demand and periodicals (R3.2.3)."""
    overdue_blocks_home_loans: bool = True
    return_before_closing_min: Minutes = 15
    stack_stops_before_closing_min: Minutes = 30
    # Enrolment
    ticket_years: Annotated[int, Field(ge=1, le=20)] = 5
    """Term of a permanent ticket, if it is registered anew each year (R2.3.1)."""
    guarantee_below_age: Annotated[int, Field(ge=0, le=18)] = 0
    """Below this age nobody gets a permanent ticket without a guarantee (R1.5); 0: never asked."""
    preregistration_days: Annotated[int, Field(ge=1, le=30)] = 3
    """How long the desk keeps what was begun at a kiosk; then it is erased."""
    fee_full: Kopiykas = 5000
    fee_reduced: Kopiykas = 2500
    fee_one_time: Kopiykas = 1000
    fee_duplicate: Kopiykas = 2500
    free_categories: tuple[Category, ...] = (
        Category.DISABLED, Category.VETERAN, Category.COMBATANT, Category.CONSCRIPT,
        Category.CHORNOBYL, Category.LARGE_FAMILY, Category.ORPHAN, Category.LIBRARIAN,
        Category.HONORARY,
    )  # fmt: skip
    """Pay nothing, on showing a certificate (R2.5)."""
    reduced_categories: tuple[Category, ...] = (
        Category.STUDENT, Category.PUPIL, Category.PENSIONER, Category.DISABLED_THIRD,
    )  # fmt: skip
    """Pay the reduced fee, on showing a certificate (R2.5.1)."""
    # Letters that remind readers
    notices_from: MinuteOfDay = 9 * 60
    """Before this time of day and from the next one on no letter goes out."""
    notices_until: MinuteOfDay = 20 * 60
    due_notice_days: Annotated[int, Field(ge=0, le=30)] = 3
    """So long before the last day at home; 0: no such letters."""
    overdue_notice_every_days: Annotated[int, Field(ge=0, le=90)] = 7
    """How often who is late is written to (R5.2.7); 0: never."""
    expiry_notice_days: Annotated[int, Field(ge=0, le=90)] = 30
    event_notice_hours: Annotated[int, Field(ge=0, le=168)] = 24
    season_notices: bool = True
    hold_notices: bool = True
    # How long what is kept
    keep_visits_months: Months = 36
    """Then a visit belongs to nobody and goes on counting (R5.2.10); 0 everywhere: for ever."""
    keep_loans_months: Months = 36
    keep_station_events_months: Months = 12
    keep_mail_months: Months = 6
    keep_requests_months: Months = 12
    keep_signups_months: Months = 12
    keep_bookings_months: Months = 3
    keep_photos_months: Months = 12
    """After the last ticket ended."""
    keep_papers_months: Months = 36
    keep_imports_months: Months = 3
    keep_complaints_months: Months = 60
    keep_data_requests_months: Months = 36
    # The information centre
    booking_days: Annotated[int, Field(ge=0, le=60)] = 7
    """How many days ahead its computers are booked; 0: today alone."""
    booking_grace_min: Annotated[int, Field(ge=1, le=120)] = 15
    """How long a booked one waits for whoever booked it; then it is free."""
    # Events
    reservation_ttl_s: Annotated[int, Field(ge=10, le=3600)] = 120
    # From the calendar, not of these settings
    special: Annotated[tuple[SpecialDays, ...], Field(exclude=True)] = ()
    """Days of the whole library that differ from their week, the later rule last."""
    branches: Annotated[tuple[House, ...], Field(exclude=True)] = ()
    branch: Annotated[House | None, Field(exclude=True)] = None
    """The building of whose these settings are; None: the library's own, or the only one."""
    # The system's own
    first_run: tuple[FirstStep, ...] = ()
    """Steps that somebody looked at and went on from, see server.services.first_run."""
    epoch: str = ""
    """Made with the database, and anew when it was restored from a backup."""

    @model_validator(mode="after")
    def _a_time_for_letters(self) -> Self:
        if self.notices_from >= self.notices_until:
            raise ValueError("letters_never")
        return self

    @property
    def zone(self) -> ZoneInfo:
        """The library's time zone."""
        return ZoneInfo(self.timezone)

    @property
    def policy(self) -> Policy:
        """The settings as the rules read them."""
        return Policy(
            timezone=self.zone,
            grace_until_month_day=self.grace_until_month_day,
            expires_soon_days=self.expires_soon_days,
            closing_soon=timedelta(minutes=self.closing_soon_min),
            return_before_closing=timedelta(minutes=self.return_before_closing_min),
            stack_stops_before_closing=timedelta(minutes=self.stack_stops_before_closing_min),
            copy_max_age=timedelta(hours=self.copy_max_age_hours),
            old_copy=self.old_copy,
            inside_again=self.inside_again,
            inside_again_after=timedelta(minutes=self.inside_again_min),
            loan_counts_max_age=timedelta(seconds=self.loan_counts_max_age_s),
            exit_on_old_counts=self.exit_on_old_counts,
            reading_room_limit=self.reading_room_limit,
            home_limit=self.home_limit,
            overdue_blocks_home_loans=self.overdue_blocks_home_loans,
        )

    def day(self, at: datetime) -> date:
        """The library's calendar day of an instant."""
        return at.astimezone(self.zone).date()

    @property
    def week(self) -> tuple[OpenHours | None, ...]:
        """Hours from Monday to Sunday, as the rules read them."""
        return tuple(None if hours is None else hours.open for hours in self.hours)

    @property
    def calendar(self) -> Calendar:
        """When the house is open."""
        return Calendar(week=self.week, special=self.special)

    def hours_on(self, day: date) -> OpenHours | None:
        """Hours of a day; None where the house stays closed."""
        return self.calendar.hours_on(day)

    def is_closed(self, day: date) -> bool:
        """Whether the library stays closed all day."""
        return self.hours_on(day) is None

    def is_open_day(self, day: date) -> bool:
        """Whether anybody may come in with a slip and without a ticket (E34)."""
        return calendar.is_open_day(day, self.special)

    def opening(self, day: date) -> tuple[datetime, datetime] | None:
        """First and last instant of a day's opening in UTC; None on a closed day."""
        return self.calendar.opening(day, self.zone)

    def doors(self, day: date) -> tuple[datetime, datetime] | None:
        """When a day's doors open and close in UTC; midnight alone closes none."""
        return self.calendar.doors(day, self.zone)

    def next_open_day(self, day: date) -> date:
        """The day itself, or the first open one after it; after a year, the day itself."""
        return self.calendar.next_open_day(day)

    def name_in(self, language: str) -> str:
        """The library's name in a language, as far as it has one."""
        return (self.library_name_en if language == "en" else "") or self.library_name

    def at_branch(self, code: str | None) -> Self:
        """The settings as they hold in one of the buildings: its name, hours, days and places."""
        found = next((each for each in self.branches if each.code == code), None)
        if found is None:
            return self
        return self.model_copy(update={
            "branch": found,
            "library_name": f"{self.library_name}. {found.name}",
            "library_name_en": f"{self.library_name_en}. {found.name_en or found.name}",
            "service_centre_phone": found.phone or self.service_centre_phone,
            "hours": found.hours or self.hours,
            "special": (*self.special, *found.special),
            "building_limit": found.capacity,
            "emergency": found.emergency,
            "has_shelter": found.has_shelter,
            "shelter_place": found.shelter_place,
            "nearest_shelter": found.nearest_shelter,
            "assembly_point": found.assembly_point,
        })  # fmt: skip

    def at_station(self, code: str) -> Self:
        """The settings as they hold where a station stands."""
        here = (each.code for each in self.branches if code in each.stations)
        return self.at_branch(next(here, None))

    @property
    def branch_code(self) -> str | None:
        """Of the building of whose these settings are; None: the library's own, or the only one."""
        return None if self.branch is None else self.branch.code

    @property
    def has_limit(self) -> bool:
        """Whether any of the buildings holds no more than so many persons (E32)."""
        limits = (self.building_limit, *(each.capacity for each in self.branches))
        return any(limit is not None for limit in limits)

    @property
    def is_alarmed(self) -> bool:
        """Whether there is an emergency in any of the buildings."""
        elsewhere = (each.emergency for each in self.branches)
        return any(kind is not Emergency.NONE for kind in (self.emergency, *elsewhere))


@dataclass(frozen=True, slots=True)
class Revised:
    """Settings with the revision at which they were read."""

    revision: int
    settings: LibrarySettings


def read(session: Session) -> LibrarySettings:
    """All settings, as they are now. A row that nobody knows any more is passed over."""
    rows = session.execute(select(Setting.key, Setting.value))
    known = LibrarySettings.model_fields.keys() - _NO_SETTINGS
    kept = {key: value for key, value in rows if key in known}
    special = houses.special(session)
    return LibrarySettings(
        **kept,
        special=tuple(special.get(None, ())),
        branches=houses.branches(session, special),
    )


def read_revised(session: Session) -> Revised:
    """The settings with their revision, read first: a change in between is noticed later."""
    revision = session.scalar(select(SettingsRevision.revision)) or 0
    return Revised(revision=revision, settings=read(session))


def change(
    database: Database, values: Mapping[str, Any], *, actor: str, at: datetime
) -> LibrarySettings:
    """Change settings, with before and after in the audit log; stations hear of it.

    Raises pydantic.ValidationError for a value or name that can't be, and changes nothing then.
    """
    with database.writing() as session:
        return put(session, values, actor=actor, at=at)


def put(
    session: Session, values: Mapping[str, Any], *, actor: str, at: datetime
) -> LibrarySettings:
    """Change settings within a transaction; see `change`."""
    present = read(session)
    before = present.model_dump(mode="json")
    after = LibrarySettings(
        **{**before, **values}, special=present.special, branches=present.branches
    )
    new = after.model_dump(mode="json")
    for key in sorted(key for key in new if new[key] != before[key]):
        session.merge(Setting(key=key, value=new[key], changed_at=at))
        audit.record(
            session, at=at, actor=actor, action="setting_changed", about=("setting", key),
            details={"before": before[key], "after": new[key]},
        )  # fmt: skip
    note_changed(session)
    return after


def note_changed(session: Session) -> None:
    """Let this and other servers read settings and houses anew, and tell stations."""
    bump(session)
    changes.note_building(session)


def bump(session: Session) -> None:
    """Let everybody who holds settings or keys notice that they changed."""
    counter = session.get(SettingsRevision, 1) or SettingsRevision(id=1, revision=0)
    counter.revision += 1
    session.add(counter)
