"""A client made with the package `sip2`, in the environment of the peers.

Arguments: PORT PASSWORD NUMBER BARCODE.
"""

import json
import sys
import tempfile

from Sip2.wrapper import Sip2Wrapper

port, password, number, book = sys.argv[1:]
client = Sip2Wrapper(
    {
        "hostName": "127.0.0.1", "hostPort": int(port), "tlsEnable": False,
        "hostEncoding": "utf-8", "language": "027", "institutionId": "МБ", "maxretry": 0,
        "withCrc": True, "withSeq": True, "loglevel": "ERROR", "logfile_path": tempfile.mkdtemp(),
    },
    True,
    "Sip2",
)  # fmt: skip
told = {"login": client.login_device("olha", password)}
client.login_patron(number)
told["valid"] = client.get_patron_isValid()
client.sip_patron_information("charged")
told["information"] = client.return_last_response_parsed()
# Its wrapper takes the flags of a patron the wrong way round and would send nothing; what it stands
# on asks all the same.
plain = client._sip2
told["checkout"] = plain.sip_checkout_response(
    plain.get_response(plain.sip_checkout_request(book, "", "N", "", "N", "N", "N"))
)
told["checkin"] = client.sip_item_checkin(book)
client.disconnect()
print(json.dumps(told, ensure_ascii=False, default=str))
