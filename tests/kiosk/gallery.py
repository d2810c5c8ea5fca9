"""Every screen of a station, with the longest words it may have to show."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from gate.events import (
    Availability,
    BookingOutcome,
    BookingRecord,
    DocumentRecord,
    OpeningRecord,
    OrderOutcome,
    ResourceRecord,
    SignupOutcome,
    Topic,
    WorkplaceOutcome,
)
from gate.facts import Because, Task
from gate.reasons import Duty, Reason, Verdict
from kiosk import booking as b
from kiosk import catalogue as c
from kiosk import ordering as o
from kiosk import screens as s
from kiosk import seating as w
from kiosk import signing as g
from kiosk.config import Role
from kiosk.entry import Brought
from kiosk.knowledge import Unanswered
from kiosk.photo import screens as photo_screens
from tests.kiosk.enrolment_gallery import ENROLMENT

_AT: Final = datetime(2026, 11, 19, 14, 0, tzinfo=UTC)
_NUMBER: Final = "K1-0123-7XQ2M"
_CODE: Final = "LS1:" + "6BFOXN*TS0BI$ZDYSHTHL%N3RG5QPP%" * 6
_PHONE: Final = "(0462) 67-45-12"
_NAME: Final = "Олександра-Вікторія К."


def _event(number: int, title: str, hall: str, places: int | None, admits: s.Admits) -> s.EventLine:
    return s.EventLine(
        event_id=f"event-{number}",
        title=title,
        title_en="How does poetry sound in two languages? Meet the translator",
        hall=hall,
        doors_at=_AT,
        starts_at=_AT + timedelta(hours=number),
        ends_at=_AT + timedelta(hours=number + 2),
        places_left=places,
        admits=admits,
    )


EVENTS: Final = (
    _event(
        0, "Зустріч із перекладачкою: «Як звучить поезія двома мовами?»",
        "Велика читальна зала", 24, s.Admits.NOW,
    ),
    _event(
        1, "Майстерня цифрової грамотності для старшого покоління",
        "Інформаційний центр", 3, s.Admits.NOW,
    ),
    _event(2, "Кіноклуб «Довженко»", "Зала мистецтв", None, s.Admits.NOW),
    _event(3, "Дитяча година: читаємо вголос", "Дитячий відділ", 0, s.Admits.FULL),
    _event(
        4, "Лекція про історію книгозбірень Чернігівщини", "Краєзнавчий відділ", 40,
        s.Admits.LATER,
    ),
)  # fmt: skip

DOCUMENTS: Final = tuple(
    DocumentRecord(
        document_id=n, title=title, author=author, year=1989 + n, shelf_mark="821.161.2",
        inventory_number=f"Б-10{n}", department=room, department_en="Reading room",
        availability=how,
    )
    for n, (title, author, room, how) in enumerate(
        (
            ("Історія українського мистецтва в шести томах, том 3", "Академія наук України",
             "Відділ документів з мистецтва", Availability.FREE),
            ("Тіні забутих предків", "Коцюбинський М. М.", "Універсальна читальна зала",
             Availability.FREE),
            ("Місто", "Підмогильний В. П.", "Абонемент", Availability.OUT),
            ("Енеїда", "Котляревський І. П.", "Сектор рідкісних видань", Availability.HELD),
        )
    )
)  # fmt: skip

RESOURCES: Final = (
    ResourceRecord(
        resource_id=1, name="Єдиний державний вебпортал електронних послуг «Дія»",
        name_en="Diia, the single state web portal of electronic services",
        topic=Topic.ADMINISTRATIVE, address="https://diia.gov.ua/services/dovidka-pro-nesudymist",
        owner="Міністерство цифрової трансформації України", language="uk",
        about="Довідки, витяги, реєстрація місця проживання, допомоги й субсидії",
        about_en="Certificates, extracts, registration of residence, benefits and subsidies",
        checked_on=_AT.date(),
    ),
    ResourceRecord(
        resource_id=2, name="ЦНАП Чернігова", topic=Topic.ADMINISTRATIVE,
        address="https://cnap.chernigiv-rada.gov.ua/",
    ),
    ResourceRecord(
        resource_id=3, name="Портал відкритих даних", topic=Topic.ADMINISTRATIVE,
        address="https://data.gov.ua/", owner="Державне агентство з питань електронного урядування",
        language="en",
    ),
)  # fmt: skip

COMING: Final = tuple(replace(line, other_day=True) for line in (EVENTS[4], EVENTS[3]))
QUEUE: Final = replace(COMING[1], has_queue=True)


def _refusal(tone: s.Tone, verdict: Verdict, reason: Reason, **more: Any) -> s.Refusal:
    because = Because(code=reason, until=more.pop("until", None))
    return s.Refusal(tone=tone, verdict=verdict, because=because, phone=_PHONE, **more)


def _still_out(*lines: tuple[str, str, int]) -> s.StillOut:
    return s.StillOut(
        because=Because(code=Reason.READING_ROOM_LOANS_OPEN),
        departments=tuple(
            s.DepartmentLine(name=name, name_en=name_en, count=count)
            for name, name_en, count in lines
        ),
    )


def _duties(*codes: Duty) -> tuple[Task, ...]:
    return tuple(
        Task(code=code, count=3 if code is Duty.COUNT_DOCUMENTS else None) for code in codes
    )


EVERYTHING: Final = s.Start(
    role=Role.ENTRANCE,
    has_events=True,
    open_day=True,
    may_enrol=True,
    may_order=True,
    has_resources=True,
    has_workplaces=True,
)
BOOKED = BookingRecord(
    booking_id=7, place="ПК 2 зі сканером", begins_at=_AT, ends_at=_AT + timedelta(minutes=90)
)
DAYS = tuple(_AT.date() + timedelta(days=n) for n in range(8))

GALLERY: Final[dict[str, s.Screen]] = {
    "start": s.Start(
        role=Role.ENTRANCE, has_events=True, has_cards=True, may_enrol=True, may_order=True
    ),
    "start-everything": EVERYTHING,
    "services": s.Services(start=EVERYTHING),
    "start-resources": s.Start(role=Role.ENTRANCE, has_events=True, has_resources=True),
    "start-workplaces": s.Start(role=Role.BOTH, has_events=True, has_workplaces=True),
    "start-open-day": s.Start(role=Role.ENTRANCE, has_events=True, open_day=True),
    "start-closing": s.Start(
        role=Role.BOTH,
        has_events=True,
        open_day=True,
        closes_at=_AT,
        return_by=_AT,
        notice="З 24 грудня до 2 січня бібліотека працює з 10:00 до 15:00",
    ),
    "start-full": s.Start(
        role=Role.ENTRANCE, has_events=True, open_day=True, has_cards=True, may_enrol=True
    ),
    "start-notice": s.Start(
        role=Role.ENTRANCE,
        has_events=True,
        may_enrol=True,
        notice="З 24 грудня до 2 січня бібліотека працює з 10:00 до 15:00",
    ),
    "start-room-closing": s.Start(
        role=Role.ENTRANCE,
        has_events=True,
        may_enrol=True,
        rooms_close_at=_AT,
        closing_rooms=(("Відділ краєзнавчої літератури", "Local history"),),
    ),
    "start-rooms-closing": s.Start(
        role=Role.BOTH,
        rooms_close_at=_AT,
        closing_rooms=2 * (("Абонемент", "Lending"),),
    ),
    "closed": s.Closed(opens_at=_AT, phone=_PHONE),
    "closed-today": s.Closed(phone=_PHONE),
    "full": s.Full(),
    "languages": s.Languages(),
    "start-away": s.Start(role=Role.ENTRANCE, has_cards=True, away=s.Away(as_of=_AT)),
    "start-away-days": s.Start(role=Role.ENTRANCE, away=s.Away(as_of=_AT, today=False)),
    "start-away-desk": s.Start(
        role=Role.ENTRANCE, has_events=True, away=s.Away(as_of=_AT, to_the_desk=True)
    ),
    "start-away-exit": s.Start(role=Role.EXIT, away=s.Away(as_of=_AT, slips_to_staff=True)),
    "start-away-both": s.Start(
        role=Role.BOTH, away=s.Away(as_of=_AT, to_the_desk=True, slips_to_staff=True)
    ),
    "start-no-time": s.Start(role=Role.ENTRANCE, away=s.Away(as_of=_AT, time_known=False)),
    "start-exit": s.Start(role=Role.EXIT, closes_at=_AT),
    "start-both": s.Start(role=Role.BOTH, has_events=True),
    "reading": s.Reading(),
    "greeting-coming": s.Greeting(
        paper=s.Paper.COMING, reader=_NAME, slip_number=_NUMBER, may_declare=True
    ),
    "greeting": s.Greeting(
        paper=s.Paper.READY, reader="Оксана К.", slip_number=_NUMBER, may_declare=True
    ),
    "greeting-all": s.Greeting(
        paper=s.Paper.READY,
        reader=_NAME,
        slip_number=_NUMBER,
        persons=3,
        duties=_duties(Duty.APPROVE_OWN_ITEMS, Duty.SHOW_LAPTOP),
        notes=(Because(code=Reason.REREGISTER_SOON),),
    ),
    "greeting-same": s.Greeting(
        paper=s.Paper.SAME, reader="Оксана К.", slip_number=_NUMBER, may_reprint=True
    ),
    "greeting-event": s.Greeting(
        paper=s.Paper.READY, slip_number=_NUMBER, event=EVENTS[0].title, persons=25
    ),
    "greeting-staff": s.Greeting(),
    "code": s.CodeOnScreen(slip_number=_NUMBER, code=_CODE),
    "uncertain": s.PaperUncertain(slip_number=_NUMBER),
    "desk": _refusal(s.Tone.DESK, Verdict.DESK, Reason.NOT_REREGISTERED),
    "desk-reprint": _refusal(s.Tone.DESK, Verdict.DESK, Reason.ALREADY_INSIDE, may_reprint=True),
    "refusal-ban": _refusal(
        s.Tone.REFUSE,
        Verdict.REFUSE,
        Reason.BANNED,
        until=_AT + timedelta(days=30),
        others=(Because(code=Reason.TICKET_EXPIRED),),
        duties=_duties(Duty.RETURN_AT_DESK),
    ),
    "refusal-code": _refusal(s.Tone.REFUSE, Verdict.REFUSE, Reason.UNKNOWN_CODE),
    "farewell": s.Farewell(duties=_duties(Duty.HAND_IN_SLIP)),
    "farewell-all": s.Farewell(
        duties=_duties(
            Duty.HAND_IN_SLIP,
            Duty.SHOW_LAPTOP,
            Duty.OPEN_FOLDER,
            Duty.SHOW_OWN_DOCUMENTS,
            Duty.COUNT_DOCUMENTS,
        ),
        persons=3,
    ),
    "still-out": _still_out(("Читальна зала", "Reading room", 2)),
    "still-out-more": _still_out(
        ("Відділ документів іноземними мовами", "Foreign languages", 2),
        ("Краєзнавчий відділ", "Local history", 1),
        ("Читальна зала", "Reading room", 5),
    ),
    "help": s.HelpCalled(phone=_PHONE),
    "not-ready": s.NotReady(),
    "unpaired": s.Unpaired(station="K1", server="https://server.library.local", code="AB2CD-EF3GH"),
    "unpaired-refused": s.Unpaired(
        station="K1", server="https://server.library.local", value="A7KD-2M9Q", fault="refused"
    ),
    "unpaired-away": s.Unpaired(
        station="K1", server="https://server.library.local", value="A7KD-2M9Q", fault="away"
    ),
    "out-of-service": s.OutOfService(phone=_PHONE),
    "fire": s.Evacuation(because=Because(code=Reason.EVACUATION)),
    "in-charge": s.InCharge(may_reset=True, has_printer=True),
    "assembly": s.Evacuation(
        because=Because(code=Reason.EVACUATION), place="Майданчик перед головним входом"
    ),
    "shelter": s.Evacuation(because=Because(code=Reason.SHELTER)),
    "shelter-counts": s.Evacuation(
        because=Because(code=Reason.SHELTER), place="Підвал, вхід із двору", counts=True
    ),
    "sheltered": s.Sheltered(persons=3, place="Підвал, вхід із двору"),
    "shelter-full": s.Evacuation(
        because=Because(code=Reason.SHELTER_FULL), nearest_shelter="вул. Шевченка, 54, школа № 2"
    ),
    "full-hall": s.Full(hall="Зала краєзнавчих видань", hall_en="Local history hall"),
    "belongings-help": s.Belongings(brought=Brought(needs_help=True, children=1)),
    "no-shelter": s.Evacuation(
        because=Because(code=Reason.NO_SHELTER), nearest_shelter="вул. Шевченка, 54, школа № 2"
    ),
    "events": s.Events(events=EVENTS),
    "events-coming": s.Events(events=(*EVENTS[:1], COMING[0], QUEUE)),
    "sign-up": g.SignUp(event=COMING[0]),
    "sign-up-queue": g.SignUp(event=QUEUE),
    "signed-up": g.Signed(event=COMING[0], outcome=SignupOutcome.SIGNED_UP, tone=s.Tone.GRANT),
    "signed-already": g.Signed(event=EVENTS[4], outcome=SignupOutcome.ALREADY, tone=s.Tone.GRANT),
    "signed-off": g.Signed(event=EVENTS[4], outcome=SignupOutcome.CANCELLED),
    "signed-full": g.Signed(event=COMING[0], outcome=SignupOutcome.FULL, tone=s.Tone.DESK),
    "signed-queue": g.Signed(event=QUEUE, outcome=SignupOutcome.FULL, turn=12),
    "signed-over": g.Signed(event=EVENTS[4], outcome=SignupOutcome.OVER, tone=s.Tone.DESK),
    "signed-away": g.Signed(event=COMING[0], outcome=Unanswered.AWAY, tone=s.Tone.DESK),
    "signed-desk": g.Signed(event=COMING[0], outcome=SignupOutcome.DESK, tone=s.Tone.DESK),
    "order-find": o.OrderFind(),
    "order-nothing": o.OrderFind(value="Кобзарь", trouble=o.Trouble.NOTHING),
    "order-found": o.OrderFound(found=DOCUMENTS, more=True),
    "order-show": o.OrderShow(document=DOCUMENTS[0]),
    "ordered": o.Ordered(
        document=DOCUMENTS[0],
        outcome=OrderOutcome.ASKED,
        number=1417,
        on_paper=True,
        tone=s.Tone.GRANT,
    ),
    "ordered-late": o.Ordered(
        document=DOCUMENTS[0], outcome=OrderOutcome.TOO_LATE, tone=s.Tone.DESK
    ),
    "ordered-taken": o.Ordered(document=DOCUMENTS[1], outcome=OrderOutcome.TAKEN, tone=s.Tone.DESK),
    "ordered-outside": o.Ordered(
        document=DOCUMENTS[1], outcome=OrderOutcome.NOT_INSIDE, tone=s.Tone.DESK
    ),
    "topics": c.Topics(
        topics=tuple((topic, n + 3) for n, topic in enumerate(Topic)), has_workplaces=True
    ),
    "topics-few": c.Topics(topics=((Topic.STATE, 1), (Topic.ADMINISTRATIVE, 12))),
    "topics-none": c.Topics(topics=(), has_workplaces=True),
    "resources": c.Resources(topic=Topic.ADMINISTRATIVE, resources=RESOURCES),
    "resource": c.Resource(resource=RESOURCES[0]),
    "resource-bare": c.Resource(resource=RESOURCES[1]),
    "workplace-ask": w.AskWorkplace(),
    "workplace-free": w.Workplace(
        outcome=WorkplaceOutcome.FREE, place="ПК 2 зі сканером і навушниками", tone=s.Tone.GRANT
    ),
    "workplace-waits": w.Workplace(outcome=WorkplaceOutcome.WAITS, before=12, at=_AT, minutes=45),
    "workplace-next": w.Workplace(outcome=WorkplaceOutcome.WAITS, at=_AT),
    "workplace-sits": w.Workplace(
        outcome=WorkplaceOutcome.SITS, place="ПК 2", at=_AT, minutes=41, tone=s.Tone.GRANT
    ),
    "workplace-over": w.Workplace(
        outcome=WorkplaceOutcome.SITS, place="ПК 2", at=_AT, tone=s.Tone.GRANT
    ),
    "workplace-left": w.Workplace(outcome=WorkplaceOutcome.LEFT),
    "workplace-outside": w.Workplace(outcome=WorkplaceOutcome.NOT_INSIDE, tone=s.Tone.DESK),
    "workplace-desk": w.Workplace(outcome=WorkplaceOutcome.DESK, tone=s.Tone.DESK),
    "workplace-away": w.Workplace(outcome=Unanswered.AWAY, tone=s.Tone.DESK),
    "workplace-held": w.Workplace(
        outcome=WorkplaceOutcome.WAITS, place="ПК 2 зі сканером", at=_AT, minutes=5
    ),
    "book-ask": b.AskBooking(),
    "book-day": b.BookDay(days=DAYS, mine=(BOOKED,)),
    "book-day-none": b.BookDay(days=()),
    "book-time": b.BookTime(
        day=DAYS[1],
        openings=tuple(
            OpeningRecord(begins_at=_AT + timedelta(minutes=30 * n), minutes=120) for n in range(14)
        ),
    ),
    "book-time-taken": b.BookTime(day=DAYS[1], openings=(), is_gone=True),
    "book-cancel": b.BookCancel(booking=BOOKED),
    "book-length": b.BookLength(day=DAYS[1], begins_at=_AT, lengths=(30, 60, 90, 120)),
    "booked": b.Booked(
        outcome=BookingOutcome.BOOKED, booked=BOOKED, kept_min=15, tone=s.Tone.GRANT
    ),
    **{
        f"booked-{outcome.value}": b.Booked(outcome=outcome, most=3, tone=s.Tone.DESK)
        for outcome in (
            BookingOutcome.CANCELLED,
            BookingOutcome.ALREADY,
            BookingOutcome.TOO_MANY,
            BookingOutcome.NOT_INSIDE,
            BookingOutcome.DESK,
            *Unanswered,
        )
    },
    "events-none": s.Events(events=()),
    "persons": s.Persons(event=EVENTS[0], persons=2, most=24),
    "persons-open-day": s.Persons(event=None, persons=1, most=24),
    "belongings": s.Belongings(brought=Brought(laptop=True, documents=2)),
    "belongings-after": s.Belongings(after_entry=True),
    "show-ticket": s.ShowTicket(brought=Brought(laptop=True, folder=True, documents=2, children=2)),
    "photo-ask": photo_screens.PhotoAsk(),
    "photo-ask-child": photo_screens.PhotoAsk(child=True),
    "photo-ask-required": photo_screens.PhotoAsk(may_skip=False),
    "photo": photo_screens.PhotoLive(),
    "photo-shot": photo_screens.PhotoShot(),
    "photo-shot-doubt": photo_screens.PhotoShot(doubt="light_behind"),
    "photo-trouble": photo_screens.PhotoTrouble(trouble="missing"),
    "photo-trouble-required": photo_screens.PhotoTrouble(trouble="camera_black", may_skip=False),
    **ENROLMENT,
}
