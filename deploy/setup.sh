#!/usr/bin/env bash
# Makes the project run on a fresh Debian or Raspberry Pi OS machine: Debian packages,
# .venv, locked Python packages, the project itself. Does nothing where nothing changed.
#   deploy/setup.sh [dev|server|kiosk]
set -euo pipefail
cd "$(dirname "$0")/.."

role=${1:-dev}
case $role in
    dev) packages=deploy/packages.txt ;;
    server | kiosk) packages=deploy/packages-$role.txt ;;
    *)
        echo "setup: unknown role '$role'; choose dev, server or kiosk" >&2
        exit 2
        ;;
esac
lock=requirements/$role.txt

# Two set-ups at once wait for each other.
exec 9<"$lock"
flock 9

as_root() {
    if [ "$(id -u)" -eq 0 ]; then
        "$@"
    elif command -v sudo >/dev/null; then
        sudo "$@"
    else
        echo "setup: needs root or sudo for: $*" >&2
        return 1
    fi
}

missing_packages() {
    local name
    sed '/^#/d' "$packages" | while read -r name; do
        dpkg-query --show --showformat='${db:Status-Status}' "$name" 2>/dev/null |
            grep -qx installed || echo "$name"
    done
}

install_packages() {
    local missing
    missing=$(missing_packages)
    [ -n "$missing" ] || return 0
    # shellcheck disable=SC2086  # one line, one word a package
    echo "setup: installing" $missing >&2
    as_root apt-get update -qq
    # shellcheck disable=SC2086
    as_root env DEBIAN_FRONTEND=noninteractive \
        apt-get install -y -qq --no-install-recommends $missing </dev/null >/dev/null
}

# What the environment was made from: a change of any of these makes it anew.
fingerprint() {
    {
        pwd
        echo "$role"
        python3 --version
        cat requirements/build.txt "$lock" deploy/setup.sh
        # The settings of linters change nothing that is installed.
        sed '/^\[tool\.ruff\]/,$d' pyproject.toml
    } | sha256sum
}

# Quiet but for errors: warnings here are about machines' own pip settings.
pip_install() {
    PATH="$PWD/.venv/bin:$PATH" PYTHONWARNINGS=ignore .venv/bin/python -m pip install -qq --disable-pip-version-check \
        --no-input --no-deps "$@"
}

make_environment() {
    local stamp=.venv/.made-from
    local wanted
    wanted=$(fingerprint)
    if [ -x .venv/bin/lystok ] && [ "$(cat $stamp 2>/dev/null)" = "$wanted" ]; then
        return 0
    fi
    echo "setup: making .venv for $role" >&2
    python3 -c 'import sys; sys.exit(sys.version_info < (3, 11))' || {
        echo "setup: Python 3.11 or newer is needed, found $(python3 --version)" >&2
        exit 1
    }
    python3 -m venv .venv
    pip_install --require-hashes --requirement requirements/build.txt
    # What has no wheel is built with the locked tools above, not with others fetched for it.
    pip_install --no-build-isolation --require-hashes --requirement "$lock"
    pip_install --no-build-isolation --editable .
    echo "$wanted" >$stamp
}

install_packages
make_environment
