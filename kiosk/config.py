"""A station's settings: one TOML file, overridden by the environment, checked whole at start.

`LYSTOK_KIOSK_SERVER__URL` overrides `url` in `[server]`. A relative path is relative to the
folder of the file. An unknown setting is a fault, so that a slip of the pen does not go unseen.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from datetime import timedelta
from enum import StrEnum
from ipaddress import ip_address
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, PrivateAttr, field_validator, model_validator
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from gate.passage import Barrier, LaneSettings, Way
from hardware import factory

_STRICT = ConfigDict(extra="forbid", frozen=True)

Seconds = Annotated[float, Field(gt=0, le=3600)]
DeviceSettings = dict[str, Any]


class Role(StrEnum):
    """What a station is for."""

    ENTRANCE = "entrance"
    EXIT = "exit"
    BOTH = "both"

    @property
    def lets_in(self) -> bool:
        """Whether people come in here."""
        return self is not Role.EXIT

    @property
    def lets_out(self) -> bool:
        """Whether people go out here."""
        return self is not Role.ENTRANCE


class ServerSettings(BaseModel):
    """Where the centre is and how long the station waits for it."""

    model_config = _STRICT

    url: Annotated[str, Field(pattern=r"^https?://[^/?#\s]+$")]
    """Scheme, host and port alone."""
    ca_file: Path | None = None
    """The private CA that the server's certificate must come from."""
    facts_deadline_ms: Annotated[int, Field(ge=50, le=5000)] = 400
    """How long a scan may wait for fresh facts before the copy decides."""
    long_poll_s: Annotated[float, Field(gt=0, le=50)] = 20
    """How long the server may hold a question for changes before it answers "none"."""


class ScreenSettings(BaseModel):
    """The patron's page: where it is served, how long its screens stay."""

    model_config = _STRICT

    rotate: Literal[0, 90, 180, 270] = 0
    """How far the panel is turned, in degrees; touch turns along."""
    dark_after_min: Annotated[int, Field(ge=0, le=600)] = 15
    """So long after the library closed the panel goes dark; 0: never."""
    host: str = "127.0.0.1"
    """The page is served on this machine alone."""
    port: Annotated[int, Field(ge=0, le=65535)] = 8701
    """0 takes any free port."""
    result_s: Seconds = 30
    """How long an answer stays on the screen."""
    choice_s: Seconds = 60
    """How long a screen waits for a choice."""
    reading_s: Seconds = 180
    """How long one with a text to read stays."""
    warning_s: Seconds = 20
    """How long before the reset it is announced."""
    more_s: Seconds = 60
    """What "more time" adds."""

    @field_validator("host")
    @classmethod
    def _is_loopback(cls, host: str) -> str:
        address = "127.0.0.1" if host == "localhost" else host
        if not ip_address(address).is_loopback:
            raise ValueError("the patron's page is served on this machine alone: use 127.0.0.1")
        return address


class SpeechSettings(BaseModel):
    """Reading aloud, on demand."""

    model_config = _STRICT

    program: str = "espeak-ng"
    """eSpeak NG by its name or path; empty, or not installed: nothing is read aloud."""
    words_per_minute: Annotated[int, Field(ge=80, le=450)] = 150
    """How fast it is read."""
    headphones: bool = False
    """The sound goes to headphones and nowhere else: private facts may be read too."""


class PrintSettings(BaseModel):
    """What becomes of slips that could not be printed at once."""

    model_config = _STRICT

    retry_s: Seconds = 3
    """How often a printer that could not print is tried again."""
    give_up_s: Seconds = 120
    """After this long the person has gone with the code from the screen: nothing is printed."""
    roll_m: Annotated[float, Field(gt=0, le=500)] = 80
    """Metres of paper on a new roll, for the estimate of what is left."""


class PhotoSettings(BaseModel):
    """How the photo of a new reader is taken at this station."""

    model_config = _STRICT

    required: bool = False
    """Whether nobody gets on without one; else it can be skipped, and is where the camera fails."""
    automatic: bool = True
    """Whether the countdown begins by itself when all is right."""
    hold_s: Seconds = 0.6
    """How long all must be right before it does."""
    countdown_s: Seconds = 3
    """How long is counted down before the picture is taken."""


class LaneRules(BaseModel):
    """How the lane behaves; see `gate.passage.LaneSettings`."""

    model_config = _STRICT

    barrier: Barrier = Barrier.TURNSTILE
    """What stands in the way."""
    ways: Annotated[frozenset[Way], Field(min_length=1)] = frozenset(Way)
    """The ways that people may take here."""
    open_s: Seconds = 8
    """Time for one person to pass; the driver's `release_s` is best the same."""
    tailgating_s: Annotated[float, Field(ge=0, le=60)] = 2
    """A second person this soon after a passage follows on its heels."""
    lock_out: bool = False
    """Whether the way out is locked at rest, so that a refusal stops somebody (X21)."""

    @property
    def settings(self) -> LaneSettings:
        """The same for the state machine."""
        return LaneSettings(
            barrier=self.barrier,
            ways=self.ways,
            open_for=timedelta(seconds=self.open_s),
            tailgating_within=timedelta(seconds=self.tailgating_s),
            lock_out=self.lock_out,
        )


class DevicesSettings(BaseModel):
    """The devices by the names of their drivers; each table has its driver's own settings."""

    model_config = _STRICT

    scanner: DeviceSettings
    printer: DeviceSettings | None = None
    card_reader: DeviceSettings | None = None
    camera: DeviceSettings | None = None
    lane: DeviceSettings | None = None

    @field_validator("*", mode="after")
    @classmethod
    def _driver_exists(cls, value: DeviceSettings | None, info: Any) -> DeviceSettings | None:
        if value is not None:
            faults = factory.check(factory.Kind(info.field_name), value)
            if faults:
                raise ValueError("; ".join(faults))
        return value

    def named(self) -> dict[factory.Kind, DeviceSettings]:
        """The devices that this station has."""
        return {kind: value for kind in factory.Kind if (value := getattr(self, kind.value))}

    @property
    def simulated(self) -> tuple[factory.Kind, ...]:
        """Which of them are no real ones."""
        found = self.named().items()
        return tuple(kind for kind, value in found if factory.uses_simulator(value))


class KioskConfig(BaseSettings):
    """Everything a station must be told."""

    model_config = SettingsConfigDict(
        env_prefix="LYSTOK_KIOSK_", env_nested_delimiter="__", extra="forbid", frozen=True
    )

    station: Annotated[str, Field(pattern=r"^[A-Z0-9]{2}$")]
    """Two signs; they begin every slip number of this station."""
    role: Role
    """Whether people come in here, go out, or both."""
    server: ServerSettings
    devices: DevicesSettings
    lane: LaneRules = LaneRules()
    data_dir: Path
    """Folder of what the station keeps: copy, visits, queue, print jobs."""
    token_file: Path
    """What the server knows this station by; written at pairing."""
    slip_key_file: Path
    """The station's own key for slips; made at pairing, never leaves the machine."""
    language: Literal["uk", "en"] = "uk"
    """The language that the screen goes back to for the next person."""
    production: bool = True
    """Whether real people pass here; `false` for trials and demonstrations."""
    allow_simulators: bool = False
    """Simulated devices in production must be wanted, and show a red banner."""
    enrolment: bool = True
    """Whether people may begin their enrolment here; never at an exit."""
    requests: bool = True
    """Whether readers may ask for documents here; never at an exit."""
    offline_event_places: Annotated[int, Field(ge=0, le=1000)] = 10
    """Places of each event that this station may give away while the server is away."""
    screen: ScreenSettings = ScreenSettings()
    printing: PrintSettings = PrintSettings()
    photo: PhotoSettings = PhotoSettings()
    speech: SpeechSettings = SpeechSettings()
    _file: Path | None = PrivateAttr(default=None)

    @property
    def file(self) -> Path | None:
        """Where it was read from."""
        return self._file

    @model_validator(mode="after")
    def _parts_fit(self) -> Self:
        faults = tuple(self._misfits())
        if faults:
            raise ValueError("; ".join(faults))
        return self

    def _misfits(self) -> Iterator[str]:
        names = ", ".join(self.devices.simulated)
        if names and self.production and not self.allow_simulators:
            yield f"simulated in production: {names}; allow_simulators = true if that is wanted"
        if self.role.lets_in and self.devices.printer is None:
            yield "an entrance prints slips: [devices.printer] is missing"

    @property
    def enrols(self) -> bool:
        """Whether somebody may begin an enrolment at this station."""
        return self.enrolment and self.role.lets_in

    @property
    def takes_requests(self) -> bool:
        """Whether readers may ask for documents at this station."""
        return self.requests and self.role.lets_in

    @property
    def shows_simulated(self) -> bool:
        """Whether the red banner of simulated devices is due."""
        return self.production and bool(self.devices.simulated)

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],  # noqa: ARG003 - pydantic's signature
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - pydantic's signature
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - pydantic's signature
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """The environment overrides the file."""
        return env_settings, init_settings


def load(path: Path) -> KioskConfig:
    """Read and check a station's configuration.

    Raises pydantic.ValidationError with every fault, tomllib.TOMLDecodeError, OSError.
    """
    with path.open("rb") as file:
        config = KioskConfig(**tomllib.load(file))
    config._file = path.resolve()  # noqa: SLF001 - of the class beside
    return _anchored(config, path.resolve().parent)


def _anchored(config: KioskConfig, folder: Path) -> KioskConfig:
    """The same with its paths made absolute."""
    names = ("data_dir", "token_file", "slip_key_file")
    paths = {name: folder / getattr(config, name) for name in names}
    server = config.server
    if server.ca_file is not None:
        server = server.model_copy(update={"ca_file": folder / server.ca_file})
    return config.model_copy(update={**paths, "server": server})
