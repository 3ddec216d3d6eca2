"""import_samples: generated events from elsewhere, in the place of `train` and `sample`.

Input: events.h5, the files that a recipe of kind `external` names. Output: samples.h5, one group a
count.
"""


rule import_samples:
    """Read the generated events of one leg from files.

    Uses wildcards `dataset`, `recipe`, `seed` and `leg`.
    """
    input:
        events=f"{DATA}/events.h5",
        files=external_files,
    output:
        samples=f"{LEG}/samples.h5",
    log:
        "<logs>/import_samples/{dataset}.{recipe}.seed{seed}.leg{leg}.log",
    benchmark:
        "<logs>/import_samples/{dataset}.{recipe}.seed{seed}.leg{leg}.tsv"
    wildcard_constraints:
        recipe=one_of(EXTERNAL),
    conda:
        "../envs/events.yaml"
    threads: 1
    resources:
        mem_mb=growing(1000),
        runtime=growing(30),
    params:
        recipe=of_study("recipes", "recipe"),
        dataset=lambda wildcards: {
            key: unlabelled_dataset(wildcards)[key] for key in ("features", "objects")
        },
        evaluation={
            key: STUDY["evaluation"][key] for key in ("events", "sample_events")
        },
        counts=lambda wildcards: LEGS[int(wildcards.leg)],
        code=code("import_samples"),
    message:
        "Reading the samples of {wildcards.recipe} for {wildcards.dataset}, seed {wildcards.seed}, up to epoch {wildcards.leg}"
    script:
        "../scripts/import_samples.py"
