"""The dialogue of an enrolment: one question after the other, back, forth, and forgotten.

    enrolling = Enrolling(stage, office, photo)
    enrolling.begin()
    enrolling.press(action, value)           # enrol_next, enrol_back, enrol_pick, ...
    enrolling.heard(answer)                  # the desk has it, or could not be reached
    enrolling.end()                          # the person left, or the screen was reset

All in the conductor's thread. What is sent is sent by `office` elsewhere, so that nobody waits.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final, Protocol
from uuid import UUID

from gate.events import (
    PreregistrationAnswer,
    PreregistrationQuery,
    SlipJobState,
    TermsRecord,
    TextRecord,
)
from kiosk.enrolment import screens
from kiosk.enrolment.draft import (
    CHOICES,
    CONSENTS,
    ONE_DAY,
    OPTIONAL,
    TEXTS,
    TYPED,
    Ask,
    Draft,
    fault,
    longest,
)
from kiosk.photo.taking import PhotoTaking
from kiosk.screens import Paper
from kiosk.stage import Stage


@dataclass(frozen=True, slots=True)
class Sent:
    """What became of a preregistration; None where the server was not reached."""

    id: UUID
    answer: PreregistrationAnswer | None


class Office(Protocol):
    """What the dialogue needs of the world."""

    report: Callable[[Sent], None]
    """Hears what became of what was sent; by any thread."""

    def terms(self) -> TermsRecord | None:
        """What enrolment asks and costs today; None while the server is away."""
        ...

    def new_id(self) -> UUID:
        """An id for what begins now."""
        ...

    def send(self, query: PreregistrationQuery) -> None:
        """Send it; the answer comes by `Enrolling.heard`."""
        ...

    def note_photo(self, enrolment: UUID) -> None:
        """Write down that a photo went with this enrolment."""
        ...

    def print_number(self, answer: PreregistrationAnswer) -> UUID | None:
        """Print the queue slip; answers its job, None at a station without a printer."""
        ...

    @property
    def phone(self) -> str:
        """Where the Service Centre answers."""
        ...


class Enrolling:
    """Leads one person after the other through their enrolment."""

    def __init__(
        self, stage: Stage, office: Office | None, photo: PhotoTaking, *, camera: bool
    ) -> None:
        self._stage = stage
        self._office = office
        self._photo = photo
        self._has_camera = camera
        self._draft: Draft | None = None
        self._at = Ask.NEEDS
        self._job: UUID | None = None
        self._presses: Final[dict[str, Callable[[Draft, str], None]]] = {
            "enrol_next": self._next,
            "enrol_back": self._back,
            "enrol_pick": self._pick,
            "enrol_change": self._change,
            "enrol_send": self._send,
        }

    def begin(self) -> None:
        """Somebody wants to join; at a station that enrols nobody, nothing happens."""
        office = self._office
        if office is None:
            return
        terms = office.terms()
        if terms is None:
            self._stage.show(screens.EnrolAway(phone=office.phone))
            return
        self._draft = Draft(office.new_id(), terms)
        self._go(Ask.NEEDS)

    def press(self, action: str, value: str) -> bool:
        """Whether it was one of ours; it does nothing where nobody is enrolling."""
        handler = self._presses.get(action)
        if handler is not None and self._draft is not None:
            handler(self._draft, value)
        return handler is not None

    def end(self) -> None:
        """Forget everything."""
        self._draft = self._job = None

    def heard(self, sent: Sent) -> None:
        """The desk has it, or could not be reached."""
        draft, office = self._draft, self._office
        if draft is None or office is None or draft.id != sent.id:
            return
        if sent.answer is None:
            self._stage.show(screens.EnrolAway(may_retry=True, phone=office.phone))
            return
        child = draft.is_child
        if draft.photo is not None:
            office.note_photo(draft.id)
        self.end()
        self._job = office.print_number(sent.answer)
        paper = Paper.NONE if self._job is None else Paper.COMING
        self._stage.show(screens.EnrolDone(answer=sent.answer, paper=paper, child=child))

    def printed(self, job_id: UUID, state: SlipJobState) -> bool:
        """Whether it was the queue slip; the screen says how far it is."""
        shown = self._stage.shown.screen
        if job_id != self._job or not isinstance(shown, screens.EnrolDone):
            return False
        done = state in (SlipJobState.PRINTED, SlipJobState.UNCERTAIN)
        self._stage.update(replace(shown, paper=Paper.READY if done else Paper.NONE))
        return True

    # --- From question to question -----------------------------------------------------------

    def _next(self, draft: Draft, value: str) -> None:
        ask = self._at
        if ask in TYPED:
            wrong = fault(ask, value, draft.terms.today)
            if wrong is not None:
                again = replace(self._field(draft, ask), value=value, fault=wrong)
                self._stage.update(self._placed(draft, ask, again))
                return
            draft.put(ask, value)
        elif ask in TEXTS or ask is Ask.NEEDS:
            draft.seen.add(ask)
        else:
            return
        self._forward(draft)

    def _pick(self, draft: Draft, value: str) -> None:
        ask = self._at
        if ask is Ask.CATEGORY:
            allowed: tuple[str, ...] = (*(one.category for one in draft.terms.tariffs), ONE_DAY)
        else:
            allowed = ("yes", "no") if ask in CONSENTS else CHOICES.get(ask, ())
        if value not in allowed:
            return
        if (ask, value) == (Ask.CONSENT, "no"):
            refused = replace(self._consent(draft, ask), refused=True)
            self._stage.show(self._placed(draft, ask, refused))
            return
        if (ask, value) == (Ask.GUARDIAN, "alone"):
            self._stage.show(screens.EnrolAlone())
            return
        draft.put(ask, value)
        self._forward(draft)

    def _forward(self, draft: Draft) -> None:
        """To the first question that is open; to the summary once there is none."""
        questions = draft.questions(has_camera=self._has_camera)
        self._go(next((ask for ask in questions if ask not in draft.seen), Ask.SUMMARY))

    def _back(self, draft: Draft, _value: str) -> None:
        """To the question before; from the first one there is only the way out."""
        if isinstance(self._stage.shown.screen, screens.EnrolAlone | screens.EnrolAway):
            self._go(self._at)
            return
        questions = draft.questions(has_camera=self._has_camera)
        place = questions.index(self._at)
        if place:
            self._go(questions[place - 1])

    def _change(self, draft: Draft, value: str) -> None:
        """From the summary to one answer; afterwards the summary comes again."""
        questions = draft.questions(has_camera=self._has_camera)
        if self._at is Ask.SUMMARY and value in questions:
            self._go(Ask(value))

    def _send(self, draft: Draft, _value: str) -> None:
        if self._at is Ask.SUMMARY and self._office is not None:
            self._stage.show(screens.EnrolSending())
            self._office.send(draft.query())

    # --- What is shown -----------------------------------------------------------------------

    def _go(self, ask: Ask) -> None:
        draft = self._draft
        if draft is None:
            return
        self._at = ask
        if ask is Ask.PHOTO:
            self._photo.begin(child=draft.is_child, done=self._photographed, back=self._leave_photo)
            return
        self._stage.show(self._placed(draft, ask, self._screen(draft, ask)))

    def _placed(self, draft: Draft, ask: Ask, screen: screens.EnrolScreen) -> screens.EnrolScreen:
        """The screen, saying how far the enrolment is."""
        questions = draft.questions(has_camera=self._has_camera)
        return replace(screen, step=questions.index(ask) + 1, steps=len(questions))

    def _screen(self, draft: Draft, ask: Ask) -> screens.EnrolScreen:  # noqa: PLR0911 - a table
        if ask in TYPED:
            return self._field(draft, ask)
        if ask in CONSENTS:
            return self._consent(draft, ask)
        match ask:
            case Ask.RULES | Ask.DATA_NOTICE:
                return screens.EnrolText(text=_text(draft, TEXTS[ask]))
            case Ask.CATEGORY:
                terms = draft.terms
                return screens.EnrolCategory(tariffs=terms.tariffs, one_time_fee=terms.one_time_fee)
            case Ask.GUARDIAN | Ask.RESIDENCE:
                chosen = draft.answers.get(ask, "")
                return screens.EnrolChoice(ask=ask, options=CHOICES[ask], chosen=chosen)
            case Ask.SUMMARY:
                return self._summary(draft)
            case _:
                return screens.EnrolNeeds()

    def _field(self, draft: Draft, ask: Ask) -> screens.EnrolField:
        return screens.EnrolField(
            ask=ask,
            value=draft.answers.get(ask, ""),
            longest=longest(ask),
            optional=ask in OPTIONAL,
            child=draft.is_child,
        )

    def _consent(self, draft: Draft, ask: Ask) -> screens.EnrolConsent:
        return screens.EnrolConsent(ask=ask, text=_text(draft, "consent"), child=draft.is_child)

    def _summary(self, draft: Draft) -> screens.EnrolSummary:
        asked = draft.questions(has_camera=self._has_camera)
        told = tuple((ask, draft.answers[ask]) for ask in asked if ask in draft.answers)
        return screens.EnrolSummary(answers=told, has_photo=draft.photo is not None)

    # --- The photo ---------------------------------------------------------------------------

    def _photographed(self, jpeg: bytes | None) -> None:
        draft = self._draft
        if draft is not None:
            draft.photo, draft.photo_asked = jpeg, True
            draft.seen.add(Ask.PHOTO)
            self._forward(draft)

    def _leave_photo(self) -> None:
        if self._draft is not None:
            self._back(self._draft, "")


def _text(draft: Draft, kind: str) -> TextRecord:
    return next(text for text in draft.terms.texts if text.kind == kind)
