"""Export the generator of one run at one epoch count as a `.keras` file."""

from pathlib import Path

from collapse.files import write_json
from collapse.gan.export import describe_use, save_keras
from collapse.gan.generators import read_model
from collapse.gan.registry import Recipe
from collapse.logs import job_log
from collapse.scaling import load_scaler
from collapse.sealed import open_sealed


def export(
    *, generators: Path | str, scaler: Path | str, recipe: Recipe, count: int, threads: int,
    model: Path | str, about: Path | str,
) -> None:  # fmt: skip
    """Write a leg's generator at one epoch count as a `.keras` file.

    Args:
        generators: Path of the leg's generators.
        scaler: Path of the fitted scaler.
        recipe: A complete recipe.
        count: The epoch count.
        threads: Threads to use.
        model: Where the generator goes: from noise to events in scaled units.
        about: Where to describe its noise and its features' scales, as JSON.
    """
    fitted = load_scaler(scaler)
    with open_sealed(generators, "generators") as file:
        group = file[str(count)]
        save_keras(read_model(group, threads), model)
        described = describe_use(recipe, fitted, group.attrs)
    write_json(about, described)


if __name__ == "__main__":
    with job_log(snakemake.log[0]):
        export(
            generators=snakemake.input.generators,
            scaler=snakemake.input.scaler,
            recipe=snakemake.params.recipe,
            count=int(snakemake.wildcards.epochs),
            threads=snakemake.threads,
            model=snakemake.output.model,
            about=snakemake.output.about,
        )
