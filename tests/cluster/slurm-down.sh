#!/usr/bin/env bash
# Ends what slurm-up.sh started: slurm-down.sh FOLDER.
state=$1
scancel --quiet --user="$(id -un)"
sleep 1
for daemon in slurmd.one slurmd.two slurmctld munged; do
  file=$state/run/$daemon.pid
  [ -s "$file" ] && pid=$(cat "$file") && kill "$pid" && while kill -0 "$pid" 2> /dev/null; do sleep 0.1; done
done
# With the file there and no slurmctld, each start of snakemake would wait for ten seconds.
[ "$(readlink /etc/slurm/slurm.conf)" = "$state/slurm.conf" ] && rm /etc/slurm/{slurm,gres}.conf
exit 0
