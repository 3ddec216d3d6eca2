#!/usr/bin/env bash
# Starts an HTCondor of one machine below ROOT, as its user ci, on the loopback alone:
# condor-up.sh ROOT STATE FOLDER... The folders, and that of its state, are mounted there.
set -euo pipefail
root=$1 state=$2
mkdir -p "$state"/{log,spool,execute,run}
cat > "$state/condor_config" <<CONF
LOCAL_DIR = $state
RELEASE_DIR = /usr
LIBEXEC = /usr/libexec/condor
SBIN = /usr/sbin
BIN = /usr/bin
LOG = $state/log
SPOOL = $state/spool
EXECUTE = $state/execute
RUN = $state/run
LOCK = $state/run
CONDOR_HOST = 127.0.0.1
COLLECTOR_HOST = 127.0.0.1:9618
NETWORK_INTERFACE = 127.0.0.1
BIND_ALL_INTERFACES = False
ENABLE_IPV6 = False
USE_SHARED_PORT = False
UID_DOMAIN = test.local
FILESYSTEM_DOMAIN = test.local
TRUST_UID_DOMAIN = True
DAEMON_LIST = MASTER COLLECTOR NEGOTIATOR SCHEDD STARTD
# Everybody is who he says he is: for this test only.
SEC_DEFAULT_AUTHENTICATION = REQUIRED
SEC_DEFAULT_AUTHENTICATION_METHODS = CLAIMTOBE
SEC_DEFAULT_ENCRYPTION = OPTIONAL
SEC_CLAIMTOBE_INCLUDE_DOMAIN = True
ALLOW_ADMINISTRATOR = *
ALLOW_READ = *
ALLOW_WRITE = *
ALLOW_DAEMON = *
ALLOW_NEGOTIATOR = *
NUM_CPUS = 8
MEMORY = 16000
NUM_SLOTS = 1
NUM_SLOTS_TYPE_1 = 1
SLOT_TYPE_1 = 100%
SLOT_TYPE_1_PARTITIONABLE = True
START = True
RunBenchmarks = False
SUSPEND = False
PREEMPT = False
KILL = False
RANK = 0
NEGOTIATOR_INTERVAL = 2
NEGOTIATOR_MIN_INTERVAL = 1
NEGOTIATOR_CYCLE_DELAY = 1
SCHEDD_INTERVAL = 2
SCHEDD_MIN_INTERVAL = 1
UPDATE_INTERVAL = 5
POLLING_INTERVAL = 2
CGROUP_ALL_PROCS = False
BASE_CGROUP =
USE_PID_NAMESPACES = False
ENABLE_SSH_TO_JOB = False
CONF
chown -R 4242:4242 "$state"
for folder in /proc /dev "${@:2}"; do
  mkdir -p "$root$folder"
  mountpoint -q "$root$folder" || mount --bind "$folder" "$root$folder"
done
chmod 711 "$root/root"
run() {
  chroot --userspec=4242:4242 "$root" env -i HOME=/home/ci USER=ci \
    PATH=/usr/sbin:/usr/bin:/sbin:/bin CONDOR_CONFIG="$state/condor_config" "$@"
}
run condor_master -pidfile "$state/run/master.pid"
for _ in $(seq 60); do
  run condor_status -af State 2> /dev/null | grep -q Unclaimed && exit
  sleep 0.5
done
echo 'HTCondor did not come up' >&2
tail -n 5 "$state"/log/* >&2
exit 1
