"""Every setting, reason, duty, fault and metric is told on a page: none is added in silence."""

from __future__ import annotations

import re

import pytest
from pydantic import BaseModel

from docs.site import settings, tables
from gate.reasons import Duty, Reason
from server.console.alarms import AT_LANES
from server.console.places import PLACES
from server.console.setting_words import CONCESSIONS, ELSEWHERE
from server.models import Role
from server.services.settings import LibrarySettings
from templates import devices, maintenance_words
from tests.test_house import ROOT

SECTIONS = [(file, each) for file in settings.FILES for each in settings.sections(file)]
LANGUAGES = ["uk", "en"]


@pytest.mark.parametrize("file, section", SECTIONS, ids=lambda each: getattr(each, "head", each))
def test_every_setting_of_a_file_says_what_it_means(file: str, section: settings.Section) -> None:
    said = settings.meanings(section.model)
    written = settings.table(file)
    for name in settings.settings(section.model):
        assert said.get(name), f"{section.head}: {name} needs a line beneath it in the code"
        assert f"| `{name}` |" in written


def test_a_setting_without_a_line_beneath_it_is_noticed() -> None:
    assert settings.meanings(Untold) == {"told": "What it means."}


class Untold(BaseModel):
    told: int = 1
    """What it means."""
    untold: int = 2


def test_every_table_of_a_file_is_there() -> None:
    heads = {each.head for _, each in SECTIONS}
    assert {"`[sip2_server]`", "`[koha]`", "`[irbis]`", "`[library_system]`", "`[lane]`"} <= heads
    assert '`[devices.printer]` `driver = "usb"`' in heads


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_setting_of_the_library_is_told(language: str) -> None:
    written = tables.library_settings(language)
    fields = {name for name, each in LibrarySettings.model_fields.items() if not each.exclude}
    missing = {name for name in fields if f"`{name}`" not in written}
    assert missing == {*CONCESSIONS, *ELSEWHERE}


def test_staff_are_told_what_to_do_about_every_reason_and_no_other() -> None:
    assert set(tables.remedies()) == set(Reason)
    for said in tables.remedies().values():
        assert set(said) == set(LANGUAGES)
        assert all(said.values())


def test_staff_are_told_what_to_do_about_every_alarm_and_no_other() -> None:
    assert set(tables.remedies("alarms")) == set(AT_LANES)
    for language in LANGUAGES:
        written = tables.alarms(language)
        assert all(written.count(f"`{code}`") == 1 for code in AT_LANES)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_reason_and_duty_is_told_once(language: str) -> None:
    written = tables.reasons(language) + tables.duties(language)
    for code in (*Reason, *Duty):
        assert written.count(f"`{code}`") == 1, code


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_fault_is_told_with_its_remedy(language: str) -> None:
    lines = tables.faults(language).splitlines()
    assert len(lines) == 2 + len(maintenance_words.FAULTS)
    lines = tables.device_troubles(language).splitlines()
    assert len(lines) == 2 + len(devices.TROUBLES)


def test_every_question_of_the_installer_is_told_with_its_default() -> None:
    asked = dict(re.findall(r"\$\(ask ([A-Z]+) (\S+) ", (ROOT / "deploy/install.sh").read_text()))
    page = (ROOT / "docs" / "install.md").read_text("utf-8")
    told = dict(re.findall(r"^\| `([A-Z]+)` \| \w+ \| (.*?) \|", page, re.MULTILINE))
    assert set(told) == set(asked)
    for name, default in asked.items():
        if re.fullmatch(r"[\w:/.]+", default):
            assert told[name] == f"`{default}`" or told[name] == default, name


def test_the_table_of_roles_has_every_place_and_role() -> None:
    head, _, *rows = tables.roles("uk").splitlines()
    assert head.count("|") == len(Role) + 2
    assert len(rows) == len(PLACES)
    assert "| Журнал |  |  |  |  | ● |  | ● |" in rows


def test_english_tables_hold_no_ukrainian() -> None:
    written = tables.reasons("en") + tables.duties("en") + tables.faults("en")
    lines = [line.split("|")[1] for line in written.splitlines() if line.startswith("|")]
    assert not [line for line in lines if any("а" <= sign <= "я" for sign in line.lower())]


def test_a_page_that_asks_for_a_table_that_there_is_not_is_refused() -> None:
    with pytest.raises(KeyError):
        tables.made("<!-- table: nothing -->")
