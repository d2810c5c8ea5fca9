#!/usr/bin/env bash
# Makes a station's machine an appliance, step by step; each can be undone.
#   appliance.sh quiet | loud               a boot without text and logos
#   appliance.sh watchdog | no-watchdog     the machine begins anew when its system hangs
#   appliance.sh readonly | writable        the root is not written to; data have their own partition
#   appliance.sh touch OUTPUT | no-touch    touch belongs to this screen, where there are several
#   appliance.sh state                      what holds now
# `readonly` wants a partition with the label lystok-data (mkfs.ext4 -L lystok-data /dev/...). What it
# changes counts from the next boot. --root DIR works on another machine's mounted root.
# Not yet tried on hardware.
set -euo pipefail

root=
if [ "${1:-}" = --root ]; then
    root=${2%/}
    shift 2
fi
etc=$root/etc
label=lystok-data
data=/data
quiet=(quiet loglevel=3 logo.nologo vt.global_cursor_default=0 consoleblank=0 systemd.show_status=false)
# What is written while the machine works, and must outlive it.
kept=(/var/lib/lystok /opt/lystok /etc/lystok /var/log/journal /var/lib/systemd /var/lib/NetworkManager)

fail() {
    echo "appliance: $*" >&2
    exit 1
}
[ -n "$root" ] || [ "$(id -u)" -eq 0 ] || fail "run it as root"

# replace FILE: what comes in is its new content, whole or not at all.
replace() {
    mkdir -p "$(dirname "$1")"
    cat >"$1.new"
    mv "$1.new" "$1"
}

# The Pi's own files, where there are any.
boot=
for folder in /boot/firmware /boot; do
    if [ -f "$root$folder/cmdline.txt" ]; then
        boot=$root$folder
        break
    fi
done

# without FILE WORD...: the words of a file but for these, on one line.
without() {
    local file=$1 word text=
    shift
    # shellcheck disable=SC2013  # words, and not lines, are meant
    for word in $(cat "$file"); do
        case " $* " in *" $word "*) ;; *) text="$text $word" ;; esac
    done
    echo "${text# }"
}

# command_line yes|no: what the kernel is told.
command_line() {
    local words
    if [ -n "$boot" ]; then
        words=$(without "$boot/cmdline.txt" "${quiet[@]}")
        [ "$1" = no ] || words="$words ${quiet[*]}"
        echo "$words" | replace "$boot/cmdline.txt"
    elif [ -d "$etc/default" ]; then
        rm -f "$etc/default/grub.d/lystok.cfg"
        [ "$1" = no ] || printf 'GRUB_CMDLINE_LINUX_DEFAULT="%s"\nGRUB_TIMEOUT=0\n' "${quiet[*]}" |
            replace "$etc/default/grub.d/lystok.cfg"
        [ -n "$root" ] || update-grub
    fi
}

# pi_setting TEXT yes|no: a line of the Pi's config.txt.
pi_setting() {
    [ -n "$boot" ] && [ -f "$boot/config.txt" ] || return 0
    {
        grep -vxF "$1" "$boot/config.txt" || true
        [ "$2" = no ] || echo "$1"
    } | replace "$boot/config.txt"
}

watchdog() {
    printf '%s\n' "# The processor's own watchdog: a system that hangs for 15 s begins anew." \
        '[Manager]' 'RuntimeWatchdogSec=15s' 'RebootWatchdogSec=2min' |
        replace "$etc/systemd/system.conf.d/lystok-watchdog.conf"
    printf '%s\n' '# A kernel that panics begins anew as well.' \
        'kernel.panic = 10' 'kernel.panic_on_oops = 1' |
        replace "$etc/sysctl.d/60-lystok.conf"
    pi_setting dtparam=watchdog=on yes
}

no_watchdog() {
    rm -f "$etc/systemd/system.conf.d/lystok-watchdog.conf" "$etc/sysctl.d/60-lystok.conf"
    pi_setting dtparam=watchdog=on no
}

begin='# begin lystok'
end='# end lystok'

# fstab as it was before us.
plain_fstab() { sed -e "/^$begin/,/^$end/d" -e 's/^#lystok#//' "$etc/fstab"; }

root_line() { plain_fstab | awk '$1 !~ /^#/ && $2 == "/" { print $1, "/", $3, "ro,noatime", "0", "1" }'; }

readonly_root() {
    local path
    [ -n "$(root_line)" ] || fail "$etc/fstab names no root"
    [ -n "$root" ] || [ -e "/dev/disk/by-label/$label" ] || fail "no partition with the label $label"
    {
        # The line of the root stays as a comment; ours says read-only.
        plain_fstab | awk '$1 !~ /^#/ && $2 == "/" { print "#lystok#" $0; next } { print }'
        echo "$begin"
        root_line
        echo "LABEL=$label $data ext4 rw,noatime,commit=5 0 2"
        for path in "${kept[@]}"; do
            echo "$data$path $path none bind,x-systemd.requires-mounts-for=$data 0 0"
        done
        for path in /tmp /var/tmp /var/cache /var/spool; do
            echo "tmpfs $path tmpfs nosuid,nodev,size=64m 0 0"
        done
        echo "$end"
    } | replace "$etc/fstab"
    mkdir -p "$root$data"
    for path in "${kept[@]}"; do mkdir -p "$root$path"; done
    [ -n "$root" ] || move_data
}

# Once: what is there goes to the partition, and stays behind as it was.
move_data() {
    local path
    mountpoint -q "$data" || mount "/dev/disk/by-label/$label" "$data"
    for path in "${kept[@]}"; do
        [ -d "$data$path" ] && continue
        mkdir -p "$data$(dirname "$path")"
        cp -a "$path" "$data$path.new"
        mv "$data$path.new" "$data$path"
    done
    echo "appliance: from the next boot on the root is read-only; to change the system:"
    echo "appliance: mount -o remount,rw / && apt ... && mount -o remount,ro /"
}

rules=$etc/udev/rules.d/61-lystok-touch.rules

touch_belongs() {
    case $1 in *[!A-Za-z0-9-]* | '') fail "a screen is named like HDMI-A-1 or DSI-1" ;; esac
    printf 'SUBSYSTEM=="input", ENV{ID_INPUT_TOUCHSCREEN}=="1", ENV{WL_OUTPUT}="%s"\n' "$1" |
        replace "$rules"
}

holds() { if "$@" 2>/dev/null; then echo yes; else echo no; fi; }
is_quiet() {
    if [ -n "$boot" ]; then
        grep -q vt.global_cursor_default=0 "$boot/cmdline.txt"
    else
        [ -e "$etc/default/grub.d/lystok.cfg" ]
    fi
}

case ${1:-} in
    quiet)
        command_line yes
        pi_setting disable_splash=1 yes
        ;;
    loud)
        command_line no
        pi_setting disable_splash=1 no
        ;;
    watchdog) watchdog ;;
    no-watchdog) no_watchdog ;;
    readonly) readonly_root ;;
    writable) plain_fstab | replace "$etc/fstab" ;;
    touch) touch_belongs "${2:-}" ;;
    no-touch) rm -f "$rules" ;;
    state)
        echo "quiet: $(holds is_quiet)"
        echo "watchdog: $(holds test -e "$etc/systemd/system.conf.d/lystok-watchdog.conf")"
        echo "readonly: $(holds grep -q "^$begin" "$etc/fstab")"
        echo "touch: $(sed -n 's/.*WL_OUTPUT}="\(.*\)"/\1/p' "$rules" 2>/dev/null || true)"
        ;;
    *)
        sed -n '2,11s/^# *//p' "$0" >&2
        exit 2
        ;;
esac
