"""What a self-check machine shows to the reader: reasons and problems in the library's language."""

from __future__ import annotations

from typing import Final

from templates import judgements
from templates.words import N_, Words

_SAID: Final = {
    "unknown_document": N_("Цього документа немає в нашому обліку"),
    "already_out": N_("Документ уже виданий"),
    "lost": N_("Документ значиться втраченим, зверніться до працівника"),
    "not_out": N_("Цей документ вам не видавали"),
    "over": N_("Документ уже повернено"),
    "room": N_("Документ читального залу не продовжують"),
    "show": N_("Щоб продовжити вдруге, покажіть документ працівникові"),
    "not_offered": N_("Ця дія тут недоступна, зверніться до працівника"),
}


def say(words: Words, code: str) -> str:
    """One sentence for a code of a problem or of a reason; nothing for none."""
    if not code:
        return ""
    if code in _SAID:
        return words.gettext(_SAID[code])
    return judgements.reason_text(words, code)
