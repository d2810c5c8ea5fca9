"""Catalogue records in ISO 2709 or MARCXML, as rows of a list of documents.

MARC 21 and UNIMARC say title, author and year in different fields. Where the copies of a record
stand is a habit of each system, so that tag and subfields can be given; by default they are those
of Koha (952 in MARC 21, 995 in UNIMARC). A record without a copy gives one row, which then lacks
its inventory number.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from io import BytesIO
from itertools import chain, islice
from pathlib import Path
from types import MappingProxyType
from xml.etree import ElementTree as ET

from pymarc import Field, MARCReader, Record
from pymarc.exceptions import PymarcException
from pymarc.marcxml import parse_xml_to_array

from server.services.imports.tables import CP1251, Listing, NotReadable, Row, encoding_of

_RECORD = "{http://www.loc.gov/MARC21/slim}record"
"""Of MARC 21 and UNIMARC alike."""
_YEAR = re.compile(r"(?:1[5-9]|20)\d\d")
_END_SIGNS = " /:;,=."
_MARC8 = "iso8859-1"
"""As pymarc names it."""


class Flavour(StrEnum):
    """Which MARC it is; the file itself does not tell."""

    MARC21 = "marc21"
    UNIMARC = "unimarc"


@dataclass(frozen=True, slots=True)
class Copies:
    """Where the copies of a record stand: a tag, and a subfield for each field of ours."""

    tag: str
    subfields: Mapping[str, str]


COPIES: Mapping[Flavour, Copies] = MappingProxyType(
    {
        Flavour.MARC21: Copies(
            "952", {"inventory_number": "i", "barcode": "p", "shelf_mark": "o", "department": "c"}
        ),
        Flavour.UNIMARC: Copies(
            "995", {"inventory_number": "j", "barcode": "f", "shelf_mark": "k", "department": "c"}
        ),
    }
)


def copies_of(text: str) -> Copies:
    """Read `952:inventory_number=i,barcode=p`. Raises ValueError."""
    tag, _, pairs = text.partition(":")
    subfields = dict(pair.split("=", 1) for pair in pairs.split(",") if pair)
    known = set(COPIES[Flavour.MARC21].subfields)
    if not re.fullmatch(r"\d{3}", tag) or not subfields or set(subfields) - known:
        raise ValueError(f"write TAG:FIELD=SUBFIELD,... with fields of {', '.join(sorted(known))}")
    return Copies(tag, subfields)


def read(path: Path, flavour: Flavour, copies: Copies | None = None) -> Listing:
    """Open a file of records. Raises OSError and NotReadable, also later, from a damaged record.

    The first is read at once, so that the file is open wherever it is moved to.
    """
    where = copies or COPIES[flavour]
    rows = _numbered(_records(path, flavour), _DESCRIBE[flavour], where)
    return Listing(chain(list(islice(rows, 1)), rows))


def _records(path: Path, flavour: Flavour) -> Iterator[Record]:
    with path.open("rb") as file:
        is_xml = file.read(200).lstrip(b"\xef\xbb\xbf \r\n\t").startswith(b"<")
    if is_xml:
        yield from _xml_records(path)
        return
    alphabet = encoding_of(path)
    # The leader tells UTF-8 in MARC 21 alone, and there some systems forget it. What is none is
    # MARC-8 by that standard, and Windows' Cyrillic by the habit of those who keep UNIMARC here.
    windows = flavour is Flavour.UNIMARC and alphabet == CP1251
    with path.open("rb") as file:
        reader = MARCReader(
            file, force_utf8=alphabet != CP1251, utf8_handling="replace",
            file_encoding=CP1251 if windows else _MARC8,
        )  # fmt: skip
        for record in reader:
            if record is None:
                raise NotReadable(str(reader.current_exception))
            yield record


def _xml_records(path: Path) -> Iterator[Record]:
    """Record by record, so that a whole catalogue never stands in memory.

    What is no element of MARCXML is not looked at; expat itself refuses entities that explode.
    """
    try:
        for _, element in ET.iterparse(path):  # noqa: S314 - see above
            if element.tag == _RECORD:
                yield from _parse(BytesIO(ET.tostring(element)))
                element.clear()
    except (ET.ParseError, PymarcException, ValueError) as fault:
        raise NotReadable(str(fault)) from None


def _parse(record: BytesIO) -> list[Record]:
    found: list[Record] = parse_xml_to_array(record)  # type: ignore[no-untyped-call]
    return found


def _numbered(
    records: Iterator[Record], describe: Callable[[Record], dict[str, str]], where: Copies
) -> Iterator[Row]:
    """A row a copy; its number is that of the record, since copies have none."""
    for number, record in enumerate(records, start=1):
        title = describe(record)
        fields = record.get_fields(where.tag)
        for copy in [_copy(field, where) for field in fields] or [{}]:
            yield Row(number, {**title, **copy})


def _copy(field: Field, where: Copies) -> dict[str, str]:
    found = {name: field.get(code) or "" for name, code in where.subfields.items()}
    return {name: value.strip() for name, value in found.items()}


def _marc21(record: Record) -> dict[str, str]:
    return {
        "title": _said(record, "245", "anpb"),
        "author": _said(record, "100", "a")
        or _said(record, "110", "a")
        or _said(record, "700", "a"),
        "year": _year(_said(record, "264", "c") or _said(record, "260", "c")),
        "shelf_mark": _said(record, "090", "ab") or _said(record, "080", "a"),
    }


def _unimarc(record: Record) -> dict[str, str]:
    return {
        "title": _said(record, "200", "ahie"),
        "author": _person(record) or _said(record, "710", "a"),
        "year": _year(_said(record, "214", "d") or _said(record, "210", "d")),
        "shelf_mark": _said(record, "675", "a"),
    }


def _person(record: Record) -> str:
    """`Багряний І. П.`: the dot of an initial stays."""
    field = next(iter(record.get_fields("700")), None)
    if field is None:
        return ""
    surname, names = ((field.get(code) or "").strip(" ,;") for code in "ab")
    return f"{surname.strip(_END_SIGNS)} {names}".strip()


_DESCRIBE = {Flavour.MARC21: _marc21, Flavour.UNIMARC: _unimarc}


def _said(record: Record, tag: str, codes: str) -> str:
    """Subfields of the first such field, in the order of the record, without ISBD's signs."""
    field = next(iter(record.get_fields(tag)), None)
    if field is None:
        return ""
    parts = (part.value.strip(_END_SIGNS) for part in field.subfields if part.code in codes)
    return ". ".join(part for part in parts if part)


def _year(text: str) -> str:
    found = _YEAR.search(text)
    return found.group() if found else ""
