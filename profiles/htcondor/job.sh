#!/bin/sh
# Runs a job's snakemake. HTCondor's plugin (0.3.0) gives its words in three ways: with Python before
# them; with `pip install ... &&` before that, which no shell reads, where a storage plugin is
# installed; and without Python, where it is the one on the worker's PATH.
case " $* " in
*" -m snakemake "*)
  while [ "$2 $3" != "-m snakemake" ]; do shift; done
  exec "$@"
  ;;
esac
exec python -m snakemake "$@"
