"""What stations of one release and servers of the next must agree on: the API, compared.

    python -m tests.release.contract      keeps the present API as that of this version

A server is renewed before its stations, so that for a while stations of the release before talk to
it. Whatever they send must be taken, and whatever they need must be answered.
"""

from __future__ import annotations

import json
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from server.api import openapi

FOLDER = Path(__file__).with_name("contracts")
Json = Mapping[str, Any]


def faults(old: Json, new: Json) -> list[str]:
    """What a station of the old release would find broken."""
    return [*_operations(old, new), *_requests(old, new), *_answers(old, new)]


def _operations(old: Json, new: Json) -> Iterator[str]:
    for path, method, _ in _each(old):
        if method not in new["paths"].get(path, {}):
            yield f"{method} {path} is gone"


def _requests(old: Json, new: Json) -> Iterator[str]:
    for name in _used(old, "requestBody"):
        before, after = _schema(old, name), _schema(new, name)
        for field in set(after.get("required", ())) - set(before.get("properties", ())):
            yield f"{name}.{field} is required and was never sent"
        for field in set(before.get("properties", ())) - set(after.get("properties", ())):
            yield f"{name}.{field} is sent and no longer known"
        for value in set(before.get("enum", ())) - set(after.get("enum", ())):
            yield f"{name}: {value} is sent and no longer known"


def _answers(old: Json, new: Json) -> Iterator[str]:
    for name in _used(old, "responses"):
        before, after = _schema(old, name), _schema(new, name)
        kept = set(after.get("required", ())) | {
            field for field, about in after.get("properties", {}).items() if "default" in about
        }
        for field in set(before.get("required", ())) - kept:
            yield f"{name}.{field} is needed and no longer answered"


def _each(document: Json) -> Iterator[tuple[str, str, Json]]:
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            yield path, method, operation


def _used(document: Json, part: str) -> set[str]:
    """Names of all schemas that this part of any operation reaches."""
    found: set[str] = set()
    waiting = [name for _, _, op in _each(document) for name in _references(op.get(part, {}))]
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            waiting.extend(_references(_schema(document, name)))
    return found


def _references(node: Any) -> Iterator[str]:
    if isinstance(node, Mapping):
        for key, value in node.items():
            if key == "$ref":
                yield str(value).rpartition("/")[2]
            else:
                yield from _references(value)
    elif isinstance(node, list):
        for value in node:
            yield from _references(value)


def _schema(document: Json, name: str) -> Json:
    schema: Json = document["components"]["schemas"].get(name, {})
    return schema


def main() -> None:
    """Keep the present API."""
    project = tomllib.loads(Path("pyproject.toml").read_text("utf-8"))["project"]
    kept = dict(openapi.description()) | {"info": {"version": project["version"]}}
    text = json.dumps(kept, ensure_ascii=False, indent=1, sort_keys=True)
    (FOLDER / f"{project['version']}.json").write_text(text + "\n", "utf-8")


if __name__ == "__main__":
    main()
