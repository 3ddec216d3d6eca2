"""Check what stands in a recipe's way on a dataset, before the first epoch."""

import logging
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from collapse.events.external import is_external
from collapse.events.store import open_events
from collapse.files import write_json
from collapse.logs import job_log
from collapse.preflight.inspect import inspect, looked_at
from collapse.preflight.reach import UNKNOWN
from collapse.scaling import load_scaler

log = logging.getLogger(__name__)


def preflight_recipe(
    *, events: Path | str, scaler: Path | str | None, dataset: str, name: str,
    recipe: dict[str, Any], windows: Mapping[str, Any], sentinels: Sequence[float],
    path: Path | str, mixture: Mapping[str, Any] | None = None,
    expressions: Mapping[str, str] | None = None
) -> None:  # fmt: skip
    """Write what stands in a recipe's way on a dataset, and warn of the worst.

    Args:
        events: Path of the events file.
        scaler: Path of the recipe's fitted scaler, None for samples from elsewhere.
        dataset: The dataset's name.
        name: The recipe's name.
        recipe: The complete recipe.
        windows: The config's `evaluation.windows`.
        sentinels: The dataset's `sentinels`.
        path: Where to write what `inspect` returns, as JSON.
        mixture: The config's `evaluation.modes`, None where the windows are counted.
        expressions: The dataset's features -> their expressions.
    """
    table = open_events(events)
    values = looked_at(table.split("train"))
    report = inspect(
        values, load_scaler(scaler).transform(values) if scaler else None, table.names,
        dataset=dataset, name=name, recipe=recipe, windows=windows, sentinels=sentinels,
        mixture=mixture, expressions=expressions,
    )  # fmt: skip
    write_json(path, report)
    if report["reach"] is None and not is_external(recipe):
        log.info("%s on %s: %s", name, dataset, UNKNOWN)
    if not report["findings"]:
        log.info("%s on %s: nothing was found to stand in its way.", name, dataset)
        return
    first, *others = report["findings"]
    kinds = ", ".join(dict.fromkeys(found["kind"] for found in others))
    more = f" Also: {kinds}, see {path}." if others else ""
    line = "%s on %s: %s Cure: %s.%s"
    log.warning(line, name, dataset, first["finding"], first["cure"], more)


if __name__ == "__main__":
    with job_log(snakemake.log[0]):
        preflight_recipe(
            events=snakemake.input.events,
            scaler=snakemake.input.scaler or None,
            dataset=snakemake.wildcards.dataset,
            name=snakemake.wildcards.recipe,
            recipe=snakemake.params.recipe,
            windows=snakemake.params.evaluation["windows"],
            sentinels=snakemake.params.dataset["sentinels"],
            mixture=snakemake.params.evaluation["modes"],
            expressions=snakemake.params.expressions,
            path=snakemake.output.preflight,
        )
