"""`python3 -m release lay SOURCE ROLE ROOT`: for the install script, before there is a `lystok`.

Prints the name of the release. Exit status 0: it is new here, 3: it was there, 1: it failed.
"""

from __future__ import annotations

import sys
from pathlib import Path

from release import commands
from release.bundle import BadBundle
from release.environment import NoEnvironment

_SAME = 3


def main(arguments: list[str]) -> int:
    """Lay the release of a checkout or an unpacked bundle."""
    _, source, role, root = arguments
    try:
        name, is_new = commands.lay(Path(source), role, Path(root))
    except (OSError, BadBundle, NoEnvironment) as error:
        print(f"release: {error}", file=sys.stderr)  # noqa: T201 - a command
        return 1
    print(name)  # noqa: T201 - a command
    return 0 if is_new else _SAME


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
