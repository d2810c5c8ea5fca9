"""From the configuration to the library system and the link to it; drivers load when used."""

from __future__ import annotations

import ssl
from collections.abc import Callable
from datetime import datetime, tzinfo
from functools import cache, partial

from server.config import LibrarySystemKind, ServerConfig, Sip2Section
from server.database import Database
from server.library_systems.contract import LibrarySystem
from server.library_systems.link import Link
from server.library_systems.mirror import Terms
from server.library_systems.places import Places
from server.library_systems.sip2.barring import BARRING, Barring
from server.services import settings

TERMINATORS = {"cr": b"\r", "crlf": b"\r\n"}


def open_link(config: ServerConfig, database: Database, now: Callable[[], datetime]) -> Link | None:
    """The link to the configured system; None where Lystok itself keeps the loans."""
    section = config.library_system
    if section.kind is LibrarySystemKind.OWN:
        return None
    link = Link(
        open_system(config, database, now),
        database,
        Terms(
            department=section.department,
            banning=frozenset(section.banning),
            loans=section.kind is not LibrarySystemKind.SIP2 or config.sip2.ask_loans,
        ),
        deadline_s=section.deadline_ms / 1000,
        at_once=section.at_once,
    )
    database.at_close(link.close)
    return link


def open_system(
    config: ServerConfig, database: Database, now: Callable[[], datetime]
) -> LibrarySystem:
    """The keeper of loans that the configuration names. Nothing is connected yet.

    Raises OSError or ssl.SSLError where its certificate authority can't be read.
    """
    if config.library_system.kind is LibrarySystemKind.SIP2:
        return _sip2(config, cache(partial(_zone, database)), now)
    if config.library_system.kind is LibrarySystemKind.KOHA:
        return _koha(config, cache(partial(_zone, database)))
    raise ValueError(f"no library system {config.library_system.kind}")


def _zone(database: Database) -> tzinfo:
    with database.reading() as session:
        return settings.read(session).zone


def _places(config: ServerConfig) -> Places:
    section = config.library_system
    return Places(dict(section.departments), frozenset(section.reading_rooms))


def _sip2(
    config: ServerConfig, zone: Callable[[], tzinfo], now: Callable[[], datetime]
) -> LibrarySystem:
    from server.library_systems.sip2.client import Manners, Sip2System  # noqa: PLC0415
    from server.library_systems.sip2.connection import Address, Connection  # noqa: PLC0415
    from server.library_systems.sip2.message import Dialect  # noqa: PLC0415
    from server.library_systems.sip2.pool import Pool  # noqa: PLC0415
    from server.library_systems.sip2.recorder import WireRecorder  # noqa: PLC0415

    section = config.sip2
    recorder = WireRecorder(section.charset, now)
    address = Address(
        host=section.host, port=section.port, tls=_tls(section), user=section.user,
        password=section.password, location=section.location,
        dialect=Dialect(
            charset=section.charset, terminator=TERMINATORS[section.terminator],
            code_point_sums=section.code_point_sums,
        ),
    )  # fmt: skip
    pool = Pool(
        lambda until_s: Connection(address, recorder, until_s=until_s),
        config.library_system.at_once,
    )
    manners = Manners(
        institution=section.institution, language=section.language,
        terminal_password=section.terminal_password, zone=zone, places=_places(config),
        ask_loans=section.ask_loans, ask_items=section.ask_items, barring=_barring(section),
    )  # fmt: skip
    return Sip2System(pool, manners, recorder)


def _barring(section: Sip2Section) -> Barring:
    """As the system has it by itself, but for what the configuration says otherwise."""
    own, when = BARRING[section.system], section.barred_when
    unless, says = section.barred_unless, section.barred_says
    return Barring(
        when=own.when if when is None else frozenset(when),
        unless=own.unless if unless is None else frozenset(unless),
        says=own.says if says is None else says,
    )


def _koha(config: ServerConfig, zone: Callable[[], tzinfo]) -> LibrarySystem:
    from server.library_systems.koha import KohaSystem, Site  # noqa: PLC0415

    section = config.koha
    return KohaSystem(
        Site(
            url=section.url, client_id=section.client_id, client_secret=section.client_secret,
            ca_file=None if section.ca_file is None else str(section.ca_file), zone=zone,
            places=_places(config),
        )
    )  # fmt: skip


def _tls(section: Sip2Section) -> ssl.SSLContext | None:
    if not section.tls:
        return None
    return ssl.create_default_context(cafile=section.ca_file)
