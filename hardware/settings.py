"""Settings of drivers: checked whole, every fault named at once."""

from __future__ import annotations

from collections.abc import Mapping
from difflib import get_close_matches
from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError
from pydantic_core import ErrorDetails

from hardware.contracts import BadSettings


class DriverSettings(BaseModel):
    """What every driver's settings have in common: they are frozen and know their keys."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    driver: str
    """Name of the driver: how the device is attached, or `simulator`."""


S = TypeVar("S", bound=DriverSettings)


def read_settings(model: type[S], config: Mapping[str, Any]) -> S:
    """`config` as `model`; raises `BadSettings` with every fault, not only the first."""
    try:
        return model.model_validate(dict(config))
    except ValidationError as error:
        faults = error.errors(include_url=False, include_context=False)
        raise BadSettings(tuple(_sentence(fault, model) for fault in faults)) from None


def did_you_mean(name: str, known: list[str]) -> str:
    """The end of a sentence about a wrong `name`: what was meant, or what there is."""
    near = get_close_matches(name, known, n=1)
    return f"did you mean {near[0]!r}?" if near else f"there are: {', '.join(known)}"


def _sentence(fault: ErrorDetails, model: type[DriverSettings]) -> str:
    key = ".".join(str(part) for part in fault["loc"])
    if fault["type"] == "extra_forbidden":
        return f"{key}: no such setting, {did_you_mean(key, sorted(model.model_fields))}"
    said = fault["msg"].removeprefix("Value error, ")
    return f"{key}: {said}" if key else said
