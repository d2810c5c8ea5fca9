"""A lane as a state machine: its terms, and the step from one state to the next."""

from gate.passage.machine import step
from gate.passage.terms import (
    ALARMS,
    Act,
    Barrier,
    LaneAction,
    LaneSettings,
    LaneSignal,
    LaneState,
    Phase,
    Signal,
    Turn,
    Way,
)

__all__ = [
    "ALARMS",
    "Act",
    "Barrier",
    "LaneAction",
    "LaneSettings",
    "LaneSignal",
    "LaneState",
    "Phase",
    "Signal",
    "Turn",
    "Way",
    "step",
]
