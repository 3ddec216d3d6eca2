"""measure_floors, evaluate, tabulate_metrics: metrics, each beside its floor.

Input: events.h5, samples.h5. Output: floors.csv of a dataset, metrics.csv and regions.csv of a leg,
and the tables of all checkpoints.
"""


rule measure_floors:
    """Measure truth against truth at the sizes used.

    Uses wildcard `dataset`.
    """
    input:
        events="<results>/data/{dataset}/events.h5",
    output:
        floors="<results>/data/{dataset}/floors.csv",
    log:
        "<logs>/measure_floors/{dataset}.log",
    benchmark:
        "<logs>/measure_floors/{dataset}.tsv"
    conda:
        "../envs/metrics.yaml"
    threads: 1
    resources:
        mem_mb=growing(800),
        runtime=growing(30),
    params:
        settings=unlabelled_evaluation,
        select=SELECT,
        code=code("measure_floors"),
    message:
        "Measuring the floors of {wildcards.dataset}"
    script:
        "../scripts/measure_floors.py"


rule evaluate:
    """Measure the samples of one leg against the test split.

    Uses wildcards `dataset`, `recipe`, `seed` and `leg`.
    """
    input:
        events="<results>/data/{dataset}/events.h5",
        samples="<results>/runs/{dataset}/{recipe}/seed{seed}/leg{leg}/samples.h5",
        floors="<results>/data/{dataset}/floors.csv",
    output:
        metrics="<results>/runs/{dataset}/{recipe}/seed{seed}/leg{leg}/metrics.csv",
        regions="<results>/runs/{dataset}/{recipe}/seed{seed}/leg{leg}/regions.csv",
    log:
        "<logs>/evaluate/{dataset}.{recipe}.seed{seed}.leg{leg}.log",
    benchmark:
        "<logs>/evaluate/{dataset}.{recipe}.seed{seed}.leg{leg}.tsv"
    conda:
        "../envs/metrics.yaml"
    threads: 1
    resources:
        mem_mb=growing(800),
        runtime=growing(20),
    params:
        recipe=of_study("recipes", "recipe"),
        settings=unlabelled_evaluation,
        select=SELECT,
        counts=lambda wildcards: LEGS[int(wildcards.leg)],
        code=code("evaluate"),
    message:
        "Evaluating {wildcards.recipe} on {wildcards.dataset}, seed {wildcards.seed}, up to epoch {wildcards.leg}"
    script:
        "../scripts/evaluate.py"


rule tabulate_metrics:
    """Put the metrics of all checkpoints into one tidy table, and their regions into another."""
    input:
        metrics=for_each_run(
            "<results>/runs/{dataset}/{recipe}/seed{seed}/leg{leg}/metrics.csv"
        ),
        regions=for_each_run(
            "<results>/runs/{dataset}/{recipe}/seed{seed}/leg{leg}/regions.csv"
        ),
    output:
        metrics="<results>/tables/metrics.csv",
        regions=report(
            "<results>/tables/regions.csv",
            caption="../report/regions.rst",
            category="5 Per feature",
            labels={"what": "where events are too few or too many"},
        ),
    log:
        "<logs>/tabulate_metrics.log",
    benchmark:
        "<logs>/tabulate_metrics.tsv"
    conda:
        "../envs/metrics.yaml"
    threads: 1
    resources:
        mem_mb=growing(700),
        runtime=growing(10),
    params:
        code=code("tabulate_metrics"),
    message:
        "Tabulating the metrics"
    script:
        "../scripts/tabulate_metrics.py"
