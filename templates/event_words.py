"""Words for the codes of a station's events, as a technician reads them on its page."""

from __future__ import annotations

from collections.abc import Iterable

from templates.devices import NAMES, device_name, trouble
from templates.judgements import reason_title, verdict_text
from templates.words import N_, Words

ALARMS = {
    "alarm_forced": N_("Пройшли силоміць"),
    "alarm_unchecked": N_("Пройшли без перевірки"),
    "alarm_tailgating": N_("Двоє за одним дозволом"),
    "alarm_held_open": N_("Двері не зачинено"),
    "alarm_jam": N_("Турнікет заклинило"),
    "alarm_tamper": N_("Відкрито корпус турнікета"),
    "alarm_fire": N_("Сигнал пожежі"),
    "alarm_air_raid": N_("Сигнал повітряної тривоги"),
}
"""By code of `gate.passage.Act`; the console says them too."""

PHASES = {
    "closed": N_("Працює"),
    "open": N_("Проходить людина"),
    "held": N_("Відчинено працівником"),
    "shelter": N_("Відкрито до укриття"),
    "released": N_("Вихід звільнено: пожежа"),
    "stopped": N_("Не працює"),
}
"""By code of `gate.passage.Phase`; the console says them too."""

LOCKED = N_("Вхід замкнено")

_CODES = {
    "source": {"server": N_("за сервером"), "copy": N_("за копією")},
    "state": {
        "pending": N_("чекає друку"),
        "printing": N_("друкується"),
        "printed": N_("надруковано"),
        "uncertain": N_("хтозна, чи цілий"),
        "reprinted": N_("надруковано вдруге"),
        "failed": N_("не надруковано"),
    },
    "alarm": {**ALARMS, "all_clear": N_("Відбій")},
    "phase": PHASES,
    "locked": {"True": LOCKED},
    "way": {"in": N_("вхід"), "out": N_("вихід")},
    "means": {"code": N_("кодом"), "card": N_("карткою")},
    "act": {
        "entered": N_("технік увійшов"),
        "left": N_("технік вийшов"),
        "refused": N_("хибний код"),
        "locked": N_("хибні коди, двері замкнено"),
        "tried_scan": N_("проба сканера"),
        "tried_card": N_("проба зчитувача"),
        "tried_add_card": N_("додано картку техніка"),
        "tried_print": N_("пробний друк"),
        "tried_open_in": N_("відчинено на вхід"),
        "tried_open_out": N_("відчинено на вихід"),
        "tried_lamp_go": N_("проба лампи"),
        "tried_lamp_stop": N_("проба лампи"),
        "tried_lamp_call": N_("проба лампи"),
        "tried_buzz": N_("проба сигналу"),
        "volume": N_("гучність"),
        "brightness": N_("яскравість"),
        "confirm_clock": N_("годинник звірено"),
        "new_roll": N_("новий рулон"),
        "forget_cards": N_("картки техніків забуто"),
        "pair": N_("парування"),
        "bundle": N_("пакет підтримки"),
        "restart": N_("перезапуск"),
    },
}
_WAYS = {"entry_decided": "entry", "exit_decided": "exit"}


def event_words(kind: str, codes: Iterable[tuple[str, str]], words: Words) -> str:
    """What the codes of an event of this kind say; one that has no words stands as it is."""
    told = [_said(kind, name, code, words) for name, code in codes]
    return " · ".join(part.rstrip(".") for part in told if part)


def _said(kind: str, name: str, code: str, words: Words) -> str:
    if name in NAMES:
        return f"{device_name(name, words)}: {trouble(name, code, words).cause}"
    try:
        if name == "verdict":
            way = _WAYS.get(kind, "service")
            return verdict_text(words, code, "staff", way)  # type: ignore[arg-type]
        if name == "reasons":
            return reason_title(words, code, "staff")
    except KeyError:
        return code
    if name == "trouble":
        return trouble("printer", code, words).cause
    found = _CODES.get(name, {}).get(code)
    return code if found is None else words.gettext(found)
