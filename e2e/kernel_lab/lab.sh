#!/usr/bin/env bash
# A shell in the lab's guest, for looking around: rds-sim on this machine is reached as 10.0.2.2. Ctrl-A X ends it.
#   e2e/kernel_lab/lab.sh [Y|N]    multipath or not
set -euo pipefail
source "$(dirname "$0")/../../ci/lib.sh"
e2e/kernel_lab/build_image.sh build/kernel_lab
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir -p "$work/root/lab"
echo 'setsid cttyhack sh -i' >"$work/root/lab/script"
(cd "$work/root" && find . | cpio --quiet -o -H newc | gzip -1) >"$work/more.gz"
cat build/kernel_lab/initrd.gz "$work/more.gz" >"$work/initrd.gz"
exec qemu-system-x86_64 -m 768 -smp 2 -nographic -no-reboot -accel tcg,thread=multi -cpu max \
  -nic user,model=virtio-net-pci -kernel build/kernel_lab/vmlinuz -initrd "$work/initrd.gz" \
  -append "console=ttyS0 quiet panic=-1 lab.multipath=${1:-Y}"
