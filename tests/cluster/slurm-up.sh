#!/usr/bin/env bash
# Starts a SLURM of two nodes on this machine, without systemd, cgroups or accounting, on the loopback
# alone: slurm-up.sh FOLDER. The folder holds all of its state; all users must be able to enter it.
set -euo pipefail
state=$1
mkdir -p "$state"/{ctld,log,run,munge}
chmod 755 "$state" "$state"/*
chmod 700 "$state/munge"

dd if=/dev/urandom bs=1 count=1024 of="$state/munge/key" status=none
chmod 400 "$state/munge/key"
munged --key-file="$state/munge/key" --socket="$state/run/munge.socket" \
  --pid-file="$state/run/munged.pid" --log-file="$state/munge/log" --seed-file="$state/munge/seed"

# More CPUs than there are: what is tested waits more than it computes.
cat > "$state/slurm.conf" <<CONF
ClusterName=test
SlurmctldHost=localhost(127.0.0.1)
SlurmUser=root
SlurmdUser=root
AuthType=auth/munge
AuthInfo=socket=$state/run/munge.socket
CommunicationParameters=NoCtldInAddrAny,NoInAddrAny
SlurmctldPort=6817
SlurmctldPidFile=$state/run/slurmctld.pid
SlurmdPidFile=$state/run/slurmd.%n.pid
SlurmctldLogFile=$state/log/slurmctld
SlurmdLogFile=$state/log/slurmd.%n
StateSaveLocation=$state/ctld
SlurmdSpoolDir=$state/%n
MpiDefault=none
SwitchType=switch/none
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
# Once a second the memory of each job is looked at, and a job with too much is killed.
JobAcctGatherType=jobacct_gather/linux
JobAcctGatherFrequency=task=1
JobAcctGatherParams=OverMemoryKill
AccountingStorageType=accounting_storage/none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU_Memory
SchedulerType=sched/backfill
SchedulerParameters=batch_sched_delay=0,sched_min_interval=0,bf_interval=2
ReturnToService=2
SlurmdParameters=config_overrides
# A node whose slurmd is gone is not given up.
SlurmdTimeout=0
InactiveLimit=0
# Seconds between SIGTERM and SIGKILL at the time limit.
KillWait=5
# Without accounting squeue must remember what has ended.
MinJobAge=3600
CompleteWait=0
GresTypes=gpu
NodeName=DEFAULT CPUs=4 RealMemory=8000 State=UNKNOWN
NodeName=one NodeHostname=localhost NodeAddr=127.0.0.1 Port=6818
NodeName=two NodeHostname=localhost NodeAddr=127.0.0.1 Port=6819 Gres=gpu:1
PartitionName=main Nodes=one,two Default=YES MaxTime=INFINITE State=UP
CONF
# To SLURM any file can be a GPU.
echo 'NodeName=two Name=gpu File=/dev/null' > "$state/gres.conf"
# The plugin's job step drops SLURM_CONF, so the file must also be where SLURM looks by itself.
mkdir -p /etc/slurm
ln -sfn "$state"/{slurm,gres}.conf /etc/slurm/

slurmctld -c
slurmd -N one
slurmd -N two
for _ in $(seq 100); do
  [ "$(sinfo -h -o %D -t idle)" = 2 ] && exit
  sleep 0.1
done
echo 'SLURM did not come up' >&2
tail -n 5 "$state"/log/* >&2
exit 1
