"""Words for the states that `patrons.csv` of a sample names, in groups."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from templates.words import N_


@dataclass(frozen=True, slots=True, kw_only=True)
class StateGroup:
    """States that belong together: words by code."""

    label: str
    states: Mapping[str, str]


GROUPS: Final = (
    StateGroup(
        label=N_("Строки"),
        states={
            "valid": N_("дійсний"),
            "expires_today": N_("діє останній день"),
            "expires_soon": N_("скоро закінчиться"),
            "expired_yesterday": N_("закінчився вчора"),
            "expired": N_("прострочений"),
            "registered_last_year": N_("зареєстрований торік"),
            "not_reregistered": N_("не перереєстрований"),
            "not_started": N_("діє від завтра"),
            "fee_unpaid": N_("не оплачений"),
            "one_time_today": N_("разовий, на сьогодні"),
            "one_time_yesterday": N_("разовий, учорашній"),
        },
    ),
    StateGroup(
        label=N_("Заборони"),
        states={
            "banned": N_("заборона відвідування"),
            "banned_until_tomorrow": N_("заборона до завтра"),
            "banned_indefinitely": N_("заборона безстрокова"),
            "banned_and_expired": N_("заборона, ще й прострочений"),
            "ban_from_tomorrow": N_("заборона від завтра"),
            "ban_lifted": N_("заборону скасовано"),
            "ban_over": N_("заборона минула"),
        },
    ),
    StateGroup(
        label=N_("Люди"),
        states={
            "minor_with_consent": N_("дитина, згода батьків є"),
            "minor_without_consent": N_("дитина, згоди батьків немає"),
            "turned_16_today": N_("сьогодні виповнилося 16"),
            "turns_16_tomorrow": N_("завтра виповниться 16"),
            "name_changed": N_("змінилося прізвище"),
            "resident_temporary": N_("живе тут тимчасово"),
            "resident_displaced": N_("переміщена особа"),
            "resident_elsewhere": N_("живе в іншому місті"),
            "agreement_good": N_("від організації, угода діє"),
            "agreement_ended": N_("від організації, угода скінчилася"),
            "staff_pass": N_("перепустка працівника"),
            "staff_pass_cancelled": N_("скасована перепустка"),
        },
    ),
    StateGroup(
        label=N_("Втрачені й замінені"),
        states={
            "lost": N_("заявлено про втрату"),
            "replaced": N_("замінений дублікатом"),
            "replacement": N_("дублікат"),
            "cancelled": N_("скасований"),
        },
    ),
    StateGroup(
        label=N_("Картки й номери"),
        states={
            "card_linked": N_("має безконтактну картку"),
            "card_shared_permanent": N_("постійний, картка на два квитки"),
            "card_shared_one_time": N_("разовий, картка на два квитки"),
            "card_of_cancelled": N_("скасований, а картка жива"),
            "number_linked": N_("старий, із друкованим номером"),
        },
    ),
    StateGroup(
        label=N_("Документи й відвідування"),
        states={
            "loans_at_home": N_("книги вдома"),
            "loans_overdue": N_("книги вдома прострочено"),
            "slip_not_returned": N_("учорашній листок не здано"),
            "visit_left_open": N_("учорашній вихід не записано"),
            "inside": N_("уже в бібліотеці"),
            "inside_with_documents": N_("у бібліотеці, має документи"),
            "inside_at_limit": N_("у бібліотеці, більше не видадуть"),
            "inside_with_home_loans": N_("у бібліотеці, книги додому"),
            "inside_with_laptop": N_("у бібліотеці з ноутбуком"),
            "away": N_("на перерві"),
        },
    ),
)

STATE_WORDS: Final[Mapping[str, str]] = {
    code: word for group in GROUPS for code, word in group.states.items()
}
