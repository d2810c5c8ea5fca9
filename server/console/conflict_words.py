"""What happened, why, and what to do: a conflict in words for staff."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from gate.events import KINDS
from gate.reasons import VERDICT_OF, Reason, Verdict
from server.console.labels import visit_state_name
from server.models import ConflictKind, StationEvent
from server.services.conflicts import Act, Story, acts, let_through
from templates.judgements import reason_title, verdict_text
from templates.words import N_, Words


@dataclass(frozen=True, slots=True, kw_only=True)
class VisitLine:
    """A visit that belongs to a conflict."""

    visit_id: UUID
    slip_number: str
    station: str
    opened_at: datetime
    closed_at: datetime | None
    state: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Broken:
    """A record that was set aside, as the inbox shows it."""

    what: str
    why: str
    do: str
    problem: str
    """In the words of the program: for a technician."""
    record: str
    """As it came, as JSON."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Explained:
    """A conflict as the inbox shows it."""

    what: str
    why: str
    do: str
    visits: Sequence[VisitLine]
    closable: bool
    """One of its visits may be closed here."""
    patron_id: int | None
    on_paper: bool
    """An entry on paper may explain it."""
    acts: Sequence[tuple[str, str]]
    """Code and words of what may be done in one step."""


_SAID = {
    ConflictKind.TWO_VISITS: (
        N_("За квитком № %(ticket)s одночасно відкрито більше ніж одне відвідування."),
        N_("Станції впускали, не знаючи одна про одну: %(source)s."),
        N_(
            "З’ясуйте, чи це одна людина. Якщо так, закрийте зайве відвідування. Якщо квитком "
            "скористався хтось інший, заберіть у нього листок."
        ),
    ),
    ConflictKind.EXIT_WITHOUT_ENTRY: (
        N_("%(when)s станція %(station)s випустила людину, входу якої немає в записах."),
        N_(
            "Про вхід знає станція, яка ще не на зв’язку, або людина ввійшла за паперовим списком "
            "чи крізь відчинений прохід."
        ),
        N_(
            "Зачекайте, доки всі станції передадуть записи: тоді незгода зникне сама. Якщо вхід "
            "записано на папері, внесіть його."
        ),
    ),
    ConflictKind.SIGNED_UNKNOWN: (
        N_("%(when)s показано код із нашим підписом, але квитка № %(ticket)s немає в базі."),
        N_("Квиток видано після резервної копії, з якої відновлено базу, або його видалено."),
        N_(
            "Перевірте читача за документом і видайте квиток наново. Якщо таких кодів кілька, "
            "повідомте адміністратора: ключ підпису треба замінити."
        ),
    ),
    ConflictKind.SLIP_NUMBER_TWICE: (
        N_("Станція %(station)s видала листок із номером, який уже має інше відвідування."),
        N_("Її картку пам’яті скопійовано або повернуто до старого стану."),
        N_(
            "Повідомте техніка: дві машини не можуть працювати з однієї картки. Зайву слід "
            "вимкнути, станцію спарувати наново."
        ),
    ),
}
_DIFFER = N_("%(when)s станція %(station)s вирішила: %(there)s. За даними сервера: %(here)s.")
_DIFFER_WHY = N_("Станція знала дані станом на %(as_of)s; відтоді вони змінилися.")
_STILL_INSIDE = N_("Читач може бути ще в бібліотеці: відкрийте його відвідування й вирішіть.")
_WRONGLY_SENT_AWAY = N_("Читача затримано даремно: вибачтеся й запросіть увійти.")
_BROKEN = N_("Станція %(station)s передала запис «%(kind)s», який сервер не зміг прочитати.")
_NEWER = N_("Програма станції новіша за програму сервера: таких записів він ще не знає.")
_SPOILED = N_("Запис неповний або пошкоджений.")
_READ_LATER = N_(
    "Запис збережено, інші записи прийнято. Попросіть адміністратора оновити сервер: після "
    "оновлення він прочитає запис сам."
)
_TO_BE_ENTERED = N_(
    "Запис збережено, інші записи прийнято. Передайте технікові подробиці. Якщо в них "
    "відвідування, якого немає в журналі, внесіть його як паперове."
)
ACTS = {
    Act.COUNT_VISIT: N_("Зарахувати відвідування"),
    Act.OPEN_PASSAGE: N_("Увійшли крізь відчинений прохід"),
    Act.CLOSE_VISIT: N_("Читача немає: закрити відвідування"),
    Act.STANDS: N_("Залишити рішення станції"),
    Act.APOLOGISED: N_("Читача запрошено"),
}
_FROM_COPY = N_("сервер був недоступний")
_FROM_SERVER = N_("запис про перший вхід надійшов пізніше")


def explain(story: Story, words: Words) -> Explained:
    """The conflict in words."""
    kind, conflict = story.conflict.kind, story.conflict
    is_open = [visit for visit in story.visits if visit.closed_at is None]
    what, why, do = (
        _differing(story, words) if kind is ConflictKind.VERDICTS_DIFFER else _plain(story, words)
    )
    return Explained(
        what=what,
        why=why,
        do=do,
        visits=[
            VisitLine(
                visit_id=visit.id,
                slip_number=visit.slip_number,
                station=visit.station_code or "",
                opened_at=visit.opened_at,
                closed_at=visit.closed_at,
                state=visit_state_name(visit.state),
            )
            for visit in story.visits
        ],
        closable=conflict.kind is ConflictKind.TWO_VISITS and len(is_open) > 1,
        patron_id=None if story.ticket is None else story.ticket.patron_id,
        on_paper=kind is ConflictKind.EXIT_WITHOUT_ENTRY,
        acts=[(act.value, words.gettext(ACTS[act])) for act in acts(story)],
    )


def explain_broken(event: StationEvent, words: Words) -> Broken:
    """A record that was set aside, in words."""
    kind, problem = event.kind or "—", event.problem or "—"
    is_known = kind in KINDS
    return Broken(
        what=words.gettext(_BROKEN, station=event.station_code, kind=kind),
        why=words.gettext(_SPOILED if is_known else _NEWER),
        do=words.gettext(_TO_BE_ENTERED if is_known else _READ_LATER),
        problem=problem,
        record=json.dumps(event.payload, ensure_ascii=False, indent=2),
    )


_EXIT_WITH_TICKET = N_(
    "%(when)s станція %(station)s випустила людину з квитком № %(ticket)s, "
    "входу якої немає в записах."
)


def _plain(story: Story, words: Words) -> tuple[str, str, str]:
    source = _FROM_COPY if story.told.get("source") == "copy" else _FROM_SERVER
    number = story.conflict.ticket_id or "—"
    places = {
        "ticket": number if story.ticket is None else story.ticket.number,
        "station": story.conflict.details.get("station", "—"),
        "when": _moment(story.conflict.details.get("at"), words),
        "source": words.gettext(source),
    }
    kind = story.conflict.kind
    said, why, do = _SAID[kind]
    if kind is ConflictKind.EXIT_WITHOUT_ENTRY and story.ticket is not None:
        said = _EXIT_WITH_TICKET
    return words.gettext(said, **places), words.gettext(why, **places), words.gettext(do, **places)


def _differing(story: Story, words: Words) -> tuple[str, str, str]:
    details = story.conflict.details
    direction = "exit" if story.told.get("kind") == "exit_decided" else "entry"
    there, *there_reasons = details.get("there") or [Verdict.GRANT.value]
    here, *here_reasons = details.get("here") or [Verdict.DESK.value]
    what = words.gettext(
        _DIFFER,
        when=_moment(details.get("at"), words),
        station=details.get("station", "—"),
        there=_verdict(there, there_reasons, direction, words),
        here=_verdict(here, here_reasons, direction, words),
    )
    as_of = _moment(details.get("facts_as_of") or story.told.get("facts_as_of"), words)
    do = words.gettext(_STILL_INSIDE if let_through(story.conflict) else _WRONGLY_SENT_AWAY)
    return what, words.gettext(_DIFFER_WHY, as_of=as_of), do


def _verdict(verdict: str, reasons: Iterable[str], direction: Any, words: Words) -> str:
    """«Увійти не може (обмеження)»: the verdict with what brought it."""
    grave = [
        reason_title(words, code, "staff")
        for code in reasons
        if code in set(Reason) and Reason(code) in VERDICT_OF
    ]
    said = verdict_text(words, verdict, "staff", direction)
    return f"«{said}»" if not grave else f"«{said}» ({', '.join(grave)})"


def _moment(text: str | None, words: Words) -> str:
    return "—" if not text else words.moment(datetime.fromisoformat(text))
