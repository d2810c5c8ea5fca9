"""What the information centre's resources are about, in words for kiosk, console and poster."""

from __future__ import annotations

from collections.abc import Mapping

from templates.words import N_

TOPICS: Mapping[str, str] = {
    "state": N_("державні ресурси"),
    "regional": N_("місцева влада"),
    "social": N_("соціальний захист"),
    "administrative": N_("адміністративні послуги"),
    "enterprise": N_("підприємства й установи"),
    "other": N_("інше"),
}
"""By the codes of `gate.events.Topic`."""
