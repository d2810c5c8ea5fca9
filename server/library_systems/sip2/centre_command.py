"""`lystok server sip2`: answers self-check machines and security gates until told to stop."""

from __future__ import annotations

import signal
import ssl
import threading
from datetime import UTC, datetime
from functools import partial

from server import logs
from server.config import ServerConfig
from server.database import Database
from server.library_systems.opening import TERMINATORS
from server.library_systems.sip2 import serving
from server.library_systems.sip2.answers import House
from server.library_systems.sip2.message import Dialect
from server.library_systems.sip2.said import say
from server.library_systems.sip2.serving import Centre
from server.services import settings
from templates.words import SOURCE_LANGUAGE, words_for


def open_centre(config: ServerConfig, database: Database) -> Centre:
    """A listening centre. Raises OSError where the address is taken or a key can't be read."""
    section = config.sip2_server
    with database.reading() as session:
        library = settings.read(session)
    words = words_for(SOURCE_LANGUAGE, library.zone)
    house = House(
        institution=section.institution, library_name=library.library_name, zone=library.zone,
        say=partial(say, words),
    )  # fmt: skip
    dialect = Dialect(
        section.charset, TERMINATORS[section.terminator], code_point_sums=section.code_point_sums
    )
    service = serving.service(database, house, dialect, lambda: datetime.now(UTC))
    return Centre((section.host, section.port), service, _tls(config))


def run(config: ServerConfig, database: Database) -> None:
    """Serve until SIGTERM or SIGINT."""
    logs.begin()
    with open_centre(config, database) as centre:
        stop = lambda *_: threading.Thread(target=centre.shutdown, daemon=True).start()  # noqa: E731
        signal.signal(signal.SIGTERM, stop)
        signal.signal(signal.SIGINT, stop)
        centre.serve_forever()


def _tls(config: ServerConfig) -> ssl.SSLContext | None:
    section = config.sip2_server
    if section.certificate is None:
        return None
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.load_cert_chain(section.certificate, section.key)
    return context
