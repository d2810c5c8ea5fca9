#!/usr/bin/env bash
# Installs SIP2 servers and clients that others wrote, in an environment of their own.
set -euo pipefail
cd "$(dirname "$0")/../../../.."

lock=requirements/peers.txt
stamp=.venv-peers/.made-from
wanted=$(sha256sum <"$lock")
[ "$(cat $stamp 2>/dev/null)" = "$wanted" ] && exit 0
echo "peers: making .venv-peers" >&2
.venv/bin/python -m venv .venv-peers
.venv-peers/bin/python -m pip install -qq --disable-pip-version-check --no-input --no-deps \
    --require-hashes --requirement "$lock"
echo "$wanted" >$stamp
