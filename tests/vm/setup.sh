#!/usr/bin/env bash
# Fetches what the virtual machine of `make test-vm` needs: qemu, Debian's kernel, and the module
# gpio-sim, which Debian does not build. Everything but Debian's packages lands in .vm/.
set -euo pipefail
cd "$(dirname "$0")/../.."

packages=(qemu-system-x86 busybox-static udev kmod cpio gcc make)
missing=$(dpkg-query --show --showformat='${db:Status-Status} ${Package}\n' "${packages[@]}" 2>&1 |
    grep -cv '^installed ' || true)
if [ "$missing" -ne 0 ]; then
    echo "vm: installing ${packages[*]}" >&2
    apt-get update -qq
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends \
        "${packages[@]}" </dev/null >/dev/null
fi

lock=requirements/vm.txt
wanted=$(cat "$lock" tests/vm/setup.sh | sha256sum)
[ "$(cat .vm/made-from 2>/dev/null)" = "$wanted" ] && exit 0
echo "vm: making .vm" >&2
rm -rf .vm
mkdir -p .vm/debs .vm/kernel .vm/headers .vm/gpio-sim

image=$(apt-cache depends linux-image-amd64 | sed -n 's/.*Depends: \(linux-image-[0-9].*\)/\1/p')
release=${image#linux-image-}
series=$(echo "$release" | cut -d. -f1-2)
(cd .vm/debs && apt-get download -qq "$image" "linux-headers-$release" \
    "linux-headers-${release%-amd64}-common" "linux-kbuild-$series" "linux-source-$series" 2>/dev/null)
dpkg -x .vm/debs/linux-image-*.deb .vm/kernel
for deb in .vm/debs/linux-headers-*.deb .vm/debs/linux-kbuild-*.deb; do
    dpkg -x "$deb" .vm/headers
done

# gpio-sim and the simulated interrupts beneath it, built beside a kernel that has neither.
sources=(drivers/gpio/gpio-sim.c drivers/gpio/gpiolib.h kernel/irq/irq_sim.c)
dpkg --fsys-tarfile .vm/debs/linux-source-*.deb |
    tar xO "./usr/src/linux-source-$series.tar.xz" |
    tar xJ -C .vm/gpio-sim --strip-components=3 "${sources[@]/#/linux-source-$series/}"
(
    cd .vm/gpio-sim
    mv gpio-sim.c gpio_sim.c
    # irq_to_desc is for the kernel alone; this is what others call.
    sed -i 's/handle_simple_irq(irq_to_desc(irqnum))/generic_handle_irq(irqnum)/' irq_sim.c
    printf 'obj-m := gpio-sim.o\ngpio-sim-y := gpio_sim.o irq_sim.o\nccflags-y := -I$(src)\n' >Makefile
)
headers=$PWD/.vm/headers/usr/src/linux-headers-$release
sed -i "s|/usr/|$PWD/.vm/headers/usr/|g" "$headers/Makefile"
make -s -C "$headers" M="$PWD/.vm/gpio-sim" modules >.vm/gpio-sim/build.log 2>&1 || {
    tail -20 .vm/gpio-sim/build.log >&2
    exit 1
}
modules=.vm/kernel/lib/modules/$release
mkdir -p "$modules/extra"
cp .vm/gpio-sim/gpio-sim.ko "$modules/extra/"
depmod -b .vm/kernel "$release"

# RPi.GPIO's replacement for a Pi 5 speaks to any gpiochip. It excludes RPi.GPIO, hence apart.
.venv/bin/python -m pip install -qq --disable-pip-version-check --no-input --no-deps \
    --require-hashes --requirement "$lock" --target .vm/packages

# The first program of the guest: the machine's own files, read only, under an overlay in memory.
mkdir -p .vm/initrd/{bin,modules,proc,sys,dev,new,low,over}
cp /bin/busybox .vm/initrd/bin/
number=10
for module in virtio_pci 9p 9pnet_virtio overlay; do
    modprobe -d "$PWD/.vm/kernel" -S "$release" --show-depends "$module" | sed -n 's/^insmod //p'
done | awk '!seen[$1]++ {print $1}' | while read -r file; do
    cp "$file" ".vm/initrd/modules/$number-$(basename "$file")"
    number=$((number + 1))
done
cp tests/vm/init.sh .vm/initrd/init
chmod +x .vm/initrd/init
(cd .vm/initrd && find . | cpio -o -H newc --quiet | gzip) >.vm/initrd.gz
echo "$release" >.vm/release
rm -rf .vm/debs .vm/headers
echo "$wanted" >.vm/made-from
