"""The peer of a check: Flask that answers what it was asked, under the same web server."""

from __future__ import annotations

import sys

from flask import Flask, Response, jsonify, request

from server.config import ServerSection
from server.run import Program, share_one_arena


def application() -> Flask:
    """Nothing but Flask."""
    app = Flask(__name__)

    @app.post("/api/v1/check")
    def echo() -> Response:
        return jsonify(request.get_json())

    return app


if __name__ == "__main__":
    share_one_arena()
    Program(ServerSection(port=int(sys.argv[1])), application).run()
