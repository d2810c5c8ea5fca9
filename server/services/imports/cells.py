"""Cells of a row read as values; what is wrong with them is remembered and never raised."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import TypeVar

from gate.applicants import tidy
from server.services.imports.columns import code_of

_Code = TypeVar("_Code", bound=StrEnum)
_DAY = re.compile(r"(\d{1,2})[./-](\d{1,2})[./-](\d{4})")
_ISO_DAY = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})(?:[ T].*)?")
_YEARS = range(1000, 2101)


class FaultCode(StrEnum):
    """Why a row can't be taken."""

    EMPTY = "empty"
    TOO_LONG = "too_long"
    NOT_A_NAME = "not_a_name"
    NOT_A_DAY = "not_a_day"
    NOT_A_YEAR = "not_a_year"
    NOT_A_PHONE = "not_a_phone"
    NOT_AN_EMAIL = "not_an_email"
    NOT_A_NUMBER = "not_a_number"
    NOT_A_UID = "not_a_uid"
    RANDOM_UID = "random_uid"
    UNKNOWN = "unknown"
    """The word stands for nothing that this field knows."""
    REPEATED = "repeated"
    """The same number stood further up in the list."""
    TAKEN = "taken"
    """The card, number or barcode is somebody else's."""
    UNKNOWN_DEPARTMENT = "unknown_department"
    UNKNOWN_TICKET = "unknown_ticket"
    UNKNOWN_DOCUMENT = "unknown_document"
    ALREADY_OUT = "already_out"
    NOT_A_PHOTO = "not_a_photo"
    NO_CONSENT = "no_consent"


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with a field of a row."""

    field: str
    code: FaultCode


@dataclass(slots=True)
class Cells:
    """A row while it is read."""

    values: Mapping[str, str]
    faults: list[Fault] = field(default_factory=list)

    def blame(self, name: str, code: FaultCode) -> None:
        """Remember a fault."""
        self.faults.append(Fault(name, code))

    def text(self, name: str, most: int, *, needed: bool = False) -> str:
        """Words, tidied."""
        value = tidy(self.values.get(name, ""))
        if needed and not value:
            self.blame(name, FaultCode.EMPTY)
        if len(value) > most:
            self.blame(name, FaultCode.TOO_LONG)
        return value

    def day(self, name: str) -> date | None:
        """A day as `2026-03-14` or `14.03.2026`; None for an empty cell."""
        value = self.values.get(name, "").strip()
        if not value:
            return None
        found = _ISO_DAY.fullmatch(value) or _DAY.fullmatch(value)
        parts = [] if found is None else [int(part) for part in found.groups()]
        try:
            return date(*parts) if parts and parts[0] in _YEARS else date(*reversed(parts))
        except (TypeError, ValueError):
            self.blame(name, FaultCode.NOT_A_DAY)
            return None

    def year(self, name: str) -> int | None:
        """A year; None for an empty cell."""
        value = self.values.get(name, "").strip()
        if not value:
            return None
        if not value.isdecimal() or int(value) not in _YEARS:
            self.blame(name, FaultCode.NOT_A_YEAR)
            return None
        return int(value)

    def code(self, name: str, codes: type[_Code]) -> _Code | None:
        """A code by itself or by a word that stands for it; None for an empty cell."""
        value = self.values.get(name, "").strip()
        if not value:
            return None
        code = code_of(name, value)
        if code is None:
            self.blame(name, FaultCode.UNKNOWN)
            return None
        return codes(code)

    def yes(self, name: str) -> bool | None:
        """Yes or no; None for an empty cell."""
        value = self.values.get(name, "").strip()
        if not value:
            return None
        code = code_of("yes", value)
        if code is None:
            self.blame(name, FaultCode.UNKNOWN)
        return code == "yes"
