"""The server's part of the `lystok` command, through its front door."""

from __future__ import annotations

import json
import stat
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from argon2 import PasswordHasher
from cwt import COSE, COSEKey
from PIL import Image
from sqlalchemy import select, update

import lystok
from gate import base45
from gate.codes import TICKET_PREFIX
from hardware.decoder import decode_picture
from server.config import load
from server.database import open_database
from server.models import AuditRecord, Key, Role, Staff
from server.services import audit, keys
from tests.server.centre.town import NOON
from tests.server.sample.library import Sample, kyiv, sample_of

Run = Callable[..., "Told"]


@dataclass(frozen=True)
class Told:
    """What a command printed, and how it ended."""

    status: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    """Run `lystok` with these words."""

    def command(*words: object) -> Told:
        status = lystok.main([str(word) for word in words])
        told = capsys.readouterr()
        return Told(status, told.out.strip(), told.err.strip())

    return command


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """The shortest configuration that a server can have."""
    file = tmp_path / "server.toml"
    file.write_text('[server]\nport = 8099\n[database]\nurl = "sqlite:///new/lystok.sqlite"\n')
    return file


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sample]:
    """A sample library of these tests' own: every code issued leaves a mark in its audit log."""
    noon = kyiv("2026-11-20", "12:00")
    with sample_of(tmp_path_factory.mktemp("commands") / "library", noon) as sample:
        yield sample


@pytest.fixture
def library(sample: Sample) -> Path:
    """The configuration of the sample library."""
    return sample.folder / "server.toml"


# --- server init ----------------------------------------------------------------------------------


def test_init_makes_everything_once_and_says_what(run: Run, config: Path) -> None:
    first = run("--config", config, "server", "init")
    assert first.status == 0
    assert [line.split(":")[0] for line in first.out.splitlines()] == [
        "database", "database", "ticket key", "sessions", "administrator",
    ]  # fmt: skip
    again = run("server", "init", "--config", config)
    assert (again.status, again.out) == (0, "everything is there already: nothing was changed")


@pytest.mark.threat(5)
def test_what_init_makes_is_for_the_owner_alone(run: Run, config: Path) -> None:
    run("--config", config, "server", "init")
    folder = config.parent
    made = [folder / "session.secret", folder / "new/lystok.sqlite", *(folder / "keys").iterdir()]
    assert [stat.S_IMODE(file.stat().st_mode) for file in made] == 3 * [0o600]


def test_the_first_administrator_signs_in_with_the_printed_password(run: Run, config: Path) -> None:
    told = run("--config", config, "server", "init").out
    password = told.rpartition("password ")[2].split()[0]
    database = open_database(load(config).database.url)
    with database.reading() as session:
        staff = session.scalars(select(Staff)).one()
        audited = session.scalars(select(AuditRecord.action)).all()
    database.close()
    assert (staff.login, staff.role) == ("admin", Role.ADMIN)
    assert PasswordHasher().verify(staff.password_hash, password)
    assert {"ticket_key_created", "staff_created", "setting_changed"} == set(audited)


def test_init_goes_on_where_it_was_interrupted(run: Run, config: Path) -> None:
    run("--config", config, "server", "init")
    (config.parent / "session.secret").unlink()
    told = run("--config", config, "server", "init")
    assert told.out == f"sessions: secret in {config.parent / 'session.secret'}"


def test_a_server_does_not_start_without_its_secret(run: Run, config: Path) -> None:
    run("--config", config, "server", "init")
    (config.parent / "session.secret").unlink()
    told = run("--config", config, "server", "run")
    assert told.status == 1
    assert "session.secret: run `lystok server init`" in told.err


def test_init_works_on_postgresql_too(run: Run, tmp_path: Path, postgres_database: str) -> None:
    file = tmp_path / "server.toml"
    file.write_text(f"[database]\nurl = {json.dumps(postgres_database)}\n")
    assert run("--config", file, "server", "init").out.count("\n") == 4
    assert run("--config", file, "server", "init").out.endswith("nothing was changed")
    assert run("--config", file, "ticket", "keys").json["keys"]


@pytest.mark.threat(5)
def test_a_lost_key_file_is_said_and_not_papered_over(run: Run, config: Path) -> None:
    run("--config", config, "server", "init")
    (key,) = (config.parent / "keys").iterdir()
    key.unlink()
    told = run("--config", config, "server", "init")
    assert told.status == 1
    assert str(key) in told.err
    assert "server keys --rotate" in told.err


def test_a_database_out_of_reach_is_a_message(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "server.toml"
    address = f"postgresql+psycopg://nobody@/none?host={tmp_path}"
    file.write_text(f'[database]\nurl = "{address}"\n')
    for words in (("server", "init"), ("ticket", "keys"), ("ticket", "issue", "1")):
        told = run("--config", file, *words)
        assert (told.status, told.out) == (1, "")
        assert "the database can't be reached" in told.err


@pytest.mark.parametrize(
    "words",
    [("server", "run"), ("ticket", "issue", "1"), ("ticket", "keys"), ("server", "keys")],
)
def test_without_a_database_every_command_says_what_to_do(
    run: Run, config: Path, words: tuple[str, ...]
) -> None:
    told = run("--config", config, *words)
    assert told.status == 1
    assert "run `lystok server init`" in told.err
    assert not (config.parent / "new").exists()


def test_a_database_of_another_version_is_not_used(run: Run, config: Path) -> None:
    file = config.parent / "new" / "lystok.sqlite"
    file.parent.mkdir()
    file.touch()
    told = run("--config", config, "ticket", "keys")
    assert told.status == 1
    assert "another version" in told.err


# --- ticket issue and verify ----------------------------------------------------------------------


@pytest.mark.threat(1)
def test_an_issued_code_verifies_with_its_claims(run: Run, library: Path, sample: Sample) -> None:
    number = sample.number("valid")
    code = run("--config", library, "ticket", "issue", number).out
    assert code.startswith(TICKET_PREFIX)
    told = run("--config", library, "ticket", "verify", code)
    assert told.status == 0
    assert told.json["verdict"] == "good"
    assert told.json["claims"]["kind"] == "permanent"
    assert told.json["claims"]["registered_for"] == 2026
    assert set(told.json["claims"]) == {
        "ticket_id", "kind", "scope", "issued", "expires", "registered_for",
    }  # fmt: skip
    assert told.json["ticket"]["number"] == number
    assert told.json["ticket"]["state"] == "active"


def test_the_last_day_of_a_ticket_ends_with_the_library_s_midnight(
    run: Run, library: Path, sample: Sample
) -> None:
    code = run("--config", library, "ticket", "issue", sample.number("one_time_today")).out
    claims = run("--config", library, "ticket", "verify", code).json["claims"]
    assert (claims["expires"], claims["scope"]) == ("2026-11-20T22:00:00Z", "reading_rooms")


@pytest.mark.parametrize(
    "state, ticket_state", [("replaced", "replaced"), ("lost", "lost"), ("cancelled", "cancelled")]
)
def test_a_good_signature_is_told_apart_from_the_state_of_the_ticket(
    run: Run, library: Path, sample: Sample, state: str, ticket_state: str
) -> None:
    code = run("--config", library, "ticket", "issue", sample.number(state)).out
    told = run("--config", library, "ticket", "verify", code).json
    assert (told["verdict"], told["ticket"]["state"]) == ("good", ticket_state)


@pytest.mark.scenario("E07")
def test_a_changed_code_has_a_bad_signature(run: Run, library: Path, sample: Sample) -> None:
    code = run("--config", library, "ticket", "issue", sample.number("valid")).out
    for place in (10, len(code) // 2, len(code) - 1):
        other = "0" if code[place] != "0" else "1"
        changed = f"{code[:place]}{other}{code[place + 1 :]}"
        told = run("--config", library, "ticket", "verify", changed)
        assert told.status == 1
        assert told.json == {"verdict": "bad_signature", "claims": None, "ticket": None}


@pytest.mark.scenario("E02", "E03")
@pytest.mark.parametrize("code", ["1000001", "https://example.org", "", "\udcff", "LS1:ABC"])
def test_what_is_no_ticket_code_is_unknown(run: Run, library: Path, code: str) -> None:
    told = run("--config", library, "ticket", "verify", code)
    assert told.status == 1
    assert told.json == {"verdict": "unknown_code", "claims": None, "ticket": None}


@pytest.mark.scenario("E39")
def test_a_code_is_read_as_a_scanner_wraps_it(run: Run, library: Path, sample: Sample) -> None:
    code = run("--config", library, "ticket", "issue", sample.number("valid")).out
    assert run("--config", library, "ticket", "verify", f"]Q3{code.lower()}\r\n").status == 0


@pytest.mark.scenario("E43")
def test_a_ticket_that_the_database_does_not_know_is_still_well_signed(
    run: Run, library: Path, sample: Sample, config: Path
) -> None:
    """The same key, another database: the signature is good, the ticket nobody's."""
    code = run("--config", library, "ticket", "issue", sample.number("valid")).out
    run("--config", config, "server", "init")
    _lend_keys(sample, config)
    told = run("--config", config, "ticket", "verify", code).json
    assert (told["verdict"], told["ticket"]) == ("good", None)
    assert told["claims"]["kind"] == "permanent"


def _lend_keys(sample: Sample, config: Path) -> None:
    with sample.database.reading() as session:
        public = keys.ticket_keys(session)
    database = open_database(load(config).database.url)
    with database.writing() as session:
        for key in public:
            keys.add(session, key)
    database.close()


def test_a_number_that_no_ticket_has_is_named(run: Run, library: Path) -> None:
    told = run("--config", library, "ticket", "issue", "7654321")
    assert (told.status, told.out) == (1, "")
    assert "7654321" in told.err


def test_the_drawn_ticket_is_read_by_a_decoder(
    run: Run, library: Path, sample: Sample, tmp_path: Path
) -> None:
    picture = tmp_path / "ticket.png"
    number = sample.number("valid")
    code = run("--config", library, "ticket", "issue", number, "--png", picture).out
    with Image.open(picture) as drawn:
        found = decode_picture(drawn.convert("RGB"))
    assert [code_.text for code_ in found] == [code]


def test_a_picture_that_can_t_be_written_is_a_message(
    run: Run, library: Path, sample: Sample, tmp_path: Path
) -> None:
    words = ("ticket", "issue", sample.number("valid"), "--png", tmp_path / "no" / "t.png")
    told = run("--config", library, *words)
    assert told.status == 1
    assert "t.png" in told.err


# --- Keys -----------------------------------------------------------------------------------------


@pytest.mark.threat(5)
def test_the_public_keys_let_another_library_verify_a_code(
    run: Run, library: Path, sample: Sample
) -> None:
    code = run("--config", library, "ticket", "issue", sample.number("valid")).out
    (jwk,) = run("--config", library, "ticket", "keys").json["keys"]
    assert (jwk["kty"], jwk["crv"], "d" in jwk) == ("OKP", "Ed25519", False)
    key = COSEKey.from_jwk(jwk)
    payload = COSE.new().decode(base45.decode(code.removeprefix(TICKET_PREFIX)), key)
    assert payload


@pytest.mark.scenario("E09")
@pytest.mark.threat(5)
def test_a_new_key_signs_and_the_one_before_still_verifies(run: Run, tmp_path: Path) -> None:
    assert run("demo", "--init", tmp_path / "library", "--patrons", "1").status == 0
    config = tmp_path / "library" / "server.toml"
    old = run("--config", config, "ticket", "issue", "1000001").out
    rotated = run("--config", config, "server", "keys", "--rotate")
    assert rotated.status == 0
    new = run("--config", config, "ticket", "issue", "1000001").out
    listed = run("--config", config, "server", "keys").out.splitlines()
    assert [line.split()[-1] for line in listed] == ["signed", "signs"]
    assert rotated.out.split()[0] == listed[1].split()[0]
    published = run("--config", config, "ticket", "keys").json["keys"]
    assert [key["kid"] for key in published] == [line.split()[2] for line in listed]
    assert len({_kid(code) for code in (old, new)}) == 2
    for code in (old, new):
        assert run("--config", config, "ticket", "verify", code).json["verdict"] == "good"


def _kid(code: str) -> bytes:
    """Where the key id stands in a ticket code: behind the algorithm, in the protected header."""
    return base45.decode(code.removeprefix(TICKET_PREFIX))[8:10]


@pytest.mark.scenario("E10")
@pytest.mark.threat(5)
def test_a_revoked_key_verifies_nothing_and_is_not_published(run: Run, tmp_path: Path) -> None:
    run("demo", "--init", tmp_path / "library", "--patrons", "1")
    config = tmp_path / "library" / "server.toml"
    code = run("--config", config, "ticket", "issue", "1000001").out
    _revoke(config)
    assert run("--config", config, "ticket", "verify", code).json["verdict"] == "bad_signature"
    assert run("--config", config, "ticket", "keys").json == {"keys": []}
    assert "verifies nothing" in run("--config", config, "server", "keys").out
    refused = run("--config", config, "ticket", "issue", "1000001")
    assert refused.status == 1
    assert "server keys --rotate" in refused.err


def _revoke(config: Path) -> None:
    database = open_database(load(config).database.url)
    with database.reading() as session:
        row = session.scalars(select(Key)).one()
    keys.revoke(database, row.key_id, actor="system", at=row.not_before)
    database.close()


# --- demo --init ----------------------------------------------------------------------------------


def test_the_sample_is_not_written_over_a_library(run: Run, sample: Sample) -> None:
    told = run("demo", "--init", sample.folder)
    assert told.status == 1
    assert "is there already" in told.err


@pytest.mark.threat(16)
def test_the_audit_log_is_checked_from_the_command_line(run: Run, config: Path) -> None:
    run("--config", config, "server", "init")
    database = open_database(load(config).database.url)
    audit.seal(database, NOON)
    told = run("--config", config, "server", "check-audit")
    assert (told.status, told.out.startswith("the audit log is whole: 1 seals")) == (0, True)
    with database.writing() as session:
        session.execute(update(AuditRecord).values(actor="staff:9"))
    database.close()
    told = run("--config", config, "server", "check-audit")
    assert told.status == 1
    assert "THE AUDIT LOG WAS CHANGED at seal 1" in told.out
