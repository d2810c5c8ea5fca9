"""What the server can write into its audit log, read from its own source.

An act or a kind of object is followed from the call back to where it is spelled: through choices,
local names, and parameters of the functions that hand it on.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path

ROOT = Path(__file__).parents[3]


@dataclass(frozen=True, slots=True)
class Call:
    """A call, the function it stands in, and the name by which it calls."""

    around: ast.FunctionDef
    node: ast.Call
    name: str


@dataclass(frozen=True, slots=True)
class Written:
    """What a module may write: a value, or the expression of one that is not spelled out."""

    module: str
    text: str
    is_value: bool


class Source:
    """A module of the server."""

    def __init__(self, path: Path) -> None:
        self.name = path.relative_to(ROOT).with_suffix("").as_posix()
        self.stem = path.stem
        self.tree = ast.parse(path.read_text("utf-8"))

    @cached_property
    def calls(self) -> list[Call]:
        """Every call in a function."""
        return [
            Call(function, node, _name(node.func))
            for function in ast.walk(self.tree)
            if isinstance(function, ast.FunctionDef)
            for node in ast.walk(function)
            if isinstance(node, ast.Call)
        ]


@cache
def _sources() -> Sequence[Source]:
    return [Source(path) for path in sorted((ROOT / "server").rglob("*.py"))]


def actions() -> set[Written]:
    """Every act."""
    return {
        written
        for source, call in _records()
        for written in _values(source, call.around, _argument(call.node, "action"))
    }


def kinds() -> set[Written]:
    """Every kind of object, which is the first half of `about`."""
    return {
        written
        for source, call in _records()
        for about in _choices(call.around, _argument(call.node, "about"))
        for written in _values(source, call.around, _first(about))
    }


def fields() -> set[str]:
    """Fields of details, as far as they are spelled where they are written."""
    return {
        key.value
        for _, call in _records()
        if any(keyword.arg == "details" for keyword in call.node.keywords)
        for told in _choices(call.around, _argument(call.node, "details"))
        for part in ast.walk(told)
        if isinstance(part, ast.Dict)
        for key in part.keys
        if isinstance(key, ast.Constant) and isinstance(key.value, str)
    }


def _records() -> Iterator[tuple[Source, Call]]:
    for source in _sources():
        for call in source.calls:
            if call.name in {"audit.record", "log.record"}:
                yield source, call


def _values(source: Source, function: ast.FunctionDef, said: ast.expr) -> Iterator[Written]:
    for choice in _choices(function, said):
        if isinstance(choice, ast.Constant):
            yield Written(source.name, str(choice.value), is_value=True)
        elif isinstance(choice, ast.Name) and choice.id in _names(function):
            for caller, around, argument in _handed(source, function, choice.id):
                yield from _values(caller, around, argument)
        else:
            yield Written(source.name, ast.unparse(choice), is_value=False)


def _choices(function: ast.FunctionDef, said: ast.expr) -> Iterator[ast.expr]:
    """What an expression may be: both ways of a choice, each value of a local name."""
    if isinstance(said, ast.IfExp):
        yield from _choices(function, said.body)
        yield from _choices(function, said.orelse)
        return
    local = _assigned(function, said.id) if isinstance(said, ast.Name) else []
    if not local:
        yield said
    for value in local:
        yield from _choices(function, value)


def _assigned(function: ast.FunctionDef, name: str) -> list[ast.expr]:
    return [
        node.value
        for node in ast.walk(function)
        if isinstance(node, ast.Assign)
        for target in node.targets
        if isinstance(target, ast.Name) and target.id == name
    ]


def _handed(
    source: Source, function: ast.FunctionDef, name: str
) -> Iterator[tuple[Source, ast.FunctionDef, ast.expr]]:
    """What callers hand to a parameter."""
    inside = {function.name, f"self.{function.name}"}
    outside = {f"{source.stem}.{function.name}"}
    place = _names(function).index(name)
    for caller in _sources():
        for call in caller.calls:
            if call.name in (inside if caller is source else outside):
                named = {keyword.arg: keyword.value for keyword in call.node.keywords}
                at = place - call.name.startswith("self.")
                yield caller, call.around, named[name] if name in named else call.node.args[at]


def _name(called: ast.expr) -> str:
    if isinstance(called, ast.Attribute) and isinstance(called.value, ast.Name):
        return f"{called.value.id}.{called.attr}"
    return called.id if isinstance(called, ast.Name) else ""


def _names(function: ast.FunctionDef) -> list[str]:
    return [each.arg for each in (*function.args.args, *function.args.kwonlyargs)]


def _argument(call: ast.Call, name: str) -> ast.expr:
    return next(keyword.value for keyword in call.keywords if keyword.arg == name)


def _first(about: ast.expr) -> ast.expr:
    return about.elts[0] if isinstance(about, ast.Tuple) else about
