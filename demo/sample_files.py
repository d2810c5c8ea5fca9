"""What stands in the files of a written sample: tickets, cards, logins."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pyotp


@dataclass(frozen=True, slots=True, kw_only=True)
class SampleTicket:
    """A line of patrons.csv."""

    number: str
    name: str
    state: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SampleCard:
    """A line of cards.csv: a contactless card and the ticket it stands for."""

    number: str
    uid: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StaffMember:
    """A line of staff.txt."""

    login: str
    password: str
    role: str
    department: str
    name: str
    second_factor: str = ""
    """Secret of the codes (RFC 6238) that the director and administrators sign in with."""

    @property
    def code(self) -> str:
        """The code that is good now; empty where none is asked for."""
        return pyotp.TOTP(self.second_factor).now() if self.second_factor else ""


def read_patrons(file: Path) -> tuple[SampleTicket, ...]:
    """The sample's patrons with the states of their tickets."""
    return tuple(SampleTicket(**line) for line in _lines(file))


def read_cards(file: Path) -> tuple[SampleCard, ...]:
    """Numbers and UIDs of the cards; several tickets may share one."""
    return tuple(SampleCard(**line) for line in _lines(file))


def read_staff(file: Path) -> tuple[StaffMember, ...]:
    """Who works in the sample, with their passwords."""
    return tuple(StaffMember(**line) for line in _lines(file, "\t"))


def _lines(file: Path, between: str = ",") -> Iterator[dict[str, str]]:
    with file.open(encoding="utf-8", newline="") as lines:
        names = next(lines).lstrip("# ").strip().split(between)
        yield from csv.DictReader(lines, fieldnames=names, delimiter=between)
