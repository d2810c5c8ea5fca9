"""The maintenance page as HTML, in the technician's language."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache, partial
from zoneinfo import ZoneInfo

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from templates import assets, devices, event_words, maintenance_words, words

_ZONES = 8
_WORDS = (
    "fault_title", "fault_words", "ending", "origin", "event_name", "delivery", "clock_rests",
    "span",
)  # fmt: skip


class Renderer:
    """Draws pages of `templates/maintenance`; `timezone` tells the library's at each use."""

    def __init__(self, timezone: Callable[[], ZoneInfo]) -> None:
        self._timezone = timezone

    def page(self, template: str, language: str, **facts: object) -> str:
        """One page, or a part of it."""
        return _environment(language, self._timezone()).get_template(template).render(**facts)

    def result(self, code: str, facts: Mapping[str, str], language: str) -> str:
        """What came of a trial."""
        current = words.words_for(language, self._timezone())
        return maintenance_words.result_text(code, facts, current)


@lru_cache(maxsize=_ZONES)
def _environment(language: str, timezone: ZoneInfo) -> Environment:
    environment = Environment(
        loader=FileSystemLoader(assets.TEMPLATES / "maintenance"),
        autoescape=select_autoescape(default=True),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    current = words.words_for(language, timezone)
    assets.install(environment)
    words.install(environment, current)
    known = {name: partial(getattr(maintenance_words, name), words=current) for name in _WORDS}
    environment.globals.update(
        language=language,
        device_name=partial(devices.device_name, words=current),
        state_name=partial(devices.state_name, words=current),
        event_words=partial(event_words.event_words, words=current),
        light_words=partial(devices.light_words, current),
        **known,
    )
    return environment
