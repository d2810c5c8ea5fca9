"""What one person has told so far, and which questions are still open. Pure: no stage, no clock."""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Final
from uuid import UUID

from gate.applicants import (
    AGE_OF_OWN_RIGHT,
    Fault,
    birth_fault,
    email_fault,
    is_below,
    name_fault,
    phone_fault,
    read_day,
    tidy,
    tidy_name,
)
from gate.events import GuardianRecord, PreregistrationQuery, TermsRecord
from gate.kinds import TicketKind

ONE_DAY: Final = "one_day"
"""In the list of categories: a ticket of one day, for anybody."""
RESIDENCES: Final = ("city", "temporary", "displaced", "elsewhere")
GUARDIANS: Final = ("parent", "guardian")
PURPOSES: Final = ("enrolment", "notices", "interests")
"""What is asked here; the photo asks for itself."""


class Ask(StrEnum):
    """One question, or one thing to read, in the order of the rules (R2.2)."""

    NEEDS = "needs"
    CATEGORY = "category"
    RULES = "rules"
    DATA_NOTICE = "data_notice"
    SURNAME = "surname"
    GIVEN_NAME = "given_name"
    PATRONYMIC = "patronymic"
    BIRTH_DATE = "birth_date"
    GUARDIAN = "guardian"
    GUARDIAN_NAME = "guardian_name"
    GUARDIAN_PHONE = "guardian_phone"
    RESIDENCE = "residence"
    ADDRESS = "address"
    PHONE = "phone"
    EMAIL = "email"
    CONSENT = "consent"
    NOTICES = "notices"
    INTERESTS = "interests"
    PHOTO = "photo"
    SUMMARY = "summary"


TEXTS: Final = {Ask.RULES: "rules", Ask.DATA_NOTICE: "data_notice"}
TYPED: Final = (
    Ask.SURNAME, Ask.GIVEN_NAME, Ask.PATRONYMIC, Ask.BIRTH_DATE, Ask.GUARDIAN_NAME,
    Ask.GUARDIAN_PHONE, Ask.ADDRESS, Ask.PHONE, Ask.EMAIL,
)  # fmt: skip
CHOICES: Final = {Ask.RESIDENCE: RESIDENCES, Ask.GUARDIAN: (*GUARDIANS, "alone")}
CONSENTS: Final = {
    Ask.CONSENT: "enrolment", Ask.NOTICES: "notices", Ask.INTERESTS: "interests",
}  # fmt: skip
OPTIONAL: Final = (Ask.PATRONYMIC, Ask.GUARDIAN_PHONE, Ask.ADDRESS, Ask.EMAIL)
LONGEST: Final = {Ask.ADDRESS: 200, Ask.EMAIL: 100, Ask.PHONE: 30, Ask.GUARDIAN_PHONE: 30}
_USUALLY_LONGEST: Final = 60
_NAMES: Final = (Ask.SURNAME, Ask.GIVEN_NAME, Ask.PATRONYMIC)


def longest(ask: Ask) -> int:
    """How many signs an answer may have."""
    return LONGEST.get(ask, _USUALLY_LONGEST)


def tidied(ask: Ask, value: str) -> str:
    """An answer as it is kept."""
    return tidy_name(value) if ask in (*_NAMES, Ask.GUARDIAN_NAME) else tidy(value)


def fault(ask: Ask, value: str, today: date) -> Fault | None:
    """What is wrong with an answer; the same rules hold at the desk."""
    text = tidied(ask, value)
    if not text:
        return None if ask in OPTIONAL else Fault.EMPTY
    if len(text) > longest(ask):
        return Fault.TOO_LONG
    return _CHECKS.get(ask, name_fault)(text) if ask is not Ask.BIRTH_DATE else _day(text, today)


def _day(text: str, today: date) -> Fault | None:
    born = read_day(text)
    return Fault.NOT_A_DAY if born is None else birth_fault(born, today)


_CHECKS: Final[dict[Ask, Callable[[str], Fault | None]]] = {
    Ask.PHONE: phone_fault,
    Ask.GUARDIAN_PHONE: phone_fault,
    Ask.EMAIL: email_fault,
    Ask.ADDRESS: lambda _: None,
}


@dataclass(slots=True)
class Draft:
    """Everything that one person told; nothing of it outlives their screen."""

    id: UUID
    terms: TermsRecord
    answers: dict[Ask, str] = field(default_factory=dict)
    seen: set[Ask] = field(default_factory=set)
    """Answered or read; an optional question may be answered with nothing."""
    photo: bytes | None = None
    photo_asked: bool = False

    @property
    def kind(self) -> TicketKind:
        """The ticket that was chosen."""
        one_day = self.answers.get(Ask.CATEGORY) == ONE_DAY
        return TicketKind.ONE_TIME if one_day else TicketKind.PERMANENT

    @property
    def born(self) -> date | None:
        """The birthday, once it is known."""
        return read_day(self.answers.get(Ask.BIRTH_DATE, ""))

    @property
    def is_child(self) -> bool:
        """Whether a parent or guardian must consent (R1.4)."""
        return self.born is not None and is_below(self.born, AGE_OF_OWN_RIGHT, self.terms.today)

    def questions(self, *, has_camera: bool) -> tuple[Ask, ...]:
        """All that this person is asked, in order."""
        return tuple(self._questions(has_camera=has_camera))

    def _questions(self, *, has_camera: bool) -> Iterator[Ask]:
        for ask in Ask:
            of_guardian = ask in (Ask.GUARDIAN, Ask.GUARDIAN_NAME, Ask.GUARDIAN_PHONE)
            if of_guardian and not self.is_child:
                continue
            if ask is Ask.PHOTO and not (has_camera and self.kind is TicketKind.PERMANENT):
                continue
            yield ask

    def put(self, ask: Ask, value: str) -> None:
        """Keep an answer."""
        self.answers[ask] = tidied(ask, value) if ask in TYPED else value
        self.seen.add(ask)

    def query(self) -> PreregistrationQuery:
        """What is sent to the desk. Raises LookupError while something is missing."""
        answers, born = self.answers, self.born
        if born is None:
            raise LookupError("no birthday")
        return PreregistrationQuery(
            id=self.id,
            kind=self.kind,
            category="adult" if self.kind is TicketKind.ONE_TIME else answers[Ask.CATEGORY],
            surname=answers[Ask.SURNAME],
            given_name=answers[Ask.GIVEN_NAME],
            patronymic=answers.get(Ask.PATRONYMIC, ""),
            birth_date=born,
            residence=answers[Ask.RESIDENCE],
            address=answers.get(Ask.ADDRESS, ""),
            phone=answers[Ask.PHONE],
            email=answers.get(Ask.EMAIL, ""),
            guardian=self._guardian(),
            consents=self._consents(),
            texts={text.kind: text.version for text in self.terms.texts},
            photo="" if self.photo is None else base64.b64encode(self.photo).decode("ascii"),
        )

    def _guardian(self) -> GuardianRecord | None:
        if not self.is_child:
            return None
        return GuardianRecord(
            kind="parent" if self.answers[Ask.GUARDIAN] == "parent" else "guardian",
            name=self.answers[Ask.GUARDIAN_NAME],
            phone=self.answers.get(Ask.GUARDIAN_PHONE, ""),
        )

    def _consents(self) -> dict[str, bool]:
        given = {CONSENTS[ask]: self.answers.get(ask) == "yes" for ask in CONSENTS}
        return {**given, "photo": self.photo is not None} if self.photo_asked else given
