"""The dialogue with the person at the station: from what they show or press to what they see."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final
from uuid import UUID

from gate.events import HelpCalled, SlipJobState
from gate.facts import OwnItemKind, Task
from gate.passage import Way
from gate.reasons import Duty
from gate.scans import ScanKind, Scanned, classify
from kiosk import answers, screens, slips
from kiosk.admission import Entered
from kiosk.booking import Booking
from kiosk.catalogue import Catalogue
from kiosk.config import Role
from kiosk.credentials import read_card, read_code
from kiosk.departure import Departed, WayOut
from kiosk.enrolment.enrolling import Enrolling, Office, Sent
from kiosk.entry import NOTHING, Brought, Entrance
from kiosk.front import Front
from kiosk.journal import new_id
from kiosk.knowledge import NothingKnown
from kiosk.messages import PhotoChanged
from kiosk.ordering import Ordering
from kiosk.passages import LaneKeeper, Passages
from kiosk.photo.booth import PhotoBooth
from kiosk.photo.taking import PhotoTaking
from kiosk.premises import Premises
from kiosk.printing import Paper as PrintedPaper
from kiosk.printing import PrintReport
from kiosk.screens import Paper
from kiosk.seating import Seating
from kiosk.signing import Signing
from kiosk.stage import Ease, Stage
from kiosk.store.jobs import Job

_GROUP_MOST: Final = 30
_DOCUMENTS_MOST: Final = 20
_CHILDREN_MOST: Final = 9
_NOT_ON_PAPER: Final = (SlipJobState.PENDING, SlipJobState.FAILED)


@dataclass(slots=True)
class Session:
    """What the station remembers of the person before it; forgotten with the screen."""

    brought: Brought = NOTHING
    event_id: str | None = None
    visit_id: UUID | None = None
    job: Job | None = None
    greeting: screens.Greeting | None = None


@dataclass(slots=True, kw_only=True)
class Hands:
    """What else the station can set in motion."""

    print_soon: Callable[[], None] = lambda: None
    print_paper: Callable[[PrintedPaper], None] | None = None
    """Prints what is nobody's slip; None where there is no printer."""
    lane: LaneKeeper | None = None
    booth: PhotoBooth | None = None
    office: Office | None = None
    """None at a station that enrols nobody."""
    leaving: dict[UUID, bool] = field(default_factory=dict)
    """Who was let out and has not passed yet, and whether the slip stayed here."""


class Service:
    """Serves one person after the other; every method is called by the conductor's thread."""

    def __init__(self, premises: Premises, stage: Stage, front: Front, hands: Hands) -> None:
        self._premises = premises
        self._stage = stage
        self._front = front
        self._hands = hands
        self._entrance = Entrance(premises)
        self._way_out = WayOut(premises)
        self._passages = Passages(premises)
        self._session = Session()
        self.photo = PhotoTaking(hands.booth, stage, premises.database.reserve.allows_photos)
        camera = hands.booth is not None
        self.enrolling = Enrolling(stage, hands.office, self.photo, camera=camera)
        self.signing = Signing(premises, stage)
        self.ordering = Ordering(premises, stage, lambda: hands.print_paper)
        self.seating = Seating(premises, stage)
        self.booking = Booking(premises, stage, lambda: hands.print_paper)
        self._before: screens.Screen = front.home()
        self._presses: dict[str, Callable[[str], None]] = {
            "cancel": lambda _: self.go_home(),
            "more_time": lambda _: self._stage.give_time(),
            "language": self._speak,
            "languages": lambda _: self._ask_language(),
            "ease": self._ease,
            "stay": lambda _: self._stage.stay(),
            "enrol": lambda _: self.enrolling.begin(),
            "help": lambda _: self._call_help(),
            "services": lambda _: self._show_services(),
            "events": lambda _: self._stage.show(screens.Events(events=self._front.all_events())),
            "choose": self._choose_event,
            "order": lambda _: self.ordering.begin(),
            "order_find": self._find,
            "order_pick": self.ordering.choose,
            **Catalogue(front, stage).presses,
            "workplace": lambda _: self.seating.begin(),
            "workplace_leave": lambda _: self._serve(self.seating.leave),
            **self.booking.presses,
            "sign_off": lambda _: self._serve(self.signing.cancel),
            "queue": lambda _: self._serve(self.signing.wait),
            "open_day": lambda _: self._ask_persons(None, _GROUP_MOST),
            "persons": self._change_persons,
            "take": lambda _: self._take_places(),
            "bring": lambda _: self._ask_belongings(),
            "belongings": self._change_belongings,
            "ready": lambda _: self._keep_belongings(),
            "reprint": lambda _: self._reprint(),
            "shelter": self._count_in_shelter,
            "got_it": lambda _: self._greet_again(Paper.READY),
        }

    # --- Coming and going --------------------------------------------------------------------

    def go_home(self) -> None:
        """Forget the person, show what is shown to nobody."""
        self.photo.end()
        self.enrolling.end()
        self.signing.end()
        self.ordering.end()
        self.seating.end()
        self.booking.end()
        self._session = Session()
        self._before = self._front.home()
        self._stage.show(self._before)

    def renew_home(self, home: screens.Screen) -> None:
        """Put news into the idle screen: whoever is about to press something on it still may."""
        self._before = home
        self._stage.renew(home)

    def scan(self, data: bytes, at: datetime) -> None:
        """A code was shown."""
        scanned = classify(data)
        asked = self._asked
        if asked is not None:
            asker = read_code(data, self._premises.keys.ring(), at)
            self._serve(lambda: asked.take(asker))
        elif self._goes_out(scanned, data, at):
            self._serve(lambda: self._depart(self._way_out.scan(data, at), at))
        elif self.signing.waits:
            shown = read_code(data, self._premises.keys.ring(), at)
            self._serve(lambda: self.signing.take(shown))
        else:
            session = self._session
            self._serve(
                lambda: self._enter(
                    self._entrance.scan(data, at, session.brought, session.event_id), at
                )
            )

    def card(self, uid: bytes, at: datetime) -> None:
        """A card was laid on the reader."""
        asked = self._asked
        if self._front.role is Role.EXIT:
            self._serve(lambda: self._depart(self._way_out.card(uid, at), at))
        elif self.signing.waits:
            self._serve(lambda: self.signing.take(read_card(uid)))
        elif asked is not None:
            self._serve(lambda: asked.take(read_card(uid)))
        else:
            session = self._session
            self._serve(
                lambda: self._enter(
                    self._entrance.card(uid, at, session.brought, session.event_id), at
                )
            )

    @property
    def _asked(self) -> Ordering | Seating | Booking | None:
        """Who waits for a ticket or a slip, whichever is shown."""
        askers = (self.ordering, self.seating, self.booking)
        return next((one for one in askers if one.waits), None)

    def press(self, action: str, value: str) -> None:
        """Something was pressed; what is no action of ours does nothing."""
        handler = self._presses.get(action)
        if handler is not None:
            handler(value)
        elif not self.photo.press(action):
            self.enrolling.press(action, value)

    def hear(self, news: PhotoChanged | PrintReport | Sent) -> None:
        """Something that was begun for the person has got on."""
        if isinstance(news, PhotoChanged):
            self.photo.changed()
        elif isinstance(news, Sent):
            self.enrolling.heard(news)
            self._hands.print_soon()
        else:
            self._printed(news)

    def _ease(self, what: str) -> None:
        if what in set(Ease):
            self._stage.ease(Ease(what))

    def _ask_language(self) -> None:
        self._before = self._stage.shown.screen
        self._stage.show(screens.Languages())

    def _speak(self, language: str) -> None:
        """Say it in this language; after the list of languages, what was shown before it."""
        self._stage.speak(language)
        if isinstance(self._stage.shown.screen, screens.Languages):
            self._stage.show(self._before)
            self._stage.speak(language)

    def _show_services(self) -> None:
        home = self._front.home()
        if isinstance(home, screens.Start):
            self._stage.show(screens.Services(start=home))

    def _printed(self, report: PrintReport) -> None:
        """A slip came out, or did not."""
        if self.enrolling.printed(report.job_id, report.state):
            return
        job = self._session.job
        if job is None or job.job_id != report.job_id:
            return
        if report.state is SlipJobState.PRINTED:
            self._greet_again(Paper.READY)
        elif report.state is SlipJobState.UNCERTAIN:
            self._stage.show(screens.PaperUncertain(slip_number=job.slip_number))
        elif report.state in _NOT_ON_PAPER:
            self._show_code(job)

    # --- The way in --------------------------------------------------------------------------

    def _goes_out(self, scanned: Scanned, data: bytes, at: datetime) -> bool:
        """Where people go both ways, the slip is what they leave with.

        Unless they are out already: after an evacuation they come back with it (X14).
        """
        is_slip = scanned.kind in (ScanKind.SLIP_CODE, ScanKind.SLIP_NUMBER)
        role = self._front.role
        if role is not Role.BOTH or not is_slip:
            return role is Role.EXIT
        shown = read_code(data, self._premises.keys.ring(), at)
        return not self._premises.knowledge.is_outside(shown.value)

    def _serve(self, serve: Callable[[], None]) -> None:
        """Say that it is being looked at, then decide."""
        self.photo.end()
        if not self._front.is_ready:
            self._stage.show(screens.NotReady())
            return
        self._stage.show(screens.Reading())
        try:
            serve()
        except NothingKnown:
            self._stage.show(screens.NotReady())

    def _enter(self, outcome: Entered, at: datetime) -> None:
        screen = answers.entered(outcome)
        visit = outcome.visit
        self._session = Session(
            visit_id=None if visit is None else visit.visit_id,
            job=outcome.job,
            greeting=screen if isinstance(screen, screens.Greeting) else None,
        )
        if outcome.granted and self._hands.lane is not None:
            whose = new_id(at) if visit is None else visit.visit_id
            self._hands.lane.grant(Way.IN, whose)
        self._hands.print_soon()
        self._show_entered(screen, outcome.job)

    def _show_entered(self, screen: screens.Screen, job: Job | None) -> None:
        """Who comes again with a slip that never came out is helped with that (E05)."""
        again = isinstance(screen, screens.Greeting) and screen.paper is Paper.SAME
        if again and job is not None and job.state in _NOT_ON_PAPER:
            self._show_code(job)
        elif again and job is not None and job.state is SlipJobState.UNCERTAIN:
            self._stage.show(screens.PaperUncertain(slip_number=job.slip_number))
        else:
            self._stage.show(screen)

    def _show_code(self, job: Job) -> None:
        code = slips.read(job.content).content.code
        screen = screens.CodeOnScreen(slip_number=job.slip_number, code=code)
        if self._stage.shown.screen != screen:
            self._stage.show(screen)

    def _greet_again(self, paper: Paper) -> None:
        greeting = self._session.greeting
        if greeting is None:
            return
        self._session.greeting = replace(greeting, paper=paper)
        if isinstance(self._stage.shown.screen, screens.Greeting):
            self._stage.update(self._session.greeting)
        else:
            self._stage.show(self._session.greeting)

    def _reprint(self) -> None:
        visit_id = self._session.visit_id
        job = None
        if visit_id is not None:
            job = self._entrance.reprint(visit_id, self._premises.clock.now())
        if job is None:
            return
        known = self._session.greeting or screens.Greeting(slip_number=job.slip_number)
        self._session.job = job
        self._session.greeting = replace(known, paper=Paper.COMING, may_reprint=False)
        self._stage.show(self._session.greeting)
        self._hands.print_soon()

    # --- The way out -------------------------------------------------------------------------

    def _depart(self, outcome: Departed, at: datetime) -> None:
        self._session = Session()
        lane, visit = self._hands.lane, outcome.ends
        if lane is not None and outcome.granted:
            whose = new_id(at) if visit is None else visit.visit_id
            self._hands.leaving[whose] = outcome.slip_handed_in
            lane.grant(Way.OUT, whose)
        elif lane is not None:
            lane.refuse(Way.OUT)
        self._stage.show(answers.departed(outcome))

    # --- Events ------------------------------------------------------------------------------

    def _choose_event(self, event_id: str) -> None:
        found = (line for line in self._front.all_events() if line.event_id == event_id)
        line = next(found, None)
        if line is None:
            return
        if line.admits is screens.Admits.LATER or line.has_queue:
            self.signing.begin(line)
            return
        if line.admits is screens.Admits.FULL:
            return
        self._session.event_id = event_id
        left = _GROUP_MOST if line.places_left is None else line.places_left
        self._ask_persons(line, min(_GROUP_MOST, left))

    def _ask_persons(self, event: screens.EventLine | None, most: int) -> None:
        self._stage.show(screens.Persons(event=event, persons=1, most=max(1, most)))

    def _change_persons(self, value: str) -> None:
        shown = self._stage.shown.screen
        if isinstance(shown, screens.Persons):
            persons = min(shown.most, max(1, shown.persons + _step(value)))
            self._stage.update(replace(shown, persons=persons))

    def _take_places(self) -> None:
        shown = self._stage.shown.screen
        if not isinstance(shown, screens.Persons):
            return
        event_id = None if shown.event is None else shown.event.event_id
        at = self._premises.clock.now()
        self._serve(
            lambda: self._enter(self._entrance.visit_event(event_id, shown.persons, at), at)
        )

    # --- Shelter -----------------------------------------------------------------------------

    def _count_in_shelter(self, value: str) -> None:
        """So many people go to the shelter past a station without a lane (E33)."""
        shown = self._stage.shown.screen
        if not isinstance(shown, screens.Evacuation) or value not in screens.SHELTER_GROUPS:
            return
        self._passages.counted(Way.IN, self._premises.clock.now(), int(value))
        self._stage.show(screens.Sheltered(persons=int(value), place=shown.place))

    # --- Documents -----------------------------------------------------------------------------

    def _find(self, typed: str) -> None:
        """Say that it is being looked for, then look."""
        self._stage.show(screens.Reading())
        self.ordering.find(typed)

    # --- Belongings --------------------------------------------------------------------------

    def _ask_belongings(self) -> None:
        after = self._session.visit_id is not None
        self._stage.show(screens.Belongings(brought=self._session.brought, after_entry=after))

    def _change_belongings(self, value: str) -> None:
        shown = self._stage.shown.screen
        if isinstance(shown, screens.Belongings):
            self._stage.update(replace(shown, brought=changed(shown.brought, value)))

    def _keep_belongings(self) -> None:
        shown = self._stage.shown.screen
        if not isinstance(shown, screens.Belongings):
            return
        brought, visit_id = shown.brought, self._session.visit_id
        if visit_id is None:
            self._session.brought = brought
            self._stage.show(screens.ShowTicket(brought=brought))
            return
        self._entrance.declare(visit_id, brought, self._premises.clock.now())
        greeting = self._session.greeting
        if greeting is not None:
            duties = declared_duties(brought)
            self._session.greeting = replace(greeting, duties=duties, may_declare=False)
            self._stage.show(self._session.greeting)

    # --- Help --------------------------------------------------------------------------------

    def _call_help(self) -> None:
        premises = self._premises
        with premises.database.write() as tx:
            event = HelpCalled(**premises.journal.stamp(tx, premises.clock.now()))
            premises.journal.write(tx, event)
        self._stage.show(screens.HelpCalled(phone=self._front.phone))


def changed(brought: Brought, value: str) -> Brought:
    """What is brought after one press: `laptop`, `folder`, `documents+`, `children-`..."""
    match value:
        case "laptop":
            return replace(brought, laptop=not brought.laptop)
        case "folder":
            return replace(brought, folder=not brought.folder)
        case "help":
            return replace(brought, needs_help=not brought.needs_help)
        case "documents+" | "documents-":
            documents = min(_DOCUMENTS_MOST, max(0, brought.documents + _step(value)))
            return replace(brought, documents=documents)
        case "children+" | "children-":
            children = min(_CHILDREN_MOST, max(0, brought.children + _step(value)))
            return replace(brought, children=children)
        case _:
            return brought


def declared_duties(brought: Brought) -> tuple[Task, ...]:
    """What declared things ask of the reader at the entrance (E48)."""
    kinds = {item.kind for item in brought.items()}
    approve = (Task(code=Duty.APPROVE_OWN_ITEMS),) if kinds else ()
    show = (Task(code=Duty.SHOW_LAPTOP),) if OwnItemKind.LAPTOP in kinds else ()
    return approve + show


def _step(value: str) -> int:
    return -1 if value.endswith("-") else 1
