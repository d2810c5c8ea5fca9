"""Cells of files for spreadsheets, none of which is ever a formula (threat 13)."""

from __future__ import annotations

import re
from typing import Final

_STARTS_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
"""What a spreadsheet takes for the beginning of a formula, wide signs too."""
_NUMBER: Final = re.compile(r"-?\d+([.,]\d+)?")


def harmless(text: str) -> str:
    """An apostrophe before what a spreadsheet would calculate; plain numbers stay numbers."""
    is_number = _NUMBER.fullmatch(text) is not None
    return f"'{text}" if text.startswith(_STARTS_FORMULA) and not is_number else text
