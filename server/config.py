"""The server's configuration: one TOML file, environment variables over it, checked whole.

`LYSTOK_SERVER__PORT=8080` overrides `[server] port`. Relative paths are relative to the file.
What the library itself decides (hours, limits, tariffs) are settings in the database instead.
"""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from server.database import Pool
from server.library_systems.contract import Block

_PREFIX = "LYSTOK_"
Charset = Literal["utf-8", "cp1251", "cp1125", "koi8_u"]
Terminator = Literal["cr", "crlf"]
CentreSystem = Literal["koha", "evergreen", "other"]


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class ServerSection(_Section):
    """`[server]`: where it listens and how much it does at once."""

    host: str = "127.0.0.1"
    """Address that the program listens on; Caddy or nginx stand before it."""
    port: Annotated[int, Field(ge=1, le=65535)] = 8080
    """Its port there."""
    proxies: Annotated[int, Field(ge=0, le=5)] = 0
    """Proxies before it that are believed who calls: 1 behind Caddy or nginx."""
    base_url: str = ""
    """Address under which stations and browsers reach it; empty: host and port."""
    threads: Annotated[int, Field(ge=2, le=64)] = 8
    """Requests worked on at once."""
    long_polls: Annotated[int, Field(ge=1, le=200)] = 16
    """Stations that may wait for changes at once, in threads of their own."""
    strange_codes_per_minute: Annotated[int, Field(ge=1)] = 120
    """Codes that nobody knows, from one station, before it has to wait (threat 3)."""


class DatabaseSection(_Section):
    """`[database]`: SQLite beside the file by default, PostgreSQL by its URL."""

    url: Annotated[str, Field(repr=False)] = "sqlite:///lystok.sqlite"
    """`sqlite:///FILE`, or `postgresql://user:password@host/name`."""
    pool_size: Annotated[int, Field(ge=1, le=200)] = 20
    """Connections that this server keeps open."""
    pool_overflow: Annotated[int, Field(ge=0, le=200)] = 20
    """So many more while it is busy."""
    pool_timeout_s: Annotated[float, Field(gt=0, le=300)] = 30
    """How long a request waits for a connection before it fails."""

    @field_validator("url")
    @classmethod
    def _known(cls, url: str) -> str:
        try:
            backend = make_url(url).get_backend_name()
        except ArgumentError:
            raise ValueError("not a database URL") from None
        if backend not in {"sqlite", "postgresql"}:
            raise ValueError("only sqlite and postgresql are known")
        return url

    @property
    def pool(self) -> Pool:
        """The same for whoever opens it."""
        return Pool(self.pool_size, self.pool_overflow, self.pool_timeout_s)


class KeysSection(_Section):
    """`[keys]`: the folder of private ticket keys, outside the database (threat 5)."""

    directory: Path = Path("keys")
    """Readable by the server alone; the same on every server of one database."""


class SessionsSection(_Section):
    """`[sessions]`: what signs the console's cookies."""

    secret_file: Path = Path("session.secret")
    """Made by `server init`; the same on every server of one database."""
    idle_minutes: Annotated[int, Field(ge=1, le=24 * 60)] = 60
    """After so long without a deed staff sign in again."""
    secure_cookie: bool = False
    """Set it where the console is served over TLS."""


class MailSecurity(StrEnum):
    """How the way to the mail server is guarded."""

    STARTTLS = "starttls"
    TLS = "tls"
    NONE = "none"
    """Only for a mail server on this machine."""


class MailSection(_Section):
    """`[mail]`: the library's mail server; without a host no letters are offered."""

    host: str = ""
    """Name of the mail server."""
    port: Annotated[int, Field(ge=1, le=65535)] = 587
    """Its port: 587 for `starttls`, 465 for `tls`."""
    security: MailSecurity = MailSecurity.STARTTLS
    """How the way to it is guarded; `none` only for one on this machine."""
    user: str = ""
    """Empty: the mail server asks for none."""
    password: Annotated[str, Field(repr=False)] = ""
    """Better in the environment: `LYSTOK_MAIL__PASSWORD`."""
    sender: str = ""
    """The address that letters come from."""
    ca_file: Path | None = None
    """The library's own certificate authority, where the mail server has a certificate of it."""
    timeout_s: Annotated[float, Field(gt=0, le=300)] = 20
    """The longest that the mail server may take to answer."""

    @model_validator(mode="after")
    def _whole(self) -> MailSection:
        if self.host and "@" not in self.sender:
            raise ValueError('a mail server needs a sender: sender = "library@example.org"')
        if self.password and self.security is MailSecurity.NONE:
            raise ValueError('a password is sent over TLS alone: security = "starttls"')
        return self


class WalletSection(_Section):
    """`[wallet]`: the library's own keys for passes of phones; each part only as a whole."""

    apple_certificate: Path | None = None
    """Certificate of the pass type, in PEM."""
    apple_key: Path | None = None
    """Its private key, in PEM, without a password."""
    apple_authority: Path | None = None
    """Apple's intermediate certificate (WWDR), in PEM."""
    apple_pass_type: str = ""
    """Such as `pass.org.example.library`."""
    apple_team: str = ""
    """Ten signs, from the Apple developer account."""
    google_account: Path | None = None
    """The JSON file of a Google service account."""
    google_issuer: str = ""
    """Number of the issuer, from the Google Wallet console."""

    @model_validator(mode="after")
    def _whole(self) -> WalletSection:
        apple = (
            self.apple_certificate, self.apple_key, self.apple_authority, self.apple_pass_type,
            self.apple_team,
        )  # fmt: skip
        if any(apple) and not all(apple):
            raise ValueError("a pass for Apple needs all five apple_ settings")
        if bool(self.google_account) != bool(self.google_issuer):
            raise ValueError("a pass for Google needs google_account and google_issuer")
        return self

    @property
    def is_used(self) -> bool:
        """Whether there is anything to sign with."""
        return bool(self.apple_certificate or self.google_account)

    def beside(self, folder: Path) -> WalletSection:
        """The same with relative paths taken from this folder."""
        paths = {
            name: folder / value for name, value in self if isinstance(value, Path)
        }  # fmt: skip
        return self.model_copy(update=paths)


class BackupSection(_Section):
    """`[backup]`: where copies of the database go, how often, how long they stay."""

    directory: Path = Path("backups")
    """Best a disk of its own: a copy beside the original burns with it."""
    every_hours: Annotated[int, Field(ge=0, le=24 * 7)] = 24
    """How often the running server makes one; 0: never, somebody else does."""
    keep_days: Annotated[int, Field(ge=1, le=3650)] = 14
    """All backups of so many days are kept."""
    keep_months: Annotated[int, Field(ge=0, le=120)] = 12
    """Besides, the first one of each of so many months."""
    passphrase_file: Path | None = None
    """What seals the private keys; without it they are not in the backup."""

    def beside(self, folder: Path) -> BackupSection:
        """The same with relative paths taken from this folder."""
        passphrase = None if self.passphrase_file is None else folder / self.passphrase_file
        paths = {"directory": folder / self.directory, "passphrase_file": passphrase}
        return self.model_copy(update=paths)


class LibrarySystemKind(StrEnum):
    """Where patrons and loans are kept, if not here."""

    OWN = "own"
    SIP2 = "sip2"
    KOHA = "koha"


class LibrarySystemSection(_Section):
    """`[library_system]`: another system that keeps the loans; `own`: Lystok itself lends."""

    kind: LibrarySystemKind = LibrarySystemKind.OWN
    """Who keeps the loans: Lystok, a centre that speaks SIP2, or Koha by its REST API."""
    deadline_ms: Annotated[int, Field(ge=50, le=10_000)] = 350
    """How long a question may take; a station waits 400 ms for us."""
    at_once: Annotated[int, Field(ge=1, le=32)] = 6
    """Connections, and questions asked at once."""
    department: str = ""
    """Code of our department that waits for documents whose place the table does not name."""
    departments: dict[str, str] = {}
    """Location there to department here: `departments = { "ЧЗ-1" = "5" }`."""
    reading_rooms: tuple[str, ...] = ()
    """Locations there whose documents may not leave the house."""
    banning: tuple[Block, ...] = (Block.BARRED, Block.CARD_LOST)
    """Blocks there that take the right to visit here; all others are shown and stop nobody."""

    @model_validator(mode="after")
    def _whole(self) -> LibrarySystemSection:
        if self.kind is not LibrarySystemKind.OWN and not self.department:
            raise ValueError('name the department for documents without one: department = "5"')
        return self


class Sip2Section(_Section):
    """`[sip2]`: the centre that we ask, with `library_system.kind = "sip2"`."""

    host: str = ""
    """Name of the centre."""
    port: Annotated[int, Field(ge=1, le=65535)] = 6001
    """Its port."""
    tls: bool = False
    """Whether it is spoken to over TLS."""
    ca_file: Path | None = None
    """The authority that signed its certificate, where the system's own do not know it."""
    user: str = ""
    """CN of the login; empty: none is sent."""
    password: Annotated[str, Field(repr=False)] = ""
    """CO of the login."""
    location: str = ""
    """CP of the login."""
    institution: str = ""
    """AO of every message."""
    terminal_password: Annotated[str, Field(repr=False)] = ""
    """AC of every message, where the centre asks for one."""
    charset: Charset = "utf-8"
    """Alphabet of the messages."""
    terminator: Terminator = "cr"
    """What ends a message that we send; both are read."""
    code_point_sums: bool = False
    """Accept checksums that were made of characters instead of bytes."""
    language: Annotated[str, Field(pattern=r"^\d{3}$")] = "000"
    """Three digits: in which language it should answer."""
    ask_loans: bool = True
    """Ask for what is out (63); without it for the status alone (23), of a centre without lists.
    The exit then does what is set for old counts: it asks a person."""
    ask_items: bool = True
    """Ask for title, place and day of each document; without it all loans count as at home."""
    system: CentreSystem = "other"
    """Whose centre it is: how it tells that somebody is barred, which SIP2 has no sign for."""
    barred_when: tuple[Block, ...] | None = None
    """Blocks that together mean barred, where the system does it otherwise than by itself."""
    barred_unless: tuple[Block, ...] | None = None
    """Blocks any of which explains those: nobody is barred then."""
    barred_says: str | None = None
    """The screen message (AF) without which nobody is barred; "": none is needed."""


class KohaSection(_Section):
    """`[koha]`: the Koha that we ask, with `library_system.kind = "koha"`."""

    url: str = ""
    """Of its staff interface: `https://koha.example.org`."""
    client_id: str = ""
    """Of the API key that Koha made."""
    client_secret: Annotated[str, Field(repr=False)] = ""
    """The other half of that key."""
    ca_file: Path | None = None
    """The authority that signed its certificate, where the system's own do not know it."""


class IrbisSection(_Section):
    """`[irbis]`: the IRBIS64 from which `lystok server import --irbis` takes readers and loans."""

    host: str = ""
    """Name of the IRBIS64 server."""
    port: Annotated[int, Field(ge=1, le=65535)] = 6666
    """Its port."""
    user: str = ""
    """Who signs in there."""
    password: Annotated[str, Field(repr=False)] = ""
    """Of that user."""
    database: str = "RDR"
    """The database of readers."""


class Sip2ServerSection(_Section):
    """`[sip2_server]`: where `lystok server sip2` answers self-check machines and gates."""

    host: str = "127.0.0.1"
    """Address that it listens on."""
    port: Annotated[int, Field(ge=1, le=65535)] = 6001
    """Its port."""
    institution: str = ""
    """AO of every answer."""
    certificate: Path | None = None
    """With its key: TLS. Without, only for a network of its own."""
    key: Path | None = None
    """Private key of the certificate."""
    charset: Charset = "utf-8"
    """Alphabet of the messages."""
    terminator: Terminator = "cr"
    """What ends a message that it sends; both are read."""
    code_point_sums: bool = False
    """Accept checksums that were made of characters instead of bytes, as some machines do."""

    @model_validator(mode="after")
    def _whole(self) -> Sip2ServerSection:
        if (self.certificate is None) != (self.key is None):
            raise ValueError("TLS needs certificate and key")
        return self


class ServerConfig(_Section):
    """The whole configuration of a server."""

    server: ServerSection = ServerSection()
    database: DatabaseSection = DatabaseSection()
    keys: KeysSection = KeysSection()
    sessions: SessionsSection = SessionsSection()
    mail: MailSection = MailSection()
    wallet: WalletSection = WalletSection()
    backup: BackupSection = BackupSection()
    library_system: LibrarySystemSection = LibrarySystemSection()
    sip2: Sip2Section = Sip2Section()
    koha: KohaSection = KohaSection()
    irbis: IrbisSection = IrbisSection()
    sip2_server: Sip2ServerSection = Sip2ServerSection()

    @model_validator(mode="after")
    def _reachable(self) -> ServerConfig:
        if self.library_system.kind is LibrarySystemKind.SIP2 and not self.sip2.host:
            raise ValueError('library_system.kind = "sip2" needs [sip2] host')
        koha = (self.koha.url, self.koha.client_id, self.koha.client_secret)
        if self.library_system.kind is LibrarySystemKind.KOHA and not all(koha):
            raise ValueError('library_system.kind = "koha" needs [koha] url and both client_s')
        return self

    def masked(self) -> ServerConfig:
        """The same as it may be shown: without passwords."""
        url = make_url(self.database.url).render_as_string(hide_password=True)
        hidden = "***" if self.mail.password else ""
        return self.model_copy(
            update={
                "database": self.database.model_copy(update={"url": url}),
                "mail": self.mail.model_copy(update={"password": hidden}),
                "sip2": self.sip2.model_copy(update=_hidden(self.sip2)),
                "koha": self.koha.model_copy(update=_hidden(self.koha)),
                "irbis": self.irbis.model_copy(update=_hidden(self.irbis)),
            }
        )

    def beside(self, folder: Path) -> ServerConfig:
        """The same with every relative path taken from this folder."""
        url = make_url(self.database.url)
        name = url.database
        if url.get_backend_name() == "sqlite" and name and name != ":memory:":
            url = url.set(database=str(folder / name))
        return self.model_copy(
            update={
                "database": self.database.model_copy(
                    update={"url": url.render_as_string(hide_password=False)}
                ),
                "keys": KeysSection(directory=folder / self.keys.directory),
                "wallet": self.wallet.beside(folder),
                "mail": self.mail.model_copy(
                    update={"ca_file": self.mail.ca_file and folder / self.mail.ca_file}
                ),
                "backup": self.backup.beside(folder),
                "sip2": self.sip2.model_copy(
                    update={"ca_file": self.sip2.ca_file and folder / self.sip2.ca_file}
                ),
                "koha": self.koha.model_copy(
                    update={"ca_file": self.koha.ca_file and folder / self.koha.ca_file}
                ),
                "sip2_server": self.sip2_server.model_copy(
                    update={
                        "certificate": self.sip2_server.certificate
                        and folder / self.sip2_server.certificate,
                        "key": self.sip2_server.key and folder / self.sip2_server.key,
                    }
                ),
                "sessions": self.sessions.model_copy(
                    update={"secret_file": folder / self.sessions.secret_file}
                ),
            }
        )


def _hidden(section: _Section) -> dict[str, str]:
    secrets = ("password", "terminal_password", "client_secret")
    return {name: "***" for name in secrets if getattr(section, name, "")}


def load(path: Path, environment: Mapping[str, str] = os.environ) -> ServerConfig:
    """Read and check a configuration.

    Raises OSError, tomllib.TOMLDecodeError, and pydantic.ValidationError with all faults at once.
    """
    with path.open("rb") as file:
        values: dict[str, Any] = tomllib.load(file)
    _lay_over(values, environment)
    return ServerConfig.model_validate(values).beside(path.resolve().parent)


def _lay_over(values: dict[str, Any], environment: Mapping[str, str]) -> None:
    """Let `LYSTOK_SECTION__NAME` win over the file; what names no section of ours is not ours.

    By hand, since pydantic-settings would stay in memory with 4 MB for these few lines.
    """
    for variable, value in environment.items():
        section, is_nested, name = variable.removeprefix(_PREFIX).lower().partition("__")
        ours = variable.startswith(_PREFIX) and section in ServerConfig.model_fields
        if ours and is_nested and isinstance(values.setdefault(section, {}), dict):
            values[section][name] = value
