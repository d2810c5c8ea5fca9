#!/bin/sh
# Within the guest: devices, then the tests, then off. The last line tells how the tests ended.
project=$1
export PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/run LYSTOK_VM=1 PYTHONDONTWRITEBYTECODE=1
cd "$project" || exit
hostname guest
for place in /tmp /run; do mount -t tmpfs tmpfs $place; done
mkdir -p /dev/shm /dev/pts /run/modules
mount -t devpts devpts /dev/pts
ip link set lo up
for module in uinput evdev vivid libcomposite usb_f_hid usb_f_printer usb_f_acm usbhid hid_generic usblp cdc_acm gpio-sim; do
    modprobe -d "$project/.vm/kernel" $module
done
modprobe -d "$project/.vm/kernel" dummy_hcd num=3
mount -t configfs configfs /sys/kernel/config
# gpiozero asks here which Raspberry Pi this is; RPi.GPIO's replacement asks the environment.
{ cat /proc/cpuinfo && echo "Revision : c03111"; } >/run/cpuinfo
mount --bind /run/cpuinfo /proc/cpuinfo
export RPI_LGPIO_REVISION=c03111
/lib/systemd/systemd-udevd --daemon 2>/dev/null
udevadm trigger
udevadm settle
# Without the plugins of the whole suite, whose browsers and generators take a minute to load here.
export PYTEST_DISABLE_PLUGIN_AUTOLOAD=1 PYTHONPATH="$project/.vm/packages"
.venv/bin/python -m pytest tests/vm --confcutdir=tests/vm -p no:cacheprovider --color=no \
    $(sed -n 's/.*words=\([^ ]*\).*/\1/p' /proc/cmdline | tr ',' ' ')
echo "vm: status $?"
/bin/busybox poweroff -f
