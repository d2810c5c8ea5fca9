"""Messages of the whole project and their translations: `python -m templates.catalogue`.

Writes every message that templates and programs use into each `translations/*.po`, keeps what is
translated, drops what nobody uses, and names what still wants a translation. The source language
needs entries for its plural forms alone.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_file
from babel.messages.pofile import read_po, write_po

from templates.words import SOURCE_LANGUAGE, TRANSLATIONS

ROOT = Path(__file__).parents[1]
_METHODS = {".py": "python", ".html": "jinja2.ext:babel_extract"}
_OPTIONS = {".html": {"newstyle_gettext": "true", "silent": "false"}}
_ROOMS = ("demo", "templates", "kiosk", "server")
_KEYWORDS = {**DEFAULT_KEYWORDS, "N_": None}


def used_messages() -> Catalog:
    """Every message in use, with the files that use it."""
    catalogue = Catalog()
    for path in _sources():
        found = extract_from_file(
            _METHODS[path.suffix], path, _KEYWORDS, options=_OPTIONS.get(path.suffix)
        )
        for _, message, _, context in found:
            place = (path.relative_to(ROOT).as_posix(), 0)
            catalogue.add(message, None, [place], context=context)
    return catalogue


def _sources() -> Iterator[Path]:
    for room in _ROOMS:
        for path in sorted((ROOT / room).rglob("*")):
            if path.suffix in _METHODS and "slips" not in path.parts:
                yield path


def read(language: str) -> Catalog:
    """The translations of a language as they stand in its file."""
    with (TRANSLATIONS / f"{language}.po").open("rb") as source:
        return read_po(source, locale=language)


def wants(language: str, used: Catalog) -> list[str]:
    """Messages in use that this language can't say yet."""
    known = read(language)
    return [_text(message) for message in used if message.id and _is_open(message, known)]


def _is_open(message: Message, known: Catalog) -> bool:
    if str(known.locale) == SOURCE_LANGUAGE and not message.pluralizable:
        return False
    said = known.get(message.id, message.context)
    if said is None or said.fuzzy:
        return True
    forms = said.string if isinstance(said.string, list | tuple) else (said.string,)
    return len(forms) != (known.num_plurals if message.pluralizable else 1) or not all(forms)


def _text(message: Message) -> str:
    return message.id if isinstance(message.id, str) else message.id[0]


def update(language: str, used: Catalog) -> None:
    """Bring a language's file up to what is used; translations stay."""
    known = read(language)
    fresh = Catalog(locale=language, project="Lystok", fuzzy=False)
    for message in used:
        if not message.id or (language == SOURCE_LANGUAGE and not message.pluralizable):
            continue
        said = known.get(message.id, message.context)
        fresh.add(message.id, said.string if said else None, context=message.context)
    _write(TRANSLATIONS / f"{language}.po", fresh)


def _write(path: Path, catalogue: Catalog) -> None:
    """In the order of the messages and without their places, so that changes seldom meet."""
    with path.open("wb") as target:
        write_po(target, catalogue, width=98, omit_header=True, no_location=True, sort_output=True)
    body = path.read_text("utf-8")
    plural = catalogue.plural_forms
    path.write_text(_HEADER.format(language=catalogue.locale, plural=plural) + body, "utf-8")


_HEADER = """\
msgid ""
msgstr ""
"Project-Id-Version: Lystok\\n"
"Language: {language}\\n"
"MIME-Version: 1.0\\n"
"Content-Type: text/plain; charset=utf-8\\n"
"Content-Transfer-Encoding: 8bit\\n"
"Plural-Forms: {plural}\\n"

"""


def main() -> int:
    """Update every language; the exit status is 1 while something wants a translation."""
    used = used_messages()
    wanting = 0
    for path in sorted(TRANSLATIONS.glob("*.po")):
        update(path.stem, used)
        for message in wants(path.stem, used):
            wanting += 1
            sys.stdout.write(f"{path.name}: {message}\n")
    return 1 if wanting else 0


if __name__ == "__main__":
    raise SystemExit(main())
