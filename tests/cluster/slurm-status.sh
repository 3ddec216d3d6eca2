#!/usr/bin/env bash
# What the plugin cluster-generic asks after each job: slurm-status.sh JOBID.
case "$(squeue --noheader --states=all --jobs="$1" --format=%T 2> /dev/null | head -n 1)" in
  COMPLETED) echo success ;;
  PENDING | CONFIGURING | RUNNING | COMPLETING | SUSPENDED | PREEMPTED | REQUEUED | "") echo running ;;
  *) echo failed ;;
esac
