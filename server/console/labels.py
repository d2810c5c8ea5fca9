"""Words of the console for codes of the database."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import cast

from flask import g
from sqlalchemy import select

from gate.facts import DocumentClass, OwnItemKind, SlipState, TicketKind, TicketState, VisitState
from server.console.centre import database, library, words
from server.console.reads import name_in
from server.models import (
    Category,
    ComplaintKind,
    DamageState,
    DebtorKind,
    Residence,
    Role,
    RollState,
    StationRole,
    ViolationCode,
)
from templates.words import N_

ROLE_NAMES = {
    Role.SERVICE_CENTRE: N_("Сервісний центр"),
    Role.DEPARTMENT: N_("Бібліотекар відділу"),
    Role.GUARD: N_("Охорона"),
    Role.INFORMATION_CENTRE: N_("Інформаційний центр"),
    Role.DIRECTOR: N_("Директор"),
    Role.TECHNICIAN: N_("Технік"),
    Role.ADMIN: N_("Адміністратор"),
}
CATEGORIES = {
    Category.ADULT: N_("Дорослий читач"),
    Category.STUDENT: N_("Студент"),
    Category.PUPIL: N_("Учень"),
    Category.PENSIONER: N_("Пенсіонер"),
    Category.DISABLED: N_("Особа з інвалідністю І–ІІ групи"),
    Category.DISABLED_THIRD: N_("Особа з інвалідністю ІІІ групи"),
    Category.VETERAN: N_("Ветеран війни чи праці"),
    Category.COMBATANT: N_("Учасник бойових дій"),
    Category.CONSCRIPT: N_("Військовослужбовець строкової служби"),
    Category.CHORNOBYL: N_("Ліквідатор аварії на ЧАЕС І категорії"),
    Category.LARGE_FAMILY: N_("Багатодітна родина"),
    Category.ORPHAN: N_("Дитина-сирота або вихованець інтернату"),
    Category.LIBRARIAN: N_("Працівник бібліотеки Мінкультури"),
    Category.HONORARY: N_("Почесний читач"),
    Category.ORGANISATION: N_("Читач організації"),
    Category.STAFF: N_("Працівник бібліотеки"),
}
_RESIDENCES = {
    Residence.CITY: N_("у місті"),
    Residence.TEMPORARY: N_("тимчасово в місті"),
    Residence.DISPLACED: N_("внутрішньо переміщена особа"),
    Residence.ELSEWHERE: N_("в іншому населеному пункті"),
}
DAMAGE_STATES = {
    DamageState.OPEN: N_("не відшкодовано"),
    DamageState.PAID: N_("сплачено"),
    DamageState.REPLACED: N_("замінено рівноцінним"),
    DamageState.WAIVED: N_("списано"),
}
ROLL_STATES = {
    RollState.WAITING: N_("Чекаємо"),
    RollState.OUT: N_("Вийшов"),
    RollState.SHELTER: N_("В укритті"),
    RollState.MISSING: N_("Не знайдено"),
}
STATION_ROLES = {
    StationRole.ENTRANCE: N_("вхід"),
    StationRole.EXIT: N_("вихід"),
    StationRole.BOTH: N_("вхід і вихід"),
    StationRole.READER: N_("простий зчитувач"),
}
_TICKET_KINDS = {
    TicketKind.PERMANENT: N_("Постійний"),
    TicketKind.ONE_TIME: N_("Разовий"),
    TicketKind.STAFF: N_("Службовий"),
}
_TICKET_STATES = {
    TicketState.ACTIVE: N_("чинний"),
    TicketState.LOST: N_("втрачений"),
    TicketState.REPLACED: N_("замінений"),
    TicketState.CANCELLED: N_("скасований"),
}
_VISIT_STATES = {
    VisitState.ADMITTED: N_("Впущено"),
    VisitState.INSIDE: N_("У бібліотеці"),
    VisitState.AWAY: N_("Тимчасовий вихід"),
    VisitState.CLOSED: N_("Вихід, листок здано"),
    VisitState.NOT_PASSED: N_("Проходу не було"),
    VisitState.NOT_RETURNED: N_("Листок не здано"),
    VisitState.UNRESOLVED: N_("Документи не повернуто"),
    VisitState.EVACUATED: N_("Евакуйовано"),
}
_SLIP_STATES = {SlipState.VOID: N_("недійсний: видано дублікат")}
_ITEMS = {
    OwnItemKind.LAPTOP: N_("Ноутбук"),
    OwnItemKind.FOLDER: N_("Папка"),
    OwnItemKind.DOCUMENTS: N_("Власні документи"),
    OwnItemKind.OTHER: N_("Інше"),
}
DOCUMENT_CLASSES = {
    DocumentClass.ORDINARY: N_("звичайний"),
    DocumentClass.HIGH_DEMAND: N_("підвищеного попиту"),
    DocumentClass.PERIODICAL: N_("періодичне видання"),
    DocumentClass.ROOM_ONLY: N_("лише для залу"),
}
_BAN_REASONS = {
    "intoxicated": N_("нетверезий стан, неохайний вигляд"),
    "animals": N_("прихід із твариною"),
    "adverts": N_("самовільні оголошення"),
    "smoking": N_("паління в приміщенні"),
    "copying": N_("несанкціоноване копіювання"),
    "disruption": N_("перебої в роботі комп’ютерів"),
    "slip_altered": N_("позначки у квитку чи листку"),
    "cards_removed": N_("вилучення карток із каталогів"),
    "food": N_("їжа та напої в залі"),
    "damage": N_("пошкодження майна"),
    "noise": N_("порушення тиші"),
    "theft": N_("винесення без дозволу"),
    "other": N_("порушення правил"),
}
DEBTORS = {
    DebtorKind.READER: N_("читач"),
    DebtorKind.PARENTS: N_("батьки"),
    DebtorKind.INSTITUTION: N_("навчальний заклад чи установа"),
}
COMPLAINT_KINDS = {
    ComplaintKind.COMPLAINT: N_("Скарга"),
    ComplaintKind.SUGGESTION: N_("Пропозиція"),
    ComplaintKind.THANKS: N_("Подяка"),
}

VISIT_LOOKS = {
    VisitState.ADMITTED: ("grant", "door-in"),
    VisitState.INSIDE: ("grant", "door-in"),
    VisitState.AWAY: ("desk", "clock"),
    VisitState.CLOSED: ("past", "door-out"),
    VisitState.NOT_PASSED: ("past", "close"),
    VisitState.NOT_RETURNED: ("desk", "slip"),
    VisitState.UNRESOLVED: ("refuse", "book"),
    VisitState.EVACUATED: ("desk", "siren"),
}
"""State of a visit -> ground and pictogram of its chip."""

ITEM_ICONS = {
    OwnItemKind.LAPTOP: "laptop",
    OwnItemKind.FOLDER: "folder",
    OwnItemKind.DOCUMENTS: "sheet",
    OwnItemKind.OTHER: "bag",
}


def role_name(role: Role) -> str:
    """What a role is called."""
    return words().gettext(ROLE_NAMES[role])


def category_choices() -> Sequence[tuple[str, str]]:
    """Every category with its name."""
    return [(category.value, category_name(category)) for category in CATEGORIES]


def residence_choices() -> Sequence[tuple[str, str]]:
    """Every kind of residence with its name."""
    return [(residence.value, residence_name(residence)) for residence in _RESIDENCES]


def category_name(category: Category) -> str:
    """What a category of readers is called."""
    return words().gettext(CATEGORIES[category])


def residence_name(residence: Residence) -> str:
    """Where a reader is registered, in words."""
    if residence is Residence.CITY and library().city:
        return words().gettext("у місті (%(city)s)", city=library().city)
    return words().gettext(_RESIDENCES[residence])


def ticket_kind_name(kind: TicketKind) -> str:
    """What a kind of ticket is called."""
    return words().gettext(_TICKET_KINDS[kind])


def ticket_state_name(state: TicketState) -> str:
    """What a ticket's state is called."""
    return words().gettext(_TICKET_STATES[state])


def visit_state_name(state: VisitState, *, handed_in: bool = True) -> str:
    """What a visit's state is called; `handed_in`: the slip came back."""
    if state is VisitState.CLOSED and not handed_in:
        return words().gettext("Вихід без листка")
    return words().gettext(_VISIT_STATES[state])


def slip_state_name(state: SlipState) -> str:
    """What is unusual with a slip; nothing where nothing is."""
    return words().gettext(_SLIP_STATES[state]) if state in _SLIP_STATES else ""


def item_name(kind: OwnItemKind) -> str:
    """What an own item is called."""
    return words().gettext(_ITEMS[kind])


def document_class_name(document_class: DocumentClass) -> str:
    """What a lending class is called."""
    return words().gettext(DOCUMENT_CLASSES[document_class])


def ban_reason_name(code: str) -> str:
    """What a violation is called, as the library or the rules have it; else the code itself."""
    own = _own_violations().get(code)
    if own is not None:
        return name_in(own, words())
    return words().gettext(_BAN_REASONS[code]) if code in _BAN_REASONS else code


def ban_reasons() -> Sequence[tuple[str, str]]:
    """Violations for which somebody may be banned now: those of the rules, then the library's."""
    own = _own_violations()
    codes = list(dict.fromkeys([*_BAN_REASONS, *own]))
    return [
        (code, ban_reason_name(code))
        for code in codes
        if code not in own or own[code].retired_at is None
    ]


def ban_term_days() -> Mapping[str, int]:
    """Usual terms of violations, in days, where the library administers one."""
    known = _own_violations().items()
    return {code: row.term_days for code, row in known if row.term_days is not None}


def _own_violations() -> Mapping[str, ViolationCode]:
    """The library's own codes, read once a request."""
    if "violations" not in g:
        with database().reading() as session:
            rows = session.scalars(select(ViolationCode).order_by(ViolationCode.position))
            g.violations = {row.code: row for row in rows}
    return cast(Mapping[str, ViolationCode], g.violations)
