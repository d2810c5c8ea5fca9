"""Twenty lanes on one server, as the bench drives them: nobody who walks is lost."""

from __future__ import annotations

from bench import lanes


def test_every_passage_through_twenty_lanes_is_accounted_for() -> None:
    visits = 60
    with lanes.open_lanes() as (library, doors, news), news:
        codes = library.codes[:40]
        came = lanes.rush(doors, codes, visits, rush_s=2)
        day = lanes.rest_of_day(doors, codes, visits, came)
        assert (len(came), len(day.entries), len(day.exits)) == (40, 20, visits)
        assert lanes.lost(library, visits) == 0
