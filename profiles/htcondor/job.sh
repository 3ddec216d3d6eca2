#!/bin/sh
# Runs a job's snakemake. Where a storage plugin is installed, HTCondor's plugin (0.3.0) puts
# `pip install ... &&` before it, which no shell would read.
while [ "$#" -gt 2 ] && [ "$2 $3" != "-m snakemake" ]; do shift; done
exec "$@"
