#!/bin/busybox sh
# The guest's first program: mounts the files of the machine that runs it, and goes on in them.
box=/bin/busybox
$box mount -t proc proc /proc
$box mount -t sysfs sysfs /sys
$box mount -t devtmpfs devtmpfs /dev
for module in /modules/*.ko; do $box insmod "$module"; done
$box mount -t 9p -o trans=virtio,version=9p2000.L,ro,msize=524288,cache=loose root /low
$box mount -t tmpfs tmpfs /over
$box mkdir /over/changes /over/work
$box mount -t overlay -o lowerdir=/low,upperdir=/over/changes,workdir=/over/work overlay /new
project=$($box sed -n 's/.*project=\([^ ]*\).*/\1/p' /proc/cmdline)
for each in dev proc sys; do $box mount --move /$each /new/$each; done
exec $box switch_root /new "$project/tests/vm/guest.sh" "$project"
