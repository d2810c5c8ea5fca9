"""A centre made with the package `invenio-sip2`. Run in the environment of the peers: PORT.

Its records of servers and clients, which it keeps in Redis, are kept in memory here.
"""

import os
import sys

from flask import Flask
from invenio_sip2 import InvenioSIP2
from invenio_sip2.datastore import Datastore
from invenio_sip2.models import SelfcheckItemInformation, SelfcheckPatronInformation
from invenio_sip2.server import SocketServer


class Memory(Datastore):
    """Records by their keys."""

    def __init__(self, app=None):
        self.kept = {}

    def get(self, id_, record_type=None):
        return next((r for key, r in self.kept.items() if str(id_) in key), None)

    def add(self, record, id_=None, **_more):
        self.kept[record.get_key()] = record.dumps()

    def update(self, record, **_more):
        self.kept[record.get_key()] = record.dumps()

    def delete(self, record, record_type=None):
        self.kept.pop(record.get_key(), None)

    def flush(self):
        self.kept.clear()

    def all(self, record_type=None):
        return iter([r for key, r in self.kept.items() if key.startswith(record_type or "")])

    def search(self, query, filter_query=None, index_type=None):
        return self.all(index_type)


def login(user, password, **_more):
    good = (user, password) == ("kiosk", "peer-password")
    return {"authenticated": good, "user_id": "1", "institution_id": "PEER", "library_name": "Peer"}


def standing(*_asked, **_more):
    return True


def patron(number, **_more):
    if number != "4711":
        return None
    return SelfcheckPatronInformation(
        patron_id="4711", patron_name="Олена Коваленко", institution_id="PEER", language="und",
        hold_items=["9"], charged_items=["1001", "1002"],
    )  # fmt: skip


def item(barcode, **_more):
    in_room = barcode == "1001"
    return SelfcheckItemInformation(
        item_id=barcode, title_id="Кобзар" if in_room else "Лісова пісня", circulation_status="04",
        permanent_location="ЧЗ" if in_room else "АБ",
    )  # fmt: skip


def known(number, **_more):
    return number == "4711"


def yes(*_asked, **_more):
    return True


here = sys.modules["__main__"]
sys.modules["peer"] = here
app = Flask("peer")
app.config.update(
    SIP2_DATASTORE_HANDLER=Memory,
    SIP2_REMOTE_ACTION_HANDLERS={
        "peer": {
            "login_handler": "peer:login",
            "system_status_handler": "peer:standing",
            "patron_handlers": {
                "validate_patron": "peer:known", "authorize_patron": "peer:yes",
                "enable_patron": "peer:patron", "patron_status": "peer:patron",
                "account": "peer:patron",
            },
            "item_handlers": {"item": "peer:item"},
        }
    },
)  # fmt: skip
InvenioSIP2(app)
with app.app_context():
    SocketServer(
        "peer", host="127.0.0.1", port=int(sys.argv[1]), remote="peer", process_id=os.getpid()
    ).run()
