#!/usr/bin/env bash
# Pins every package, with hashes and without index addresses. Arguments go to uv, for
# example --upgrade or --upgrade-package flask.
set -euo pipefail
cd "$(dirname "$0")/.."

lock() {
    local target=$1
    shift
    .venv/bin/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
        --no-emit-index-url --no-header --no-annotate --output-file "requirements/$target" "$@"
}

lock build.txt requirements/build.in "$@"
lock dev.txt pyproject.toml --extra server --extra kiosk --extra dev "$@"
# The programs run with the very versions that were tested.
lock server.txt pyproject.toml --extra server --constraint requirements/dev.txt
lock kiosk.txt pyproject.toml --extra kiosk --constraint requirements/dev.txt
# The same with what drives the pins: of a Raspberry Pi up to 4, and of a Pi 5.
lock kiosk-pi.txt pyproject.toml --extra kiosk --extra pi --constraint requirements/dev.txt
lock kiosk-pi5.txt pyproject.toml --extra kiosk --extra pi5 --constraint requirements/dev.txt
# The independent printer emulator of the tests has an environment and a Python of its own.
.venv/bin/uv pip compile --quiet --universal --python-version 3.13 --generate-hashes \
    --no-emit-index-url --no-header --no-annotate --output-file requirements/emulator.txt \
    requirements/emulator.in "$@"
# What the virtual machine of the tests has beside the project's own environment.
lock vm.txt requirements/vm.in "$@"
# SIP2 servers and clients of others, for `make test-peers`.
.venv/bin/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
    --no-emit-index-url --no-header --no-annotate --output-file requirements/peers.txt \
    requirements/peers.in "$@"
