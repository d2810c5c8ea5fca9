"""A client made with the codec of `pysip2`, in the environment of the peers.

Arguments: PORT PASSWORD NUMBER BARCODE.
"""

import json
import socket
import sys

from pysip2 import (
    ItemInformationRequest,
    LoginRequest,
    PatronInformationRequest,
    SCStatusRequest,
    decode_message,
    encode_message,
)

port, password, number, book = sys.argv[1:]
DATE = "20260318    120000"
asked = [
    LoginRequest(uid_algorithm="0", pwd_algorithm="0", login_user_id="olha",
                 login_password=password),
    SCStatusRequest(status_code="0", max_print_width="080", protocol_version="2.00"),
    PatronInformationRequest(language="000", transaction_date=DATE, summary="  Y       ",
                             institution_id="МБ", patron_identifier=number),
    ItemInformationRequest(transaction_date=DATE, institution_id="МБ", item_identifier=book),
]  # fmt: skip
told = []
with socket.create_connection(("127.0.0.1", int(port)), 20) as line:
    file = line.makefile("rb")
    for sequence, message in enumerate(asked):
        line.sendall(
            encode_message(message, sequence_number=sequence, checksum=True, encoding="utf-8")
        )
        heard = b""
        while not heard.endswith(b"\r"):
            heard += file.read(1)
        told.append(str(decode_message(heard, encoding="utf-8")))
print(json.dumps(told, ensure_ascii=False))
