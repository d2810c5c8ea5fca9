"""What people write about themselves, made tidy and checked: the same at the kiosk and the desk.

Pure; what is wrong with a field is a code, words come later.
"""

from __future__ import annotations

import re
import unicodedata
from datetime import date
from enum import StrEnum
from typing import Final

AGE_OF_OWN_RIGHT: Final = 16
"""From this age on nobody else must consent (R1.4)."""
_APOSTROPHES: Final = str.maketrans(dict.fromkeys("'`´ʼ‘′＇", "’"))
_NAME: Final = re.compile(r"[^\W\d_]+(?:[’\- .][^\W\d_]+)*[.]?")
_HYPHENS: Final = re.compile(r"\s*[-‐‑–]\s*")
_EMAIL: Final = re.compile(r"[^@\s]+@[^@\s.]+(?:\.[^@\s.]+)+")
_PHONE_SIGNS: Final = re.compile(r"\+?[\d\s()\-]+")
_PHONE_DIGITS: Final = range(7, 16)
_DAY_FIRST: Final = re.compile(r"(\d{1,2})[.\-/ ](\d{1,2})[.\-/ ](\d{4})")
_OLDEST: Final = 120


class Fault(StrEnum):
    """What is wrong with a field."""

    EMPTY = "empty"
    TOO_LONG = "too_long"
    NOT_A_NAME = "not_a_name"
    NOT_A_DAY = "not_a_day"
    NOT_A_PHONE = "not_a_phone"
    NOT_AN_EMAIL = "not_an_email"
    UNKNOWN = "unknown"


def tidy(text: str) -> str:
    """One form of apostrophes and letters, single spaces, nothing that is not shown."""
    if not text:
        return ""
    plain = unicodedata.normalize("NFC", text).translate(_APOSTROPHES)
    if not plain.isprintable():
        plain = "".join(sign if sign.isprintable() else " " for sign in plain)
    return " ".join(plain.split())


def tidy_name(text: str) -> str:
    """The same for a name: a hyphen is one sign without spaces around it."""
    return _HYPHENS.sub("-", tidy(text))


def name_fault(name: str) -> Fault | None:
    """What is wrong with a tidy name; letters of any alphabet, apostrophe, hyphen, point."""
    return None if _NAME.fullmatch(name) else Fault.NOT_A_NAME


def phone_fault(phone: str) -> Fault | None:
    """What is wrong with a tidy phone number of 7 to 15 digits."""
    digits = sum(sign.isdigit() for sign in phone)
    right = _PHONE_SIGNS.fullmatch(phone) and digits in _PHONE_DIGITS
    return None if right else Fault.NOT_A_PHONE


def email_fault(email: str) -> Fault | None:
    """What is wrong with a tidy address of e-mail, as far as its looks tell."""
    return None if _EMAIL.fullmatch(email) else Fault.NOT_AN_EMAIL


def birth_fault(born: date, today: date) -> Fault | None:
    """Nobody is born tomorrow, or older than anybody ever was."""
    return Fault.NOT_A_DAY if born > today or born.year < today.year - _OLDEST else None


def read_day(text: str) -> date | None:
    """A day as people write it, 01.02.1990; None where there is no such day."""
    found = _DAY_FIRST.fullmatch(tidy(text))
    if found is None:
        return None
    day, month, year = map(int, found.groups())
    try:
        return date(year, month, day)
    except ValueError:
        return None


def is_below(born: date, age: int, today: date) -> bool:
    """Whether somebody has not reached an age yet; a birthday of 29 February is 1 March."""
    try:
        birthday = born.replace(year=born.year + age)
    except ValueError:
        birthday = date(born.year + age, 3, 1)
    return today < birthday
