"""A library system behind SIP2: patrons (63, 23), documents (17), the desk's acts (11, 09, 29, 35).

BL alone is no decision: what Lystok makes of flags, PA and BL together is `blocks_of`; how the
system tells that somebody is barred, and which blocks stop anybody, is in the configuration.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime, tzinfo
from time import monotonic
from typing import Final

from server.library_systems.contract import (
    Account,
    Block,
    Outcome,
    OutsideLoan,
    Standing,
    SystemAway,
)
from server.library_systems.places import Places
from server.library_systems.sip2.barring import BARRING, Barring
from server.library_systems.sip2.connection import CentreAway
from server.library_systems.sip2.layouts import SUPPORTED_ORDER, Code, Tag
from server.library_systems.sip2.message import Message, date_read, date_told
from server.library_systems.sip2.pool import Pool
from server.library_systems.sip2.recorder import WireRecorder

FLAGS: Final = (
    Block.LOANS_DENIED, Block.RENEWALS_DENIED, Block.RECALLS_DENIED, Block.HOLDS_DENIED,
    Block.CARD_LOST, Block.TOO_MANY_LOANS, Block.TOO_MANY_OVERDUE, Block.TOO_MANY_RENEWALS,
    Block.TOO_MANY_CLAIMS, Block.TOO_MANY_LOST, Block.FINES, Block.FEES, Block.RECALL_OVERDUE,
    Block.TOO_MANY_BILLED,
)  # fmt: skip
"""The fourteen signs of a patron's status, in their order (SIP2, "Patron Status")."""
_CHARGED: Final = "  Y       "
_NO_DATE: Final = " " * 18
_CAN: Final = {
    Code.CHECKOUT: "issue", Code.CHECKIN: "take_back", Code.RENEW: "renew", Code.ITEM: "item",
}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Manners:
    """How this centre is to be asked."""

    institution: str = ""
    language: str = "000"
    """Three digits: 000 is unknown, which every centre takes."""
    terminal_password: str = field(default="", repr=False)
    zone: Callable[[], tzinfo]
    """Of its dates without a zone: the library's, known once the database can be asked."""
    places: Places = field(default_factory=Places)
    ask_loans: bool = True
    """Ask for what is out (63); without it for the status alone (23)."""
    ask_items: bool = True
    """Ask for title, place and day of each document (17), where the list holds barcodes alone."""
    barring: Barring = BARRING["other"]
    """How this system tells that somebody is barred."""


class Sip2System:
    """A SIP2 centre as a LibrarySystem and as Circulation."""

    name = "sip2"

    def __init__(self, pool: Pool, manners: Manners, wire: WireRecorder) -> None:
        self.wire = wire
        """What went over it, for the technician's page."""
        self._pool = pool
        self._manners = manners

    def account(self, number: str, *, at: datetime, within_s: float) -> Account:
        """Ask for a patron and the documents with them (63, and 17 for each), or for the status."""
        manners, until_s = self._manners, monotonic() + within_s
        heard = (self._listed if manners.ask_loans else self._status)(number, at, until_s)
        if not _is_known(heard):
            return Account(number=number, as_of=at, known=False)
        expires = date_read(heard.first(Tag.EXPIRES), manners.zone())
        expires_on = None if expires is None else expires.date()
        items = heard.all(Tag.CHARGED_ITEM)
        return Account(
            number=number,
            as_of=at,
            blocks=blocks_of(
                heard, expires_on, at.astimezone(manners.zone()).date(), manners.barring
            ),
            loans=tuple(self._loan(item, at, until_s) for item in items),
            holds=heard.number("holds"),
            expires_on=expires_on,
            name=heard.first(Tag.NAME),
        )

    def standing(self, *, within_s: float) -> Standing:
        """Ask how the centre is (99)."""
        asked = Message(Code.CENTRE_STATUS, {"status": "0", "width": "080", "version": "2.00"})
        heard = self._ask(asked, Code.CENTRE_STATUS_ANSWER, monotonic() + within_s)
        supported = heard.first(Tag.SUPPORTED)
        told = zip(SUPPORTED_ORDER, supported, strict=False)
        can = frozenset(_CAN[code] for code, sign in told if sign == "Y" and code in _CAN)
        name = heard.first(Tag.LIBRARY_NAME) or heard.first(Tag.INSTITUTION)
        return Standing(online=heard.says("online"), name=name, can=can)

    def issue(self, number: str, item: str, *, at: datetime, within_s: float) -> Outcome:
        """Lend a document (11)."""
        fixed = {"may_renew": "N", "no_block": "N", "date": self._date(at)}
        heard = self._ask(
            Message(
                Code.CHECKOUT,
                {**fixed, "no_block_due": _NO_DATE},
                self._about(number, (Tag.ITEM, item), (Tag.FEE_ACKNOWLEDGED, "N")),
            ),
            Code.CHECKOUT_ANSWER,
            monotonic() + within_s,
        )
        return self._outcome(heard, item)

    def take_back(self, item: str, *, at: datetime, within_s: float) -> Outcome:
        """Take a document back (09)."""
        now = self._date(at)
        heard = self._ask(
            Message(
                Code.CHECKIN,
                {"no_block": "N", "date": now, "return_date": now},
                (
                    (Tag.CURRENT_LOCATION, ""),
                    (Tag.INSTITUTION, self._manners.institution),
                    (Tag.ITEM, item),
                    (Tag.TERMINAL_PASSWORD, self._manners.terminal_password),
                    (Tag.CANCEL, "N"),
                ),
            ),
            Code.CHECKIN_ANSWER,
            monotonic() + within_s,
        )
        return self._outcome(heard, item)

    def renew(self, number: str, item: str, *, at: datetime, within_s: float) -> Outcome:
        """Lend it longer (29)."""
        fixed = {"third_party": "N", "no_block": "N", "date": self._date(at)}
        heard = self._ask(
            Message(
                Code.RENEW,
                {**fixed, "no_block_due": _NO_DATE},
                self._about(number, (Tag.ITEM, item), (Tag.FEE_ACKNOWLEDGED, "N")),
            ),
            Code.RENEW_ANSWER,
            monotonic() + within_s,
        )
        return self._outcome(heard, item)

    def leave(self, number: str, *, at: datetime, within_s: float) -> None:
        """End the session of a patron (35)."""
        self._ask(
            Message(Code.END_SESSION, {"date": self._date(at)}, self._about(number)),
            Code.END_SESSION_ANSWER,
            monotonic() + within_s,
        )

    def close(self) -> None:
        """Hang up."""
        self._pool.close()

    def _listed(self, number: str, at: datetime, until_s: float) -> Message:
        fixed = {
            "language": self._manners.language, "date": self._date(at), "summary": _CHARGED,
        }  # fmt: skip
        about = self._about(number, (Tag.START_ITEM, "1"), (Tag.END_ITEM, "9999"))
        return self._ask(Message(Code.PATRON, fixed, about), Code.PATRON_ANSWER, until_s)

    def _status(self, number: str, at: datetime, until_s: float) -> Message:
        fixed = {"language": self._manners.language, "date": self._date(at)}
        asked = Message(Code.PATRON_STATUS, fixed, self._about(number))
        return self._ask(asked, Code.PATRON_STATUS_ANSWER, until_s)

    def _about(self, number: str, *more: tuple[str, str]) -> tuple[tuple[str, str], ...]:
        return (
            (Tag.INSTITUTION, self._manners.institution),
            (Tag.PATRON, number),
            (Tag.TERMINAL_PASSWORD, self._manners.terminal_password),
            *more,
        )

    def _loan(self, told: str, at: datetime, until_s: float) -> OutsideLoan:
        """A list holds barcodes, or barcode and title in one, as the centre is set up."""
        if not self._manners.ask_items:
            return OutsideLoan(item=told)
        heard = self._item(told, at, until_s)
        manners = self._manners
        due = date_read(heard.first(Tag.DUE), manners.zone())
        department, place = manners.places.of(
            heard.first(Tag.CURRENT_LOCATION), heard.first(Tag.PERMANENT_LOCATION)
        )
        return OutsideLoan(
            item=heard.first(Tag.ITEM) or told,
            title=heard.first(Tag.TITLE),
            department=department,
            place=place,
            due_on=None if due is None else due.date(),
        )

    def _item(self, item: str, at: datetime, until_s: float) -> Message:
        return self._ask(
            Message(
                Code.ITEM,
                {"date": self._date(at)},
                (
                    (Tag.INSTITUTION, self._manners.institution),
                    (Tag.ITEM, item),
                    (Tag.TERMINAL_PASSWORD, self._manners.terminal_password),
                ),
            ),
            Code.ITEM_ANSWER,
            until_s,
        )

    def _outcome(self, heard: Message, item: str) -> Outcome:
        due = date_read(heard.first(Tag.DUE), self._manners.zone())
        return Outcome(
            done=heard.says("ok"),
            item=item,
            title=heard.first(Tag.TITLE),
            due_on=None if due is None else due.date(),
            said=" ".join(heard.all(Tag.SCREEN_MESSAGE)),
        )

    def _ask(self, message: Message, answer: Code, until_s: float) -> Message:
        try:
            return self._pool.ask(message, answer, until_s=until_s)
        except CentreAway as error:
            raise SystemAway(str(error)) from None

    def _date(self, at: datetime) -> str:
        return date_told(at.astimezone(self._manners.zone()))


def blocks_of(
    heard: Message, expires_on: date | None, today: date, barring: Barring
) -> frozenset[Block]:
    """What a status says: its flags, BL, PA by the day of today, and what these mean together."""
    flags = heard.fixed["patron_status"]
    blocks = {block for block, sign in zip(FLAGS, flags, strict=True) if sign == "Y"}
    if heard.first(Tag.VALID_PATRON) == "N":
        blocks.add(Block.NOT_VALID)
    if expires_on is not None and expires_on < today:
        blocks.add(Block.EXPIRED)
    if barring.tells(blocks, heard.all(Tag.SCREEN_MESSAGE)):
        blocks.add(Block.BARRED)
    return frozenset(blocks)


def _is_known(heard: Message) -> bool:
    """A centre answers for a stranger too: not valid, and without a name."""
    return heard.first(Tag.VALID_PATRON) != "N" or bool(heard.first(Tag.NAME))
