"""`python -m tests.powercuts.child MODULE PATH FOLDER ROUNDS SYNCHRONOUS`: writes, on the record.

Checkpoints come after 40 pages instead of 1000, so that a short run meets many of them; nothing
else is changed, but for the word after `synchronous =` where the explorer must prove itself.
"""

from __future__ import annotations

import sys
from importlib import import_module
from pathlib import Path
from typing import Final

import kiosk.store.database
import server.database
from tests.powercuts.ledger import Ledger

_CHECKPOINT_PAGES: Final = 40


def main() -> None:
    """Do what a path does, as often as asked."""
    module, name, folder, rounds, synchronous = sys.argv[1:]
    pragmas = [pragma.replace("FULL", synchronous) for pragma in kiosk.store.database._PRAGMAS]
    checkpoints = f"PRAGMA wal_autocheckpoint = {_CHECKPOINT_PAGES}"
    vars(kiosk.store.database)["_PRAGMAS"] = (*pragmas, checkpoints)
    vars(server.database)["_CHECKPOINT_PAGES"] = _CHECKPOINT_PAGES
    path = import_module(module).PATHS[name]
    weak = None if synchronous == "FULL" else synchronous
    ledger = Ledger(Path(folder) / path.database, weak)
    path.act(Path(folder), ledger, int(rounds))


if __name__ == "__main__":
    main()
