"""Screens as HTML: the templates of `templates/kiosk`, in the person's language."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from zoneinfo import ZoneInfo

import segno
from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape
from markupsafe import Markup

from gate.events import Topic
from kiosk.screens import SHELTER_GROUPS
from kiosk.stage import Shown
from templates import assets, judgements, keyboards, words
from templates.topics import TOPICS

_ZONES = 8
_TOPIC_ICONS = {
    Topic.STATE: "building", Topic.REGIONAL: "hall", Topic.SOCIAL: "people",
    Topic.ADMINISTRATIVE: "sheet", Topic.ENTERPRISE: "device", Topic.OTHER: "globe",
}  # fmt: skip


class Renderer:
    """Draws what is shown; `timezone` tells the library's at each use."""

    def __init__(self, timezone: Callable[[], ZoneInfo], *, has_voice: bool = False) -> None:
        self._timezone = timezone
        self._has_voice = has_voice

    def fragment(self, shown: Shown) -> str:
        """One screen, to be put into the page."""
        template = self._environment(shown.language).get_template(f"{shown.screen.name}.html")
        return template.render(screen=shown.screen, shown=shown, has_voice=self._has_voice)

    def page(self, shown: Shown, **facts: object) -> str:
        """The whole page with the present screen in it."""
        template = self._environment(shown.language).get_template("page.html")
        return template.render(shown=shown, fragment=Markup(self.fragment(shown)), **facts)  # noqa: S704 - rendered with autoescape above

    @property
    def timezone(self) -> ZoneInfo:
        """The library's time zone."""
        return self._timezone()

    def _environment(self, language: str) -> Environment:
        return _environment(language, self._timezone())


@lru_cache(maxsize=_ZONES)
def _environment(language: str, timezone: ZoneInfo) -> Environment:
    environment = Environment(
        loader=FileSystemLoader(assets.TEMPLATES / "kiosk"),
        autoescape=select_autoescape(default=True),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    current = words.words_for(language, timezone)
    assets.install(environment)
    words.install(environment, current)
    environment.globals.update(
        language=language,
        title_of=lambda because: judgements.reason_title(current, because.code),
        text_of=lambda because: judgements.reason_text(current, because.code, until=because.until),
        duty=lambda task: judgements.duty_text(current, task.code, count=task.count),
        documents=lambda count: judgements.documents_text(current, count),
        qr=qr,
        keyboards=keyboards.layers,
        shelter_groups=SHELTER_GROUPS,
        topic_names=TOPICS,
        topic_icons=_TOPIC_ICONS,
    )
    return environment


def qr(text: str) -> Markup:
    """A code to be read from the screen, as SVG that takes the size of its place."""
    drawn = segno.make_qr(text, error="m")
    svg = drawn.svg_inline(scale=1, border=4, omitsize=True, svgclass="qr", lineclass=None)
    return Markup(svg)  # noqa: S704 - drawn from bits
