"""A real PostgreSQL for the session: Debian's binaries, a folder of its own, no TCP."""

import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from itertools import count
from pathlib import Path

import psycopg
import pytest
from psycopg import sql

_STARTS_WITHIN_S = 30.0
_USER = "lystok"
_ROOM_BYTES = 1 << 30
# Unit tests need no durability; what a power cut does is tested elsewhere, on its own server.
_SETTINGS = {
    "listen_addresses": "",
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "max_connections": "100",
    "shared_buffers": "32MB",
    "timezone": "UTC",
}


class PostgresServer:
    """A running server whose databases come and go with the tests."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._numbers = count(1)

    @property
    def url(self) -> str:
        """SQLAlchemy's address of the server's own database."""
        return self._url("postgres")

    def create_database(self, template: str = "template0") -> str:
        """A new database, empty or a copy of `template`; answers its SQLAlchemy URL."""
        name = f"test_{next(self._numbers)}"
        self._run("CREATE DATABASE {} TEMPLATE {} STRATEGY file_copy", name, template)
        return self._url(name)

    def drop_database(self, url: str) -> None:
        """Remove a database, cutting off whoever is still connected."""
        self._run("DROP DATABASE {} WITH (FORCE)", name_of(url))

    def is_ready(self) -> bool:
        """Whether the server takes connections."""
        try:
            self._connect().close()
        except psycopg.OperationalError:
            return False
        return True

    def _url(self, name: str) -> str:
        return f"postgresql+psycopg://{_USER}@/{name}?host={self._folder}"

    def _connect(self) -> psycopg.Connection:
        return psycopg.connect(
            host=str(self._folder), user=_USER, dbname="postgres", autocommit=True
        )

    def _run(self, statement: str, *names: str) -> None:
        with closing(self._connect()) as connection:
            composed = sql.SQL(statement).format(*map(sql.Identifier, names))
            connection.execute(composed)


def name_of(url: str) -> str:
    """The database's name in a URL of ours, for example to use it as a template."""
    return url.partition("@/")[2].partition("?")[0]


def find_binaries() -> Path:
    """The folder of `initdb` and `postgres`, the newest version first."""
    versions = Path("/usr/lib/postgresql").glob("*/bin/initdb")
    newest = max(versions, key=lambda path: float(path.parts[-3]), default=None)
    found = newest or shutil.which("initdb")
    if found is None:
        pytest.fail("PostgreSQL is not installed: run `make setup`", pytrace=False)
    return Path(found).parent


def as_server_user() -> list[str]:
    """What stands before the server's commands: PostgreSQL refuses to run as root."""
    if os.geteuid() != 0:
        return []
    return ["setpriv", "--reuid=postgres", "--regid=postgres", "--init-groups"]


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    """A running PostgreSQL; it ends with the session, however that ends."""
    binaries = find_binaries()
    # Not pytest's own folder: that is closed to the user the server runs as.
    folder = Path(tempfile.mkdtemp(prefix="lystok-postgres-", dir=_in_memory()))
    if os.geteuid() == 0:
        shutil.chown(folder, "postgres", "postgres")
    _initialise(binaries, folder)
    process = _start(binaries, folder)
    try:
        yield _wait_until_ready(PostgresServer(folder), process, folder)
    finally:
        process.terminate()
        process.wait(timeout=_STARTS_WITHIN_S)
        shutil.rmtree(folder)


@pytest.fixture(scope="session")
def postgres_url(postgres: PostgresServer) -> str:
    """SQLAlchemy's address of the running server's own database."""
    return postgres.url


@pytest.fixture
def postgres_database(postgres: PostgresServer) -> Iterator[str]:
    """SQLAlchemy's address of a database that is empty and this test's own."""
    url = postgres.create_database()
    yield url
    postgres.drop_database(url)


@pytest.fixture(scope="session")
def postgres_template(
    postgres: PostgresServer,
) -> Callable[[Callable[[str], None]], Callable[[], str]]:
    """Prepare a database once, then copy it.

    `fresh = postgres_template(migrate)` prepares, and each `fresh()` answers the URL of a copy.
    A copy takes a fraction of a second, whatever the preparation took.
    """

    def prepare(fill: Callable[[str], None]) -> Callable[[], str]:
        template = postgres.create_database()
        fill(template)
        return lambda: postgres.create_database(name_of(template))

    return prepare


def _in_memory() -> Path | None:
    """Where a copy of a database takes a twentieth of its time; None for the usual place."""
    memory = Path("/dev/shm")  # noqa: S108 - the folder is made with a name that nobody knows
    roomy = memory.is_dir() and shutil.disk_usage(memory).free > _ROOM_BYTES
    return memory if roomy and os.access(memory, os.W_OK) else None


def _initialise(binaries: Path, folder: Path) -> None:
    subprocess.run(
        [
            *as_server_user(), str(binaries / "initdb"), "--no-sync", "--auth=trust",
            f"--username={_USER}", "--encoding=UTF8", "--locale=C.UTF-8", str(folder / "data"),
        ],
        check=True, capture_output=True, cwd=folder,
    )  # fmt: skip


def _start(binaries: Path, folder: Path) -> subprocess.Popen[bytes]:
    settings = [word for name, value in _SETTINGS.items() for word in ("-c", f"{name}={value}")]
    # Should the tests be killed, the server shuts down too and leaves no process behind.
    prefix = as_server_user() or ["setpriv"]
    with (folder / "log").open("wb") as log:
        return subprocess.Popen(
            [
                *prefix, "--pdeathsig=INT", str(binaries / "postgres"),
                "-D", str(folder / "data"), "-k", str(folder), *settings,
            ],
            stdout=log, stderr=subprocess.STDOUT, cwd=folder,
        )  # fmt: skip


def _wait_until_ready(
    server: PostgresServer, process: subprocess.Popen[bytes], folder: Path
) -> PostgresServer:
    deadline = time.monotonic() + _STARTS_WITHIN_S
    while not server.is_ready():
        if process.poll() is not None or time.monotonic() > deadline:
            pytest.fail(f"PostgreSQL did not start:\n{(folder / 'log').read_text()}")
        time.sleep(0.02)
    return server
