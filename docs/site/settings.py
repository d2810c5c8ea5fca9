"""The settings of every configuration file, as the program's own models have them.

What a setting means is the docstring beneath it; a setting without one fails a test.
"""

from __future__ import annotations

import ast
import inspect
import re
import textwrap
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import Enum
from importlib import import_module
from pathlib import Path
from typing import Any, Final

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from hardware import factory
from hardware.lane_daemon import LaneConfig
from hardware.lane_lines import Input, Output, Relay
from hardware.settings import DriverSettings
from kiosk.config import KioskConfig
from server.config import ServerConfig

Model = type[BaseModel]

_WORDS: Final[Mapping[str, str]] = {
    "boolean": "`true`, `false`",
    "integer": "whole number",
    "number": "number",
    "string": "text",
    "array": "list",
    "object": "table",
    "null": "",
}
_SIGNS: Final = {
    "minimum": "from {}", "exclusiveMinimum": "above {}", "maximum": "to {}",
    "exclusiveMaximum": "below {}",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Section:
    """A table of a configuration file, as its head is written there."""

    head: str
    model: Model


def sections(file: str) -> tuple[Section, ...]:
    """Every table of `server.toml`, `kiosk.toml` or `lane.toml`. KeyError for another file."""
    return {"server.toml": _server, "kiosk.toml": _kiosk, "lane.toml": _lane}[file]()


FILES: Final = ("server.toml", "kiosk.toml", "lane.toml")


def settings(model: Model) -> Mapping[str, FieldInfo]:
    """The settings that are written in this table itself, without tables of their own."""
    return {
        name: field for name, field in model.model_fields.items() if _inner(field) is None
    }  # fmt: skip


def meanings(model: Model) -> Mapping[str, str]:
    """What stands beneath each field of a model or of those that it comes from."""
    found: dict[str, str] = {}
    for each in reversed(model.__mro__):
        if issubclass(each, BaseModel) and not each.__module__.startswith("pydantic"):
            found |= dict(_docstrings(each))
    return found


def table(file: str) -> str:
    """All sections of a file in Markdown, each with its heading and a row a setting."""
    return "\n".join(line for section in sections(file) for line in _lines(section))


def _server() -> tuple[Section, ...]:
    fields = ServerConfig.model_fields.items()
    return tuple(
        Section(f"`[{name}]`", inner) for name, field in fields if (inner := _inner(field))
    )


def _kiosk() -> tuple[Section, ...]:
    fields = KioskConfig.model_fields.items()
    tables = [(name, _inner(field)) for name, field in fields if name != "devices"]
    drivers = [
        Section(f'`[devices.{kind}]` `driver = "{name}"`', _settings_of(kind, name))
        for kind in factory.Kind
        for name in factory.drivers(kind)
        if name != "gpio"
    ]
    return (
        Section("At the head of the file", KioskConfig),
        *(Section(f"`[{name}]`", inner) for name, inner in tables if inner),
        *drivers,
    )


def _lane() -> tuple[Section, ...]:
    return (
        Section("At the head of the file", LaneConfig),
        Section("`[lane]`", _settings_of(factory.Kind.LANE, "gpio")),
        Section("A relay: `open_in`, `open_out`, `free_out`", Relay),
        Section("A lamp of `lamps`, or `buzzer`", Output),
        Section("An input: all others", Input),
    )


def _settings_of(kind: factory.Kind, name: str) -> type[DriverSettings]:
    """The settings of a driver, which also names them where it can't run on this machine."""
    module = import_module(factory.module_name(kind, name))
    model: type[DriverSettings] = module.Settings
    return model


def _inner(field: FieldInfo) -> Model | None:
    """The model of a table of its own."""
    kind = field.annotation
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        return kind
    return None


def _docstrings(model: Model) -> Iterator[tuple[str, str]]:
    body = ast.parse(textwrap.dedent(inspect.getsource(model))).body[0]
    assert isinstance(body, ast.ClassDef)  # noqa: S101 - the source of a class
    for field, below in zip(body.body, body.body[1:], strict=False):
        if isinstance(field, ast.AnnAssign) and isinstance(field.target, ast.Name):
            match below:
                case ast.Expr(value=ast.Constant(value=str(said))):
                    yield field.target.id, " ".join(said.split())


def _lines(section: Section) -> Iterator[str]:
    said = meanings(section.model)
    schema = section.model.model_json_schema()
    yield f"\n### {section.head}\n"
    yield f"{_about(section.model)}\n"
    yield "| setting | values | default | meaning |"
    yield "|---|---|---|---|"
    for name, field in settings(section.model).items():
        values = _values(schema["properties"][name], schema.get("$defs", {}))
        yield f"| `{name}` | {values} | {_default(field)} | {said.get(name, '')} |"


def _about(model: Model) -> str:
    """What the table is for: its docstring up to the first blank line."""
    said = " ".join((inspect.getdoc(model) or "").split("\n\n")[0].split())
    return re.sub(r"^`\[\w+\]`: (.)", lambda head: head[1].upper(), said)


def _values(schema: Mapping[str, Any], known: Mapping[str, Any]) -> str:
    """What may be written, from the JSON schema of the field."""
    if "$ref" in schema:
        return _values(known[schema["$ref"].rpartition("/")[2]], known)
    if "anyOf" in schema:
        kinds = [_values(each, known) for each in schema["anyOf"]]
        return " or ".join(kind for kind in kinds if kind)
    for name in ("enum", "const"):
        if name in schema:
            found = schema[name] if name == "enum" else [schema[name]]
            return ", ".join(_literal(each) for each in found)
    return ", ".join([_kind(schema), *_bounds(schema)])


def _kind(schema: Mapping[str, Any]) -> str:
    if schema.get("format") == "path":
        return "path"
    return _WORDS[schema.get("type", "string")]


def _bounds(schema: Mapping[str, Any]) -> Iterator[str]:
    limits = [words.format(schema[key]) for key, words in _SIGNS.items() if key in schema]
    if limits:
        yield " ".join(limits)


def _default(field: FieldInfo) -> str:
    if field.is_required():
        return "must be given"
    value = field.get_default(call_default_factory=True)
    return "" if value is None or value in ("", (), {}) else _literal(value)


def _literal(value: object) -> str:
    """A value as TOML has it, as code."""
    match value:
        case Enum():
            return _literal(value.value)
        case bool():
            return f"`{str(value).lower()}`"
        case frozenset() | tuple():
            inner = ", ".join(_literal(each).strip("`") for each in sorted(value, key=str))
            return f"`[{inner}]`"
        case str() | Path():
            return f'`"{value}"`'
        case _:
            return f"`{value}`"
