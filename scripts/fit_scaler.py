"""Fit a scaler on the training events."""

from collapse.events.store import open_events
from collapse.logs import job_log
from collapse.scaling import fit_scaler, save_scaler

if __name__ == "__main__":
    with job_log(snakemake.log[0]):
        events = open_events(snakemake.input.events)
        scaler = fit_scaler(events.split("train"), events.names, snakemake.params.scaler)
        save_scaler(snakemake.output.scaler, scaler)
