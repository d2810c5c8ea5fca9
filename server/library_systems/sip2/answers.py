"""What Lystok answers to each SIP2 message, as a pure step from question to answer.

Of a reader it tells the display name (first name and initial) and nothing else personal; passwords
of patrons are not asked for, since Lystok has none.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, time, tzinfo
from typing import Final

from server.library_systems.contract import Account, Block, Outcome, OutsideLoan
from server.library_systems.own import OwnSystem
from server.library_systems.sip2.client import FLAGS
from server.library_systems.sip2.layouts import SUPPORTED_ORDER, Code, Tag
from server.library_systems.sip2.message import Message, date_told

_SUPPORTED: Final = frozenset(
    (
        Code.PATRON_STATUS, Code.CHECKOUT, Code.CHECKIN, Code.CENTRE_STATUS, Code.RESEND,
        Code.LOGIN, Code.PATRON, Code.END_SESSION, Code.ITEM, Code.RENEW,
    )
)  # fmt: skip
_TIMEOUT_TENTHS: Final = "100"
_RETRIES: Final = "003"
_LATEST: Final = time(23, 59, 59)
_LISTS: Final = {1: Tag.OVERDUE_ITEM, 2: Tag.CHARGED_ITEM}
"""Which sign of the summary asks for which list (SIP2, "Summary")."""
_NO_DEADLINE_S: Final = 60.0
_CIRCULATION_OTHER: Final = "01"
_AVAILABLE: Final = "03"
_CHARGED: Final = "04"
_REFUSALS: Final[dict[Code, tuple[Code, dict[str, str]]]] = {
    Code.HOLD: (Code.HOLD_ANSWER, {"ok": "0", "available": "N"}),
    Code.ITEM_STATUS_UPDATE: (Code.ITEM_STATUS_UPDATE_ANSWER, {"ok": "0"}),
    Code.FEE_PAID: (Code.FEE_PAID_ANSWER, {"ok": "N"}),
    Code.RENEW_ALL: (Code.RENEW_ALL_ANSWER, {"ok": "0", "renewed": "0000", "unrenewed": "0000"}),
}
"""What is not offered is refused in the words of its own answer."""

Words = Callable[[str], str]
"""From a code of a reason or problem to a sentence for the reader."""


@dataclass(frozen=True, slots=True, kw_only=True)
class House:
    """What an answer says of the library."""

    institution: str
    library_name: str
    zone: tzinfo
    say: Words


class Answers:
    """Answers one signed-in client."""

    def __init__(self, system: OwnSystem, house: House) -> None:
        self._system = system
        self._house = house

    def to(self, asked: Message, at: datetime) -> Message | None:
        """The answer; None to what no centre answers."""
        answer = {
            Code.CENTRE_STATUS: self._standing,
            Code.PATRON_STATUS: self._patron_status,
            Code.PATRON: self._patron,
            Code.END_SESSION: self._end,
            Code.ITEM: self._item,
            Code.CHECKOUT: self._issue,
            Code.CHECKIN: self._take_back,
            Code.RENEW: self._renew,
            Code.BLOCK_PATRON: self._patron_status,
            Code.PATRON_ENABLE: self._not_enabled,
        }.get(asked.code)
        if answer is not None:
            return answer(asked, at)
        return self._refuse(asked, at)

    def _standing(self, asked: Message, at: datetime) -> Message:
        del asked
        may = "Y" if self._system.standing(within_s=_NO_DEADLINE_S).can >= {"issue"} else "N"
        fixed = {
            "online": "Y", "may_checkin": may, "may_checkout": may, "may_renew": may,
            "may_update_status": "N", "may_offline": "N", "timeout": _TIMEOUT_TENTHS,
            "retries": _RETRIES, "date": self._date(at), "version": "2.00",
        }  # fmt: skip
        supported = "".join("Y" if code in _SUPPORTED else "N" for code in SUPPORTED_ORDER)
        return self._message(
            Code.CENTRE_STATUS_ANSWER,
            fixed,
            (Tag.LIBRARY_NAME, self._house.library_name),
            (Tag.SUPPORTED, supported),
        )

    def _patron_status(self, asked: Message, at: datetime) -> Message:
        account = self._account(asked, at)
        return self._message(
            Code.PATRON_STATUS_ANSWER, self._status(asked, account, at), *_told_of(account)
        )

    def _not_enabled(self, asked: Message, at: datetime) -> Message:
        account = self._account(asked, at)
        return self._message(
            Code.PATRON_ENABLE_ANSWER, self._status(asked, account, at), *_told_of(account)
        )

    def _patron(self, asked: Message, at: datetime) -> Message:
        account = self._account(asked, at)
        overdue = _overdue(account, at.astimezone(self._house.zone))
        fixed = self._status(asked, account, at) | {
            "holds": f"{account.holds:04}", "overdue": f"{len(overdue):04}",
            "charged": f"{len(account.loans):04}", "fines": "0000", "recalls": "0000",
            "unavailable_holds": "0000",
        }  # fmt: skip
        listed = self._list(asked, account, overdue)
        expires = account.expires_on
        end = () if expires is None else ((Tag.EXPIRES, f"{expires:%Y%m%d}"),)
        return self._message(Code.PATRON_ANSWER, fixed, *_told_of(account), *end, *listed)

    def _list(
        self, asked: Message, account: Account, overdue: list[OutsideLoan]
    ) -> list[tuple[str, str]]:
        """The list that the summary asks for, from BP to BQ, both counted from one."""
        place = asked.fixed["summary"].find("Y")
        tag = _LISTS.get(place)
        if tag is None:
            return []
        items = [loan.item for loan in (overdue if tag is Tag.OVERDUE_ITEM else account.loans)]
        first = _count(asked.first(Tag.START_ITEM), 1)
        last = _count(asked.first(Tag.END_ITEM), len(items))
        return [(tag, item) for item in items[max(0, first - 1) : last]]

    def _end(self, asked: Message, at: datetime) -> Message:
        fixed = {"ok": "Y", "date": self._date(at)}
        number = asked.first(Tag.PATRON)
        return self._message(Code.END_SESSION_ANSWER, fixed, (Tag.PATRON, number))

    def _item(self, asked: Message, at: datetime) -> Message:
        item = asked.first(Tag.ITEM)
        found = self._system.item(item)
        fixed = {"security": "00", "fee_type": "01", "date": self._date(at)}
        if found is None:
            fixed["circulation"] = _CIRCULATION_OTHER
            said = self._house.say("unknown_document")
            return self._message(
                Code.ITEM_ANSWER, fixed, (Tag.ITEM, item), (Tag.SCREEN_MESSAGE, said)
            )
        fixed["circulation"] = _CHARGED if found.is_out else _AVAILABLE
        due = [] if found.due_on is None else [(Tag.DUE, self._due(found))]
        return self._message(
            Code.ITEM_ANSWER, fixed, (Tag.ITEM, found.item), (Tag.TITLE, found.title), *due,
            (Tag.PERMANENT_LOCATION, found.department), (Tag.CURRENT_LOCATION, found.department),
        )  # fmt: skip

    def _issue(self, asked: Message, at: datetime) -> Message:
        number, item = asked.first(Tag.PATRON), asked.first(Tag.ITEM)
        outcome = self._system.issue(number, item, at=at, within_s=_NO_DEADLINE_S)
        return self._lent(Code.CHECKOUT_ANSWER, outcome, number, at, renewed="N")

    def _renew(self, asked: Message, at: datetime) -> Message:
        number, item = asked.first(Tag.PATRON), asked.first(Tag.ITEM)
        outcome = self._system.renew(number, item, at=at, within_s=_NO_DEADLINE_S)
        return self._lent(
            Code.RENEW_ANSWER, outcome, number, at, renewed="Y" if outcome.done else "N"
        )

    def _lent(
        self, code: Code, outcome: Outcome, number: str, at: datetime, *, renewed: str
    ) -> Message:
        fixed = {
            "ok": "1" if outcome.done else "0", "renewal_ok": renewed, "magnetic": "U",
            "desensitize": "Y" if outcome.done else "N", "date": self._date(at),
        }  # fmt: skip
        due = "" if outcome.due_on is None else self._due(outcome)
        return self._message(
            code, fixed, (Tag.PATRON, number), (Tag.ITEM, outcome.item),
            (Tag.TITLE, outcome.title), (Tag.DUE, due), *self._said(outcome),
        )  # fmt: skip

    def _take_back(self, asked: Message, at: datetime) -> Message:
        item = asked.first(Tag.ITEM)
        outcome = self._system.take_back(item, at=at, within_s=_NO_DEADLINE_S)
        fixed = {
            "ok": "1" if outcome.done else "0", "resensitize": "Y" if outcome.done else "N",
            "magnetic": "U", "alert": "N" if outcome.done else "Y", "date": self._date(at),
        }  # fmt: skip
        return self._message(
            Code.CHECKIN_ANSWER, fixed, (Tag.ITEM, item), (Tag.TITLE, outcome.title),
            (Tag.PERMANENT_LOCATION, ""), *self._said(outcome),
        )  # fmt: skip

    def _refuse(self, asked: Message, at: datetime) -> Message | None:
        refusal = _REFUSALS.get(asked.code)
        if refusal is None:
            return None
        code, fixed = refusal
        said = (Tag.SCREEN_MESSAGE, self._house.say("not_offered"))
        return self._message(code, fixed | {"date": self._date(at)}, said)

    def _said(self, outcome: Outcome) -> list[tuple[str, str]]:
        return [(Tag.SCREEN_MESSAGE, self._house.say(outcome.said))] if outcome.said else []

    def _account(self, asked: Message, at: datetime) -> Account:
        return self._system.account(asked.first(Tag.PATRON), at=at, within_s=_NO_DEADLINE_S)

    def _status(self, asked: Message, account: Account, at: datetime) -> dict[str, str]:
        flags = (not account.known or block in account.blocks for block in FLAGS)
        return {
            "patron_status": "".join("Y" if set_ else " " for set_ in flags),
            "language": asked.fixed.get("language", "000"),
            "date": self._date(at),
        }

    def _message(self, code: Code, fixed: dict[str, str], *fields: tuple[str, str]) -> Message:
        return Message(code, fixed, ((Tag.INSTITUTION, self._house.institution), *fields))

    def _date(self, at: datetime) -> str:
        return date_told(at.astimezone(self._house.zone))

    def _due(self, lent: Outcome | OutsideLoan) -> str:
        """The last second of the last day."""
        if lent.due_on is None:
            return ""
        return date_told(datetime.combine(lent.due_on, _LATEST, self._house.zone))


def _told_of(account: Account) -> list[tuple[str, str]]:
    valid = account.known and not account.blocks & {Block.NOT_VALID, Block.EXPIRED}
    return [
        (Tag.PATRON, account.number),
        (Tag.NAME, account.name),
        (Tag.VALID_PATRON, "Y" if valid else "N"),
    ]


def _overdue(account: Account, now: datetime) -> list[OutsideLoan]:
    today = now.date()
    return [loan for loan in account.loans if loan.due_on is not None and loan.due_on < today]


def _count(told: str, otherwise: int) -> int:
    return int(told) if told.isascii() and told.isdigit() else otherwise
