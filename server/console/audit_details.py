"""What a record of the audit log tells beside its act, in words: fields, before and after.

A file of the log holds it as it was written, and so does the seal; here it is said.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import date, datetime
from typing import Any

from gate.facts import OwnItemKind, TicketKind, TicketState, VisitState
from server.console import conflict_words, enrolment_words, labels
from server.console.centre import words
from server.console.centre_tables import CENTRE_TABLES
from server.console.tables import TABLES
from server.models import (
    Category,
    ComplaintKind,
    Concession,
    DamageState,
    DebtorKind,
    GuarantorKind,
    IdentityDocument,
    PaidFor,
    PaymentMethod,
    Purpose,
    Residence,
    Role,
    RollState,
    StationRole,
    Step,
)
from server.services.conflicts import NOT_TWO_PEOPLE
from server.services.ticket_life import CancelReason
from templates.judgements import reason_title
from templates.words import N_

NAMES: Mapping[str, str] = {
    **{field.name: field.label for table in (*TABLES, *CENTRE_TABLES) for field in table.fields},
    **enrolment_words.FIELDS,
    "act": N_("дія"), "after": N_("стало"),
    "alarm_test": N_("сигнал тривоги перевірено"), "amount": N_("сума"),
    "approved_on": N_("затверджено"), "at": N_("коли"), "at_desk": N_("лежить на столі"),
    "before": N_("було"), "begins": N_("початок"), "blocks": N_("заборони"), "branch": N_("філія"),
    "branch_code": N_("філія"), "by": N_("хто"), "by_guardian": N_("дали батьки"),
    "came_at": N_("прийшов"), "cancelled": N_("скасовано"), "changed": N_("змінилося"),
    "checks": N_("перевірено"), "clock": N_("годинник збігається"), "cloakroom": N_("гардероб"),
    "closes": N_("зачиняється"), "concession": N_("пільга"), "conflict": N_("розбіжність"),
    "count": N_("кількість"), "data_notice": N_("повідомлення про дані"), "days": N_("днів"),
    "debtor": N_("відповідає"), "department": N_("відділ"), "digest": N_("відбиток"),
    "document": N_("документ"), "computers": N_("комп’ютерів"), "documents": N_("документів"),
    "equipment": N_("обладнання"), "to": N_("куди"), "enrolment": N_("обслуговування"),
    "entry": N_("рядок списку"), "event_missing": N_("не здано на заходах"),
    "event": N_("подія"), "figures": N_("листки"), "for": N_("за що"),
    "forms": N_("аварійні бланки полічено"),
    "forms_count": N_("аварійних бланків"), "given": N_("надано"), "hall": N_("зала"),
    "handed_in": N_("здано"), "has_lane": N_("має турнікет"), "here": N_("тут вирішено"),
    "how": N_("як"), "id": N_("номер події"), "intact": N_("цілий"),
    "interests": N_("читацькі інтереси"), "issued": N_("видано"),
    "items_shown": N_("речі показано"), "items_unapproved": N_("речей без дозволу"),
    "kind": N_("вид"), "late": N_("пізніше місяця"), "lifted": N_("знято"),
    "loans": N_("показано документів"), "login": N_("обліковий запис"), "lost": N_("втрачено"),
    "made_at": N_("створено"), "means": N_("чим"), "method": N_("як сплачено"),
    "methods": N_("за способами"),
    "missing": N_("не здано"), "name": N_("назва"), "notices": N_("повідомлення"),
    "number": N_("номер"), "of": N_("обмеження"), "opens": N_("відчиняється"),
    "order": N_("наказ"), "order_number": N_("номер наказу"), "origin": N_("звідки"),
    "overruled": N_("випущено все одно, бо"), "paid": N_("сплачено"),
    "paper_visits": N_("паперові відвідування внесено"), "patron": N_("читач"),
    "payments": N_("оплати"), "persons": N_("осіб"), "photo": N_("фото"), "place": N_("де"),
    "price": N_("ціна"), "reason": N_("причина"), "reasons": N_("підстави"),
    "receipt": N_("квитанція"), "refused": N_("не надсилати"), "report": N_("звіт"),
    "request": N_("вимога"), "rhythm": N_("як часто"), "role": N_("роль"), "rows": N_("рядків"),
    "rules": N_("правила"), "seals": N_("печаток"), "signs": N_("знаків у тексті"),
    "slip_key": N_("ключ листків"), "slip_lost": N_("листок загублено"), "source": N_("джерело"),
    "state": N_("стан"), "station": N_("станція"), "step": N_("крок"),
    "still_inside": N_("ще всередині"), "test_slip": N_("пробний листок надруковано"),
    "text": N_("версія тексту"), "ticket": N_("квиток"), "tickets": N_("квитків"),
    "tokens_missing": N_("бракує номерків"), "unchecked": N_("не перевірено"),
    "until": N_("до"), "verdict": N_("рішення"), "visit": N_("відвідування"),
    "visits_left": N_("незакритих відвідувань"),
    "walk_through": N_("зали пройдено"), "walked_by": N_("зали пройшов(-ла)"),
    "way": N_("напрямок"), "workplace": N_("комп’ютер"), "year": N_("рік"),
}  # fmt: skip
"""Fields of details -> what they are called."""
_VERDICTS: Mapping[str, str] = {
    "grant": N_("пропустити"), "desk": N_("до Сервісного центру"), "refuse": N_("не пропускати"),
}  # fmt: skip
_STATES: Mapping[str, str] = {
    "approved": N_("дозволено"), "closed": N_("закрито"), "declared": N_("заявлено"),
    "open": N_("відкрито"), "resolved": N_("опрацьовано"), "settled": N_("виконано"),
    "undone": N_("дію скасовано"),
}  # fmt: skip
"""What has two states and no table of its own."""
_HOW: Mapping[str, str] = {
    **{act.value: said for act, said in conflict_words.ACTS.items()},
    NOT_TWO_PEOPLE: N_("Увійшла одна людина, друге відвідування закрито"),
}  # fmt: skip
_HIDDEN = "hmac:"
_KOPIYKAS = frozenset({"amount", "price"})


def _of(named: Mapping[Any, str], kind: Callable[[str], Any]) -> Callable[[str], str]:
    return lambda code: words().gettext(named[kind(code)])


_SAID: Mapping[str, tuple[Callable[[str], str], ...]] = {
    "category": (_of(labels.CATEGORIES, Category),),
    "concession": (_of(enrolment_words.CONCESSIONS, Concession),),
    "damage state": (_of(labels.DAMAGE_STATES, DamageState),),
    "debtor": (_of(labels.DEBTORS, DebtorKind),),
    "document": (_of(enrolment_words.DOCUMENTS, IdentityDocument),),
    "for": (_of(enrolment_words.PAID_FOR, PaidFor),),
    "how": (_of(_HOW, str),),
    "kind": (
        _of(labels.COMPLAINT_KINDS, ComplaintKind),
        lambda code: labels.ticket_kind_name(TicketKind(code)),
        lambda code: labels.item_name(OwnItemKind(code)),
        _of(enrolment_words.GUARANTORS, GuarantorKind),
        _of(enrolment_words.PURPOSES, Purpose),
    ),
    "method": (_of(enrolment_words.METHODS, PaymentMethod),),
    "residence": (lambda code: labels.residence_name(Residence(code)),),
    "reason": (
        lambda code: reason_title(words(), code, "staff"),
        _of(enrolment_words.CANCEL_REASONS, CancelReason),
        labels.ban_reason_name,
    ),
    "patron state": (_of(enrolment_words.DOCUMENTS, IdentityDocument),),
    "role": (
        lambda code: labels.role_name(Role(code)),
        _of(labels.STATION_ROLES, StationRole),
    ),
    "roll_entry state": (_of(labels.ROLL_STATES, RollState),),
    "source": (_of({"sample": N_("зразкова бібліотека")}, str),),
    "state": (
        lambda code: labels.visit_state_name(VisitState(code)),
        lambda code: labels.ticket_state_name(TicketState(code)),
        _of(_STATES, str),
    ),
    "step": (_of(enrolment_words.STEPS, Step),),
    "verdict": (_of(_VERDICTS, str),),
}
"""Fields whose codes have words, and where they may stand; a code without words stays as it is."""
_ALIKE: Mapping[str, str] = {"reasons": "reason", "here": "reason", "of": "kind"}
_SIDES = {"before", "after"}
_Told = tuple[str, str, str | None]


def details(told: Mapping[str, Any], kind: str = "") -> Iterator[_Told]:
    """Name, value, and what it is now where it changed: `before` and `after` side by side.

    `kind`: what it was done to, because the same code is another word for harm than for a shift.
    """
    if not told.keys() >= _SIDES:
        yield from _each(told)
        return
    before, after = told["before"], told["after"]
    if isinstance(before or {}, dict) and isinstance(after or {}, dict):
        for name in dict.fromkeys((*(before or {}), *(after or {}))):
            old, new = (before or {}).get(name), (after or {}).get(name)
            if before is None or after is None:
                # Made, or taken away: nothing changed from one value to another.
                yield from _each({name: old or new} if old or new else {})
            elif old != new:
                yield _changed(name, old, new)
    elif isinstance(after, dict):
        yield from _each(after)
    else:
        state = f"{kind} state" if f"{kind} state" in _SAID else "state"
        yield "", said(state, before), said(state, after)
    yield from _each({key: each for key, each in told.items() if key not in _SIDES})


def _changed(field: str, old: Any, new: Any) -> _Told:
    """A field that changed; of one that is veiled no more than that."""
    if str(old).startswith(_HIDDEN) and str(new).startswith(_HIDDEN):
        return name_of(field), words().gettext("змінено, значення приховано"), None
    return name_of(field), said(field, old), said(field, new)


def _each(told: Mapping[str, Any]) -> Iterator[_Told]:
    """Field by field; what holds fields of its own is told by those."""
    for name, value in told.items():
        if isinstance(value, dict) and value.keys() == _SIDES:
            yield _changed(name, value["before"], value["after"])
        elif isinstance(value, dict):
            yield from _each(value)
        else:
            yield name_of(name), said(name, value), None


def name_of(field: str) -> str:
    """What a field is called; its code where it has no words."""
    return words().gettext(NAMES[field]) if field in NAMES else field


def said(field: str, value: Any) -> str:
    """A value in words."""
    if isinstance(value, dict):
        return ", ".join(f"{name_of(name)}: {said(name, each)}" for name, each in value.items())
    if isinstance(value, list):
        return ", ".join(said(_ALIKE.get(field, field), each) for each in value) or "—"
    if isinstance(value, str) and value:
        return _code(_ALIKE.get(field, field), value)
    if isinstance(value, bool):
        return words().gettext("так") if value else words().gettext("ні")
    if value is None or value == "":
        return "—"
    return words().money(value) if field in _KOPIYKAS else str(value)


def _code(field: str, value: str) -> str:
    if value.startswith(_HIDDEN):
        return words().gettext("приховано")
    for say in _SAID.get(field, ()):
        try:
            return say(value)
        except (KeyError, ValueError):
            continue
    return _time(value)


def _time(value: str) -> str:
    """A moment or a day as people write it; any other text as it is."""
    try:
        if len(value) == len("2025-11-21"):
            return words().date(date.fromisoformat(value))
        at = datetime.fromisoformat(value)
    except ValueError:
        return value
    return value if at.tzinfo is None else words().moment(at)
