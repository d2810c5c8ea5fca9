"""Power cuts: 2,000 images and more of each way in which station and server write."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from bench.figure import Figure
from tests.powercuts import server_paths, station_paths
from tests.powercuts.explorer import Findings, WritePath, explore

_IMAGES: Final = 2000
_PROOF: Final = 300


def figures() -> Iterator[Figure]:
    """For each path: images looked at, and those that lost or damaged something."""
    for room, module in (("station", station_paths), ("server", server_paths)):
        for path in module.PATHS.values():
            found = _explored(module.__name__, path)
            name = f"power_cuts_{room}_{path.name}"
            yield Figure(f"{name}_images", found.images, "images", at_least=_IMAGES)
            yield Figure(f"{name}_lost", found.lost, "images", at_most=0)
            yield Figure(f"{name}_damaged", found.damaged, "images", at_most=0)
    for synchronous in ("NORMAL", "OFF"):
        for room, module, name in (
            ("station", station_paths, "visit"), ("server", server_paths, "check"),
        ):  # fmt: skip
            path = module.PATHS[name]
            found = explore(
                module.__name__, path, images=_PROOF, synchronous=synchronous
            )  # fmt: skip
            share = 100 * found.bad / found.images
            yield Figure(
                f"power_cuts_{room}_found_with_{synchronous.lower()}", share, "%", at_least=10
            )


def _explored(module: str, path: WritePath) -> Findings:
    found = explore(module, path, images=_IMAGES)
    for fault in found.told:
        print(f"# {path.name}: {fault}", flush=True)
    return found
