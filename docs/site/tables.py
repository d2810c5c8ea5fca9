"""Tables of the site that the program itself tells, in the language of the page.

A page asks for one by a line of its own, `<!-- table: reasons uk -->`; see `made`.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Final

from docs.site import paper_slips, settings
from gate.reasons import VERDICT_OF, Duty, Reason, Verdict
from server.console.alarms import AT_LANES
from server.console.fields import Kind
from server.console.labels import ROLE_NAMES
from server.console.places import PLACES
from server.console.roles import ROLES
from server.console.setting_words import SUBJECTS
from server.models import Role
from server.services.settings import LibrarySettings
from templates import devices, judgements, maintenance_words
from templates.words import Words

_DOCS: Final = Path(__file__).parents[1]
_ASKED: Final = re.compile(r"^<!-- table: ([\w.]+) ?(\w*) -->$", re.MULTILINE)
_HEADS: Final[Mapping[str, Mapping[str, tuple[str, ...]]]] = {
    "uk": {
        "reasons": ("на екрані читача", "що сталося", "що зробити"),
        "alarms": ("сигнал", "що зробити"),
        "duties": ("код", "читачеві", "працівникові"),
        "settings": ("налаштування", "типово", "що змінює"),
        "faults": ("що не так", "чому", "що зробити"),
        "devices": ("код", "чому", "що зробити"),
    },
    "en": {
        "reasons": ("on the reader's screen", "what is the case", "what to do"),
        "alarms": ("alarm", "what to do"),
        "duties": ("code", "to the reader", "to staff"),
        "settings": ("setting", "default", "what it changes"),
        "faults": ("what is wrong", "why", "what to do"),
        "devices": ("code", "why", "what to do"),
    },
}
_VERDICTS: Final[Mapping[str, Mapping[Verdict, str]]] = {
    "uk": {
        Verdict.REFUSE: "Прохід зачинено, видачі немає",
        Verdict.DESK: "До Сервісного центру: вирішує людина",
        Verdict.GRANT: "Пропускаємо, але кажемо",
    },
    "en": {
        Verdict.REFUSE: "The way stays shut, nothing is lent",
        Verdict.DESK: "To the Service Centre: a person decides",
        Verdict.GRANT: "Let through, and told",
    },
}
_YES_NO: Final = {"uk": ("так", "ні"), "en": ("yes", "no")}


def made(text: str) -> str:
    """A page with the tables that it asks for. Raises KeyError for one that there is not."""
    return _ASKED.sub(lambda asked: _made(asked[1], asked[2] or "en"), text)


def _made(name: str, language: str) -> str:
    return settings.table(name) if name in settings.FILES else _TABLES[name](language)


@cache
def remedies(about: str = "reasons") -> Mapping[str, Mapping[str, str]]:
    """What staff do about each of `reasons` or `alarms`, by code and language."""
    found: dict[str, dict[str, str]] = tomllib.loads(
        (Path(__file__).parent / f"{about}.toml").read_text("utf-8")
    )
    return found


def reasons(language: str) -> str:
    """Every reason with its words, by what it does to the lane."""
    words = Words(language)
    parts: list[str] = []
    for verdict, title in _VERDICTS[language].items():
        rows = (_reason(each, words) for each in Reason if verdict_of(each) is verdict)
        parts += [f"## {title}", "", *_table(_HEADS[language]["reasons"], rows), ""]
    return "\n".join(parts)


def verdict_of(reason: Reason) -> Verdict:
    """What a reason does; whatever is no obstacle is a warning."""
    return VERDICT_OF.get(reason, Verdict.GRANT)


def duties(language: str) -> str:
    """What is to be done along with a decision."""
    words = Words(language)
    rows = (
        (f"`{each}`", *(judgements.duty_text(words, each, to) for to in ("patron", "staff")))
        for each in Duty
    )
    return "\n".join(_table(_HEADS[language]["duties"], rows))


def alarms(language: str) -> str:
    """What lanes tell of, as the console names it."""
    words = Words(language)
    rows = (
        (f"**{words.gettext(said)}**<br>`{code}`", remedies("alarms")[code][language])
        for code, said in AT_LANES.items()
    )
    return "\n".join(_table(_HEADS[language]["alarms"], rows))


def library_settings(language: str) -> str:
    """What the library itself decides, as the console names it."""
    words = Words(language)
    parts: list[str] = []
    for subject in SUBJECTS:
        rows = (
            (
                f"{words.gettext(field.label)}<br>`{field.name}`",
                _default(field.name, field.kind, field.unit, words),
                words.gettext(field.help) if field.help else "",
            )
            for field in subject.fields
        )
        parts += [f"## {words.gettext(subject.name)}", ""]
        parts += [*_table(_HEADS[language]["settings"], rows), ""]
    return "\n".join(parts)


def faults(language: str) -> str:
    """What the maintenance page says of a station, with cause and remedy."""
    words = Words(language)
    rows = (
        (maintenance_words.fault_title("", code, words), said.cause, said.remedy)
        for code in maintenance_words.FAULTS
        for said in [maintenance_words.fault_words("", code, words)]
    )
    return "\n".join(_table(_HEADS[language]["faults"], rows))


def device_troubles(language: str) -> str:
    """What a device's own code means."""
    words = Words(language)
    rows = (
        (_trouble_name(code, words), said.cause, said.remedy)
        for code in devices.TROUBLES
        for kind, _, short in [code.rpartition(".")]
        for said in [devices.trouble(kind, short, words)]
    )
    return "\n".join(_table(_HEADS[language]["devices"], rows))


def roles(language: str) -> str:
    """Which places of the console each role has, from the matrix that lets people in."""
    words = Words(language)
    heads = ("", *(words.gettext(ROLE_NAMES[role]) for role in Role))
    rows = (
        (
            words.gettext(place.name),
            *("●" if role in ROLES[place.endpoint] else "" for role in Role),
        )
        for place in PLACES
    )
    return "\n".join(_table(heads, rows))


def decisions(_language: str) -> str:
    """Every decision by its number and title."""
    pages = sorted((_DOCS / "decisions").glob("[0-9]*.md"))
    return "\n".join(f"- [{_title(page)}]({page.name})" for page in pages)


def _title(page: Path) -> str:
    head = page.read_text("utf-8").partition("\n")[0].lstrip("# ")
    return f"{int(page.name[:4])}. {re.sub(r'^[0-9]+[:.]? *', '', head)}"


def _reason(reason: Reason, words: Words) -> tuple[str, ...]:
    patron = judgements.reason_title(words, reason)
    said = judgements.reason_text(words, reason)
    return (
        f"**{patron}**<br>{said}<br>`{reason}`",
        judgements.reason_text(words, reason, "staff"),
        remedies()[reason][words.language],
    )


def _trouble_name(code: str, words: Words) -> str:
    kind, _, _short = code.rpartition(".")
    return f"`{code}`" + (f"<br>{devices.device_name(kind, words)}" if kind else "")


def _default(name: str, kind: Kind, unit: str, words: Words) -> str:
    """The default as a person reads it."""
    value = LibrarySettings.model_fields[name].get_default(call_default_factory=True)
    match kind:
        case Kind.TICK:
            return _YES_NO[words.language][not value]
        case Kind.MONEY:
            return words.money(value)
        case Kind.MONTH_DAY:
            return f"{value[1]:02}.{value[0]:02}"
    if name.startswith("notices_"):
        return f"{value // 60:02}:{value % 60:02}"
    if value is None or value == "":
        return "—"
    return f"{value} {words.gettext(unit)}" if unit else f"{value}"


def _table(heads: Iterable[str], rows: Iterable[Iterable[str]]) -> Iterator[str]:
    heads = tuple(heads)
    yield f"| {' | '.join(heads)} |"
    yield "|---" * len(heads) + "|"
    for row in rows:
        yield f"| {' | '.join(row)} |"


_TABLES: Final[Mapping[str, Callable[[str], str]]] = {
    "reasons": reasons,
    "duties": duties,
    "alarms": alarms,
    "library_settings": library_settings,
    "faults": faults,
    "devices": device_troubles,
    "decisions": decisions,
    "paper_slips": paper_slips.sheet,
    "roles": roles,
}
