"""A centre made with the package `pysip2`. Run in the environment of the peers: PORT."""

import sys

import anyio
from pysip2 import (
    ITEM_INFORMATION,
    LOGIN,
    PATRON_INFORMATION,
    ItemInformationResponse,
    LoginResponse,
    PatronInformationResponse,
    SIP2Server,
)

app = SIP2Server(institution_id="PEER", encoding="utf-8", error_detection="required")


@app.route(LOGIN)
async def login(asked, _context):
    good = (asked.login_user_id, asked.login_password) == ("kiosk", "peer-password")
    return LoginResponse(ok="1" if good else "0")


@app.route(PATRON_INFORMATION)
async def patron(asked, context):
    known = asked.patron_identifier == "4711"
    return PatronInformationResponse(
        patron_status=" " * 14 if known else "Y" * 14,
        language=asked.language,
        transaction_date=context.now_18(),
        hold_items_count="0001",
        overdue_items_count="0000",
        charged_items_count="0002" if known else "0000",
        fine_items_count="0000",
        recall_items_count="0000",
        unavailable_holds_count="0000",
        institution_id=asked.institution_id,
        patron_identifier=asked.patron_identifier,
        personal_name="Олена Коваленко" if known else "",
        valid_patron="Y" if known else "N",
        charged_items=("1001", "1002") if known else (),
    )


@app.route(ITEM_INFORMATION)
async def item(asked, context):
    in_room = asked.item_identifier == "1001"
    return ItemInformationResponse(
        circulation_status="04",
        security_marker="00",
        fee_type="01",
        transaction_date=context.now_18(),
        due_date=None if in_room else "20301205    235959",
        item_identifier=asked.item_identifier,
        title_identifier="Кобзар" if in_room else "Лісова пісня",
        permanent_location="ЧЗ" if in_room else "АБ",
    )


anyio.run(app.serve, "127.0.0.1", int(sys.argv[1]))
