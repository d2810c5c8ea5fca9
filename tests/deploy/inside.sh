#!/usr/bin/env bash
# What tests/deploy/chroot.sh does in its Debian.
set -euo pipefail

step() { echo "test-deploy: $*"; }
fail() {
    echo "test-deploy: $*" >&2
    exit 1
}

# run UNIT: its ExecStart as its user, in the background.
run() {
    local unit=/etc/systemd/system/$1.service command user
    command=$(sed -n 's/^ExecStart=//p' "$unit")
    user=$(sed -n 's/^User=//p' "$unit")
    # shellcheck disable=SC2086  # a command line
    runuser -u "$user" -- $command >"/tmp/$1.log" 2>&1 &
}

# answers URL: within a minute.
answers() {
    local try
    for try in $(seq 120); do
        python3 - "$1" <<'PY' && return 0
import sys, urllib.request
try:
    sys.exit(urllib.request.urlopen(sys.argv[1], timeout=2).status != 200)
except OSError:
    sys.exit(1)
PY
        sleep 0.5
    done
    tail -20 /tmp/*.log >&2
    fail "$1 does not answer after $try tries"
}

cat >/tmp/server.answers <<'A'
ADDRESS=library.example
A
cat >/tmp/kiosk.answers <<'A'
STATION=K1
SERVER=https://library.example
SCANNER=simulator
PRINTER=simulator
CARDS=none
SIMULATORS=true
A

step "server from nothing"
/src/deploy/install.sh server --answers /tmp/server.answers
run lystok-server
answers http://127.0.0.1:8080/readyz
echo '127.0.0.1 library.example' >>/etc/hosts
# As its unit has it: Caddy's own user, who may take the ports of the web.
env HOME=/var/lib/caddy setpriv --reuid caddy --regid caddy --clear-groups --inh-caps +net_bind_service \
    --ambient-caps +net_bind_service caddy run --config /etc/caddy/Caddyfile >/tmp/caddy.log 2>&1 &
answers http://library.example/ca.pem
step "the server answers, and Caddy before it"

step "the command, typed by root and by a person who may sudo"
DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends sudo </dev/null >/dev/null
useradd --create-home pi
chmod 700 /home/pi
echo 'pi ALL=(ALL) NOPASSWD: ALL' >/etc/sudoers.d/pi
(cd /root && lystok-server server check-config) >/dev/null || fail "root can't give a command"
(cd /home/pi && runuser -u pi -- lystok-server server backup) >/dev/null || fail "a person can't give a command"
[ -z "$(find /var/lib/lystok/server ! -user lystok-server)" ] || fail "files in other names are left"
(cd /home/pi && runuser -u pi -- lystok-server release list --role server) | grep -q present ||
    fail "a person can't give root's command"
runuser -u lystok-server -- lystok-server release list --role server 2>/tmp/refused &&
    fail "the program gave root's command"
grep -q 'for root' /tmp/refused || fail "refused without a word"

step "run again"
/src/deploy/install.sh server --answers /tmp/server.answers | tee /tmp/again
grep -q 'nothing was changed' /tmp/again || fail "a second run changed something"

step "a backup by its unit"
command=$(sed -n 's/^ExecStart=//p' /etc/systemd/system/lystok-backup.service)
# shellcheck disable=SC2086  # a command line
runuser -u lystok-server -- $command

step "station from nothing"
code=$(cd / && runuser -u lystok-server -- env PYTHONPATH=/opt/lystok/server/current/site \
    /opt/lystok/server/current/env/bin/python -P - <<'PY'
import os
from datetime import UTC, datetime
from pathlib import Path
from server.config import load
from server.database import open_database
from server.models import StationRole
from server.services import stations
database = open_database(load(Path("/etc/lystok/server.toml")).database.url)
at = datetime.now(UTC)
stations.register(database, "K1", name="", role=StationRole.BOTH, has_lane=False, actor="system", at=at)
print(stations.new_pairing_code(database, "K1", staff_id=None, at=at, entropy=os.urandom))
PY
)
echo "PAIRING=$code" >>/tmp/kiosk.answers
echo FINGERPRINT=0000-0000-0000-0000-0000 >>/tmp/kiosk.answers
/src/deploy/install.sh kiosk --answers /tmp/kiosk.answers 2>/tmp/refused && fail "another authority was believed"
grep -q 'the authority at' /tmp/refused || fail "$(cat /tmp/refused)"
lystok-server server tls | sed -n 's/^fingerprint of the authority: /FINGERPRINT=/p' >>/tmp/kiosk.answers
/src/deploy/install.sh kiosk --answers /tmp/kiosk.answers
grep -q '^ca_file' /etc/lystok/kiosk.toml || fail "the station knows no authority"
run lystok-kiosk
answers http://127.0.0.1:8701/healthz
step "the station answers"
/src/deploy/install.sh kiosk --answers /tmp/kiosk.answers | tee /tmp/again
grep -q 'nothing was changed' /tmp/again || fail "a second run changed something"
for file in /etc/lystok/server.toml /etc/lystok/kiosk.toml; do
    [ "$(stat -c %a "$file")" = 640 ] || fail "$file is open to others"
done
(cd /home/pi && runuser -u pi -- lystok-kiosk kiosk check-config) >/dev/null || fail "no command of the station"
[ "$(stat -c %a /var/lib/lystok/kiosk)" = 700 ] || fail "the station's data are open to others"

step "and off again"
kill %1 %2 %3 2>/dev/null || true
/src/deploy/install.sh server --uninstall
[ -f /var/lib/lystok/server/lystok.sqlite ] || fail "the data went with the program"
[ ! -e /usr/local/bin/lystok-server ] || fail "the command stayed"
[ ! -e /opt/lystok/server ] || fail "the program stayed"
/src/deploy/install.sh server --uninstall --purge
/src/deploy/install.sh kiosk --uninstall --purge
for path in /etc/lystok/tls /etc/caddy/Caddyfile /var/lib/lystok/kiosk /etc/lystok/kiosk.toml /opt/lystok; do
    [ ! -e "$path" ] || fail "$path stayed"
done
