"""From the configuration to a client that reads a centre as that system writes."""

from __future__ import annotations

from contextlib import closing

import pytest

from server.config import ServerConfig
from server.library_systems.contract import Block
from server.library_systems.opening import open_system
from tests.server.centre.town import NOON, Town
from tests.server.library_systems.sip2.wild import WildCentre, answering

ALL_DENIED = f"64YYYY{' ' * 10}00020261121    211237{'0' * 24}AEОлена К.|BLY|AFпривіт|"


@pytest.mark.parametrize(
    "settings, barred",
    [
        ({}, False),
        ({"system": "koha"}, True),
        ({"system": "koha", "barred_unless": ["loans_denied"]}, False),
        ({"system": "koha", "barred_says": "Заборонено"}, False),
        ({"system": "evergreen"}, False),
        ({"system": "evergreen", "barred_says": "Привіт"}, True),
        ({"barred_when": ["loans_denied", "holds_denied"]}, True),
        ({"barred_when": ["loans_denied", "card_lost"]}, False),
    ],
)
def test_what_means_barred_is_the_system_s_way_changed_by_the_configuration(
    wild: WildCentre, town: Town, settings: dict[str, object], barred: bool
) -> None:
    config = ServerConfig.model_validate(
        {
            "library_system": {"kind": "sip2", "department": "5"},
            "sip2": {"host": "127.0.0.1", "port": wild.port, **settings},
        }
    )
    wild.will(answering(ALL_DENIED))
    with closing(open_system(config, town.database, lambda: NOON)) as system:
        account = system.account("4711", at=NOON, within_s=30)
    assert (Block.BARRED in account.blocks) == barred
