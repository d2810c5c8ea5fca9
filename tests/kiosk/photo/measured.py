"""How often the judgement is right: on the portrait, damaged by chance, and on small faces."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

import numpy as np

from hardware.contracts import Frame
from kiosk.photo.faces import FaceFinder, Points
from kiosk.photo.judge import Photographer
from kiosk.photo.judgement import Hint, Verdict
from tests.kiosk.photo import damages
from tests.kiosk.photo.damages import DAMAGES, as_good
from tests.kiosk.photo.photographs import FACES, patches, portrait

ON_SMALL_FACES = ("two people", "dark", "burnt", "tilted", "dark glasses")
"""Damages that 25 x 25 pixels can show."""


@dataclass(frozen=True, slots=True)
class Share:
    """So many of so many pictures."""

    name: str
    count: int
    of: int

    @property
    def percent(self) -> float:
        return 100 * self.count / self.of


@cache
def finder() -> FaceFinder:
    return FaceFinder()


@cache
def photographer() -> Photographer:
    return Photographer()


def mesh(picture: Frame) -> Points | None:
    """The points of its only face; None where there are none or several."""
    found = [face.points for face in finder().find(picture) if face.points is not None]
    return found[0] if len(found) == 1 else None


# --- The portrait ----------------------------------------------------------------------------


def good_refused(many: int, seed: int = 1) -> Share:
    """Good portraits that are to be taken again: false alarms."""
    good = (picture for picture, _, _ in _portraits(many, seed))
    judged = [photographer().judge(picture) for picture in good]
    return Share("good", sum(one.verdict is Verdict.RETAKE for one in judged), many)


def damages_told(many: int, seed: int = 1) -> Iterator[Share]:
    """For each damage, how often its own hint is among those given."""
    for name, (damage, hint) in DAMAGES.items():
        bad = (damage(*portrait) for portrait in _portraits(many, seed))
        yield Share(name, sum(_told(picture, hint) for picture in bad), many)


def _portraits(many: int, seed: int) -> Iterator[tuple[Frame, Points, damages.Chance]]:
    chance, original = np.random.default_rng(seed), mesh(portrait())
    assert original is not None
    for _ in range(many):
        picture = as_good(portrait(), original, chance)
        points = mesh(picture)
        assert points is not None, "a good portrait has a face"
        yield picture, points, chance


def _told(picture: Frame, hint: Hint) -> bool:
    return hint in photographer().judge(picture).hints


# --- Small faces -----------------------------------------------------------------------------


def faces_found() -> Share:
    """Small faces of which one is found, and nothing else."""
    return Share("faces", len(_small_faces()), FACES)


def faces_imagined() -> Share:
    """Patches without a face where one is found."""
    others = patches()[FACES:]
    return Share("no faces", sum(_seen(picture) for picture in others), len(others))


def small_damages_told(seed: int = 1) -> Iterator[tuple[Share, Share]]:
    """For each damage of small faces, how often it is told, and how often without reason."""
    for name in ON_SMALL_FACES:
        (damage, hint), chance = DAMAGES[name], np.random.default_rng(seed)
        faces = _small_faces()
        told = sum(_told(damage(*face, chance), hint) for face in faces)
        false = sum(_told(picture, hint) for picture, _ in faces)
        yield Share(name, told, len(faces)), Share(name, false, len(faces))


@cache
def _small_faces() -> list[tuple[Frame, Points]]:
    found = ((picture, mesh(picture)) for picture in patches()[:FACES])
    return [(picture, points) for picture, points in found if points is not None]


def _seen(picture: Frame) -> bool:
    return any(face.points is not None for face in finder().find(picture))
