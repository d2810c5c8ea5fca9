"""Power cuts: 2,000 images and more of each way in which station and server write, on all cores."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from bench.figure import Figure
from tests.powercuts import server_paths, server_recovery, station_paths, station_recovery
from tests.powercuts.explorer import Findings, explore
from tests.soak.cores import cores

_IMAGES: Final = 2000
_PROOF: Final = 300
_ROOMS: Final = {
    "station": (station_paths, station_recovery), "server": (server_paths, server_recovery),
}  # fmt: skip
_PROOFS: Final = (("station", "visit"), ("server", "check"))


def figures() -> Iterator[Figure]:
    """For each path: images looked at, and those that lost or damaged something."""
    paths = [
        (room, name) for room, modules in _ROOMS.items() for one in modules for name in one.PATHS
    ]
    weak = [(room, name, mode) for mode in ("NORMAL", "OFF") for room, name in _PROOFS]
    # What takes longest begins first.
    paths.sort(key=lambda path: path[1] not in ("founding", "migration", "restore"))
    with cores() as pool:
        strong = [pool.submit(_explored, *path, _IMAGES, "FULL") for path in paths]
        proofs = [pool.submit(_explored, room, name, _PROOF, mode) for room, name, mode in weak]
        for (room, path), explored in zip(paths, strong, strict=True):
            found, name = explored.result(), f"power_cuts_{room}_{path}"
            for fault in found.told:
                print(f"# {path}: {fault}", flush=True)
            yield Figure(f"{name}_images", found.images, "images", at_least=_IMAGES)
            yield Figure(f"{name}_lost", found.lost, "images", at_most=0)
            yield Figure(f"{name}_damaged", found.damaged, "images", at_most=0)
        for (room, _, mode), explored in zip(weak, proofs, strict=True):
            found = explored.result()
            share = 100 * found.bad / found.images
            name = f"power_cuts_{room}_found_with_{mode.lower()}"
            yield Figure(name, share, "%", at_least=10)


def _explored(room: str, name: str, images: int, synchronous: str) -> Findings:
    module = next(one for one in _ROOMS[room] if name in one.PATHS)
    return explore(module.__name__, module.PATHS[name], images=images, synchronous=synchronous)
