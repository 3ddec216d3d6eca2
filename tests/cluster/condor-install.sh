#!/usr/bin/env bash
# HTCondor, which Debian has since 13, in a Debian 13 of its own: condor-install.sh ROOT.
# Needs root, debootstrap's mirror and 0.6 GB.
set -euo pipefail
root=$1
[ -x "$root/usr/sbin/condor_master" ] && exit
if ! command -v debootstrap > /dev/null; then
  apt-get update -q
  DEBIAN_FRONTEND=noninteractive apt-get install -qy --no-install-recommends debootstrap
fi
# What Python, which is mounted there, is linked to.
libraries=libffi8,libbz2-1.0,liblzma5,libreadline8t64,libsqlite3-0,libssl3t64,zlib1g
debootstrap --variant=minbase --include="ca-certificates,procps,$libraries" trixie "$root"
# No daemon starts by itself.
printf '#!/bin/sh\nexit 101\n' > "$root/usr/sbin/policy-rc.d"
chmod +x "$root/usr/sbin/policy-rc.d"
chroot "$root" apt-get update -q
DEBIAN_FRONTEND=noninteractive chroot "$root" apt-get install -qy --no-install-recommends minicondor
# HTCondor runs no job of root's.
chroot "$root" useradd --create-home --uid 4242 ci
