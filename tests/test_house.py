"""The house as a whole: who knows whom, what no file may hold, what README promises."""

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import grimp
import pytest

ROOT = Path(__file__).parents[1]
ROOMS = ("demo", "gate", "hardware", "kiosk", "lystok", "release", "server", "templates")
# What the judgement of passage may stand on: values, and codes that need no outside world.
GATE_MAY_IMPORT = {
    "__future__", "array", "base64", "binascii", "collections", "dataclasses", "datetime", "enum",
    "functools", "hashlib", "hmac", "itertools", "math", "operator", "re", "string", "struct",
    "types", "typing", "unicodedata", "uuid",
}  # fmt: skip
GATE_EXCEPTIONS = {
    "gate.events": {"pydantic"},
    "gate.codes": {"cbor2"},
    "gate.keys": {"cryptography"},
}
# Folders of a machine, and addresses of package indexes; both change from place to place.
BELONGS_TO_A_MACHINE = re.compile(
    r"/(?:root|work)/|(?:pypi|pythonhosted)\.org|npmjs\.|--(?:extra-)?index-url[ =]|--find-link[s]"
)


def exceptions_of(module: str) -> set[str]:
    """What a module, or a module within it, may import besides."""
    inside = (name for name in GATE_EXCEPTIONS if f"{module}.".startswith(f"{name}."))
    return set().union(*(GATE_EXCEPTIONS[name] for name in inside))


def files() -> Iterator[Path]:
    """What belongs to the project, told by git, so that nothing made by running counts."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT, capture_output=True, text=True, check=True,
    ).stdout.splitlines()  # fmt: skip
    return (ROOT / name for name in listed if (ROOT / name).is_file())


def texts() -> Iterator[tuple[Path, str]]:
    for path in files():
        try:
            yield path.relative_to(ROOT), path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue


def test_every_room_knows_only_whom_it_may() -> None:
    command = Path(sys.executable).with_name("lint-imports")
    result = subprocess.run([command], cwd=ROOT, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stdout


def test_the_judgement_stands_on_values_alone() -> None:
    graph = grimp.build_graph("gate", include_external_packages=True, cache_dir=None)
    for module in sorted(graph.find_descendants("gate")):
        outside = {
            name.partition(".")[0] for name in graph.find_modules_directly_imported_by(module)
        }
        allowed = GATE_MAY_IMPORT | exceptions_of(module) | {"gate"}
        assert outside <= allowed, f"{module} imports {sorted(outside - allowed)}"


def test_clocks_are_banned_from_the_judgement() -> None:
    found = ruff_on(
        "gate/anything.py", "import time\nfrom datetime import UTC, datetime\ndatetime.now(UTC)\n"
    )
    assert found.count("TID251") == 2


def test_clocks_are_allowed_outside_the_judgement() -> None:
    assert "TID251" not in ruff_on("kiosk/anything.py", "import time\ntime.monotonic()\n")


def ruff_on(name: str, source: str) -> str:
    """What ruff says of a source as if it stood in a file of that name."""
    command = Path(sys.executable).with_name("ruff")
    return subprocess.run(
        [command, "check", "--no-cache", "--output-format=concise", "--stdin-filename", name, "-"],
        input=source, cwd=ROOT, capture_output=True, text=True, check=False,
    ).stdout  # fmt: skip


def test_no_file_holds_what_belongs_to_one_machine() -> None:
    found = [
        f"{path}:{number}: {line.strip()[:80]}"
        for path, text in texts()
        for number, line in enumerate(text.splitlines(), 1)
        if BELONGS_TO_A_MACHINE.search(line)
    ]
    assert not found, "\n".join(found)


def test_every_room_of_tests_and_code_is_a_package() -> None:
    folders = {path.parent for path in files() if path.suffix == ".py"} - {ROOT}
    lonely = [str(folder.relative_to(ROOT)) for folder in folders if not has_init(folder)]
    assert sorted(lonely) == []


def has_init(folder: Path) -> bool:
    # Alembic runs its scripts by path; they are no package.
    return (folder / "__init__.py").is_file() or "migrations" in folder.parts


@pytest.mark.parametrize("room", ROOMS)
def test_every_room_has_tests_of_its_own(room: str) -> None:
    assert any((ROOT / "tests" / room).glob("**/test_*.py"))


def targets() -> set[str]:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    return {
        target
        for names in re.findall(r"^([a-z][a-z -]*):(?!=)", makefile, re.MULTILINE)
        for target in names.split()
    }


def pages() -> list[Path]:
    return [path for path in files() if path.suffix == ".md"]


def test_every_make_target_that_a_page_names_exists() -> None:
    for page in pages():
        named = re.findall(
            r"`make ([a-z-]+)`|^(?:\$ )?make ([a-z-]+)", page.read_text("utf-8"), re.MULTILINE
        )
        assert {first or second for first, second in named} <= targets(), page.name


def test_every_link_of_a_page_leads_somewhere() -> None:
    for page in pages():
        for link in re.findall(r"\]\(([^)#]+)[^)]*\)", page.read_text(encoding="utf-8")):
            if not link.startswith(("http://", "https://", "mailto:")):
                assert (page.parent / link).exists(), f"{page.name} leads to {link}"
