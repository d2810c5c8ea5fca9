"""Decisions in words for staff."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from gate.facts import Because, Decision
from gate.reasons import VERDICT_OF, Reason, Verdict
from server.console.centre import words
from templates.judgements import reason_text, reason_title


@dataclass(frozen=True, slots=True)
class Saying:
    """A reason as the pages show it; `state` gives its ground and pictogram."""

    code: Reason
    state: Verdict
    title: str
    text: str

    @property
    def is_grave(self) -> bool:
        """Whether it changed the verdict; otherwise it is a remark."""
        return self.state is not Verdict.GRANT


def sayings(decision: Decision, departments: Mapping[str, str] | None = None) -> Sequence[Saying]:
    """Every reason of a decision, the gravest first; `departments` names their codes."""
    return [_saying(because, departments or {}) for because in decision.reasons]


def of_codes(codes: Sequence[Reason]) -> Sequence[Saying]:
    """Reasons of a decision that was made before, whose facts are no longer at hand."""
    return [_saying(Because(code=code), {}) for code in codes]


def _saying(because: Because, names: Mapping[str, str]) -> Saying:
    out = because.departments
    counted = [(names.get(each.department, each.department), each.count) for each in out]
    return Saying(
        code=because.code,
        state=VERDICT_OF.get(because.code, Verdict.GRANT),
        title=reason_title(words(), because.code, "staff"),
        text=reason_text(words(), because.code, "staff", until=because.until, departments=counted),
    )
