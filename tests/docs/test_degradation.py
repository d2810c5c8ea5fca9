"""The page on what a station does without its server tells of the rules as they are."""

from __future__ import annotations

import pytest

from docs import degradation
from gate.reasons import Reason, Verdict


@pytest.mark.parametrize("language", degradation.PAGES)
def test_the_table_of_the_page_is_what_the_rules_say(language: str) -> None:
    page = degradation.PAGES[language].read_text("utf-8")
    told = page.partition(degradation.BEGIN)[2].partition(degradation.END)[0]
    assert told.strip() == degradation.table(language).strip(), "run python -m docs.degradation"


@pytest.mark.scenario("E35", "E36")
@pytest.mark.parametrize("case", list(degradation.CASES))
def test_only_what_the_server_answered_is_without_the_warning(case: str) -> None:
    decide = degradation.CASES[case]
    for stand in degradation.STANDS:
        decision = decide(stand)
        online = stand.name == "server answers"
        if decision.verdict is Verdict.GRANT:
            assert (Reason.OFFLINE in decision.codes) is not online, stand.name


@pytest.mark.threat(4)
def test_a_cancelled_ticket_that_the_copy_knows_never_comes_in() -> None:
    decide = degradation.CASES["in: cancelled, and the copy knows"]
    verdicts = {decide(stand).verdict for stand in degradation.STANDS}
    assert verdicts == {Verdict.REFUSE}
