"""What the information centre's resources are about, in words for kiosk, console and poster."""

from __future__ import annotations

from collections.abc import Mapping

from gate.events import Topic
from templates.words import N_

TOPICS: Mapping[Topic, str] = {
    Topic.STATE: N_("державні ресурси"),
    Topic.REGIONAL: N_("місцева влада"),
    Topic.SOCIAL: N_("соціальний захист"),
    Topic.ADMINISTRATIVE: N_("адміністративні послуги"),
    Topic.ENTERPRISE: N_("підприємства й установи"),
    Topic.OTHER: N_("інше"),
}
