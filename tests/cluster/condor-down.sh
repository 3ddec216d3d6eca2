#!/usr/bin/env bash
# Ends what condor-up.sh started, and takes its mounts away: condor-down.sh ROOT STATE FOLDER...
root=$1 state=$2
if [ -s "$state/run/master.pid" ]; then
  master=$(cat "$state/run/master.pid")
  daemons=$(pgrep -P "$master")
  # To HTCondor it means at once; SIGTERM would wait for the jobs.
  kill -QUIT "$master"
  for _ in $(seq 40); do
    # shellcheck disable=SC2086
    kill -0 $master $daemons 2> /dev/null || break
    sleep 0.25
  done
fi
for folder in /proc /dev "${@:2}"; do
  mountpoint -q "$root$folder" && umount "$root$folder"
done
exit 0
