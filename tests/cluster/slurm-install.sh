#!/usr/bin/env bash
# SLURM from Debian's or Ubuntu's packages, for tests/cluster: root and apt are needed.
set -euo pipefail
command -v slurmctld slurmd munged > /dev/null && exit
apt-get update -q
DEBIAN_FRONTEND=noninteractive apt-get install -qy --no-install-recommends slurm-wlm munge
