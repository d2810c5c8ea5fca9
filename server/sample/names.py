"""Names for people who do not exist: the same for the same seed, right in gender."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache, cached_property
from hashlib import blake2b
from importlib.resources import files
from typing import Any

from server.services.names import fold


class Chance:
    """Choices that look random and are the same for the same seed and number."""

    def __init__(self, seed: str, number: int) -> None:
        digest = blake2b(f"{seed}:{number}".encode(), digest_size=16).digest()
        self._left = int.from_bytes(digest, "big")

    def below(self, count: int) -> int:
        """A number from 0 to `count` - 1."""
        self._left, value = divmod(self._left, count)
        return value


@dataclass(frozen=True, slots=True)
class Part:
    """One word of a name, with its form for searching, which costs more than to choose it."""

    text: str
    key: str


class Names:
    """All the words that names are made of."""

    def __init__(self, source: dict[str, Any]) -> None:
        self._surnames = [_forms(words) for words in source["surnames"]]
        self._fathers = [_forms(words) for words in source["fathers"]]
        self._given = ([_part(word) for word in source["men"]], [_part(w) for w in source["women"]])

    @cached_property
    def count(self) -> int:
        """How many names can be made."""
        return len(self._surnames) * len(self._fathers) * sum(map(len, self._given))

    def choose(self, chance: Chance) -> dict[str, str]:
        """Surname, given name, patronymic, and all of them folded for searching."""
        gender = chance.below(2)
        given = self._given[gender]
        parts = (
            self._surnames[chance.below(len(self._surnames))][gender],
            given[chance.below(len(given))],
            self._fathers[chance.below(len(self._fathers))][gender],
        )
        return {
            "surname": parts[0].text,
            "given_name": parts[1].text,
            "patronymic": parts[2].text,
            "name_key": " ".join(part.key for part in parts),
        }


@cache
def names() -> Names:
    """The names that come with the program."""
    return Names(tomllib.loads(files("server.sample").joinpath("names.toml").read_text("utf-8")))


def _part(word: str) -> Part:
    return Part(word, fold(word))


def _forms(words: str) -> tuple[Part, Part]:
    """A man's and a woman's form; most surnames have but one."""
    man, _, woman = words.partition("/")
    return _part(man), _part(woman or man)
