"""What somebody sees who enrols at the kiosk."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from gate.applicants import Fault
from gate.events import PreregistrationAnswer, TariffRecord, TextRecord
from kiosk.enrolment.draft import Ask
from kiosk.screens import Hold, Paper, Screen, Tone


@dataclass(frozen=True, slots=True, kw_only=True)
class EnrolScreen(Screen):
    """What the screens of an enrolment have: how far it is."""

    hold: ClassVar[Hold] = Hold.CHOICE
    step: int = 0
    steps: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class EnrolAway(EnrolScreen):
    """The server is away, or was at the end: the desk enrols."""

    name: ClassVar[str] = "enrol_away"
    tone: Tone = Tone.DESK
    may_retry: bool = False
    phone: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class EnrolNeeds(EnrolScreen):
    """What it takes, before anything is asked."""

    name: ClassVar[str] = "enrol_needs"


@dataclass(frozen=True, slots=True, kw_only=True)
class EnrolCategory(EnrolScreen):
    """Who pays what (R2.5)."""

    name: ClassVar[str] = "enrol_category"
    hold: ClassVar[Hold] = Hold.READING
    tariffs: tuple[TariffRecord, ...]
    one_time_fee: int


@dataclass(frozen=True, slots=True, kw_only=True)
class EnrolText(EnrolScreen):
    """Something to read, with its version (R1.2)."""

    name: ClassVar[str] = "enrol_text"
    hold: ClassVar[Hold] = Hold.READING
    text: TextRecord


@dataclass(frozen=True, slots=True, kw_only=True)
class EnrolField(EnrolScreen):
    """One thing to type."""

    name: ClassVar[str] = "enrol_field"
    ask: Ask
    value: str = ""
    fault: Fault | None = None
    longest: int
    optional: bool = False
    child: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class EnrolChoice(EnrolScreen):
    """One of a few."""

    name: ClassVar[str] = "enrol_choice"
    ask: Ask
    options: tuple[str, ...]
    chosen: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class EnrolConsent(EnrolScreen):
    """A yes or a no, neither of them chosen beforehand (R2.2, R5.2.10)."""

    name: ClassVar[str] = "enrol_consent"
    hold: ClassVar[Hold] = Hold.READING
    ask: Ask
    text: TextRecord
    child: bool = False
    refused: bool = False
    """The answer was no, and without it there is no enrolment."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EnrolAlone(EnrolScreen):
    """A child without an adult: come together (R1.4)."""

    name: ClassVar[str] = "enrol_alone"
    tone: Tone = Tone.DESK


@dataclass(frozen=True, slots=True, kw_only=True)
class EnrolSummary(EnrolScreen):
    """Everything that was told, to be looked through once more."""

    name: ClassVar[str] = "enrol_summary"
    hold: ClassVar[Hold] = Hold.READING
    answers: tuple[tuple[Ask, str], ...]
    has_photo: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class EnrolSending(EnrolScreen):
    """It is on its way to the desk."""

    name: ClassVar[str] = "enrol_sending"


@dataclass(frozen=True, slots=True, kw_only=True)
class EnrolDone(EnrolScreen):
    """The number in the Service Centre's queue."""

    name: ClassVar[str] = "enrol_done"
    hold: ClassVar[Hold] = Hold.RESULT
    tone: Tone = Tone.GRANT
    answer: PreregistrationAnswer
    paper: Paper = Paper.COMING
    child: bool = False
