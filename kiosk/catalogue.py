"""The information centre's catalogue on the screen: topics, a topic's resources, one with its code.

Nothing outside is opened here: the address is read by the person's own phone (C2.2a, C3.1.1).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar

from gate.events import ResourceRecord, Topic
from kiosk.front import Front
from kiosk.screens import Hold, Screen
from kiosk.stage import Stage


@dataclass(frozen=True, slots=True, kw_only=True)
class Topics(Screen):
    """What the catalogue is about, with the number of resources; computers are asked for here."""

    name: ClassVar[str] = "topics"
    hold: ClassVar[Hold] = Hold.READING
    topics: tuple[tuple[Topic, int], ...]
    has_workplaces: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Resources(Screen):
    """The resources of a topic."""

    name: ClassVar[str] = "resources"
    hold: ClassVar[Hold] = Hold.READING
    topic: Topic
    resources: tuple[ResourceRecord, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Resource(Screen):
    """One resource: its code to be read, whose it is, when somebody last looked at it."""

    name: ClassVar[str] = "resource"
    hold: ClassVar[Hold] = Hold.READING
    resource: ResourceRecord

    @property
    def site(self) -> str:
        """The address as people say it."""
        return self.resource.address.removeprefix("https://").partition("/")[0]


class Catalogue:
    """Goes through the station's copy; it knows nothing of the person."""

    def __init__(self, front: Front, stage: Stage) -> None:
        self._front = front
        self._stage = stage
        self.presses: dict[str, Callable[[str], None]] = {
            "topics": lambda _: self._topics(),
            "topic": self._topic,
            "resource": self._resource,
        }

    def _topics(self) -> None:
        found = Counter(one.topic for one in self._front.resources())
        topics = tuple((topic, found[topic]) for topic in Topic if found[topic])
        self._stage.show(Topics(topics=topics, has_workplaces=self._front.has_workplaces))

    def _topic(self, topic: str) -> None:
        found = tuple(one for one in self._front.resources() if one.topic == topic)
        if found:
            self._stage.show(Resources(topic=found[0].topic, resources=found))

    def _resource(self, resource_id: str) -> None:
        for one in self._front.resources():
            if str(one.resource_id) == resource_id:
                self._stage.show(Resource(resource=one))
