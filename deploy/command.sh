#!/bin/sh
# /usr/local/bin/lystok-server and lystok-kiosk: the `lystok` command of an installed program, in the
# name of its own user, whoever types it. What changes the machine (release, server tls) is root's.
set -eu

role=${0##*/lystok-}
case $role in
    server) user=lystok-server ;;
    *) user=lystok ;;
esac
data=/var/lib/lystok/$role
case "${1:-} ${2:-}" in
    release\ * | server\ tls) wanted=root ;;
    *) wanted=$user ;;
esac
present=$(id -un)

if [ "$present" != "$wanted" ]; then
    [ "$present" != root ] || exec runuser -u "$wanted" -- "$0" "$@"
    if [ "$present" = "$user" ] || ! command -v sudo >/dev/null; then
        echo "lystok-$role: this is for root to say" >&2
        exit 1
    fi
    exec sudo -- "$0" "$@"
fi
if [ "$wanted" = "$user" ]; then
    export HOME="$data"
    # The home of whoever typed it may be shut to the program.
    { [ -r . ] && [ -x . ]; } || cd "$data"
fi
exec "/opt/lystok/$role/current/bin/lystok" "$@"
