"""A configuration from its file, or all its faults in words."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Callable, Iterable
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeVar

from lystok.terminal import Stop

if TYPE_CHECKING:
    from pydantic import ValidationError

C = TypeVar("C")
INSTALLED: Final = Path("/etc/lystok")
"""Where `deploy/install.sh` writes settings."""


def file_of(options: Namespace, name: str) -> Path:
    """The file that was named, else the one here, else that of the installed program."""
    here: Path = options.config or Path(name)
    installed = INSTALLED / name
    is_elsewhere = options.config is None and not here.exists() and installed.exists()
    return installed if is_elsewhere else here


def checked(load: Callable[[Path], C], model: type[C], path: Path) -> C:
    """Load a configuration; every fault of it is named at once (exit status 2)."""
    import tomllib

    from pydantic import ValidationError

    try:
        return load(path)
    except OSError as error:
        is_shut = isinstance(error, PermissionError)
        hint = "use `lystok-server` or `lystok-kiosk`" if is_shut else "name the file with --config"
        raise Stop(f"{path}: {error.strerror}; {hint}", 2) from None
    except tomllib.TOMLDecodeError as error:
        raise Stop(f"{path}: not TOML: {error}", 2) from None
    except ValidationError as error:
        raise unusable(path, _faults(error, model)) from None


def unusable(path: Path, faults: Iterable[str]) -> Stop:
    """The end of a program whose configuration has these faults, a line each."""
    return Stop("\n".join([f"{path} can't be used:", *(f"  {fault}" for fault in faults)]), 2)


def _faults(error: ValidationError, model: type[Any]) -> list[str]:
    """Each fault as `section.setting: what is wrong`; input values are never repeated."""
    return [
        _sentence(fault["loc"], fault["type"], fault["msg"], model)
        for fault in error.errors(include_url=False, include_input=False, include_context=False)
    ]


def _sentence(where: tuple[int | str, ...], kind: str, message: str, model: type[Any]) -> str:
    name = ".".join(map(str, where))
    if kind != "extra_forbidden":
        return f"{name}: {message}" if name else message
    near = get_close_matches(str(where[-1]), _settings_at(model, where[:-1]), n=1)
    return f"{name}: no such setting" + (f", did you mean {near[0]!r}?" if near else "")


def _settings_at(model: type[Any], where: tuple[int | str, ...]) -> list[str]:
    """The names that may stand in a section of the configuration."""
    for part in where:
        field = getattr(model, "model_fields", {}).get(part)
        model = field.annotation if field is not None else object
    return list(getattr(model, "model_fields", {}))
