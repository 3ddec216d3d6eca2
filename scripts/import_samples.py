"""Read generated events that come from elsewhere, at every epoch count of a leg."""

from collapse.events.import_samples import import_samples
from collapse.logs import job_log

if __name__ == "__main__":
    with job_log(snakemake.log[0]):
        import_samples(
            events=snakemake.input.events,
            recipe=snakemake.params.recipe,
            dataset=snakemake.params.dataset,
            name=snakemake.wildcards.dataset,
            seed=int(snakemake.wildcards.seed),
            counts=snakemake.params.counts,
            settings=snakemake.params.evaluation,
            path=snakemake.output.samples,
        )
