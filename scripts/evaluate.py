"""Measure the samples of a leg against the test split."""

import logging
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import Any

from collapse.events.acceptance import Acceptance, read_counts
from collapse.events.derived import append_derived, derive
from collapse.events.store import Events, open_events
from collapse.files import read_csv, write_csv
from collapse.logs import job_log
from collapse.metrics.comparison import draw_events, sizes_of
from collapse.metrics.floors import BESIDE, Row, beside_floors, never_in_truth, share_beside
from collapse.metrics.regions import COLUMNS, region_rows
from collapse.metrics.suite import Key
from collapse.metrics.support import edge_shares
from collapse.metrics.truth import Population, Truth
from collapse.metrics.units import way_back
from collapse.sealed import identify, open_sealed

METRICS = ("dataset", "recipe", "seed", "epoch", "updates", *BESIDE)
REGIONS = ("dataset", "recipe", "seed", "epoch", *COLUMNS)


def evaluate(
    *, events: Path | str, samples: Path | str, floors: Path | str, dataset: str, name: str,
    recipe: Mapping[str, Any], seed: int, settings: Mapping[str, Any], path: Path | str,
    regions: Path | str, counts: Collection[int] | None = None,
    select: str | Mapping[str, str] | None = None,
) -> None:  # fmt: skip
    """Write the metrics of a leg's samples, each beside its floor, and where the events are wrong.

    Args:
        events: Path of the events file.
        samples: Path of the leg's samples.
        floors: Path of the dataset's floors.
        dataset: The dataset's name.
        name: The recipe's name.
        recipe: The complete recipe.
        seed: The run's seed.
        settings: The config's `evaluation`.
        path: Where to write; columns `METRICS`. A value that can't be measured is empty.
        regions: Where the regions go; columns `REGIONS`.
        counts: The epoch counts that are asked for; by default all that were sampled.
        select: The config's `generated.select`.
    """
    learnt, derived = open_events(events), settings["derived"]
    truth = _truth(derive(learnt, derived), settings)
    least, names = settings["least_mode_share"], truth.names
    known = {
        (row["metric"], row["feature"]): (float(row["mean"]), float(row["sd"]), int(row["draws"]))
        for row in read_csv(floors)
    }
    cuts = Acceptance(select or {}, derived, learnt.names)
    rows: list[tuple] = []
    found_regions: list[tuple] = []
    with open_sealed(samples, "samples", identify(recipe, seed, learnt.names)) as file:
        for count in sorted(counts or map(int, file)):
            group, of_run = file[str(count)], (dataset, name, seed, count)
            drawn = draw_events(group["events"][()], len(truth.real))
            generated = append_derived(drawn, learnt.names, derived)
            found = [*beside_floors(truth, generated, known), *_of_networks(truth, group)]
            found += _of_acceptance(cuts, group, known) if cuts.cuts else []
            rows += [(*of_run, int(group.attrs["updates"]), *row) for row in found]
            boxes = region_rows(truth.real, generated, names, least)
            found_regions += [(*of_run, *row) for row in boxes]
            _report(count, {(metric, feature): value for metric, feature, value, *_ in found})
    write_csv(path, METRICS, [["" if cell != cell else cell for cell in row] for row in rows])
    write_csv(regions, REGIONS, found_regions)


def _truth(table: Events, settings: Mapping[str, Any]) -> Truth:
    values, train, test = table.values, table.split("train"), table.split("test")
    sizes = sizes_of(len(values), len(train), len(test), settings)
    return Truth(
        draw_events(test, sizes.events), draw_events(train, sizes.memory), table.names, settings,
        Population(values, table.names, settings), draw_events(train, sizes.training),
    )  # fmt: skip


def _of_networks(truth: Truth, group: Any) -> Iterator[Row]:
    """Yield what the networks that made the samples say of themselves."""
    if "edges" in group:
        shares = edge_shares(truth.population.columns[: truth.learnt], group["edges"][()])
        for feature, share in zip(truth.names[: truth.learnt], shares, strict=True):
            yield never_in_truth("unreachable", feature, share)
    if step := int(group.attrs.get("diverged_step", 0)):
        yield never_in_truth("diverged_step", "", float(step))


def _of_acceptance(cuts: Acceptance, group: Any, known: Mapping[Key, tuple]) -> Iterator[Row]:
    """Yield which shares of the generated events fail the cuts: before any were left out."""
    counts = read_counts(group.attrs)
    if counts is None:  # events from elsewhere, none of which is left out
        events = group["events"][()]
        failing = {name: int(of.sum()) for name, of in cuts.failing(events).items()}
        counts = len(events), failing
    drawn, failed = counts
    for name, number in failed.items():
        floor = known["outside_acceptance", name]
        yield share_beside("outside_acceptance", name, number, drawn, floor[:2])


def _report(count: int, values: Mapping[Key, float]) -> None:
    if way := way_back(values):
        message = "epoch %d: these are real events in other units. The way back: %s"
        logging.warning(message, count, way)
    logging.info("epoch %d: classifier AUC %.3f", count, values["auc", ""])


if __name__ == "__main__":
    with job_log(snakemake.log[0]):
        evaluate(
            events=snakemake.input.events,
            samples=snakemake.input.samples,
            floors=snakemake.input.floors,
            dataset=snakemake.wildcards.dataset,
            name=snakemake.wildcards.recipe,
            recipe=snakemake.params.recipe,
            seed=int(snakemake.wildcards.seed),
            settings=snakemake.params.settings,
            select=snakemake.params.select,
            path=snakemake.output.metrics,
            regions=snakemake.output.regions,
            counts=snakemake.params.counts,
        )
