"""sample: generated events in physical units.

Input: the generators of a leg, the recipe's scaler. Output: samples.h5, one group a count.
"""


rule sample:
    """Generate events at every epoch count of one leg.

    Uses wildcards `dataset`, `recipe`, `seed` and `leg`.
    """
    input:
        events="<results>/data/{dataset}/events.h5",
        scaler=scaler_of_recipe,
        generators="<results>/runs/{dataset}/{recipe}/seed{seed}/leg{leg}/generators.h5",
    output:
        samples="<results>/runs/{dataset}/{recipe}/seed{seed}/leg{leg}/samples.h5",
    log:
        "<logs>/sample/{dataset}.{recipe}.seed{seed}.leg{leg}.log",
    benchmark:
        "<logs>/sample/{dataset}.{recipe}.seed{seed}.leg{leg}.tsv"
    wildcard_constraints:
        recipe=one_of(TRAINED),
    conda:
        "../envs/gan.yaml"
    threads: 1
    resources:
        mem_mb=growing(800),
        runtime=growing(10),
    params:
        recipe=of_study("recipes", "recipe"),
        n_events=STUDY["evaluation"]["sample_events"],
        select=SELECT,
        derived=derived_needed(SELECT, FORMULAS),
        code=code_of_recipe("sample"),
    message:
        "Sampling {wildcards.recipe} on {wildcards.dataset}, seed {wildcards.seed}, up to epoch {wildcards.leg}"
    script:
        "../scripts/sample.py"
