"""What the `lystok` command asks of the server: begin, keys, codes of tickets.

Every function takes the checked configuration and answers what is to be printed. What can't be
done is a `CannotDo` with a message for the person at the terminal.
"""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from pydantic import ValidationError
from sqlalchemy import select
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.orm import Session, joinedload

from gate.codes import KeyUse, jwk_set, read_ticket
from gate.facts import CodeCheck, TicketClaims
from gate.scans import classify
from server import migrations
from server.backup.shelf import restoring
from server.config import DatabaseSection, ServerConfig
from server.database import Database, open_database
from server.migrations import TablesOfANewerRelease
from server.models import Key, Ticket
from server.services import alarm_signals, keys, settings, tickets
from server.services.keys import Entropy, NoSigningKey
from server.services.settings import LibrarySettings
from server.services.tickets import UnknownTicket

_ACTOR = "system"
_KNOCK_S = 0.5
_VERDICTS = {
    CodeCheck.GOOD: "good",
    CodeCheck.BAD_SIGNATURE: "bad_signature",
    CodeCheck.UNKNOWN: "unknown_code",
}


class CannotDo(LookupError):
    """Something that a command needs is not there; the message says what, and what helps."""


def check_wallets(config: ServerConfig) -> None:
    """Read the keys of passes for phones. Raises CannotDo with what is wrong with them."""
    from server.reader.wallets import KeyUnusable, read_keys  # noqa: PLC0415 - few have them

    try:
        read_keys(config.wallet)
    except KeyUnusable as fault:
        raise CannotDo(f"[wallet] {fault}") from None


def check_audit(config: ServerConfig) -> tuple[str, bool]:
    """What a check of the audit log's chain found, and whether all is as it was. CannotDo."""
    from server.services import audit_heads  # noqa: PLC0415 - see `run`

    with opened(config) as database:
        found = audit_heads.check(database)
    report = found.report
    told = f"{report.seals} seals, {report.records} records"
    heard = ", ".join(found.fit) or "no station"
    if report.intact:
        return f"the audit log is whole: {told}; its end is confirmed by {heard}", True
    differ = f"; {', '.join(found.differ)} keep another seal" if found.differ else ""
    return f"THE AUDIT LOG WAS CHANGED at seal {report.broken_at} ({told}){differ}", False


def init(config: ServerConfig, *, entropy: Entropy = os.urandom) -> str:
    """Make tables, ticket key, session secret and the first administrator, where missing.

    Run again it changes nothing and says so. The administrator's random password is in the answer
    this once. Raises CannotDo.
    """
    from server import founding  # noqa: PLC0415 - see `run`

    database = founding.open_new(config.database.url)
    at = _now()
    try:
        made = founding.found(config, database, at=at, entropy=entropy)
        password = founding.first_administrator(database, at=at, entropy=entropy)
    except TablesOfANewerRelease as fault:
        raise CannotDo(str(fault)) from None
    except OperationalError as fault:
        raise CannotDo(_unreachable(fault)) from None
    except NoSigningKey as fault:
        raise CannotDo(f"{fault}; bring it back or run `lystok server keys --rotate`") from None
    finally:
        database.close()
    if password is not None:
        login = founding.FIRST_LOGIN
        made.append(f"administrator: login {login}, password {password} (shown this once)")
    return "\n".join(made) or "everything is there already: nothing was changed"


def run(config: ServerConfig) -> None:
    """Serve until told to stop. Raises CannotDo where `init` was never run, or not to its end.

    The worker is a fork of this process: what the other commands need is imported by them alone,
    so that it does not weigh on the server for ever.
    """
    from server.run import run as serve  # noqa: PLC0415 - the other commands need no web server

    with opened(config):
        secret = config.sessions.secret_file
        if not secret.is_file():
            raise CannotDo(f"no secret {secret}: run `lystok server init`")
    serve(config)


def close_branch(config: ServerConfig, code: str, file: Path, *, close: bool) -> str:
    """Export a branch, and end it where asked to; answers what was written. Raises CannotDo."""
    from server.services import branch_closing, branch_export  # noqa: PLC0415 - see `run`

    with opened(config) as database:
        try:
            written = branch_export.export(database, code, file, at=_now())
            if close:
                branch_closing.close(database, code, staff_id=None, at=_now())
        except LookupError:
            raise CannotDo(f"no branch {code}") from None
        except OSError as fault:
            raise CannotDo(f"{file}: {fault.strerror}") from None
        except branch_closing.NotPossible as fault:
            left = asdict(fault.obstacles)
            open_ = ", ".join(f"{name}: {count}" for name, count in left.items() if count)
            raise CannotDo(f"exported, not closed, to be settled first: {open_}") from None
    told = [f"{table}: {rows}" for table, rows in written.items()]
    return "\n".join([*told, f"{file}" + (", and the branch is closed" if close else "")])


def serve_sip2(config: ServerConfig) -> None:
    """Answer SIP2 until told to stop. Raises CannotDo where it can't listen."""
    from server.library_systems.sip2 import centre_command  # noqa: PLC0415 - see `run`

    with opened(config) as database:
        try:
            centre_command.run(config, database)
        except OSError as error:
            section = config.sip2_server
            raise CannotDo(f"[sip2_server] {section.host}:{section.port}: {error}") from None


def move_to(config: ServerConfig, target: str) -> str:
    """Copy the whole centre into another, empty database. Raises CannotDo, while it runs too."""
    from server.moving import CannotMove, move  # noqa: PLC0415 - see `run`

    require_silence(config)
    try:
        url = DatabaseSection(url=target).url
        with opened(config) as source:
            moved = move(source, url, at=_now())
    except ValidationError:
        raise CannotDo(f"{target} is no address of a database") from None
    except CannotMove as fault:
        raise CannotDo(str(fault)) from None
    told = ", ".join(f"{name} {count}" for name, count in moved.counts.items() if count)
    return "\n".join(
        [
            f"moved: {told}",
            f"digest of all rows, the same on both sides: {moved.digest}",
            "now set [database] url to the new address and start the server;",
            "stations take a new copy by themselves. Keep the old database until the next backup",
        ]
    )


def require_silence(config: ServerConfig) -> None:
    """Raise CannotDo while something answers on the server's port."""
    address = (config.server.host, config.server.port)
    try:
        socket.create_connection(address, _KNOCK_S).close()
    except OSError:
        return
    raise CannotDo(f"something answers on {address[0]}:{address[1]}: stop the server first")


def alarm_token(config: ServerConfig, *, entropy: Entropy = os.urandom) -> str:
    """A new token for the alarm system that calls `POST /api/v1/alarm`; the old one is void."""
    with opened(config) as database:
        return alarm_signals.make_token(database, at=_now(), entropy=entropy)


def list_keys(config: ServerConfig) -> str:
    """The ticket keys, oldest first, a line each: id, kid of the codes, since when, its state."""
    with opened(config) as database, database.reading() as session:
        rows = session.scalars(
            select(Key).where(Key.use == KeyUse.TICKET).order_by(Key.not_before)
        ).all()
        kids = {key.key_id.hex(): key.kid for key in keys.ring(session).keys}
        return "\n".join(
            f"{row.key_id}  kid {kids[row.key_id]}  since {_utc(row.not_before)}  {_state(row)}"
            for row in rows
        )


def rotate_keys(config: ServerConfig, *, entropy: Entropy = os.urandom) -> str:
    """Make a ticket key that signs from now on; tickets of the keys before stay good."""
    with opened(config) as database:
        key_id = keys.create(
            database, config.keys.directory, actor=_ACTOR, at=_now(), entropy=entropy
        )
    return f"{key_id} signs tickets from now on; the keys before it verify what they signed"


def public_keys(config: ServerConfig) -> dict[str, Any]:
    """The public ticket keys as a JWK set (RFC 7517), revoked ones left out."""
    with opened(config) as database, database.reading() as session:
        return jwk_set(keys.ticket_keys(session))


def issue_ticket(config: ServerConfig, number: str, *, png: Path | None = None) -> str:
    """The signed code of the ticket with this printed number; drawn into `png` where asked.

    A ticket in whatever state has its code: what it is worth is judged at the door.
    Raises CannotDo for a number that no ticket has.
    """
    with opened(config) as database:
        try:
            code = tickets.issue_code(
                database, number, config.keys.directory, actor=_ACTOR, at=_now()
            )
        except (UnknownTicket, NoSigningKey) as fault:
            raise CannotDo(str(fault)) from None
        if png is not None:
            with database.reading() as session:
                _draw(tickets.by_number(session, number), code, settings.read(session), png)
    return code


def verify_ticket(config: ServerConfig, code: str) -> dict[str, Any]:
    """Read a ticket's code, as a scanner or a keyboard gives it.

    `verdict` is about the code alone: good, bad_signature or unknown_code. `claims` are there only
    where it is good, `ticket` where the database knows it: its state now may be any.
    """
    with opened(config) as database, database.reading() as session:
        scanned = classify(code.encode("utf-8", "replace"))
        reading = read_ticket(scanned.text, keys.ring(session), _now())
        claims = reading.claims
        ticket = None if claims is None else _ticket(session, Ticket.id == claims.ticket_id)
        return {
            "verdict": _VERDICTS[reading.check],
            "claims": None if claims is None else _claims_told(claims),
            "ticket": None if ticket is None else _ticket_told(ticket),
        }


# --- What stands behind them ------------------------------------------------------------------


@contextmanager
def opened(config: ServerConfig) -> Iterator[Database]:
    """The database, where it is there and of this program's form. Raises CannotDo."""
    url = make_url(config.database.url)
    if url.get_backend_name() == "sqlite" and not Path(url.database or "").is_file():
        raise CannotDo(f"no database {url.database}: run `lystok server init`")
    mark = restoring(config.backup.directory)
    if mark.exists():
        again = "run `lystok server restore --replace` again"
        raise CannotDo(f"a restore of {mark.read_text()} did not come to its end: {again}")
    database = open_database(config.database.url)
    try:
        if not migrations.is_current(database):
            raise CannotDo("the database is of another version: run `lystok server init`")
        yield database
    except TablesOfANewerRelease as fault:
        raise CannotDo(str(fault)) from None
    except OperationalError as fault:
        raise CannotDo(_unreachable(fault)) from None
    finally:
        database.close()


def _ticket(session: Session, which: Any) -> Ticket | None:
    return session.scalar(select(Ticket).where(which).options(joinedload(Ticket.patron)))


def _draw(ticket: Ticket, code: str, library: LibrarySettings, png: Path) -> None:
    from templates.tickets.draw import draw_ticket  # noqa: PLC0415 - see `run`
    from templates.words import SOURCE_LANGUAGE, words_for  # noqa: PLC0415 - see `run`

    picture = draw_ticket(
        code,
        ticket.number,
        ticket.kind,
        library.library_name,
        valid_until=words_for(SOURCE_LANGUAGE, library.zone).date(ticket.valid_until),
        name=ticket.patron.display_name,
    )
    try:
        picture.save(png, "PNG")
    except OSError as fault:
        raise CannotDo(f"{png}: {fault.strerror}") from None


def _claims_told(claims: TicketClaims) -> dict[str, Any]:
    return {
        "ticket_id": claims.ticket_id,
        "kind": claims.kind,
        "scope": claims.scope,
        "issued": _utc(claims.issued),
        "expires": _utc(claims.expires),
        "registered_for": claims.registered_for,
    }


def _ticket_told(ticket: Ticket) -> dict[str, Any]:
    return {
        "number": ticket.number,
        "state": ticket.state,
        "valid_from": ticket.valid_from.isoformat(),
        "valid_until": ticket.valid_until.isoformat(),
        "registered_for": ticket.registered_for,
        "fee_paid": ticket.fee_paid,
    }


def _state(key: Key) -> str:
    if key.revoked_at is not None:
        return f"revoked {_utc(key.revoked_at)}: verifies nothing"
    if key.not_after is not None:
        return f"retired {_utc(key.not_after)}: verifies what it signed"
    return "signs"


def _utc(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def _now() -> datetime:
    return datetime.now(UTC)


def _unreachable(fault: DBAPIError) -> str:
    return f"the database can't be reached: {fault.orig}"
