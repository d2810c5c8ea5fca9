"""Twenty lanes on one server, as the bench drives them: nobody who walks is lost."""

from __future__ import annotations

from bench import lanes


def test_every_passage_through_twenty_lanes_is_accounted_for() -> None:
    visits = 60
    with lanes.open_lanes() as (library, doors):
        day = lanes.play(doors, library.codes[:40], visits, rush_s=2)
        assert (len(day.rush), len(day.exits)) == (40, visits)
        assert lanes.lost(library, visits) == 0
