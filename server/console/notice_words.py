"""Notices in words: kinds, faults of their texts, and letters to look at before they are sent."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from server import notice_letters
from server.models import MailState, NoticeKind
from server.services.mail import Letter
from server.services.notices.due import Due, Item
from server.services.notices.sending import Sent
from server.services.notices.texts import Text, Unfit
from server.services.settings import LibrarySettings
from templates.words import N_, Words

KINDS: Mapping[NoticeKind, str] = {
    NoticeKind.DUE: N_("Скоро повертати"),
    NoticeKind.OVERDUE: N_("Строк повернення минув"),
    NoticeKind.EXPIRY: N_("Строк квитка закінчується"),
    NoticeKind.SEASON: N_("Перереєстрація"),
    NoticeKind.EVENT: N_("Нагадування про захід"),
    NoticeKind.PLACE: N_("Звільнилося місце на заході"),
    NoticeKind.HOLD: N_("Документ на бронеполиці"),
}
_FAULTS = {
    "empty": N_("Потрібні і тема, і текст."),
    "too_long": N_("Задовго: тема до 200 знаків, текст до 4000."),
    "no_list": N_("У тексті має бути {list}: без нього невідомо, про що лист."),
}
PLACES: Mapping[str, str] = {
    "name": N_("ім’я читача"),
    "list": N_("про що лист, кожне з нового рядка"),
    "date": N_("найближчий день: повернути, забрати, перереєструвати"),
    "library": N_("назва бібліотеки"),
    "phone": N_("телефон Сервісного центру"),
}
_STATES = {
    MailState.WAITING: (N_("чекає відправлення"), "desk", "clock"),
    MailState.SENT: (N_("надіслано"), "grant", "check"),
    MailState.FAILED: (N_("не доставлено"), "refuse", "ban"),
}
_SAMPLES = {
    NoticeKind.DUE: ("Тіні забутих предків", "Кобзар"),
    NoticeKind.OVERDUE: ("Лісова пісня",),
    NoticeKind.EXPIRY: ("RD-1001",),
    NoticeKind.SEASON: ("RD-1001",),
    NoticeKind.EVENT: ("Вечір поезії Ліни Костенко",),
    NoticeKind.PLACE: ("Вечір поезії Ліни Костенко",),
    NoticeKind.HOLD: ("Місто",),
}

_OF_EVENTS = (NoticeKind.EVENT, NoticeKind.PLACE)


def names(said: Words) -> dict[str, str]:
    """Every kind by its code."""
    return {kind.value: said.gettext(name) for kind, name in KINDS.items()}


def fault(unfit: Unfit, said: Words) -> str:
    """What is wrong with words that were typed."""
    code, _, place = str(unfit).partition(":")
    if code == "place":
        return said.gettext("Місця {%(place)s} немає.", place=place)
    return said.gettext(_FAULTS[code])


def state(sent: Sent, said: Words) -> tuple[str, str, str]:
    """How far a letter is: words, colour and sign of its chip."""
    if sent.state is None:
        return said.gettext("надіслано раніше"), "past", "check"
    words, colour, sign = _STATES[sent.state]
    told = said.gettext(words)
    return f"{told}: {sent.problem}" if sent.problem else told, colour, sign


def trouble(problem: str, said: Words, *, waits: bool = False) -> str:
    """Why a letter did not go and what to do about it; the code is the administrator's."""
    if waits:
        return said.gettext("Поштовий сервер поки не взяв листа. Спробуємо ще (%(code)s).",
                            code=problem)  # fmt: skip
    if problem.startswith("recipient_"):
        return said.gettext(
            "Поштовий сервер не знає такої адреси: уточніть її в читача (%(code)s).", code=problem
        )
    return said.gettext(
        "Поштовий сервер не взяв листа: повідомте адміністратора (%(code)s).", code=problem
    )


def sample(
    kind: NoticeKind, language: str, text: Text, library: LibrarySettings, at: datetime, *,
    recipient: str = "olena@example.org",
) -> Letter:  # fmt: skip
    """The letter as somebody would have it, about documents that need not exist."""
    day = library.day(at) + timedelta(days=-3 if kind is NoticeKind.OVERDUE else 3)
    items: Sequence[Item] = [
        Item(
            about="", occasion=day, title=title, day=day, place="Мала зала",
            at=at + timedelta(days=1) if kind in _OF_EVENTS else None,
        )
        for title in _SAMPLES[kind]
    ]  # fmt: skip
    due = Due(
        kind=kind, patron_id=0, recipient=recipient, language=language, greeting="Олена",
        name="", to_guardian=False, items=items,
    )  # fmt: skip
    return notice_letters.of(due, text, library, "", base_url="")
