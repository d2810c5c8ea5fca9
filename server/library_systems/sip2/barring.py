"""Whom a centre's staff have barred: no sign of SIP2 says it, each system tells it in its own way.

Read from the SIP2 parts of Koha (`C4/SIP/ILS/Patron.pm`) and Evergreen (`OpenILS/SIP/Patron.pm`).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Final

from server.library_systems.contract import Block


@dataclass(frozen=True, slots=True)
class Barring:
    """What together means barred. Without `when` and `says` nothing does."""

    when: frozenset[Block] = frozenset()
    """Blocks that must all be there."""
    unless: frozenset[Block] = frozenset()
    """Blocks any of which explains those."""
    says: str = ""
    """A screen message (AF) that must be there, in any case of its letters; empty: none."""

    def tells(self, blocks: Collection[Block], messages: Collection[str]) -> bool:
        """Whether these blocks and messages say that the patron is barred."""
        if not self.when and not self.says:
            return False
        said = not self.says or self.says.casefold() in {text.casefold() for text in messages}
        return said and self.when.issubset(blocks) and self.unless.isdisjoint(blocks)


BARRING: Final[Mapping[str, Barring]] = {
    # A restriction denies all four. So do an ended registration, a debt over the limit and a lost
    # card, which have signs of their own.
    "koha": Barring(
        when=frozenset(
            {
                Block.LOANS_DENIED, Block.RENEWALS_DENIED, Block.RECALLS_DENIED,
                Block.HOLDS_DENIED,
            }
        ),
        unless=frozenset({Block.EXPIRED, Block.FINES, Block.FEES, Block.CARD_LOST}),
    ),
    # Its signs are the same for a barred patron and for most penalties; the message is not.
    "evergreen": Barring(when=frozenset({Block.LOANS_DENIED}), says="barred"),
    "other": Barring(),
}  # fmt: skip
"""By the system that the centre belongs to."""
