"""The API's description in OpenAPI 3.1, made of its operations and of the records' own schemas."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cache
from http import HTTPStatus
from importlib.metadata import PackageNotFoundError, version
from typing import Any, Literal

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from server.api.operations import OPERATIONS, Operation
from server.api.problems import MEDIA_TYPE, Problem

_REF = "#/components/schemas/{model}"
_Mode = Literal["validation", "serialization"]


@cache
def description() -> dict[str, Any]:
    """The whole document."""
    names, definitions = models_json_schema(list(_models()), ref_template=_REF)
    paths: dict[str, Any] = {}
    for operation in OPERATIONS:
        described = _operation(operation, names)
        paths.setdefault(operation.path, {})[operation.method.lower()] = described
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Lystok: API of the stations",
            "version": _version(),
            "license": {"name": "MIT", "identifier": "MIT"},
        },
        "paths": paths,
        "components": {
            "schemas": definitions["$defs"],
            "securitySchemes": {"station": {"type": "http", "scheme": "bearer"}},
        },
    }


def _version() -> str:
    try:
        return version("lystok")
    except PackageNotFoundError:
        return "0"


def _models() -> Iterator[tuple[type[BaseModel], _Mode]]:
    yield Problem, "serialization"
    for operation in OPERATIONS:
        if operation.body is not None:
            yield operation.body, "validation"
        if operation.answer is not None:
            yield operation.answer, "serialization"


def _operation(operation: Operation, names: dict[Any, Any]) -> dict[str, Any]:
    described: dict[str, Any] = {
        "operationId": operation.name,
        "summary": operation.summary,
        "responses": {"200": _success(operation, names)} | _problems(operation, names),
    }
    if operation.token:
        described["security"] = [{"station": []}]
    if operation.body is not None:
        schema = names[(operation.body, "validation")]
        described["requestBody"] = {"required": True, "content": _content(schema)}
    if operation.query is not None:
        described["parameters"] = list(_parameters(operation.query))
    return described


def _success(operation: Operation, names: dict[Any, Any]) -> dict[str, Any]:
    if operation.answer is None:
        content = {operation.media: {"schema": {"type": "string"}}}
        return {"description": operation.about, "content": content}
    schema = names[(operation.answer, "serialization")]
    about = (operation.answer.__doc__ or "").split("\n")[0]
    return {"description": about, "content": _content(schema)}


def _problems(operation: Operation, names: dict[Any, Any]) -> dict[str, Any]:
    schema = names[(Problem, "serialization")]
    return {
        str(status): {
            "description": HTTPStatus(status).phrase,
            "content": {MEDIA_TYPE: {"schema": schema}},
        }
        for status in sorted(_statuses(operation))
    }


def _statuses(operation: Operation) -> Iterable[int]:
    yield from operation.problems
    if operation.token:
        yield 401
    if operation.body is not None:
        yield from (400, 413, 415, 422)
    if operation.query is not None:
        yield 422


def _content(schema: dict[str, Any]) -> dict[str, Any]:
    return {"application/json": {"schema": schema}}


def _parameters(query: type[BaseModel]) -> Iterator[dict[str, Any]]:
    schema = query.model_json_schema()
    for name, described in schema["properties"].items():
        yield {
            "name": name,
            "in": "query",
            "required": name in schema.get("required", ()),
            "description": described.pop("description", ""),
            "schema": described,
        }
