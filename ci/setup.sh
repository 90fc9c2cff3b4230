#!/usr/bin/env bash
# Installs every package the project builds, tests and reports with, on a fresh Debian 12. Needs root.
# Does nothing when all are there. Used by the other scripts, by .ci/run and by the container image.
set -euo pipefail

packages=(
  # build
  g++ cmake ninja-build ccache pkg-config git ca-certificates
  # libraries the driver and the simulator link
  libgrpc++-dev libprotobuf-dev protobuf-compiler protobuf-compiler-grpc libabsl-dev libssh-dev libssl-dev
  libisal-dev libspdlog-dev prometheus-cpp-dev libmicrohttpd-dev nlohmann-json3-dev libyaml-cpp-dev libvalijson-dev libcli11-dev libcurl4-openssl-dev zlib1g-dev
  # tests, coverage, lint
  libgtest-dev libgmock-dev libbenchmark-dev lcov clang-format clang-tidy
  # programs that tests run as foreign clients
  openssh-client sshpass procps
  # the kernel lab: a Linux guest with its own kernel, started under QEMU
  qemu-system-x86 busybox-static nvme-cli e2fsprogs util-linux cpio kmod
)

missing=()
for package in "${packages[@]}"; do
  if [ "$(dpkg-query -W -f '${Status}' "$package" 2>/dev/null)" != 'install ok installed' ]; then
    missing+=("$package")
  fi
done

if [ "${#missing[@]}" -gt 0 ]; then
  if [ "$(id -u)" -ne 0 ]; then
    printf 'ci/setup.sh: %s missing and not root: run it once as root\n' "${missing[*]}" >&2
    exit 1
  fi
  apt-get update -q
  DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends "${missing[@]}"
fi
printf 'packages: %s checked, %s installed now\n' "${#packages[@]}" "${#missing[@]}"
