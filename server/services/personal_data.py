"""Personal data as they are given at the desk: read, tidied and checked before anything is kept."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import TypeVar

from gate.applicants import (
    Fault,
    birth_fault,
    email_fault,
    name_fault,
    phone_fault,
    tidy,
    tidy_name,
)
from server.models import Category, Patron, RegistrationCard, Residence
from server.services import names

_Code = TypeVar("_Code", bound=StrEnum)
_MOST = {
    "surname": 100, "given_name": 100, "patronymic": 100, "phone": 40, "email": 200,
    "address": 300, "workplace": 200, "occupation": 100, "organisation": 200,
}  # fmt: skip


class Unfit(ValueError):
    """Data that can't be kept; `faults` names each field."""

    def __init__(self, faults: Mapping[str, Fault]) -> None:
        super().__init__(", ".join(sorted(faults)))
        self.faults = dict(faults)


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonalData:
    """What the registration card asks for (R2.2, R2.6). There is no field for a citizenship."""

    surname: str
    given_name: str
    patronymic: str = ""
    birth_date: date | None = None
    category: Category = Category.ADULT
    residence: Residence = Residence.CITY
    phone: str = ""
    email: str = ""
    address: str = ""
    workplace: str = ""
    occupation: str = ""
    organisation: str = ""
    """Name of the organisation whose reader this is (R1.8)."""

    @property
    def name_key(self) -> str:
        """The full name folded for searching."""
        return names.key(f"{self.surname} {self.given_name} {self.patronymic}")


PATRON_FIELDS = (
    "surname", "given_name", "patronymic", "birth_date", "category", "residence", "phone",
    "email",
)  # fmt: skip
CARD_FIELDS = ("address", "workplace", "occupation")


def of(patron: Patron, card: RegistrationCard | None) -> PersonalData:
    """The data as they are kept now."""
    values = {name: getattr(patron, name) for name in PATRON_FIELDS}
    if patron.organisation is not None:
        values["organisation"] = patron.organisation.name
    if card is not None:
        values.update({name: getattr(card, name) for name in CARD_FIELDS})
    return PersonalData(**values)


def read(form: Mapping[str, str], today: date) -> PersonalData:
    """Read a form. Raises Unfit with every field that is wrong."""
    reading = _Reading(form, today)
    data = PersonalData(
        surname=reading.name("surname"),
        given_name=reading.name("given_name"),
        patronymic=reading.name("patronymic", needed=False),
        birth_date=reading.birth_date(),
        category=reading.choice("category", Category, Category.ADULT),
        residence=reading.choice("residence", Residence, Residence.CITY),
        phone=reading.phone(),
        email=reading.email(),
        address=reading.text("address"),
        workplace=reading.text("workplace"),
        occupation=reading.text("occupation"),
        organisation=reading.text("organisation"),
    )
    if reading.faults:
        raise Unfit(reading.faults)
    return data


class _Reading:
    """Reads field by field and remembers what was wrong."""

    def __init__(self, form: Mapping[str, str], today: date) -> None:
        self._form = form
        self._today = today
        self.faults: dict[str, Fault] = {}

    def text(self, field: str) -> str:
        value = tidy(self._form.get(field, ""))
        if len(value) > _MOST[field]:
            self.faults[field] = Fault.TOO_LONG
        return value

    def name(self, field: str, *, needed: bool = True) -> str:
        value = tidy_name(self.text(field))
        if not value and needed:
            self.faults[field] = Fault.EMPTY
        self._judge(field, name_fault(value) if value else None)
        return value

    def _judge(self, field: str, fault: Fault | None) -> None:
        if fault is not None:
            self.faults.setdefault(field, fault)

    def day(self, field: str) -> date | None:
        value = self._form.get(field, "").strip()
        try:
            return date.fromisoformat(value) if value else None
        except ValueError:
            self.faults[field] = Fault.NOT_A_DAY
            return None

    def birth_date(self) -> date | None:
        born = self.day("birth_date")
        if born is None:
            self.faults.setdefault("birth_date", Fault.EMPTY)
        else:
            self._judge("birth_date", birth_fault(born, self._today))
        return born

    def phone(self) -> str:
        value = self.text("phone")
        self._judge("phone", phone_fault(value) if value else None)
        return value

    def email(self) -> str:
        value = self.text("email")
        self._judge("email", email_fault(value) if value else None)
        return value

    def choice(self, field: str, codes: type[_Code], default: _Code) -> _Code:
        value = self._form.get(field, default)
        try:
            return codes(value)
        except ValueError:
            self.faults[field] = Fault.UNKNOWN
            return default
