"""What can be played on the bench, and the words of its switches."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field

from demo.stage import Station
from demo.things import Thing
from templates.words import N_

StationCode = Annotated[str, Field(pattern=r"^[A-Z0-9]{2}$")]
DeviceName = Literal["camera", "cards", "lane", "printer"]

_ACTIONS: Final[Mapping[str, frozenset[str]]] = {
    "camera": frozenset({"lift", "set", "reset"}),
    "cards": frozenset({"lay", "lift", "set", "reset"}),
    "lane": frozenset(
        {
            "walk",
            "push",
            "hold",
            "tamper",
            "fire",
            "fire_over",
            "air_raid",
            "air_raid_over",
            "staff_button",
            "set",
            "reset",
        }
    ),
    "printer": frozenset({"set", "reset", "tear"}),
}
"""A camera that is handed a path would read any file: here it is held pictures alone."""

Value = str | int | None


class _Request(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    station: StationCode


class Holding(_Request):
    """Hold a thing to a station's camera."""

    thing: Thing


class Play(_Request):
    """Do something with a device."""

    device: DeviceName
    do: str
    arguments: dict[Annotated[str, Field(max_length=40)], Value] = Field(
        default_factory=dict, max_length=8
    )

    @property
    def is_allowed(self) -> bool:
        """Whether this can be done with the device from the bench."""
        return self.do in _ACTIONS[self.device] and "do" not in self.arguments

    def carry_out(self, station: Station) -> None:
        """Do it; raises requests.RequestException where the device refuses or is not there."""
        handle = {
            "camera": station.camera,
            "cards": station.cards,
            "lane": station.lane,
            "printer": station.printer,
        }[self.device]
        handle.do(self.do, **self.arguments)


class Cable(_Request):
    """Cut or mend a station's cable."""

    whole: bool


class Press(_Request):
    """Press a button of a station's screen."""

    action: str = Field(max_length=40)
    value: str = Field(default="", max_length=100)


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """A position of a switch: what it is called, and what is sent to the device."""

    value: str
    label: str
    arguments: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Switch:
    """One thing that can be wrong with a device; the first choice is that nothing is."""

    id: str
    device: DeviceName
    label: str
    icon: str
    choices: tuple[Choice, ...]


def _switch(
    device: DeviceName, name: str, icon: str, label: str, words: Mapping[str, str]
) -> Switch:
    choices = tuple(
        Choice(value=value, label=word, arguments={name: value}) for value, word in words.items()
    )
    return Switch(id=f"{device}-{name}", device=device, label=label, icon=icon, choices=choices)


_MIDDLE_OF_A_SLIP_LINES: Final = 400


def _paper(value: str, label: str, ends_after: int | None = None) -> Choice:
    paper = "ok" if ends_after else value
    return Choice(
        value=value, label=label, arguments={"paper": paper, "out_after_lines": ends_after}
    )


_PAPER: Final = (
    _paper("ok", N_("достатньо")),
    _paper("near_end", N_("закінчується")),
    _paper("out", N_("скінчився")),
    _paper("ends", N_("скінчиться посеред листка"), _MIDDLE_OF_A_SLIP_LINES),
)

SWITCHES: Final = (
    _switch(
        "camera", "trouble", "camera", N_("Камера"),
        {
            "none": N_("бачить"), "black": N_("чорний кадр"), "frozen": N_("кадр застиг"),
            "slow": N_("кадр на дві секунди"), "gone": N_("від’єднана"),
        },
    ),
    _switch(
        "cards", "trouble", "card", N_("Зчитувач карток"),
        {"none": N_("працює"), "gone": N_("від’єднаний")},
    ),
    _switch(
        "lane", "trouble", "door-in", N_("Турнікет"),
        {"none": N_("працює"), "jam": N_("заклинило"), "gone": N_("не відповідає")},
    ),
    Switch(id="printer-paper", device="printer", label=N_("Папір"), icon="slip", choices=_PAPER),
    _switch(
        "printer", "cover", "printer", N_("Кришка принтера"),
        {"shut": N_("закрита"), "open": N_("відкрита")},
    ),
    _switch(
        "printer", "cutter", "printer", N_("Ніж принтера"),
        {"ok": N_("ріже"), "jam": N_("заклинив")},
    ),
    _switch(
        "printer", "answers", "printer", N_("Принтер відповідає"),
        {"normal": N_("одразу"), "slow": N_("із запізненням"), "silent": N_("мовчить")},
    ),
    _switch(
        "printer", "power", "printer", N_("Живлення принтера"),
        {"on": N_("увімкнено"), "off": N_("вимкнено")},
    ),
)  # fmt: skip
