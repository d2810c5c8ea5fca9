"""Control slips to be filled in by hand, two on a sheet: for the hours when nothing else works."""

from __future__ import annotations

from html import escape
from typing import Final, Literal, cast

from templates.slips.words import words

_ROWS: Final = 10
_ITEMS: Final = ("item_laptop", "item_folder", "item_documents", "item_other")
_MARKS: Final = (
    "mark_department", "mark_time", "mark_issued", "mark_returned", "mark_home", "signature",
)  # fmt: skip


def sheet(language: str) -> str:
    """Two slips in HTML, with the words of the printed one."""
    return f'<div class="forms">\n{_slip(language) * 2}</div>'


def _slip(language: str) -> str:
    said = words(cast(Literal["uk", "en"], language))
    heads = "".join(f"<th>{escape(said[mark])}</th>" for mark in _MARKS)
    row = f"<tr>{'<td>&nbsp;</td>' * len(_MARKS)}</tr>"
    items = " ".join(f"☐&nbsp;{escape(said[item])}" for item in _ITEMS)
    lines = (
        _blanks(said["valid_only"], said["entry"]),
        _blanks(said["reader"]),
        _blanks(said["ticket"], said["children"]),
        f"{escape(said['home'])}: ☐&nbsp;{said['home_yes']} ☐&nbsp;{escape(said['home_no'])}",
    )
    after = (
        f"{escape(said['own_items'])}: {items}",
        _blanks(said["allowed_by"], said["token"]),
        _blanks(said["carries_out"], said["leaves"], said["signature"]),
        escape(said["remind_exit"]),
    )
    return (
        '<section class="form">\n'
        f'<p class="form-title">{escape(said["slip_title"])} {_BLANK}</p>\n'
        f"{_paragraphs(lines)}"
        f"<table><thead><tr>{heads}</tr></thead><tbody>{row * _ROWS}</tbody></table>\n"
        f"{_paragraphs(after)}</section>\n"
    )


_BLANK: Final = '<span class="blank"></span>'


def _blanks(*names: str) -> str:
    return " ".join(f"{escape(name)}&nbsp;{_BLANK}" for name in names)


def _paragraphs(lines: tuple[str, ...]) -> str:
    return "".join(f'<p class="form-line">{line}</p>\n' for line in lines)
