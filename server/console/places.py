"""The rail of places, as far as a role may go."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from flask import request

from server.console.centre import database, library, signed_in, words
from server.console.roles import may
from server.services import first_run
from templates.words import N_


@dataclass(frozen=True, slots=True)
class Place:
    """An entry of the rail."""

    endpoint: str
    name: str
    icon: str
    key: str = ""
    family: tuple[str, ...] = ()
    """Other routes that belong to this place."""
    about: str = ""
    """What one finds there, where the place is shown as a card."""
    is_here: bool = False


PLACES = (
    Place("console.inside", N_("Хто в бібліотеці"), "people", "Alt+1", ("console.visit",)),
    Place("console.desk", N_("Видача й повернення"), "book", "Alt+2", ("console.document",)),
    Place("console.holds", N_("Бронеполиця"), "clock"),
    Place("console.requests", N_("Замовлення"), "sheet"),
    Place(
        "console.exit",
        N_("Вихід"),
        "door-out",
        "Alt+3",
        ("console.exit_check", "console.lost_slip"),
    ),
    Place(
        "console.enrolments",
        N_("Запис читачів"),
        "ticket",
        "Alt+7",
        (
            "console.new_reader",
            "console.enrolment",
            "console.ticket_desk",
            "console.change_data",
            "console.registration_season",
            "console.patron_record",
        ),
    ),
    Place(
        "console.events",
        N_("Заходи"),
        "microphone",
        "Alt+4",
        ("console.all_events", "console.event", "console.new_event", "console.edit_event"),
    ),
    Place("console.calendar", N_("Календар"), "calendar", "Alt+8"),
    Place(
        "console.shift",
        N_("Зміна"),
        "clock",
        "",
        ("console.shift_report", "console.paper_visits", "console.payments"),
    ),
    Place("console.lanes", N_("Турнікети"), "door-in"),
    Place("console.inbox", N_("Вхідні"), "bell"),
    Place("console.emergency", N_("Тривога"), "siren", "", ("console.emergency_report",)),
    Place("console.admit", N_("Впустити групу"), "people"),
    Place(
        "console.bans",
        N_("Обмеження"),
        "ban",
        "",
        ("console.case_file", "console.organisation_case"),
    ),
    Place("console.complaints", N_("Скарги й пропозиції"), "sheet"),
    Place(
        "console.data_requests", N_("Вимоги щодо даних"), "person", "", ("console.patron_rights",)
    ),
    Place(
        "console.organisations",
        N_("Організації"),
        "people",
        "",
        ("console.organisations_new", "console.organisations_row"),
    ),
    Place(
        "console.notices",
        N_("Сповіщення"),
        "bell",
        "",
        ("console.patron_notices", "console.notice_text", "console.change_notice_text"),
    ),
    Place("console.permits", N_("Дозволи"), "sheet", "", ("console.permits_row",)),
    Place(
        "console.information_centre",
        N_("Інформаційний центр"),
        "globe",
        "",
        ("console.centre_log", "console.centre_sales", "console.sale_paper"),
    ),
    Place(
        "console.workplaces",
        N_("Комп’ютери"),
        "laptop",
        "",
        ("console.bookings", "console.booking_paper"),
    ),
    Place("console.centre_plan", N_("План центру"), "calendar", "", ("console.stock_taking",)),
    Place("console.reports", N_("Звіти"), "chart", "", ("console.report",)),
    Place("console.imports", N_("Завантаження списків"), "book", "", ("console.import_run",)),
    Place("console.stations", N_("Станції"), "camera"),
    Place("console.library_system", N_("Бібліотечна система"), "book"),
    Place("console.audit", N_("Журнал"), "list", "Alt+5"),
    Place("console.settings", N_("Налаштування"), "sliders", "Alt+9"),
    Place("console.design", N_("Вигляд"), "contrast", "Alt+6"),
    Place("console.help_page", N_("Довідка"), "question", "Alt+0"),
)

FIRST_RUN = Place(
    "console.first_run", N_("Перший запуск"), "play", "",
    ("console.first_run_step", "console.first_run_keep"),
)  # fmt: skip
"""Before all others, until a new library works."""
ADMINISTRATION = (
    Place(
        "console.branches", N_("Філії"), "building",
        about=N_("Будівлі з власними годинами й адресами"),
    ),
    Place(
        "console.departments", N_("Відділи"), "list",
        about=N_("Телефони, види обслуговування, місце"),
    ),
    Place(
        "console.halls", N_("Зали"), "hall", about=N_("Місткість, укриття, зони для розмов")
    ),
    Place(
        "console.services", N_("Послуги й ціни"), "card",
        about=N_("Безкоштовні й платні, з датою затвердження"),
    ),
    Place("console.violations", N_("Порушення"), "ban", about=N_("За що обмежують відвідування")),
    Place(
        "console.texts", N_("Правила й згоди"), "sheet",
        about=N_("Тексти, які підписують, з версіями"),
    ),
    Place(
        "console.retention", N_("Що скоро зітреться"), "clock",
        about=N_("Строки зберігання: попередній перегляд і нічний запуск"),
    ),
    Place(
        "console.staff_list", N_("Працівники"), "people",
        about=N_("Облікові записи, ролі, сеанси"),
    ),
    Place(
        "console.first_run", N_("Перший запуск"), "play",
        about=N_("Крок за кроком: від назви до першого сканування"),
    ),
)  # fmt: skip
"""Places that the page of settings shows as cards beside the settings' own."""


def may_here(endpoint: str) -> bool:
    """Whether the person at this browser may use a route."""
    person = signed_in()
    return person is not None and may(person.role, endpoint)


def places() -> Iterator[Place]:
    """The places open to the person at this browser, named in their language."""
    first = list(_first_run())
    for place in (*first, *PLACES):
        if may_here(place.endpoint):
            here = request.endpoint in (place.endpoint, *place.family, *_belongs_to(place))
            if place.endpoint == "console.settings" and not first:
                here = here or request.endpoint in (FIRST_RUN.endpoint, *FIRST_RUN.family)
            yield replace(place, name=words().gettext(place.name), is_here=here)


def _first_run() -> Iterator[Place]:
    if may_here(FIRST_RUN.endpoint):
        with database().reading() as session:
            if first_run.is_shown(session, library()):
                yield FIRST_RUN


def leads_to_first_run() -> bool:
    """Whether this person sets up a library in which nobody came in yet."""
    if not may_here(FIRST_RUN.endpoint):
        return False
    with database().reading() as session:
        return first_run.progress(session, library()).leads


def _belongs_to(place: Place) -> Iterator[str]:
    """The page of settings is where its cards lead from."""
    if place.endpoint == "console.settings":
        yield from ("console.setting_subject", "console.change_settings")
        for card in ADMINISTRATION:
            if card.endpoint == FIRST_RUN.endpoint:
                continue
            yield from (card.endpoint, *(card.endpoint + act for act in ("_new", "_row")))
        yield from ("console.staff_new", "console.staff_row", "console.branch_closing")


def administration() -> Iterator[Place]:
    """The administered tables open to the person at this browser, in their language."""
    said = words()
    for place in ADMINISTRATION:
        if may_here(place.endpoint):
            yield replace(place, name=said.gettext(place.name), about=said.gettext(place.about))


def first_place() -> str:
    """Where a person of this role begins."""
    return next(place.endpoint for place in PLACES if may_here(place.endpoint))
