"""What the pages stand on: the database, the clock, the settings, and who works here."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import cast

from flask import current_app, g, request

from server.console.import_work import Spool
from server.console.sessions import SignedIn
from server.console.until_commit import UntilCommit
from server.database import Database
from server.library_systems.link import Link
from server.library_systems.reconciliation import Reconciliation
from server.services import houses, settings
from server.services.settings import LibrarySettings
from templates.words import SOURCE_LANGUAGE, Words, languages, words_for

EXTENSION = "lystok-console"
THEMES = ("light", "dark", "auto")


def utc_now() -> datetime:
    """The clock of this machine."""
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Outside:
    """What the desk has beyond the database, as the server's configuration tells."""

    base_url: str = ""
    """Address under which readers reach this server; empty: letters hold no link."""
    mail_sender: str = ""
    """Address that letters come from; empty: none are offered."""
    erasures: Path | None = None
    """Where the journal of erasures lies; None: nobody is erased here."""
    link: Link | None = None
    """To the library system that keeps the loans; None: they are kept here."""
    comparison: Reconciliation | None = None


NOTHING_OUTSIDE = Outside()


@dataclass(frozen=True, slots=True, kw_only=True)
class Centre:
    """Everything that a page may reach."""

    database: Database
    news: UntilCommit
    """What can't wait, as it was told last."""
    idle: timedelta = timedelta(minutes=60)
    secure_cookie: bool = False
    """Served over TLS: the cookie says so and takes the name that browsers guard."""
    clock: Callable[[], datetime] = utc_now
    outside: Outside = NOTHING_OUTSIDE
    keys_directory: Path | None = None
    """Where the desk's slip key lies; None: its slips carry their plain number."""
    spool: Spool = field(default_factory=Spool)
    """Lists that were uploaded and wait to be taken in."""

    @property
    def cookie(self) -> str:
        """Name of the session's cookie."""
        return "__Host-lystok" if self.secure_cookie else "lystok_staff"


def centre() -> Centre:
    """The centre of the application that answers now."""
    return cast(Centre, current_app.extensions[EXTENSION])


def database() -> Database:
    """The database of this request."""
    return centre().database


def now() -> datetime:
    """One instant for the whole request."""
    if "now" not in g:
        g.now = centre().clock()
    return cast(datetime, g.now)


def library() -> LibrarySettings:
    """The library's settings, read once a request."""
    if "library" not in g:
        with database().reading() as session:
            g.library = settings.read(session)
    return cast(LibrarySettings, g.library)


def here() -> LibrarySettings:
    """The settings as they hold in the building where this person works."""
    person = signed_in()
    if person is None or not library().branches:
        return library()
    with database().reading() as session:
        return library().at_branch(houses.of_staff(session, person.staff_id))


def signed_in() -> SignedIn | None:
    """Who works at this browser; None before sign-in."""
    return cast(SignedIn | None, g.get("signed_in"))


def staff() -> SignedIn:
    """Who works at this browser. RuntimeError where a page forgot that it is public."""
    found = signed_in()
    if found is None:
        raise RuntimeError("nobody is signed in")
    return found


def words() -> Words:
    """The language of this page: the person's own, the browser's choice, or Ukrainian."""
    if "words" not in g:
        person = signed_in()
        chosen = person.language if person else request.cookies.get("language", SOURCE_LANGUAGE)
        known = chosen if chosen in languages() else SOURCE_LANGUAGE
        g.words = words_for(known, library().zone)
    return cast(Words, g.words)


def theme() -> str:
    """Light, dark, or as the computer has it."""
    chosen = request.cookies.get("theme", "auto")
    return chosen if chosen in THEMES else "auto"
