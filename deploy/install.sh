#!/usr/bin/env bash
# Makes a bare Debian 12 or 13 or Raspberry Pi OS machine the server of a library or a station.
#   deploy/install.sh server|kiosk [--answers FILE] [--uninstall [--purge]]
# Asks what it must know, or reads it from FILE (lines NAME=value, see docs/install.md). Run again it
# changes nothing. --uninstall leaves settings and data; --purge takes them too.
set -euo pipefail
here=$(cd "$(dirname "$0")/.." && pwd)

opt=/opt/lystok
etc=/etc/lystok
units=/etc/systemd/system
changed=0

say() { echo "install: $*"; }
fail() {
    echo "install: $*" >&2
    exit 1
}
usage() {
    sed -n '3,5s/^# *//p' "$0" >&2
    exit 2
}

# --- What is asked ------------------------------------------------------------------------------

role=${1:-}
case $role in server | kiosk) shift ;; *) usage ;; esac
answers='' act=install purge=
while [ $# -gt 0 ]; do
    case $1 in
        --answers)
            answers=${2:?--answers FILE}
            [ -r "$answers" ] || fail "$answers can't be read"
            shift
            ;;
        --uninstall) act=uninstall ;;
        --purge) purge=1 ;;
        --units) act=units ;;
        *) usage ;;
    esac
    shift
done

# ask NAME default question: the answer is printed; from the file, the terminal, or the default.
ask() {
    local name=$1 value=$2 question=$3 given
    if [ -n "$answers" ]; then
        given=$(sed -n "s/^$name=//p" "$answers" | tail -1)
        value=${given:-$value}
    elif [ -t 0 ]; then
        read -r -p "$question [$value]: " given </dev/tty
        value=${given:-$value}
    fi
    case $value in
        *[\"\\]* | *[[:cntrl:]]*) fail "$name may hold no quotes, backslashes or control signs" ;;
    esac
    printf '%s' "$value"
}

# --- What a machine needs -----------------------------------------------------------------------

require_machine() {
    [ "$(id -u)" -eq 0 ] || fail "run it as root: sudo $0 $role"
    # shellcheck source=/dev/null
    . /etc/os-release
    case "${ID:-} ${ID_LIKE:-}" in *debian*) ;; *) fail "this is ${PRETTY_NAME:-unknown}, and it takes Debian" ;; esac
    case "${VERSION_ID:-}" in 12 | 13) ;; *) fail "Debian 12 or 13 is needed, this is ${PRETTY_NAME:-unknown}" ;; esac
}

# is_there NAME: Debian 13 calls some packages NAMEt64, which stand for NAME.
is_there() {
    { dpkg-query --show --showformat='${db:Status-Status}\n' "$1" "$1t64" 2>/dev/null || true; } |
        grep -qx installed
}

# have NAME...: these Debian packages are there.
have() {
    local missing=() name
    for name in "$@"; do
        is_there "$name" || missing+=("$name")
    done
    [ ${#missing[@]} -gt 0 ] || return 0
    say "Debian packages: ${missing[*]}"
    apt-get update -qq
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" \
        </dev/null >/dev/null
    changed=1
}

install_packages() {
    # shellcheck disable=SC2046  # a word a package
    have $(sed '/^#/d' "$here/deploy/packages-$role.txt")
}

make_group() {
    getent group "$1" >/dev/null || { groupadd --system "$1" && changed=1; }
}

make_user() {
    getent passwd "$1" >/dev/null && return
    useradd --system --user-group --home-dir "/var/lib/lystok/$role" --no-create-home \
        --shell /usr/sbin/nologin "$1"
    changed=1
}

case $role in
    server) user=lystok-server other=kiosk ;;
    kiosk) user=lystok other=server ;;
esac
data=/var/lib/lystok/$role

make_users() {
    local group
    make_user "$user"
    if [ "$role" = kiosk ]; then
        for group in audio dialout gpio input lp render video; do make_group "$group"; done
    fi
    install -d -m 0755 "$etc" /var/lib/lystok
    [ -d "$data" ] || install -d -m 0700 -o "$user" -g "$user" "$data"
}

lay_release() {
    local name status=0
    say "program and packages (a station on a Pi takes some minutes the first time)"
    name=$(cd "$here" && python3 -m release lay "$here" "$role" "$opt") || status=$?
    case $status in
        0) changed=1 && say "release $name" ;;
        3) say "release $name is there already" ;;
        *) fail "the program could not be installed" ;;
    esac
}

# --- Files --------------------------------------------------------------------------------------

# put SOURCE TARGET [MODE]: copied where it differs.
put() {
    cmp -s "$1" "$2" && return
    install -D -m "${3:-0644}" "$1" "$2"
    changed=1
}

units_of() {
    case $role in
        server) echo "lystok-server.service lystok-backup.service lystok-backup.timer lystok-sip2.service lystok-tls.service lystok-tls.timer lystok-settle@.service" ;;
        kiosk) echo "lystok-kiosk.service lystok-lane.service lystok-session.service lystok-settle@.service" ;;
    esac
}

starts() {
    case $role in
        server) echo "lystok-server.service lystok-backup.timer lystok-tls.timer" ;;
        kiosk) echo "lystok-lane.service lystok-kiosk.service lystok-session.service" ;;
    esac
}

# What is there for whoever enables it.
offered() { [ "$role" = kiosk ] || echo lystok-sip2.service; }

lay_files() {
    local unit
    for unit in $(units_of); do put "$here/deploy/systemd/$unit" "$units/$unit"; done
    put "$here/deploy/command.sh" "/usr/local/bin/lystok-$role" 0755
    put "$here/deploy/journald/lystok.conf" /etc/systemd/journald.conf.d/lystok.conf
    [ "$role" = kiosk ] || return 0
    put "$here/deploy/udev/60-lystok.rules" /etc/udev/rules.d/60-lystok.rules
    put "$here/deploy/polkit/60-lystok.rules" /etc/polkit-1/rules.d/60-lystok.rules
    put "$here/deploy/kiosk/chromium-policy.json" /etc/chromium/policies/managed/lystok.json
}

has_systemd() { [ -d /run/systemd/system ]; }

# --- Settings -----------------------------------------------------------------------------------

# write_settings NAME: what comes in becomes /etc/lystok/NAME, readable by the program alone.
write_settings() {
    local target=$etc/$1 fresh
    fresh=$(mktemp "$etc/.$1.XXXXXX")
    cat >"$fresh"
    chown "root:$user" "$fresh"
    chmod 0640 "$fresh"
    mv "$fresh" "$target"
    changed=1
    say "settings: $target"
}

# Its full name, or the one that a network without a name server knows.
name_here() {
    local name
    name=$(hostname -f 2>/dev/null || hostname)
    case $name in *.*) echo "$name" ;; *) echo "$name.local" ;; esac
}

proxy=/etc/caddy/Caddyfile

# Whether nobody changed it since the package laid it.
is_proxy_fresh() {
    [ ! -e "$proxy" ] || dpkg-query --show --showformat='${Conffiles}\n' caddy | grep -qF " $proxy $(sum_of_proxy)"
}

# is_proxy_ours: nobody changed what was laid.
is_proxy_ours() {
    [ -e "$proxy" ] && [ "$(cat "$etc/tls/Caddyfile.md5" 2>/dev/null)" = "$(sum_of_proxy)" ]
}

sum_of_proxy() {
    md5sum <"$proxy" | cut -d' ' -f1
}

# proxy_settings ADDRESS PORT: Caddy before the server, unless somebody has a proxy of their own.
proxy_settings() {
    local kind drop='' fresh
    kind=$(ask TLS own "Certificates: own (the library's own authority), public (a name that the Internet reaches), none (a proxy of yours stands before it)")
    case $kind in
        own) ;;
        public) drop='/^# own:$/,/^# :own$/d; /tls \/etc\/lystok/d' ;;
        none) return 0 ;;
        *) fail "TLS: own, public or none" ;;
    esac
    have caddy
    is_proxy_fresh || { say "$proxy is yours: take over what deploy/tls/Caddyfile says" && return; }
    fresh=$(mktemp)
    sed -e "$drop" -e "s/library\.example/$1/; s/127\.0\.0\.1:8080/127.0.0.1:$2/" \
        "$here/deploy/tls/Caddyfile" >"$fresh"
    put "$fresh" "$proxy"
    sum_of_proxy >"$fresh"
    put "$fresh" "$etc/tls/Caddyfile.md5"
    rm "$fresh"
    say "settings: $proxy"
}

keep_certificate() {
    grep -qs "$etc/tls/server.pem" "$proxy" || return 0
    [ ! -e "$etc/tls/server.pem" ] || return 0
    "$opt/server/current/bin/lystok" server tls --config "$etc/server.toml" || fail "no certificate could be made"
    changed=1
}

server_settings() {
    local address database port
    address=$(ask ADDRESS "$(name_here)" "Name under which browsers and stations reach this server")
    port=$(ask PORT 8080 "Port of the program behind the TLS proxy")
    database=$(ask DATABASE "sqlite:///$data/lystok.sqlite" "Database (sqlite or a postgresql:// address)")
    [ "$database" != sqlite ] || database=sqlite:///$data/lystok.sqlite
    proxy_settings "$address" "$port"
    write_settings server.toml <<EOF
# Written by deploy/install.sh; yours to change. Check it: lystok-server server check-config
[server]
host = "127.0.0.1"
port = $port
proxies = 1  # Caddy or nginx stands before it, see docs/tls.md
base_url = "https://$address"

[database]
url = "$database"

[keys]
directory = "$data/keys"

[sessions]
secret_file = "$data/session.secret"
secure_cookie = true

[backup]
directory = "$data/backups"
every_hours = 0  # lystok-backup.timer makes them
EOF
}

device() {
    local kind=$1 chosen=$2 setting=${3:-}
    [ "${chosen%%:*}" != none ] || return 0
    printf '\n[devices.%s]\ndriver = "%s"\n' "$kind" "${chosen%%:*}"
    case $chosen in *:*) printf '%s = "%s"\n' "$setting" "${chosen#*:}" ;; esac
}

# The one plugged in, where there is just one of a kind.
only_in() {
    local found=("$1"/*"$2")
    [ ${#found[@]} -eq 1 ] && [ -e "${found[0]}" ] && basename "${found[0]}"
}

guess_scanner() {
    local name
    if name=$(only_in /dev/serial/by-id ''); then
        echo "serial:$name"
    elif name=$(only_in /dev/input/by-id -event-kbd); then
        echo "keyboard:$name"
    elif name=$(only_in /dev/v4l/by-id -video-index0); then
        echo "camera:$name"
    else
        echo serial:NAME
    fi
}

# guess_ca SERVER: `fetch` where it has an authority of its own, which is not known here.
guess_ca() {
    python3 - "$1" <<'PY'
import ssl, sys, urllib.error, urllib.request
try:
    urllib.request.urlopen(sys.argv[1] + "/healthz", timeout=5)
except (OSError, ValueError) as error:
    if isinstance(getattr(error, "reason", None), ssl.SSLCertVerificationError):
        print("fetch")
PY
}

# fetch_ca SERVER: the server's authority, once somebody said that it is the right one.
fetch_ca() {
    local host=${1#*://} fetched given shown
    fetched=$(mktemp)
    shown=$(python3 - "http://${host%%[:/]*}/ca.pem" "$fetched" <<'PY'
import hashlib, ssl, sys, urllib.request
text = urllib.request.urlopen(sys.argv[1], timeout=10).read(65536).decode("ascii")
end = "-----END CERTIFICATE-----"
# Nothing but what the fingerprint covers is kept: it came over a wire that anybody may write on.
told = [ssl.PEM_cert_to_DER_cert(part.strip() + "\n" + end) for part in text.split(end)[:-1]]
open(sys.argv[2], "w").write("".join(map(ssl.DER_cert_to_PEM_cert, told)))
signs = hashlib.sha256(b"".join(told)).hexdigest().upper()
print("-".join(signs[at : at + 4] for at in range(0, 20, 4)))
PY
    ) || fail "no authority at $1: copy its ca.pem here and name the file"
    given=$(ask FINGERPRINT "" "The server's authority is $shown; type that again if \`lystok-server server tls\` says the same there")
    [ "$given" = "$shown" ] || fail "the authority at $1 is $shown, and not '$given'"
    put "$fetched" "$etc/ca.pem"
    rm "$fetched"
}

kiosk_settings() {
    local station place server ca scanner printer cards camera lane simulated
    station=$(ask STATION K1 "Code of this station, two letters or digits")
    place=$(ask ROLE both "What it is: entrance, exit or both")
    server=$(ask SERVER https://server.local "Address of the server")
    ca=$(ask CA "$(guess_ca "$server")" "Certificate authority of the server: fetch (from it), a file, or empty: a public one")
    scanner=$(ask SCANNER "$(guess_scanner)" "Scanner: serial:NAME, keyboard:NAME, camera:NAME or simulator")
    printer=$(ask PRINTER usb "Slip printer: usb, serial:NAME, network:HOST, file:PATH, none")
    cards=$(ask CARDS pcsc "Card reader: pcsc or none")
    camera=$(ask CAMERA none "Camera for photos: opencv:NAME, rpicam or none")
    lane=$(ask LANE none "Turnstile or door: daemon (settings in $etc/lane.toml) or none")
    simulated=$(ask SIMULATORS false "Whether simulated devices are wanted here: true or false")
    if [ -n "$ca" ]; then
        if [ "$ca" = fetch ]; then
            fetch_ca "$server"
        else
            [ -r "$ca" ] || fail "CA: $ca can't be read"
            put "$ca" "$etc/ca.pem"
        fi
        ca="ca_file = \"$etc/ca.pem\""
    fi
    {
        cat <<EOF
# Written by deploy/install.sh; yours to change. Check it: lystok-kiosk kiosk check-config
station = "$station"
role = "$place"
data_dir = "$data"
token_file = "$data/token"
slip_key_file = "$data/slip.key"
allow_simulators = $simulated

[server]
url = "$server"
$ca
EOF
        case $scanner in
            camera:*) printf '\n[devices.scanner]\ndriver = "camera"\ncamera = { driver = "opencv", source = "%s" }\n' "${scanner#*:}" ;;
            simulator) printf '\n[devices.scanner]\ndriver = "camera"\ncamera = { driver = "simulator" }\n' ;;
            serial:*) device scanner "$scanner" port ;;
            *) device scanner "$scanner" device ;;
        esac
        case $printer in
            network:*) device printer "$printer" host ;;
            file:*) device printer "$printer" path ;;
            simulator) printf '\n[devices.printer]\ndriver = "simulator"\nfolder = "%s/slips"\n' "$data" ;;
            *) device printer "$printer" port ;;
        esac
        device card_reader "$cards" reader
        device camera "$camera" source
        device lane "$lane"
    } | write_settings kiosk.toml
}

lystok() { runuser -u "$user" -- "$opt/$role/current/bin/lystok" "$@"; }

settle_settings() {
    local said
    [ -e "$etc/$role.toml" ] || "${role}_settings"
    said=$(lystok "$role" check-config --config "$etc/$role.toml" 2>&1 >/dev/null) && return
    # A station that is not paired yet lacks just that.
    grep -qv -e "can't be used" -e 'pair this station first' <<<"$said" || return 0
    fail "$said"
}

found_server() {
    local said
    said=$(lystok server init --config "$etc/server.toml") || fail "the database could not be made ready"
    case $said in
        'everything is there already'*) ;;
        *)
            changed=1
            echo "$said"
            ;;
    esac
}

pair_station() {
    local code
    [ -e "$data/token" ] && return
    code=$(ask PAIRING '' "Pairing code from the console, empty: it is typed on the screen of the station")
    if [ -n "$code" ]; then
        lystok kiosk pair --config "$etc/kiosk.toml" "$code" || fail "not paired; run this again with a new code"
        changed=1
    fi
}

start_units() {
    local unit
    if ! has_systemd; then
        say "systemd does not run here; its units are in $units"
        return
    fi
    systemctl daemon-reload
    [ "$role" = server ] || { udevadm control --reload && udevadm trigger; }
    for unit in $(starts); do
        systemctl is-enabled -q "$unit" 2>/dev/null || { systemctl enable -q "$unit" && changed=1; }
    done
    systemctl enable -q "lystok-settle@$role.service"
    # shellcheck disable=SC2046  # a word a unit
    if [ "$changed" = 1 ]; then systemctl restart $(starts); else systemctl start $(starts); fi
    [ "$role" = server ] || systemctl set-default -q graphical.target
    if [ "$role" = server ] && grep -qs "^# Lystok" "$proxy"; then
        systemctl enable -q caddy
        [ "$changed" = 0 ] || systemctl reload-or-restart caddy || fail "Caddy does not start: journalctl -u caddy"
    fi
}

# --- Going --------------------------------------------------------------------------------------

uninstall() {
    local unit
    for unit in $(starts) $(offered) "lystok-settle@$role.service"; do
        has_systemd && systemctl disable -q --now "$unit" 2>/dev/null
    done
    for unit in $(units_of); do
        # The other role of this machine may need it.
        [ "$unit" = lystok-settle@.service ] && [ -d "$opt/$other" ] && continue
        rm -f "$units/$unit"
    done
    has_systemd && systemctl daemon-reload
    rm -rf "${opt:?}/$role" "/usr/local/bin/lystok-$role"
    if [ "$role" = kiosk ]; then
        rm -f /etc/udev/rules.d/60-lystok.rules /etc/polkit-1/rules.d/60-lystok.rules \
            /etc/chromium/policies/managed/lystok.json
    fi
    rmdir "$opt" 2>/dev/null && rm -f /etc/systemd/journald.conf.d/lystok.conf
    if [ -n "$purge" ]; then
        rm -rf "$data" "$etc/$role.toml"
        if [ "$role" = kiosk ]; then
            rm -f "$etc/lane.toml" "$etc/ca.pem"
        else
            if is_proxy_ours; then
                rm -f "$proxy"
                has_systemd && systemctl disable -q --now caddy
            elif grep -qs "^# Lystok" "$proxy"; then
                say "$proxy was changed by somebody and stays"
            fi
            rm -rf "$etc/tls"
        fi
        getent passwd "$user" >/dev/null && userdel "$user"
        say "$role is gone, with its settings and data"
    else
        say "$role is gone; settings stay in $etc, data in $data (--purge takes them too)"
    fi
}

require_machine
case $act in
    uninstall) uninstall || true ;;
    units)
        lay_files
        ! has_systemd || systemctl daemon-reload
        ;;
    install)
        install_packages
        make_users
        lay_release
        lay_files
        settle_settings
        [ "$role" = kiosk ] || found_server
        [ "$role" = kiosk ] || keep_certificate
        [ "$role" = server ] || pair_station
        start_units
        if [ "$changed" = 1 ]; then say "$role is installed"; else say "nothing was changed"; fi
        ;;
esac
