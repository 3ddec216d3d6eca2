"""Generate events at every epoch count of a leg."""

from collapse.events.store import open_events
from collapse.gan.sampling import sample
from collapse.logs import job_log

if __name__ == "__main__":
    with job_log(snakemake.log[0]):
        events = open_events(snakemake.input.events)
        sample(
            generators=snakemake.input.generators,
            scaler=snakemake.input.scaler,
            recipe=snakemake.params.recipe,
            seed=int(snakemake.wildcards.seed),
            n_events=snakemake.params.n_events or len(events.split("test")),
            names=events.names,
            threads=snakemake.threads,
            path=snakemake.output.samples,
        )
