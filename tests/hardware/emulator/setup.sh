#!/usr/bin/env bash
# Installs the independent printer emulator, where a Python 3.13 is found: it runs on no older.
set -euo pipefail
cd "$(dirname "$0")/../../.."

# Where a Python may be: on the path, or among those of pyenv, whose names on the path may be empty.
find_python() {
    local candidate
    for candidate in python3.13 python3.14 "${PYENV_ROOT:-$HOME/.pyenv}"/versions/3.1[34]*/bin/python3; do
        if "$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 13))' 2>/dev/null; then
            echo "$candidate"
            return 0
        fi
    done
    return 1
}

if ! python=$(find_python); then
    echo "emulator: no Python 3.13 here, the emulator's tests are skipped" >&2
    exit 0
fi
lock=requirements/emulator.txt
stamp=.venv-emulator/.made-from
wanted=$(sha256sum <"$lock")
[ "$(cat $stamp 2>/dev/null)" = "$wanted" ] && exit 0
echo "emulator: making .venv-emulator" >&2
"$python" -m venv .venv-emulator
.venv-emulator/bin/python -m pip install -qq --disable-pip-version-check --no-input --no-deps \
    --require-hashes --requirement "$lock"
echo "$wanted" >$stamp
