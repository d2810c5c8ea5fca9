#!/usr/bin/env bash
# Installs server and station in a Debian that has never seen the project, and uses them there.
#   tests/deploy/chroot.sh [bookworm|trixie]
# Needs root, debootstrap and a way to Debian's and Python's packages; takes several minutes. There is
# no systemd in a chroot: programs are started by the ExecStart of their units, as their users.
set -euo pipefail
cd "$(dirname "$0")/../.."

suite=${1:-bookworm}
work=${LYSTOK_CHROOT:-$(mktemp -d "${TMPDIR:-/tmp}/lystok-chroot-XXXXXX")}
root=$work/root
mkdir -p "$work"
[ "$(id -u)" -eq 0 ] || { echo "test-deploy: root is needed" >&2; exit 1; }
command -v debootstrap >/dev/null || { echo "test-deploy: apt install debootstrap" >&2; exit 1; }

step() { echo "test-deploy: $*"; }

rm -rf "$root"
mkdir -p "$root"
if [ -f "$work/$suite.tar" ]; then
    tar -C "$root" -xf "$work/$suite.tar"
else
    step "a new $suite"
    debootstrap --variant=minbase "$suite" "$root" >"$work/debootstrap.log"
    tar -C "$root" -cf "$work/$suite.tar" .
fi
# As this machine reaches its packages.
cp -L /etc/resolv.conf "$root/etc/resolv.conf"
cp -a /etc/apt/apt.conf.d/. "$root/etc/apt/apt.conf.d/"
mkdir -p "$root/src"
cp -L /etc/ssl/certs/ca-certificates.crt "$root/these-authorities.crt"
[ ! -e /etc/pip.conf ] || cp -L /etc/pip.conf "$root/etc/pip.conf"
git archive HEAD | tar -x -C "$root/src"
cp tests/deploy/inside.sh "$root/inside.sh"

step "inside"
unshare --mount --pid --fork --kill-child bash -euc "
    mount -t proc proc '$root/proc'
    mount -t tmpfs tmpfs '$root/dev/shm' 2>/dev/null || true
    mount --rbind /dev '$root/dev'
    exec chroot '$root' /usr/bin/env -i HOME=/root PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin LANG=C.UTF-8 \
        PIP_CERT=/these-authorities.crt bash /inside.sh"
step "well in $suite"
[ -n "${LYSTOK_CHROOT:-}" ] || rm -rf "$work"
