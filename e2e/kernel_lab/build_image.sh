#!/usr/bin/env bash
# Builds what the lab boots: a kernel and an initial RAM disk with the NVMe modules and the programs a node uses, all from
# Debian's packages; nothing is installed on this machine. Used by lab_test (through CTest) and by lab.sh.
#   build_image.sh OUT    OUT/vmlinuz and OUT/initrd.gz; kept when the same packages made them
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
out=${1:?usage: build_image.sh OUT}
mkdir -p "$out"
out=$(cd "$out" && pwd)
exec 9>"$out/lock" # tests of one build folder may start together
flock 9

# Loaded in this order with what they depend on. crc32c and crct10dif come as their generic forms: under emulation the
# others refuse to load.
modules=(virtio_pci virtio_net crc32c_generic crct10dif_generic loop nvme-tcp nvmet-tcp nvme-loop ext4)
programs=(nvme mke2fs resize2fs e2fsck blkid mount umount findmnt blkdiscard)

# A machine that has every package may never have fetched the list of the others.
apt-cache show linux-image-amd64 >/dev/null 2>&1 || apt-get update -q >/dev/null
package=$(apt-cache depends linux-image-amd64 | awk '$1 == "Depends:" { print $2; exit }')
[ -n "$package" ] || { echo 'build_image.sh: no kernel package: run apt-get update' >&2; exit 1; }
version=${package#linux-image-}
key=$(
  {
    apt-cache show "$package" | grep -m 1 '^Version:'
    dpkg-query -W nvme-cli e2fsprogs util-linux mount busybox-static 2>/dev/null || true
    cat "$here/build_image.sh" "$here"/guest/*
  } | sha256sum | cut -d' ' -f1
)
if [ "$(cat "$out/key" 2>/dev/null)" = "$key" ] && [ -s "$out/vmlinuz" ] && [ -s "$out/initrd.gz" ]; then
  echo "kernel lab image: $version, kept"
  exit 0
fi

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
(cd "$work" && apt-get -o APT::Sandbox::User=root download -q "$package" >/dev/null)
dpkg -x "$work"/*.deb "$work/kernel"
depmod -b "$work/kernel" "$version"

root=$work/root
mkdir -p "$root"/{bin,sbin,dev,proc,sys,tmp,mnt,etc/nvme,lib/modules,usr/bin,usr/sbin,lab}
install -m 755 "$(command -v busybox)" "$root/bin/busybox"
install -m 755 "$here"/guest/init "$root/init"
install -m 644 "$here"/guest/functions "$root/lab/functions"

# Modules in the order they must be loaded, each once.
: >"$root/lab/modules"
for module in "${modules[@]}"; do
  while read -r _ path _; do
    name=$(basename "$path")
    case $name in crct10dif-pclmul.ko | crc32c-intel.ko) continue ;; esac
    if [ ! -e "$root/lib/modules/$name" ]; then
      cp "$path" "$root/lib/modules/$name"
      echo "$name" >>"$root/lab/modules"
    fi
  done < <(modprobe -d "$work/kernel" -S "$version" --show-depends "$module" 2>/dev/null | grep '^insmod')
done
echo "kernel lab image: $(wc -l <"$root/lab/modules") modules"
grep -q '^nvme-tcp.ko$' "$root/lab/modules" || { echo 'build_image.sh: the kernel has no nvme-tcp module' >&2; exit 1; }

# Programs with their libraries, at the paths they have here: busybox applets must not shadow them.
copy() {
  local file=$1
  mkdir -p "$root$(dirname "$file")"
  [ -e "$root$file" ] || cp -L "$file" "$root$file"
}
for program in "${programs[@]}"; do
  path=$(command -v "$program" || true)
  [ -n "$path" ] || continue
  copy "$(readlink -f "$path")"
  [ "$(readlink -f "$path")" = "$path" ] || { mkdir -p "$root$(dirname "$path")"; cp -L "$path" "$root$path"; }
  while read -r library; do copy "$library"; done < <(ldd "$path" | grep -oE '/[^ ]+' | sort -u)
done
cp "$root/$(command -v mke2fs)" "$root/sbin/mkfs.ext4"
mkdir -p "$root/etc" && cp /etc/mke2fs.conf "$root/etc/" && : >"$root/etc/fstab"

(cd "$root" && find . -print0 | LC_ALL=C sort -z | cpio --null --quiet -o -H newc) | gzip -6 >"$out/initrd.gz"
cp "$work/kernel/boot/vmlinuz-$version" "$out/vmlinuz"
echo "$version" >"$out/version"
echo "$key" >"$out/key"
echo "kernel lab image: $version, $(stat -c %s "$out/initrd.gz") bytes"
