#!/usr/bin/env bash
# Runs tests/vm in a virtual machine with Debian's kernel. Words go to pytest.
#   tests/vm/run.sh [-k keyboard]
set -euo pipefail
cd "$(dirname "$0")/../.."

words=$(IFS=,; echo "$*")
log=$(mktemp)
trap 'rm -f "$log"' EXIT
# Emulated, on one processor: it runs where a machine is a virtual one itself.
timeout 900 qemu-system-x86_64 -accel tcg,thread=single -cpu max -m 2048 -smp 1 \
    -kernel .vm/kernel/boot/vmlinuz-"$(cat .vm/release)" -initrd .vm/initrd.gz \
    -append "console=ttyS0 quiet panic=-1 project=$PWD ${words:+words=$words}" \
    -fsdev local,id=root,path=/,security_model=none,readonly=on,multidevs=remap \
    -device virtio-9p-pci,fsdev=root,mount_tag=root \
    -nographic -no-reboot -nic none </dev/null 2>&1 | tee "$log"
grep -q '^vm: status 0' "$log"
