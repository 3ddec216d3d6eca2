"""Diagnose one run: a verdict for each checkpoint, onset and recovery, and the outcome."""

import logging
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from collapse.diagnosis.course import Trace
from collapse.diagnosis.evidence import Region, Row, gather_evidence
from collapse.diagnosis.run import diagnose_run
from collapse.diagnosis.traces import measure_trace
from collapse.events.derived import append_derived, derive
from collapse.events.store import Events, open_events
from collapse.logs import job_log
from collapse.metrics.comparison import compared_events, draw_events
from collapse.records import read_records
from collapse.sealed import open_sealed


def diagnose(
    *, events: Path | str, metrics: Sequence[Path | str], regions: Sequence[Path | str],
    traces: Sequence[Path | str], dataset: str, recipe: str, seed: int,
    settings: Mapping[str, Any], evaluation: Mapping[str, Any], path: Path | str,
) -> None:  # fmt: skip
    """Write the verdict of each checkpoint of a run, its falls and recoveries, and its outcome.

    Args:
        events: Path of the events file.
        metrics: Paths of the metrics of each leg.
        regions: Paths of the regions of each leg.
        traces: Paths of the traces of each leg; none for samples from elsewhere.
        dataset: The dataset's name.
        recipe: The recipe's name.
        seed: The run's seed.
        settings: The config's `diagnosis`.
        evaluation: The config's `evaluation`.
        path: Where to write, as JSON: what `collapse.diagnosis.results.Run` has.
    """
    table = open_events(events)
    size = compared_events(len(table.values), len(table.split("test")), evaluation)
    rows = [row for file in metrics for row in read_records(file, Row)]
    boxes = [region for file in regions for region in read_records(file, Region)]
    windows = {name: window["feature"] for name, window in evaluation["windows"].items()}
    updates, evidence = gather_evidence(rows, boxes, windows, settings["z"], size)
    trace = _read_trace(traces, table, evaluation) if traces else None
    run = diagnose_run(
        list(updates), list(updates.values()), evidence, settings["strengths"],
        evaluation["least_mode_share"], trace, dataset=dataset, recipe=recipe, seed=seed,
        events=size,
    )  # fmt: skip
    for checkpoint in run.checkpoints:
        logging.info(
            "epoch %d: %s, %s, certainty %.2f (%s)", checkpoint.epoch, checkpoint.verdict,
            checkpoint.trend, checkpoint.certainty, ", ".join(checkpoint.kinds) or "-",
        )  # fmt: skip
    logging.info("outcome: %s, certainty %.2f", run.outcome, run.certainty)
    run.save(path)


def _read_trace(paths: Sequence[Path | str], table: Events, evaluation: Mapping[str, Any]) -> Trace:
    epochs, sets, derived = [], [], evaluation["derived"]
    for path in paths:
        with open_sealed(path, "traces") as file:
            epochs += file["epochs"][()].tolist()
            sets += [append_derived(set_, table.names, derived) for set_ in file["events"][()]]
    whole = derive(table, derived)
    real = draw_events(whole.split("test"), evaluation["events"])
    return measure_trace(epochs, sets, real, whole.names, evaluation)


if __name__ == "__main__":
    with job_log(snakemake.log[0]):
        diagnose(
            events=snakemake.input.events, metrics=snakemake.input.metrics,
            regions=snakemake.input.regions, traces=snakemake.input.traces,
            dataset=snakemake.wildcards.dataset, recipe=snakemake.wildcards.recipe,
            seed=int(snakemake.wildcards.seed), settings=snakemake.params.settings,
            evaluation=snakemake.params.evaluation, path=snakemake.output.diagnosis,
        )  # fmt: skip
