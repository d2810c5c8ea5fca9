"""The fixed parts of SIP2 messages (3M SIP 2.00), and the names of their variable fields."""

from __future__ import annotations

from enum import StrEnum
from typing import Final, NamedTuple


class Code(StrEnum):
    """The two digits that a message begins with."""

    BLOCK_PATRON = "01"
    CHECKIN = "09"
    CHECKIN_ANSWER = "10"
    CHECKOUT = "11"
    CHECKOUT_ANSWER = "12"
    HOLD = "15"
    HOLD_ANSWER = "16"
    ITEM = "17"
    ITEM_ANSWER = "18"
    ITEM_STATUS_UPDATE = "19"
    ITEM_STATUS_UPDATE_ANSWER = "20"
    PATRON_STATUS = "23"
    PATRON_STATUS_ANSWER = "24"
    PATRON_ENABLE = "25"
    PATRON_ENABLE_ANSWER = "26"
    RENEW = "29"
    RENEW_ANSWER = "30"
    END_SESSION = "35"
    END_SESSION_ANSWER = "36"
    FEE_PAID = "37"
    FEE_PAID_ANSWER = "38"
    PATRON = "63"
    PATRON_ANSWER = "64"
    RENEW_ALL = "65"
    RENEW_ALL_ANSWER = "66"
    LOGIN = "93"
    LOGIN_ANSWER = "94"
    ASK_AGAIN = "96"
    """The centre asks its client to send the last message again."""
    RESEND = "97"
    """The client asks the centre to send its last answer again."""
    CENTRE_STATUS_ANSWER = "98"
    CENTRE_STATUS = "99"


class Part(NamedTuple):
    """A piece of fixed width."""

    name: str
    width: int


_DATE = Part("date", 18)
_OK = Part("ok", 1)
_STATUS = (Part("patron_status", 14), Part("language", 3), _DATE)
_LENT = (_OK, Part("renewal_ok", 1), Part("magnetic", 1), Part("desensitize", 1), _DATE)

LAYOUTS: Final[dict[Code, tuple[Part, ...]]] = {
    Code.BLOCK_PATRON: (Part("card_retained", 1), _DATE),
    Code.CHECKIN: (Part("no_block", 1), _DATE, Part("return_date", 18)),
    Code.CHECKIN_ANSWER: (
        _OK,
        Part("resensitize", 1),
        Part("magnetic", 1),
        Part("alert", 1),
        _DATE,
    ),
    Code.CHECKOUT: (
        Part("may_renew", 1),
        Part("no_block", 1),
        _DATE,
        Part("no_block_due", 18),
    ),
    Code.CHECKOUT_ANSWER: _LENT,
    Code.HOLD: (Part("mode", 1), _DATE),
    Code.HOLD_ANSWER: (_OK, Part("available", 1), _DATE),
    Code.ITEM: (_DATE,),
    Code.ITEM_ANSWER: (
        Part("circulation", 2),
        Part("security", 2),
        Part("fee_type", 2),
        _DATE,
    ),
    Code.ITEM_STATUS_UPDATE: (_DATE,),
    Code.ITEM_STATUS_UPDATE_ANSWER: (_OK, _DATE),
    Code.PATRON_STATUS: (Part("language", 3), _DATE),
    Code.PATRON_STATUS_ANSWER: _STATUS,
    Code.PATRON_ENABLE: (_DATE,),
    Code.PATRON_ENABLE_ANSWER: _STATUS,
    Code.RENEW: (
        Part("third_party", 1),
        Part("no_block", 1),
        _DATE,
        Part("no_block_due", 18),
    ),
    Code.RENEW_ANSWER: _LENT,
    Code.END_SESSION: (_DATE,),
    Code.END_SESSION_ANSWER: (_OK, _DATE),
    Code.FEE_PAID: (
        _DATE,
        Part("fee_type", 2),
        Part("payment_type", 2),
        Part("currency", 3),
    ),
    Code.FEE_PAID_ANSWER: (_OK, _DATE),
    Code.PATRON: (Part("language", 3), _DATE, Part("summary", 10)),
    Code.PATRON_ANSWER: (
        *_STATUS,
        Part("holds", 4),
        Part("overdue", 4),
        Part("charged", 4),
        Part("fines", 4),
        Part("recalls", 4),
        Part("unavailable_holds", 4),
    ),
    Code.RENEW_ALL: (_DATE,),
    Code.RENEW_ALL_ANSWER: (_OK, Part("renewed", 4), Part("unrenewed", 4), _DATE),
    Code.LOGIN: (Part("user_algorithm", 1), Part("password_algorithm", 1)),
    Code.LOGIN_ANSWER: (_OK,),
    Code.ASK_AGAIN: (),
    Code.RESEND: (),
    Code.CENTRE_STATUS_ANSWER: (
        Part("online", 1),
        Part("may_checkin", 1),
        Part("may_checkout", 1),
        Part("may_renew", 1),
        Part("may_update_status", 1),
        Part("may_offline", 1),
        Part("timeout", 3),
        Part("retries", 3),
        _DATE,
        Part("version", 4),
    ),
    Code.CENTRE_STATUS: (Part("status", 1), Part("width", 3), Part("version", 4)),
}


class Tag(StrEnum):
    """Two letters before a variable field."""

    PATRON = "AA"
    ITEM = "AB"
    TERMINAL_PASSWORD = "AC"  # noqa: S105 - a field's name
    PATRON_PASSWORD = "AD"  # noqa: S105 - a field's name
    NAME = "AE"
    SCREEN_MESSAGE = "AF"
    PRINT_LINE = "AG"
    DUE = "AH"
    TITLE = "AJ"
    BLOCKED_CARD_MESSAGE = "AL"
    LIBRARY_NAME = "AM"
    TERMINAL_LOCATION = "AN"
    INSTITUTION = "AO"
    CURRENT_LOCATION = "AP"
    PERMANENT_LOCATION = "AQ"
    HOLD_ITEM = "AS"
    OVERDUE_ITEM = "AT"
    CHARGED_ITEM = "AU"
    FINE_ITEM = "AV"
    SEQUENCE = "AY"
    CHECKSUM = "AZ"
    VALID_PATRON = "BL"
    HOLDS_LIMIT = "BZ"
    OVERDUE_LIMIT = "CA"
    CHARGED_LIMIT = "CB"
    FEE_LIMIT = "CC"
    HOME_ADDRESS = "BD"
    EMAIL = "BE"
    PHONE = "BF"
    OWNER = "BG"
    CURRENCY = "BH"
    CANCEL = "BI"
    FEE_ACKNOWLEDGED = "BO"
    START_ITEM = "BP"
    END_ITEM = "BQ"
    FEE_AMOUNT = "BV"
    SUPPORTED = "BX"
    MEDIA = "CK"
    SORT_BIN = "CL"
    USER = "CN"
    PASSWORD = "CO"  # noqa: S105 - a field's name
    LOCATION = "CP"
    VALID_PATRON_PASSWORD = "CQ"  # noqa: S105 - a field's name
    EXPIRES = "PA"
    """Not of the standard; Koha and Evergreen say by it when a registration ends."""


SUPPORTED_ORDER: Final = (
    Code.PATRON_STATUS,
    Code.CHECKOUT,
    Code.CHECKIN,
    Code.BLOCK_PATRON,
    Code.CENTRE_STATUS,
    Code.RESEND,
    Code.LOGIN,
    Code.PATRON,
    Code.END_SESSION,
    Code.FEE_PAID,
    Code.ITEM,
    Code.ITEM_STATUS_UPDATE,
    Code.PATRON_ENABLE,
    Code.HOLD,
    Code.RENEW,
    Code.RENEW_ALL,
)
"""What the signs of field BX stand for, in their order."""
