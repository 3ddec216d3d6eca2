"""draw_checkpoints, draw_films, draw_reach, draw_comparison, draw_corners: the pictures.

Input: events.h5, samples.h5, trace.h5, history.csv, the tables. Output: for each checkpoint the
question's own two pictures, for each run its film, for each dataset the recipes together.
"""

from collapse.figures.listed import COMPARISON_FIGURES

_HAS = {
    "": True,
    "bases": BASES,
    "modes": STUDY["evaluation"]["windows"] or STUDY["evaluation"].get("modes"),
}
# The figures of a dataset's recipes together that this study has.
COMPARED = [figure for figure in COMPARISON_FIGURES if _HAS[figure.needs]]


rule draw_checkpoints:
    """Draw real against generated at every epoch count of one run.

    The question's two pictures: an overlay of each feature, and a scatter of two.

    Uses wildcards `dataset`, `recipe` and `seed`.
    """
    input:
        events="<results>/data/{dataset}/events.h5",
        samples=of_legs("samples.h5"),
        regions=of_legs("regions.csv"),
    output:
        overlays=for_each_count(
            "<results>/figures/{dataset}/{recipe}/seed{seed}/epoch{epochs}/overlay.{format}",
            caption="overlay" if PER_CHECKPOINT else None,
            category=question_or_recipe,
            what="overlay",
            dataset="{dataset}",
            recipe="{recipe}",
            seed="{seed}",
        ),
        scatters=for_each_count(
            "<results>/figures/{dataset}/{recipe}/seed{seed}/epoch{epochs}/scatter.{format}",
            caption="scatter" if PER_CHECKPOINT else None,
            category=question_or_recipe,
            what="scatter",
            dataset="{dataset}",
            recipe="{recipe}",
            seed="{seed}",
        ),
    log:
        "<logs>/draw_checkpoints/{dataset}.{recipe}.seed{seed}.log",
    benchmark:
        "<logs>/draw_checkpoints/{dataset}.{recipe}.seed{seed}.tsv"
    conda:
        "../envs/figures.yaml"
    threads: 1
    resources:
        mem_mb=growing(800),
        runtime=growing(10),
    params:
        features=column_labels,
        derived=FORMULAS,
        scatter=STUDY["figures"]["scatter"],
        counts=STUDY["epochs"],
        recipes=recipes_to,
        code=code("draw_checkpoints"),
    message:
        "Drawing {wildcards.recipe} on {wildcards.dataset}, seed {wildcards.seed}"
    script:
        "../scripts/draw_checkpoints.py"


rule draw_films:
    """Draw what the runs of a recipe generate from the same noise as they train.

    Uses wildcards `dataset` and `recipe`.
    """
    input:
        events="<results>/data/{dataset}/events.h5",
        traces=of_legs("trace.h5", seed=STUDY["seeds"]),
        diagnoses=expand(
            f"{RUN}/diagnosis.json",
            seed=STUDY["seeds"],
            allow_missing=True,
        ),
    output:
        strips=films_of_seeds("film.{format}", "film", STUDY["seeds"]),
        # One moving picture of a recipe is enough for the report.
        films=films_of_seeds(
            "film.gif", "moving_film", STUDY["seeds"][:1] if PER_CHECKPOINT else []
        ),
    log:
        "<logs>/draw_films/{dataset}.{recipe}.log",
    benchmark:
        "<logs>/draw_films/{dataset}.{recipe}.tsv"
    wildcard_constraints:
        recipe=one_of(TRAINED),
    conda:
        "../envs/figures.yaml"
    threads: 1
    resources:
        mem_mb=growing(800),
        runtime=growing(10),
    params:
        features=column_labels,
        derived=FORMULAS,
        scatter=STUDY["figures"]["scatter"],
        spectrum=STUDY["figures"]["spectrum"],
        windows=STUDY["evaluation"]["windows"],
        recipes=recipes_to,
        code=code("draw_films"),
    message:
        "Filming {wildcards.recipe} on {wildcards.dataset}"
    script:
        "../scripts/draw_films.py"


rule draw_reach:
    """Draw each feature as the networks see it, with what each recipe's head can reach.

    Uses wildcard `dataset`.
    """
    input:
        events="<results>/data/{dataset}/events.h5",
        scalers=[
            f"<results>/data/{{dataset}}/scalers/{STUDY['recipes'][recipe]['scaler']}.h5"
            for recipe in TRAINED
        ],
        reaches=expand(
            "<results>/data/{dataset}/preflight/{recipe}.json",
            recipe=TRAINED,
            allow_missing=True,
        ),
    output:
        reach=of_dataset("reach", "2 Preflight"),
    log:
        "<logs>/draw_reach/{dataset}.log",
    benchmark:
        "<logs>/draw_reach/{dataset}.tsv"
    conda:
        "../envs/figures.yaml"
    threads: 1
    resources:
        mem_mb=growing(700),
        runtime=growing(10),
    params:
        features=feature_labels,
        code=code("draw_reach"),
    message:
        "Drawing what the recipes can reach on {wildcards.dataset}"
    script:
        "../scripts/draw_reach.py"


rule draw_comparison:
    """Draw all recipes together: what is listed in `collapse.figures.listed`, and spectra.

    Uses wildcard `dataset`.
    """
    input:
        events="<results>/data/{dataset}/events.h5",
        tables=expand(
            "<results>/tables/{table}.csv",
            table=sorted({table for figure in COMPARED for table in figure.tables}),
        ),
        diagnoses=expand(
            f"{RUN}/diagnosis.json",
            recipe=STUDY["recipes"],
            seed=STUDY["seeds"],
            allow_missing=True,
        ),
        histories=of_legs("history.csv", recipe=TRAINED, seed=STUDY["seeds"]),
        samples=of_legs("samples.h5", recipe=STUDY["recipes"], seed=STUDY["seeds"][0]),
    output:
        **{figure.name: of_dataset(figure.name, figure.category) for figure in COMPARED},
        spectra=for_each_count(
            "<results>/figures/{dataset}/spectrum_epoch{epochs}.{format}",
            caption="spectrum",
            category="5 Per feature",
            what="spectrum",
            dataset="{dataset}",
        ),
    log:
        "<logs>/draw_comparison/{dataset}.log",
    benchmark:
        "<logs>/draw_comparison/{dataset}.tsv"
    conda:
        "../envs/figures.yaml"
    threads: 1
    resources:
        mem_mb=growing(800),
        runtime=growing(10),
    params:
        features=column_labels,
        derived=FORMULAS,
        spectrum=STUDY["figures"]["spectrum"],
        windows=STUDY["evaluation"]["windows"],
        recipes=STUDY["recipes"],
        seed=STUDY["seeds"][0],
        counts=STUDY["epochs"],
        code=code("draw_comparison"),
    message:
        "Comparing the recipes on {wildcards.dataset}"
    script:
        "../scripts/draw_comparison.py"


rule draw_corners:
    """Draw all pairs of features of one run, at its last count and at its onset.

    Uses wildcards `dataset`, `recipe` and `seed`.
    """
    input:
        events="<results>/data/{dataset}/events.h5",
        samples=of_legs("samples.h5"),
        diagnosis=f"{RUN}/diagnosis.json",
    output:
        corners=directory("<results>/figures/{dataset}/{recipe}/seed{seed}/corners"),
    log:
        "<logs>/draw_corners/{dataset}.{recipe}.seed{seed}.log",
    benchmark:
        "<logs>/draw_corners/{dataset}.{recipe}.seed{seed}.tsv"
    conda:
        "../envs/figures.yaml"
    threads: 1
    resources:
        mem_mb=growing(800),
        runtime=growing(10),
    params:
        features=column_labels,
        derived=FORMULAS,
        recipes=recipes_to,
        code=code("draw_corners"),
    message:
        "Drawing all pairs of {wildcards.recipe} on {wildcards.dataset}, seed {wildcards.seed}"
    script:
        "../scripts/draw_corners.py"
