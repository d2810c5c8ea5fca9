"""What a patron may see: one frozen description a screen, without words.

Words, sizes and colours are the templates' business; `name` is the file that draws it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import ClassVar, Final

from gate.facts import Because, Task
from gate.reasons import Verdict
from kiosk.config import Role
from kiosk.entry import NOTHING, Brought


class Hold(StrEnum):
    """How long a screen stays by itself."""

    ALWAYS = "always"
    RESULT = "result"
    CHOICE = "choice"
    READING = "reading"
    """There is something to read first."""


class Tone(StrEnum):
    """Colour and pictogram of the field, and the sound that goes with them."""

    CALM = "calm"
    GRANT = "grant"
    DESK = "desk"
    REFUSE = "refuse"
    ALARM = "alarm"


@dataclass(frozen=True, slots=True, kw_only=True)
class Screen:
    """What all screens have."""

    name: ClassVar[str]
    hold: ClassVar[Hold] = Hold.RESULT
    refuses: ClassVar[bool] = False
    awaits_code: ClassVar[bool] = False
    """Whether it asks for a ticket or a slip to be shown."""
    tone: Tone = Tone.CALM

    @property
    def is_served(self) -> bool:
        """Whether somebody is being helped, so that the same code again asks for nothing new."""
        return not (self.is_idle or self.refuses)

    @property
    def is_idle(self) -> bool:
        """Whether nobody is being served."""
        return self.hold is Hold.ALWAYS


# --- Nobody is being served ------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Away:
    """The station goes by its copy: of when that is, and what it means for readers."""

    as_of: datetime
    today: bool = True
    to_the_desk: bool = False
    """The copy is older than the library's policy lets readers in by (E36)."""
    slips_to_staff: bool = False
    """Its counts of documents are older than the policy lets readers out by (X13)."""
    time_known: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Start(Screen):
    """The invitation: one thing to do."""

    name: ClassVar[str] = "start"
    hold: ClassVar[Hold] = Hold.ALWAYS
    awaits_code: ClassVar[bool] = True
    role: Role
    has_events: bool = False
    open_day: bool = False
    has_cards: bool = False
    may_enrol: bool = False
    may_order: bool = False
    has_resources: bool = False
    has_workplaces: bool = False
    away: Away | None = None
    closes_at: datetime | None = None
    """Set in the last half hour (R3.2.7, R3.2.8)."""
    return_by: datetime | None = None
    """Until then documents are to be returned; None once that is now."""
    rooms_close_at: datetime | None = None
    """When `closing_rooms` do, in the next half hour, while the house stays open."""
    closing_rooms: tuple[tuple[str, str], ...] = ()
    """Departments, each in both languages."""
    notice: str = ""
    """A change of hours that the library announces (R5.1.2)."""
    notice_en: str = ""

    @property
    def services(self) -> tuple[str, ...]:
        """What may be pressed instead of showing a ticket, the most wanted first; not at an exit.

        A small screen shows the first of them, and a way to all.
        """
        offered = {
            "open_day": self.open_day,
            "events": self.has_events,
            "enrol": self.may_enrol,
            "order": self.may_order,
            "topics": self.has_resources,
            "workplace": self.has_workplaces and not self.has_resources,
            "bring": True,
        }
        return tuple(name for name, is_there in offered.items() if is_there and self.role.lets_in)


@dataclass(frozen=True, slots=True, kw_only=True)
class Services(Screen):
    """All that the start screen offers, where it is too small to show it."""

    name: ClassVar[str] = "services"
    hold: ClassVar[Hold] = Hold.CHOICE
    start: Start


@dataclass(frozen=True, slots=True, kw_only=True)
class NotReady(Screen):
    """Neither server nor copy: this station can't decide anything yet."""

    name: ClassVar[str] = "not_ready"
    hold: ClassVar[Hold] = Hold.ALWAYS
    phone: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Unpaired(Screen):
    """No server knows this station yet: a code from the console goes here, or its own there."""

    name: ClassVar[str] = "unpaired"
    hold: ClassVar[Hold] = Hold.ALWAYS
    ask: ClassVar[str] = "pairing"
    """By which the keyboard knows its keys."""
    station: str
    server: str
    code: str = ""
    """The fingerprint of its key, to be typed into the console instead."""
    value: str = ""
    fault: str = ""
    """Why the last try failed: a code of `PairingFailed`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OutOfService(Screen):
    """Something is broken that a patron can't do without."""

    name: ClassVar[str] = "out_of_service"
    hold: ClassVar[Hold] = Hold.ALWAYS
    tone: Tone = Tone.DESK
    phone: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Closed(Screen):
    """The house is shut at this hour. Scanning works: staff come in earlier."""

    name: ClassVar[str] = "closed"
    hold: ClassVar[Hold] = Hold.ALWAYS
    opens_at: datetime | None = None
    """Later today; None where it is not known here when."""
    phone: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Full(Screen):
    """As many people inside as house or hall may hold: the others wait (E32)."""

    name: ClassVar[str] = "full"
    hold: ClassVar[Hold] = Hold.ALWAYS
    tone: Tone = Tone.DESK
    hall: str = ""
    hall_en: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Evacuation(Screen):
    """Fire, or an air raid: where to go."""

    name: ClassVar[str] = "evacuation"
    hold: ClassVar[Hold] = Hold.ALWAYS
    tone: Tone = Tone.ALARM
    because: Because
    nearest_shelter: str = ""
    place: str = ""
    """Where to go: the assembly point, or where the shelter is."""
    counts: bool = False
    """Nobody else counts who goes to the shelter here: people press how many they are."""


SHELTER_GROUPS: Final = ("1", "2", "3", "4")


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheltered(Screen):
    """So many were counted on their way to the shelter."""

    name: ClassVar[str] = "sheltered"
    tone: Tone = Tone.ALARM
    persons: int
    place: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class InCharge(Screen):
    """A member of staff showed their pass in an emergency: what they may do here."""

    name: ClassVar[str] = "in_charge"
    hold: ClassVar[Hold] = Hold.CHOICE
    tone: Tone = Tone.ALARM
    may_reset: bool = False
    """The lane is released or held, and its fire input is quiet."""
    has_printer: bool = False
    printing: bool = False


# --- An answer -------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading(Screen):
    """The code was read; the decision is on its way."""

    name: ClassVar[str] = "reading"


class Paper(StrEnum):
    """How far the slip is."""

    NONE = "none"
    COMING = "coming"
    READY = "ready"
    SAME = "same"
    """The slip that the reader has already."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Greeting(Screen):
    """Come in, and take the slip."""

    name: ClassVar[str] = "greeting"
    tone: Tone = Tone.GRANT
    paper: Paper = Paper.NONE
    reader: str | None = None
    """First name and initial, nothing more."""
    slip_number: str | None = None
    event: str | None = None
    persons: int = 1
    duties: tuple[Task, ...] = ()
    notes: tuple[Because, ...] = ()
    may_declare: bool = False
    may_reprint: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class CodeOnScreen(Screen):
    """No paper came: the slip's code is shown instead (fault 1)."""

    name: ClassVar[str] = "code"
    hold: ClassVar[Hold] = Hold.CHOICE
    tone: Tone = Tone.DESK
    slip_number: str
    code: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PaperUncertain(Screen):
    """Nobody knows how much of the slip is on paper: the person does (fault 2)."""

    name: ClassVar[str] = "uncertain"
    hold: ClassVar[Hold] = Hold.CHOICE
    slip_number: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal(Screen):
    """Not now, and where to go: private, polite, without a name."""

    name: ClassVar[str] = "refusal"
    refuses: ClassVar[bool] = True
    tone: Tone = Tone.DESK
    verdict: Verdict
    because: Because
    others: tuple[Because, ...] = ()
    duties: tuple[Task, ...] = ()
    may_reprint: bool = False
    phone: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Farewell(Screen):
    """Go, with what is to be done on the way."""

    name: ClassVar[str] = "farewell"
    tone: Tone = Tone.GRANT
    duties: tuple[Task, ...] = ()
    persons: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class DepartmentLine:
    """A department that has documents out, named in both languages."""

    name: str
    name_en: str
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class StillOut(Screen):
    """Documents of the reading room first, and in which departments (X02)."""

    name: ClassVar[str] = "still_out"
    refuses: ClassVar[bool] = True
    tone: Tone = Tone.REFUSE
    because: Because
    departments: tuple[DepartmentLine, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class HelpCalled(Screen):
    """Staff were called."""

    name: ClassVar[str] = "help"
    phone: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Technician(Screen):
    """A technician's card was laid: the way to the maintenance page, which `offered` opens once."""

    name: ClassVar[str] = "technician"
    offered: str


# --- A choice --------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Languages(Screen):
    """Every language, named in itself, where there are more than two."""

    name: ClassVar[str] = "languages"
    hold: ClassVar[Hold] = Hold.CHOICE


class Admits(StrEnum):
    """Whether an event takes visitors at this moment."""

    NOW = "now"
    LATER = "later"
    FULL = "full"


@dataclass(frozen=True, slots=True, kw_only=True)
class EventLine:
    """An event of today or of the next days, as the list shows it."""

    event_id: str
    title: str
    title_en: str
    hall: str
    doors_at: datetime
    starts_at: datetime
    ends_at: datetime
    places_left: int | None
    admits: Admits
    other_day: bool = False
    has_queue: bool = False
    """Every place is taken, and one may wait for another's until it begins."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Events(Screen):
    """What is on today, and in the days to come."""

    name: ClassVar[str] = "events"
    hold: ClassVar[Hold] = Hold.CHOICE
    events: tuple[EventLine, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Persons(Screen):
    """How many come to the event; None as event means an open day."""

    name: ClassVar[str] = "persons"
    hold: ClassVar[Hold] = Hold.CHOICE
    event: EventLine | None
    persons: int = 1
    most: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Belongings(Screen):
    """What and whom somebody brings along (R3.1.3)."""

    name: ClassVar[str] = "belongings"
    hold: ClassVar[Hold] = Hold.CHOICE
    brought: Brought = NOTHING
    after_entry: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ShowTicket(Screen):
    """The invitation once more, with what was declared."""

    name: ClassVar[str] = "show_ticket"
    hold: ClassVar[Hold] = Hold.CHOICE
    awaits_code: ClassVar[bool] = True
    brought: Brought
